"""`references`: both directions, on canonical and in drafts."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox import Sandbox

import gitdraft


def shown(sandbox: Sandbox, entity: Any, draft: Any = None) -> Any:
    found = sandbox.library.references(entity, draft)
    return {
        "names": [(str(e), at, how) for e, at, how in found.names],
        "named_by": [(str(e), at) for e, at in found.named_by],
        "redirects": [str(e) for e in found.redirects],
        "drafts": [(name, str(e), at, how) for name, e, at, how in found.drafts],
    }


def test_an_entity_names_others_and_is_named(sandbox: Sandbox) -> None:
    assert shown(sandbox, "Person") == {
        "names": [("category/Agent", "/parents/0", "live"), ("property/name", "/properties/0", "live")],
        "named_by": [],
        "redirects": [],
        "drafts": [],
    }
    assert shown(sandbox, "Agent")["named_by"] == [("category/Person", "/parents/0")]


def test_what_is_named_and_gone_is_told(sandbox: Sandbox) -> None:
    sandbox.library.canonical.delete("name", "unused", force=True)
    sandbox.change("categories/Person.json", parents=["Agent", "Nobody"])

    assert shown(sandbox, "Person")["names"] == [
        ("category/Agent", "/parents/0", "live"),
        ("category/Nobody", "/parents/1", "missing"),
        ("property/name", "/properties/0", "deleted"),
    ]


def test_redirects_lead_to_it(sandbox: Sandbox) -> None:
    sandbox.library.canonical.redirect("property/unused", "property/name", "the same")

    assert shown(sandbox, "name")["redirects"] == ["property/unused"]


def test_open_drafts_would_add_and_remove_references(sandbox: Sandbox) -> None:
    one = sandbox.library.drafts.new("adds", draft_id="adds")
    one.set("Agent", "/properties", ["name"])
    sandbox.library.drafts.new("removes", draft_id="removes").unset("Person", "/properties/0")
    sandbox.library.drafts.new("other", draft_id="other").set("Person", "/label", "Human")

    assert shown(sandbox, "name")["drafts"] == [
        ("adds", "category/Agent", "/properties/0", "adds"),
        ("removes", "category/Person", "/properties/0", "removes"),
    ]
    assert shown(sandbox, "name", one)["named_by"] == [
        ("category/Agent", "/properties/0"),
        ("category/Person", "/properties/0"),
    ]
    assert shown(sandbox, "name", "removes")["named_by"] == []


def test_the_command_answers_in_text_and_in_json(sandbox: Sandbox) -> None:
    answer = sandbox.run("references", "Person")
    assert answer.out.splitlines()[:2] == ["category/Person names", "  category/Agent  /parents/0"]
    assert (
        sandbox.run("references", "property/unused").out
        == "property/unused names nothing, and nothing names it\n"
    )
    assert sandbox.run("-o", "json", "references", "Agent").json["named_by"] == [
        {"entity": "category/Person", "path": "/parents/0"}
    ]
    assert sandbox.run("references", "Persn").code == 40


def test_an_unknown_entity_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(gitdraft.NotFound):
        sandbox.library.references("category/Nobody")
