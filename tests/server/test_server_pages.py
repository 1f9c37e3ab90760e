"""Pages for people: who sees what, what a form does, and that what was seen is what is answered."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Response
from sandbox import present
from server_pages import OWN, Browser, browse, state_in

from gitdraft.server.sessions import set_cookie
from gitdraft.server.settings import Settings

HOSTILE = "<script>window.__pwned=1</script>\"'&\u202eabc\u0007"


@pytest.fixture
def person(service: Any) -> Any:
    """A server with a draft that changes an entity."""
    draft = service.sandbox.library.drafts.new("Say <b>more</b>", draft_id="more")
    draft.set("category/Person", "/description", HOSTILE)
    service.sandbox.library.drafts.new("Another", draft_id="another")
    return service


def maintainer(service: Any) -> AbstractContextManager[Browser]:
    """The browser of a maintainer."""
    return browse(service.url, service.token("maintainer", "Mia <mia@example.org>"))


def capability(service: Any, draft_id: str) -> str:
    """The token of a capability."""
    token: str = service.sandbox.library.tokens.issue_for_draft(draft_id).token
    return token


def test_without_a_token_there_is_a_place_to_type_one(person: Any) -> None:
    with httpx.Client(base_url=person.url, timeout=60) as nobody:
        assert nobody.get("/").status_code == 401
        one, other = nobody.get("/drafts/more"), nobody.get("/drafts/nothing-of-the-kind")
    assert one.status_code == other.status_code == 200
    assert one.text.replace("/drafts/more", "") == other.text.replace("/drafts/nothing-of-the-kind", "")
    assert 'type="password"' in one.text


def test_a_page_lets_nothing_else_in(person: Any) -> None:
    with maintainer(person) as mia:
        answer = mia.get("/drafts/more")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "private, no-cache"
    assert HOSTILE not in answer.text
    assert "&lt;script&gt;window.__pwned=1&lt;/script&gt;" in answer.text
    assert "\\u202e" in answer.text
    assert "\\u0007" in answer.text
    assert "Say &lt;b&gt;more&lt;/b&gt;" in answer.text


def test_a_token_becomes_a_cookie_that_no_script_reads(person: Any) -> None:
    token = capability(person, "more")
    with httpx.Client(base_url=person.url, timeout=60) as client:
        answer = client.post("/session", json={"token": token})
        assert answer.status_code == 204
        cookie = answer.headers["set-cookie"]
        assert token not in cookie
        assert {part.strip().lower() for part in cookie.split(";")[1:]} >= {
            "httponly",
            "path=/",
            "samesite=lax",
        }
        assert client.get("/drafts/more").status_code == 200
        assert client.get("/drafts/another").status_code == 404
        shown = client.get("/").text
        assert "/drafts/more" in shown
        assert "another" not in shown.lower()
        person.sandbox.library.tokens.revoke_draft("more")
        assert client.get("/").status_code == 401


def test_over_tls_the_cookie_is_the_hosts_alone(tmp_path: Path) -> None:
    answer = Response()
    set_cookie(answer, Settings(tmp_path, "https://drafts.example.org"), "name")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-gitdraft=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "own"}, 303),
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "own"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_what_changes_anything_comes_from_our_own_pages(
    person: Any, headers: dict[str, str], status: int
) -> None:
    with maintainer(person) as mia:
        sent = {name: person.url if value == "own" else value for name, value in headers.items()}
        form = {"state": state_in(mia.get("/drafts/more").text)}
        answer = mia.post("/drafts/more/withdraw", data=form, headers=sent)
    assert answer.status_code == status
    assert (person.sandbox.library.drafts.get("more").status.value == "withdrawn") == (status == 303)


def test_nobody_is_signed_in_by_another_site(person: Any) -> None:
    with httpx.Client(base_url=person.url, timeout=60) as client:
        form = {"token": person.token("reader", "Rae <rae@example.org>")}
        answer = client.post("/session", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "address", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_a_sign_in_leads_nowhere_else(person: Any, address: str) -> None:
    with httpx.Client(base_url=person.url, timeout=60) as client:
        form = {"token": person.token("reader", "Rae <rae@example.org>"), "next": address}
        assert client.post("/session", data=form).headers["location"] == "/"


def test_a_draft_goes_its_way_by_its_page(person: Any) -> None:
    with maintainer(person) as mia:
        for step, status in (
            ("submit", "submitted"),
            ("reject", "rejected"),
            ("reopen", "draft"),
            ("submit", "submitted"),
            ("merge", "merged"),
        ):
            form = {"state": state_in(mia.get("/drafts/more").text), "reason": "a reason"}
            answer = mia.post(f"/drafts/more/{step}", data=form, headers=OWN)
            assert (answer.status_code, answer.headers.get("location", "")[:13]) == (303, "/drafts/more?")
            assert person.sandbox.library.drafts.get("more").status.value == status
        shown = mia.get("/drafts/more").text
    assert "This draft was merged" in shown
    assert "A human being." in shown  # what was there before it, for ever


def test_every_step_is_refused_by_the_server_too(person: Any) -> None:
    with browse(person.url, capability(person, "more")) as holder:
        page = holder.get("/drafts/more").text
        form = {"state": state_in(page), "reason": "why"}
        assert 'action="/drafts/more/submit"' in page
        assert 'action="/drafts/more/merge"' not in page
        assert holder.post("/drafts/more/merge", data=form, headers=OWN).status_code == 403
        assert holder.post("/drafts/another/submit", data=form, headers=OWN).status_code == 404
    with browse(person.url, person.token("reader", "Rae <rae@example.org>")) as reader:
        assert reader.post("/drafts/more/submit", data=form, headers=OWN).status_code == 403
    with httpx.Client(base_url=person.url, timeout=60) as nobody:
        answer = nobody.post("/drafts/more/reject", data=form, headers=OWN)
    assert answer.status_code == 401
    assert "why" in answer.text  # what was typed is still there


def test_what_was_seen_is_what_is_answered(person: Any) -> None:
    with maintainer(person) as mia:
        form = {"state": state_in(mia.get("/drafts/more").text), "reason": "not <now>"}
        person.sandbox.library.drafts.get("more").set("category/Person", "/label", "Human")
        answer = mia.post("/drafts/more/withdraw", data=form, headers=OWN)
        assert answer.status_code == 409
        assert "Human" in answer.text
        assert 'value="not &lt;now&gt;"' in answer.text
        form["state"] = state_in(answer.text)
        person.sandbox.change("categories/Agent.json", label="Actor")  # nothing that the draft changes
        assert mia.post("/drafts/more/withdraw", data=form, headers=OWN).status_code == 303


def test_the_list_is_filtered_sorted_and_paged(person: Any) -> None:
    for number in range(60):
        person.sandbox.library.drafts.new(f"Number {number:02}", draft_id=f"number-{number:02}")
    with maintainer(person) as mia:
        first = mia.get("/?sort=id").text
        more = re.search(r'href="(/\?[^"]*after=[^"]*)"', first)
        assert more is not None
        second = mia.get(more[1].replace("&amp;", "&")).text
        assert [text.count('<li class="row"') for text in (first, second)] == [50, 12]
        assert mia.get("/?q=number+07").text.count("<li") == 1
        assert mia.get("/?conflict=1").text.count("<li") == 0
        assert mia.get("/?mine=1").text.count("<li") == 0
        assert mia.get("/?status=nonsense").status_code == 400
        assert mia.get("/?after=nowhere").status_code == 404


def test_a_conflict_is_answered_as_resolve_does(service: Any) -> None:
    sandbox = service.sandbox
    for draft_id in ("one", "two"):
        draft = sandbox.library.drafts.new("Clash", draft_id=draft_id)
        draft.set("category/Person", "/label", "Human")
        draft.set("category/Person", "/description", "Draft's.\r\nline")
        draft.set("category/Agent", "/rank", 1234567890123456789)
    sandbox.change("categories/Person.json", label="Somebody", description="Canonical's.")
    sandbox.change("categories/Agent.json", rank=2)
    with maintainer(service) as mia:
        page = mia.get("/drafts/one/conflicts").text
        # conflicts come entity by entity: Agent /rank, Person /label, Person /description
        form = {
            "state": state_in(page),
            "choice-1": "draft",
            "choice-2": "value",
            "value-2": "\nHuman being",
            "choice-3": "canonical",
        }
        shown = mia.post("/drafts/one/conflicts", data={**form, "step": "save"}, headers=OWN)
        assert (shown.status_code, "Human being" in shown.text) == (
            200,
            True,
        )  # nothing is saved that was not shown
        assert len(sandbox.library.drafts["one"].conflicts()) == 3
        match = re.search(r'name="previewed" value="([^"]+)"', shown.text)
        assert match is not None
        form |= {"previewed": match[1], "step": "save"}
        sandbox.library.drafts["one"].set("property/name", "/label", "Full name")
        outdated = mia.post("/drafts/one/conflicts", data=form, headers=OWN)
        assert outdated.status_code == 409
        assert ">\n\nHuman being</textarea>" in outdated.text  # a leading line break survives
        form["state"] = state_in(outdated.text)
        assert mia.post("/drafts/one/conflicts", data=form, headers=OWN).status_code == 303
    two = sandbox.library.drafts["two"]
    two.set("property/name", "/label", "Full name")
    two.resolve("category/Agent", "/rank", take="draft")
    two.resolve("category/Person", "/label", value="\nHuman being")
    two.resolve("category/Person", "/description", take="canonical")
    patches = [sandbox.library.drafts[name].diff() for name in ("one", "two")]
    assert [d.after for d in patches[0]] == [d.after for d in patches[1]]
    assert not sandbox.library.drafts["one"].conflicts()
    with browse(service.url, capability(service, "two")) as holder:
        assert holder.get("/drafts/one/conflicts").status_code == 404


def test_a_draft_is_started_in_the_browser(service: Any) -> None:
    with browse(service.url, service.token("contributor", "Cy <cy@example.org>")) as cy:
        assert cy.post("/new", data={"title": " "}, headers=OWN).status_code == 422
        answer = cy.post("/new", data={"title": "Say more", "description": "why"}, headers=OWN)
        assert answer.headers["location"] == "/drafts/say-more?done=created"
        assert "why" in cy.get("/drafts/say-more").text
    assert service.sandbox.library.drafts["say-more"].header.author == "Cy <cy@example.org>"
    with browse(service.url, service.token("reader", "Rae <rae@example.org>")) as reader:
        assert reader.get("/new").status_code == 403


def test_answers_to_several_entities_are_one_operation(service: Any) -> None:
    sandbox = service.sandbox
    draft = sandbox.library.drafts.new("Clash", draft_id="one")
    draft.set("category/Person", "/label", "Human")
    draft.set("category/Agent", "/label", "Actor")
    sandbox.change("categories/Person.json", label="Somebody")
    sandbox.change("categories/Agent.json", label="Doer")
    before = draft.tip
    with maintainer(service) as mia:
        form = {
            "state": state_in(mia.get("/drafts/one/conflicts").text),
            "choice-1": "draft",
            "choice-2": "canonical",
        }
        shown = mia.post("/drafts/one/conflicts", data={**form, "step": "preview"}, headers=OWN).text
        previewed = re.search(r'name="previewed" value="([^"]+)"', shown)
        assert previewed is not None
        form |= {"previewed": previewed[1], "step": "save"}
        assert mia.post("/drafts/one/conflicts", data=form, headers=OWN).status_code == 303
    assert not draft.conflicts()
    assert next(iter(sandbox.library.operations())).command == "resolve"
    sandbox.library.undo()
    assert draft.tip == before


def test_the_page_says_all_that_keeps_a_draft_from_being_merged(person: Any) -> None:
    sandbox = person.sandbox
    configuration = (sandbox.path / "gitdraft.yaml").read_text("utf-8")
    sandbox.write("gitdraft.yaml", f"{configuration}review: {{approvals: 1}}\n")
    sandbox.commit("merging needs an approval")
    sandbox.library.drafts["more"].submit()
    with maintainer(person) as mia:
        page = mia.get("/drafts/more").text
    assert "It needs 1 more approval." in page
    assert "Nothing blocks merging" not in page


def test_a_long_list_says_how_much_of_it_is_not_shown(person: Any) -> None:
    person.sandbox.library.drafts["more"].set("category/Person", "/steps", [f"s{n}" for n in range(450)])
    with maintainer(person) as mia:
        cut, whole = mia.get("/drafts/more").text, mia.get("/drafts/more?all=1").text
    removed = cut.count('<li class="removed">')
    assert cut.count('<li class="added">') == 400 - removed
    assert f"show all: {50 + removed} more elements" in cut
    assert whole.count('<li class="added">') == 450


def test_people_comment_where_a_field_is(person: Any) -> None:
    with browse(person.url, capability(person, "more")) as holder:
        form = {"text": f"{HOSTILE}\r\n\r\n*why*?", "entity": "category/Person", "pointer": "/description"}
        answer = holder.post("/drafts/more/comment", data=form, headers=OWN)
        assert answer.status_code == 303
        comment = answer.headers["location"].partition("#comment-")[2]
        again = {**form, "text": "Because.", "reply_to": comment}
        assert holder.post("/drafts/more/comment", data=again, headers=OWN).status_code == 303
        page = holder.get("/drafts/more").text
        field = page[page.index('id="change-1-1"') : page.index("</article>")]
        assert field.index("*why*?") < field.index("Because.")
        assert HOSTILE not in page
        assert "&lt;script&gt;window.__pwned=1" in field
        assert "2 comments" in page
        refused = holder.post("/drafts/more/comment", data={**form, "text": " "}, headers=OWN)
        assert refused.status_code == 422
        missing = {**form, "text": "To <whom>?", "pointer": "nowhere"}
        refused = holder.post("/drafts/more/comment", data=missing, headers=OWN)
        assert (refused.status_code, "To &lt;whom&gt;?" in refused.text) == (422, True)
        assert 'action="/drafts/more/review"' not in page
        form = {"verdict": "approve", "of": "x"}
        assert holder.post("/drafts/more/review", data=form, headers=OWN).status_code == 403


def test_a_verdict_is_on_the_changes_that_the_page_showed(person: Any) -> None:
    with browse(person.url, person.token("reader", "Rae <rae@example.org>")) as rae:
        seen = re.search(r'name="of" value="([^"]+)"', rae.get("/drafts/more").text)
        assert seen is not None
        person.sandbox.library.drafts["more"].comment("Meanwhile.")  # no other changes
        form = {"of": seen[1], "verdict": "approve"}
        assert rae.post("/drafts/more/review", data=form, headers=OWN).status_code == 303
        assert '<bdi title="rae@example.org">Rae</bdi> approved' in rae.get("/drafts/more").text
        person.sandbox.library.drafts["more"].set("category/Person", "/label", "Human")
        form = {"of": seen[1], "verdict": "request-changes", "text": "Not <so>"}
        outdated = rae.post("/drafts/more/review", data=form, headers=OWN)
        assert outdated.status_code == 409
        assert "Not &lt;so&gt;</textarea>" in outdated.text
        assert "Human" in outdated.text
        seen = re.search(r'name="of" value="([^"]+)"', outdated.text)
        assert seen is not None
        assert rae.post(
            "/drafts/more/review", data={**form, "of": seen[1], "text": ""}, headers=OWN
        ).status_code in (303, 422)
        form = {"of": seen[1], "verdict": "nonsense"}
        assert rae.post("/drafts/more/review", data=form, headers=OWN).status_code == 422
        assert "of earlier changes" in rae.get("/drafts/more").text


def test_a_comment_makes_no_page_outdated(person: Any) -> None:
    with maintainer(person) as mia:
        form = {"state": state_in(mia.get("/drafts/more").text)}
        person.sandbox.library.drafts["more"].comment("Well done.")
        assert mia.post("/drafts/more/submit", data=form, headers=OWN).status_code == 303


def test_the_rendered_form_is_html_for_who_sees_the_draft(person: Any) -> None:
    token = capability(person, "more")
    with httpx.Client(
        base_url=person.url, headers={"Authorization": f"Bearer {token}"}, timeout=60
    ) as holder:
        answer = holder.get("/api/v2/drafts/more/review")
        assert answer.headers["content-type"].startswith("text/html")
        assert "Say &lt;b&gt;more&lt;/b&gt;" in answer.text
        assert "<form" not in answer.text
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert holder.get("/api/v2/drafts/another/review").status_code == 404


@pytest.mark.parametrize(("choice", "label"), [("retarget", "Homo"), ("retarget-keep", "Agent")])
def test_a_change_moves_to_where_canonical_has_its_entity(service: Any, choice: str, label: str) -> None:
    sandbox = service.sandbox
    sandbox.write("categories/Human.json", {"id": "Human", "label": "Human"})
    sandbox.commit("Add Human")
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set("category/Human", "/label", "Homo")
    draft.set("category/Human", "/rank", 7)
    sandbox.library.canonical.redirect("category/Human", "category/Agent", "the same")
    with maintainer(service) as mia:
        page = mia.get("/drafts/fix/conflicts").text
        form = {"state": state_in(page), "choice-1": choice, "step": "preview"}
        shown = mia.post("/drafts/fix/conflicts", data=form, headers=OWN).text
        assert "/rank" in shown  # what it leaves is shown before it is saved
        assert (">Homo<" in shown.partition("of which it makes this")[2]) == (label == "Homo")
        previewed = re.search(r'name="previewed" value="([^"]+)"', shown)
        assert previewed is not None
        form |= {"previewed": previewed[1], "step": "save"}
        assert mia.post("/drafts/fix/conflicts", data=form, headers=OWN).status_code == 303
    fixed = sandbox.library.drafts["fix"]
    assert [str(change.entity) for change in fixed.changes()] == ["category/Agent"]
    agent = present(sandbox.library.view("category/Agent", draft="fix").document)
    assert (agent["label"], agent["rank"]) == (label, 7)
