"""The pages in real Chromium: a conflict taken to a merge by keyboard alone, and what axe says of each page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser_story import AXE, CHROMIUM, RULES, WIDER, serving
from sandbox import Sandbox, present

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        CHROMIUM is None or not AXE.is_file(), reason="make test-browser installs what it needs"
    ),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def url(sandbox: Sandbox) -> Iterator[str]:
    """The address of a server on a draft of hostile data that conflicts with canonical at three fields."""
    for draft_id in ("page", "command"):
        draft = sandbox.library.drafts.new("Say <b>more</b>", draft_id=draft_id)
        draft.set("category/Person", "/label", "<script>window.__pwned=1</script>\u202eabc")
        draft.set("category/Person", "/description", "A person.")
        draft.set("category/Agent", "/label", "Actor")
    sandbox.change("categories/Person.json", label="Somebody", description="Anybody.")
    sandbox.change("categories/Agent.json", label="Doer")
    with serving(sandbox.path) as address:
        yield address


def test_pages_in_chromium(sandbox: Sandbox, url: str) -> None:
    token = sandbox.library.tokens.issue("Mia <mia@example.org>", "maintainer").token
    pages = (
        "/",
        "/drafts/page",
        "/drafts/page/conflicts",
        "/entities/",
        "/entities/category/Person",
        "/audit",
        "/new",
    )
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for scheme, width in (("light", 1280), ("dark", 320)):
            context = browser.new_context(
                bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900}
            )
            tab = context.new_page()
            tab.goto(f"{url}/sign-in")
            tab.keyboard.press("Tab")
            tab.locator("input[type=password]").fill(token)
            tab.keyboard.press("Enter")
            tab.wait_for_url(f"{url}/")
            for path in pages:
                tab.goto(url + path)
                tab.add_script_tag(path=str(AXE))
                assert tab.evaluate(RULES) == [], (scheme, width, path)
                assert not tab.evaluate(WIDER), (scheme, width, path)
                assert not tab.evaluate("window.__pwned"), path
            context.close()
        browser.close()


def test_a_conflict_of_three_fields_by_keyboard_alone(sandbox: Sandbox, url: str) -> None:
    token = sandbox.library.tokens.issue("Mia <mia@example.org>", "maintainer").token
    said: list[str] = []
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        tab.goto(f"{url}/sign-in?next=/drafts/page/conflicts")

        def reach(selector: str) -> None:
            """Presses Tab until the element has the focus."""
            for _ in range(60):
                if tab.evaluate("s => document.activeElement.matches(s)", selector):
                    return
                tab.keyboard.press("Tab")
            raise AssertionError(f"{selector} is not reached")

        reach("input[type=password]")
        tab.keyboard.type(token)
        tab.keyboard.press("Enter")
        tab.wait_for_selector("[name=choice-1]")
        for number, downs in ((1, 0), (2, 1), (3, 0)):  # the draft's; canonical's; the draft's
            reach(f"[name=choice-{number}]")
            tab.keyboard.press("Space")
            for _ in range(downs):
                tab.keyboard.press("ArrowDown")
        reach("button[value=preview]")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("button[value=save]")
        reach("button[value=save]")
        tab.keyboard.press("Enter")
        for step in ("submit", "merge"):
            tab.wait_for_selector(f"form[action$='/{step}'] button")
            reach(f"form[action$='/{step}'] button")
            tab.keyboard.press("Enter")
        tab.wait_for_selector("text=This draft was merged")
        browser.close()
    assert said == []
    by_page = {name: sandbox.library.view(name).document for name in ("category/Person", "category/Agent")}
    sandbox.run("undo")
    command = sandbox.library.drafts["command"]
    conflicts = command.conflicts()
    for (entity, conflict), take in zip(conflicts, ("draft", "canonical", "draft"), strict=True):
        command.resolve(str(entity), conflict.path, take=take)  # type: ignore[arg-type]
    by_command = {name: sandbox.library.view(name, draft="command").document for name in by_page}
    assert by_page == by_command


def test_what_is_typed_outlives_a_reload_and_works_without_script(sandbox: Sandbox, url: str) -> None:
    token = sandbox.library.tokens.issue("Mia <mia@example.org>", "maintainer").token
    sandbox.library.drafts.new("Edits", draft_id="edits")
    address = f"{url}/drafts/edits/entities/category/Person/edit"
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for has_script in (True, False):
            tab = browser.new_context(java_script_enabled=has_script).new_page()
            tab.goto(f"{url}/sign-in?next=/drafts/edits/entities/category/Person/edit")
            tab.locator("input[type=password]").fill(token)
            tab.keyboard.press("Enter")
            label = tab.locator("[name='value/label']")
            label.fill(f"Human {has_script}")
            tab.get_by_role("button", name="Add to parents").click()
            tab.wait_for_selector("[name='value/parents/1']")
            assert label.input_value() == f"Human {has_script}"
            tab.locator("[name='value/parents/1']").fill("nowhere")
            if has_script:
                tab.goto(address)
                tab.wait_for_selector("[name='value/parents/1']")
                assert tab.locator("[name='value/parents/1']").input_value() == "nowhere"
                assert tab.locator("#kept").is_visible()
                tab.context.clear_cookies()  # the session ends in the middle
                tab.get_by_role("button", name="Save", exact=True).click()
                tab.locator("input[type=password]").fill(token)
                tab.keyboard.press("Enter")
                tab.wait_for_selector("[name='value/parents/1']")
                assert label.input_value() == f"Human {has_script}"
            tab.get_by_role("button", name="Save", exact=True).click()
            tab.wait_for_selector("text=breaks rules")
            tab.get_by_role("button", name="Remove: element 2 /parents/1").click()
            tab.wait_for_selector("[name='value/parents/1']", state="detached")
            tab.get_by_role("button", name="Save", exact=True).click()
            tab.wait_for_selector("text=Saved in the draft")
            document = present(sandbox.library.view("category/Person", draft="edits").document)
            assert document["label"] == f"Human {has_script}"
            assert document["parents"] == ["Agent"]
            if has_script:
                tab.goto(address)
                assert not tab.locator("#kept").is_visible()
        browser.close()
