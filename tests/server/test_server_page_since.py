"""What changed since I looked: two states of a draft, as its page showed them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from server_pages import Browser, browse


@pytest.fixture
def looked(service: Any) -> Any:
    """A server with a draft that somebody is about to look at."""
    draft = service.sandbox.library.drafts.new("Clearer", draft_id="clear")
    draft.set("category/Person", "/description", "A person.")
    draft.set("category/Agent", "/label", "Actor")
    return service


def address(browser: Browser, draft_id: str = "clear") -> str:
    """The address, as the page's script makes it, of what changes from the page on."""
    at = re.search(r'data-at="([^"]*)"', browser.get(f"/drafts/{draft_id}").text)
    assert at is not None
    return f"/drafts/{draft_id}/since?{unescape(at[1])}"


def test_two_states_of_a_draft_are_compared_field_by_field(looked: Any) -> None:
    sandbox = looked.sandbox
    with browse(looked.url, looked.token("maintainer", "Mia <mia@example.org>")) as mia:
        since = address(mia)
        assert "No entity is otherwise than then." in mia.get(since).text
        draft = sandbox.library.drafts["clear"]
        draft.set("category/Person", "/description", "A person, living or dead.")
        draft.drop("category/Agent")
        draft.create("property/born", {"id": "born", "label": "Born", "datatype": "Date"})
        text = mia.get(since).text
        assert "3 entities are otherwise than then." in text
        assert "living or dead" in text
        for word in ("out of the draft", "new", "changed"):
            assert f'<span class="badge info">{word}</span>' in text
        assert "canonical has moved too" not in text
        assert "Set category/Person /description" in text
        mine = mia.get("/drafts/clear").text
        assert re.search(r'href="/drafts/clear/since\?commit=[0-9a-f]{40}"', mine)


def test_a_state_outlives_a_rebase_and_canonical_is_told_apart(looked: Any) -> None:
    sandbox = looked.sandbox
    with browse(looked.url, looked.token("maintainer", "Mia <mia@example.org>")) as mia:
        since = address(mia)
        sandbox.change("categories/Person.json", label="Human")
        sandbox.run("rebase")
        text = mia.get(since).text
        assert "1 entity is otherwise than then." in text
        assert "canonical has moved too" in text
        assert "Human" in text
        sandbox.run("submit", "clear")
        sandbox.run("merge", "clear")
        assert mia.get(since).status_code == 200


def test_only_states_that_the_draft_had_are_shown(looked: Any) -> None:
    sandbox = looked.sandbox
    other = sandbox.library.drafts.new("Other", draft_id="other")
    other.set("category/Person", "/label", "Secret")
    theirs, canonical = other.stored.tip, sandbox.library.canonical_tip()
    own = sandbox.library.drafts["clear"].stored.tip
    with browse(looked.url, sandbox.library.tokens.issue_for_draft("clear").token) as guest:
        assert guest.get(f"/drafts/clear/since?commit={own}&canonical={canonical}").status_code == 200
        for query in (
            f"commit={theirs}",
            f"commit={canonical}",
            f"commit={own}&canonical={theirs}",
            f"commit={own}&canonical=HEAD",
            "commit=",
            "commit=draft/other",
            f"commit={own[:12]}",
        ):
            answer = guest.get(f"/drafts/clear/since?{query}")
            assert answer.status_code == 404, query
            assert "Secret" not in answer.text
        assert guest.get(f"/drafts/other/since?commit={theirs}").status_code == 404
        assert guest.get(f"/drafts/clear/since?commit={own}&page=2").status_code == 404


def test_a_change_keeps_its_tick_until_it_is_another(looked: Any) -> None:
    def digests(browser: Browser) -> list[str]:
        return re.findall(r'data-change="([0-9a-f]{16})"', browser.get("/drafts/clear").text)

    with browse(looked.url, looked.token("maintainer", "Mia <mia@example.org>")) as mia:
        agent, person = digests(mia)
        draft = looked.sandbox.library.drafts["clear"]
        draft.set("category/Person", "/description", "Another.")
        draft.comment("Really?")
        assert digests(mia)[0] == agent
        assert digests(mia)[1] != person
