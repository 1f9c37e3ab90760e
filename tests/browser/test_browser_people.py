"""What people do with the pages in real Chromium: the story of the tutorial, keys, ticks, sessions that end, hostile values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_story import (
    AGREED,
    AXE,
    CHROMIUM,
    PICTURES,
    ROOT,
    RULES,
    WIDER,
    chromium,
    play_story,
    serving,
    sign_in,
    vocabulary,
)
from sandbox import Sandbox, present

import gitdraft

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        CHROMIUM is None or not AXE.is_file(), reason="make test-browser installs what it needs"
    ),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
PWNED = "<img src=x onerror='window.__pwned=1'><script>window.__pwned=1</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium."""
    with playwright.sync_playwright() as play, chromium(play) as running:
        yield running


@pytest.fixture
def mia(sandbox: Sandbox) -> str:
    """The token of a maintainer."""
    return sandbox.library.tokens.issue("Mia <mia@example.org>", "maintainer").token


def test_a_curators_first_proposal(browser: Any, tmp_path: Path) -> None:
    folder = vocabulary(tmp_path / "vocabulary")
    taken: list[str] = []
    play_story(browser, folder, lambda _, name: taken.append(name))
    person = present(gitdraft.open(folder).view("category/Person").document)
    assert (person["description"], person["optional_properties"][-1]) == (AGREED, "homepage")
    assert tuple(taken) == PICTURES
    told = (ROOT / "docs/tutorial-in-the-browser.md").read_text("utf-8")
    assert re.findall(r"\(img/(\w+)\.png\)", told) == list(PICTURES)
    assert all((ROOT / f"docs/img/{name}.png").is_file() for name in PICTURES)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1400), ("dark", 320)])
def test_pictures_are_of_use_without_eyes(browser: Any, tmp_path: Path, scheme: str, width: int) -> None:
    folder = vocabulary(tmp_path / "vocabulary")
    repository = gitdraft.open(folder)
    draft = repository.drafts.new("Founded", draft_id="founded")
    draft.set("category/Agent", "/optional_properties/-", "founded")
    draft.redirect("category/Thesis", "category/Publication", "a kind of it")
    token = repository.tokens.issue("Mia <mia@example.org>", "maintainer").token
    with serving(folder) as url:
        page = sign_in(browser, url, token, color_scheme=scheme, bypass_csp=True)
        page.set_viewport_size({"width": width, "height": 900})
        for path, pictures in (
            ("/drafts/founded", 1),
            (f"/drafts/founded/since?commit={draft.log()[-1].oid}", 0),
            ("/drafts/founded/entities/category/Agent", 1),
            ("/drafts/founded/entities/category/Publication", 2),
            ("/entities/category/Entity", 1),
        ):
            assert page.goto(url + path).status == 200, path
            assert page.locator("svg.graph").count() == pictures, path
            for told in page.get_by_text("The same as a list").all():
                told.click()
            page.add_script_tag(path=str(AXE))
            assert page.evaluate(RULES) == [], path
            assert not page.evaluate(WIDER), path
            names = page.evaluate("[...document.querySelectorAll('.node title')].map(n => n.textContent)")
            listed = page.evaluate(
                "[...document.querySelectorAll('.picture ~ details')].map(n => n.innerText).join()"
            )
            assert all(re.search(r"\w+/\w+", name)[0] in listed for name in names), path  # type: ignore[index]


def test_keys_move_from_change_to_change_and_from_page_to_page(
    browser: Any, sandbox: Sandbox, mia: str
) -> None:
    draft = sandbox.library.drafts.new("Many", draft_id="many")
    for number in range(52):
        draft.create(f"property/p{number}", {"id": f"p{number}", "label": "x", "datatype": "Text"})
    with serving(sandbox.path) as url:
        page = sign_in(browser, url, mia)
        page.goto(f"{url}/drafts/many")
        row = "document.querySelector('.current-row')?.id ?? ''"
        for key, at in (("j", "change-1"), ("j", "change-2"), ("k", "change-1"), ("k", "change-1")):
            page.keyboard.press(key)
            assert page.evaluate(row) == at
        assert page.evaluate("document.activeElement.closest('[data-row]').id") == "change-1"
        page.keyboard.press("n")
        page.wait_for_url("**/drafts/many?page=2")
        page.keyboard.press("p")
        page.wait_for_url(f"{url}/drafts/many")
        page.keyboard.press("?")
        assert page.get_by_role("dialog", name="Keys").is_visible()
        page.keyboard.press("Escape")
        assert not page.get_by_role("dialog", name="Keys").is_visible()
        page.goto(f"{url}/")
        page.locator("[name=q]").focus()
        page.keyboard.type("jknp?")
        assert page.locator("[name=q]").input_value() == "jknp?"
        assert page.evaluate(row) == ""
        page.evaluate("document.activeElement.blur()")
        page.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', isComposing: true, bubbles: true}))"
        )
        assert page.locator(".current-row").count() == 0


