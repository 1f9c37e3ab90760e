"""Any text on any page: nothing of it is run, nothing of it is hidden, all of it is within bounds; and the demo's page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sandbox import CONFIGURATION, Sandbox
from server_pages import browse

from gitdraft.api.review import Review
from gitdraft.model.pages import Site, Viewer
from gitdraft.review.assets import asset, style_sheet

CASES = json.loads((Path(__file__).parents[1] / "cases/nasty_inputs.json").read_text())
TEXTS = [
    text
    for case in CASES
    for value in ([case["input"]] if case["encoding"] == "json" else [])
    if (text := value if isinstance(value, str) else json.dumps(value)).strip()
    and not re.search("[\ud800-\udfff]", text)
]
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
LARGEST = 4 << 20  # bytes
LONG = "word " * 2000 + "end."


def test_nasty_texts_are_shown_and_not_run(service: Any) -> None:
    library = service.sandbox.library
    draft = library.drafts.new("<script>alert(1)</script>\u202e", draft_id="nasty")
    draft.set("category/Person", "/description", "\n".join(TEXTS), allow_invalid=True)
    draft.set("category/Person", "/texts", TEXTS, allow_invalid=True)
    draft.set("category/Person", "/members", {text: text for text in TEXTS}, allow_invalid=True)
    draft.comment("\n\n".join(TEXTS)[:9000], "category/Person", "/texts")
    service.sandbox.change("categories/Person.json", description="Somebody else.\u202e")
    addresses = (
        "/",
        "/?q=%3Cscript%3E%E2%80%AE",
        "/drafts/nasty",
        "/drafts/nasty?all=1",
        "/drafts/nasty/conflicts",
        "/drafts/nasty/conflicts?all=1",
        "/drafts/nasty/entities/category/Person",
        "/drafts/nasty/entities/category/Person/edit",
        "/drafts/nasty/entities/?q=%3Cscript%3E%E2%80%AE",
        "/entities/?q=%3Cscript%3E&after=%00",
    )
    with browse(service.url, service.token("maintainer", "Mia <mia@example.org>")) as mia:
        for address in addresses:
            answer = mia.get(address)
            assert answer.status_code < 500, address
            assert len(answer.content) < LARGEST, address
            shown = answer.text.replace(asset("page.js"), "").replace(style_sheet(), "")
            assert shown.count("<script") == 1, address  # our own
            assert "<b>" not in shown, address
            assert "javascript:" not in "".join(re.findall(r'(?:href|action)="([^"]*)"', shown)), address
            if not address.endswith("/edit"):
                fields = re.sub(r"<textarea.*?</textarea>|value=\"[^\"]*\"", "", shown, flags=re.DOTALL)
                assert not UNSEEN.findall(fields), address


def test_fields_of_an_entity_are_bounded(service: Any) -> None:
    draft = service.sandbox.library.drafts.new("Many", draft_id="many")
    draft.set("category/Person", "/items", [{"n": number} for number in range(700)], allow_invalid=True)
    with browse(service.url, service.token("maintainer", "Mia <mia@example.org>")) as mia:
        cut, whole = (
            mia.get(f"/drafts/many/entities/category/Person{query}").text for query in ("", "?all=1")
        )
    assert len(cut) < LARGEST
    assert cut.count('class="field"') <= 500
    assert whole.count('class="field"') >= cut.count('class="field"')


def test_what_is_cut_is_shown_as_a_whole_where_it_says_so(service: Any) -> None:
    draft = service.sandbox.library.drafts.new("Long", draft_id="long")
    draft.set("category/Person", "/description", LONG)
    draft.set("category/Person", "/texts", [LONG], allow_invalid=True)
    service.sandbox.change("categories/Person.json", description="Somebody else.")
    with browse(service.url, service.token("maintainer", "Mia <mia@example.org>")) as mia:
        for address in (
            "/drafts/long",
            "/drafts/long/conflicts",
            "/drafts/long/entities/category/Person",
        ):
            page = re.sub(r"<textarea.*?</textarea>", "", mia.get(address).text, flags=re.DOTALL)
            assert "word end." not in page, address
            link = re.search(r'class="more" href="([^"]+)"', page)
            assert link is not None, address
            whole = mia.get(address + link[1][link[1].index("?") :].replace("&amp;", "&")).text
            assert "word end." in re.sub(r"<textarea.*?</textarea>", "", whole, flags=re.DOTALL), address


def test_deep_values_and_many_members_are_shown(service: Any) -> None:
    sandbox = service.sandbox
    sandbox.write("gitdraft.yaml", f"{CONFIGURATION}limits: {{max_depth: 200}}\n")
    sandbox.commit("Deep values are fine")
    deep: Any = "at the bottom"
    for level in range(190):
        deep = [deep] if level % 2 else {"below": deep}
    draft = sandbox.library.drafts.new("Deep", draft_id="deep")
    draft.set("property/unused", "/deep", deep)
    draft.set("property/unused", "/many", {f"member {number}": number for number in range(20_000)})
    before = draft.stored.tip
    draft.set("property/unused", "/deep", [deep, "more"])
    with browse(service.url, service.token("maintainer", "Mia <mia@example.org>")) as mia:
        for address in (
            "/drafts/deep",
            "/drafts/deep?all=1",
            f"/drafts/deep/since?commit={before}",
            "/drafts/deep/entities/property/unused",
        ):
            answer = mia.get(address)
            assert answer.status_code == 200, (address, answer.text[-300:])
        edit = mia.get("/drafts/deep/entities/property/unused/edit")
        assert edit.status_code in (200, 413), edit.text[-300:]
        sandbox.library.drafts["deep"].unset("property/unused", "/many")
        edit = mia.get("/drafts/deep/entities/property/unused/edit")
        assert edit.status_code == 200
        assert "at the bottom" in edit.text


def test_a_capability_hears_no_name_of_another_draft(service: Any) -> None:
    sandbox = service.sandbox
    for name in ("secret-one", "secret-two"):
        draft = sandbox.library.drafts.new(f"Title of {name}", draft_id=name)
        draft.set("category/Person", "/label", "Human")
    sandbox.library.drafts["secret-one"].submit()
    sandbox.library.drafts["secret-one"].merge()
    own = sandbox.library.drafts.new("Own", draft_id="own")
    own.set("category/Person", "/description", "Mine.")
    pages = [
        *("/", "/drafts/own", "/drafts/own/conflicts", "/drafts/own/entities/", "/entities/category/Person"),
        *(f"/drafts/own/entities/category/Person{part}" for part in ("", "/edit")),
    ]
    with browse(service.url, sandbox.library.tokens.issue_for_draft("own").token) as guest:
        for address in pages:
            answer = guest.get(address, headers={"Accept": "text/html"})
            assert answer.status_code == 200, address
            assert "secret" not in answer.text, address
    with browse(service.url, service.token("reader", "Rea <rea@example.org>")) as reader:
        shown = reader.get("/entities/category/Person", headers={"Accept": "text/html"}).text
    assert "/drafts/secret-one" in shown


def test_the_demo_ends_with_the_address_of_a_page(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    played = Sandbox(tmp_path).run("demo", str(folder))
    assert played.code == 0
    address, _, draft_id = played.out.split()[-1].rpartition("/")
    assert address == "http://127.0.0.1:8642/drafts"
    page = Review(Sandbox(folder).library.session).draft(Site(Viewer("maintainer")), draft_id)
    assert "Actor (responsible agent)" in page


def test_what_a_stacked_draft_waits_for_is_named_to_who_may_know_it(service: Any) -> None:
    drafts = service.sandbox.library.drafts
    drafts.new("Below", draft_id="hidden-below").set("category/Person", "/description", "Below.")
    drafts.new("Above", draft_id="above", onto="hidden-below").set("category/Person", "/label", "Human")
    with browse(service.url, service.token("maintainer", "Mia <mia@example.org>")) as mia:
        page = mia.get("/drafts/above").text
    said = "The draft that it stands on, hidden-below, is not merged yet."
    assert f'<a href="/drafts/hidden-below">{said}</a>' in page
    with browse(service.url, service.sandbox.library.tokens.issue_for_draft("above").token) as holder:
        page = holder.get("/drafts/above").text
    assert "The draft that it stands on is not merged yet." in page
    assert "hidden-below" not in page