def test_what_changed_since_i_looked_and_what_i_have_viewed(browser: Any, sandbox: Sandbox, mia: str) -> None:
    draft = sandbox.library.drafts.new("Clearer", draft_id="clear")
    draft.set("category/Agent", "/label", "Actor")
    draft.set("category/Person", "/description", "A person who lives in this house.")
    with serving(sandbox.path) as url:
        page = sign_in(browser, url, mia)
        page.goto(f"{url}/drafts/clear")
        for box in page.get_by_role("checkbox", name="viewed").all():
            box.check()
        assert not page.locator("#change-2 .field").first.is_visible()
        assert not page.locator("#since").is_visible()
        draft.set("category/Person", "/description", "A person who lived in this house.")
        page.reload()
        assert [b.is_checked() for b in page.get_by_role("checkbox", name="viewed").all()] == [True, False]
        page.locator("#since").get_by_role("link").click()
        page.wait_for_url("**/since?commit=*")
        assert page.locator("article").count() == 1
        assert page.locator("del.word").inner_text() == "lives"
        assert page.locator("ins.word").inner_text() == "lived"
        page.goto(f"{url}/drafts/clear")
        assert not page.locator("#since").is_visible()


def test_a_restart_and_a_way_back_lose_nothing_that_was_typed(
    browser: Any, sandbox: Sandbox, mia: str
) -> None:
    sandbox.library.drafts.new("Edits", draft_id="edits")
    with serving(sandbox.path) as url:
        page = sign_in(browser, url, mia)
        page.goto(f"{url}/drafts/edits/entities/category/Person/edit")
        page.locator("[name='value/label']").fill("Typed before")
        page.get_by_role("link", name="Drafts").click()
        page.go_back()
        page.wait_for_selector("[name='value/label']")
        page.wait_for_function("document.querySelector(\"[name='value/label']\").value === 'Typed before'")
        page.context.clear_cookies()  # what a restart does: no session is known any more
        page.get_by_role("button", name="Save", exact=True).click()
        assert page.get_by_text("Typed before").first.is_visible()
        page.locator("input[type=password]").fill(mia)
        page.keyboard.press("Enter")
        page.wait_for_selector("[name='value/label']")
        page.wait_for_function("document.querySelector(\"[name='value/label']\").value === 'Typed before'")
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text("Saved in the draft.").wait_for()
    with serving(sandbox.path) as url:
        page.goto(f"{url}/drafts/edits")  # another server: who had a session signs in once more
        assert page.locator("input[type=password]").is_visible()
    assert present(sandbox.library.view("category/Person", draft="edits").document)["label"] == "Typed before"


def test_a_browser_with_several_links_sees_these_drafts_alone(browser: Any, sandbox: Sandbox) -> None:
    tokens = {}
    for name in ("one", "two", "other"):
        sandbox.library.drafts.new(f"Draft {name}", draft_id=name)
        tokens[name] = sandbox.library.tokens.issue_for_draft(name).token
    with serving(sandbox.path) as url:
        page = browser.new_context().new_page()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url + str(request.headers.get("referer"))))
        for name in ("one", "two"):
            page.goto(f"{url}/drafts/{name}#{tokens[name]}")
            page.get_by_role("heading", name=f"Draft {name}").wait_for()
            assert tokens[name] not in page.url + page.content()
        page.goto(url)
        assert page.locator("[data-row]").count() == 2
        assert "Draft other" not in page.content()
        assert page.goto(f"{url}/drafts/other").status == 404
        assert page.goto(f"{url}/drafts/one/since?commit={'0' * 40}").status == 404
        assert not [address for address in sent if tokens["one"] in address or tokens["two"] in address]
        kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert not any(token in kept for token in tokens.values())


@pytest.mark.parametrize("width", [360, 1400])
def test_hostile_values_are_shown_whole_and_nothing_of_them_runs(
    browser: Any, sandbox: Sandbox, mia: str, width: int
) -> None:
    draft = sandbox.library.drafts.new(f"{PWNED}\u202e{'W' * 400}", description=PWNED, draft_id="bad")
    draft.set("category/Person", "/label", f"{PWNED}\u2066שלום{'語' * 300}")
    draft.set("category/Person", "/description", f"{PWNED} {'word ' * 190_000}")
    draft.set("category/Agent", "/steps", [f"step {number}" for number in range(20_000)])
    draft.comment(PWNED, "category/Person", "/label")
    said: list[str] = []
    with serving(sandbox.path) as url:
        page = browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme="dark", bypass_csp=True
        )
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{url}/sign-in?next=/drafts/bad")
        page.locator("input[type=password]").fill(mia)
        page.keyboard.press("Enter")
        page.wait_for_selector("#changes")
        for path in ("/drafts/bad", "/", "/drafts/bad/entities/category/Person", "/drafts/bad/entities/"):
            answer = page.goto(url + path)
            assert answer.status == 200, (path, answer.status, page.inner_text("main")[:200])
            assert not page.evaluate("window.__pwned")
            assert not page.evaluate(WIDER), path
            assert len(page.content()) < 4 << 20
            page.add_script_tag(path=str(AXE))
            assert page.evaluate(RULES) == [], path
        page.goto(f"{url}/drafts/bad")
        page.locator("a.more").first.click()
        page.wait_for_url("**all=1*")
        assert page.get_by_text("Values are shown whole.").is_visible()
        assert len(page.locator("#change-2").inner_text()) > 900_000
    assert said == []


def test_pages_as_files_open_without_a_server(browser: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    draft = sandbox.library.drafts.new("Files", draft_id="files")
    draft.set("category/Person", "/label", PWNED)
    assert sandbox.run("export", "review", str(tmp_path / "out")).code == 0
    said: list[str] = []
    page = browser.new_context().new_page()
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto((tmp_path / "out/index.html").as_uri())
    page.get_by_role("link", name="Files").click()
    assert page.get_by_role("heading", name="Files").is_visible()
    page.keyboard.press("j")
    assert page.locator(".current-row").count() == 1
    assert page.locator("form").count() == 0
    assert not page.evaluate("window.__pwned")
    assert said == []
