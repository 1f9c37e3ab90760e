"""`edit-all` and `draft edit` as a user meets them."""

from __future__ import annotations

import json

import pytest
from sandbox import Sandbox


@pytest.fixture
def drafted(sandbox: Sandbox) -> Sandbox:
    sandbox.run("new", "Tidy up", "--id", "tidy")
    return sandbox


def labels(sandbox: Sandbox) -> list[str]:
    return [
        sandbox.run("-o", "json", "view", entity, "-d", "tidy").json["document"]["label"]
        for entity in ("property/name", "property/unused")
    ]


def test_all_matches_are_edited_in_one_commit(drafted: Sandbox) -> None:
    before = drafted.git("rev-parse", "draft/tidy")
    answer = drafted.run("-o", "json", "edit-all", "type:property", "note=old", "label=A property")
    assert answer.code == 0, answer.err
    assert [c["entity"] for c in answer.json["changes"]] == ["property/name", "property/unused"]
    assert drafted.git("rev-list", "--count", f"{before}..draft/tidy") == "1"
    assert labels(drafted) == ["A property", "A property"]
    assert next(drafted.library.operations()).command == "edit-all"
    assert drafted.run("undo").code == 0
    assert labels(drafted) == ["Name", "Unused"]


def test_a_patch_is_applied_to_all_or_none(drafted: Sandbox) -> None:
    drafted.write("p.json", json.dumps([{"op": "replace", "path": "/label", "value": "X"}]))
    assert drafted.run("edit-all", "/datatype=Text -unused", "--patch", "p.json").code == 0
    assert labels(drafted) == ["X", "Unused"]
    test = [{"op": "test", "path": "/label", "value": "X"}, {"op": "replace", "path": "/label", "value": "Y"}]
    refused = drafted.run("-o", "json", "edit-all", "type:property", "--patch", "-", stdin=json.dumps(test))
    assert refused.code == 22
    error = json.loads(refused.err)
    assert error["context"]["entity"] == "property/unused"
    assert error["message"].startswith("property/unused: ")
    assert labels(drafted) == ["X", "Unused"]


def test_a_preview_shows_the_edits_and_writes_nothing(drafted: Sandbox) -> None:
    before = drafted.refs()
    out = drafted.run("edit-all", "/parents/*=Agent", "label=Human", "-n").out
    assert "category/Person" in out
    assert '-  "label": "Person",' in out
    assert '+  "label": "Human",' in out
    assert drafted.refs() == before


def test_the_draft_decides_what_matches(drafted: Sandbox) -> None:
    drafted.run("set", "property/name", "/label", "Zebra")
    assert drafted.run("edit-all", "zebra", "label=Lion").code == 0
    assert labels(drafted) == ["Lion", "Unused"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nothing-like-this", "a=1"], 40),
        (['"open', "a=1"], 20),
        (["type:propery", "a=1"], 40),
        (["type:property"], 2),
        (["type:property", "/label", "X"], 2),
        (["type:property", "a=1", "--patch", "-"], 2),
        (["type:category", "label="], 23),
    ],
)
def test_what_cannot_be_edited_is_refused(drafted: Sandbox, arguments: list[str], code: int) -> None:
    before = drafted.refs()
    assert drafted.run("edit-all", *arguments).code == code
    assert drafted.refs() == before


def test_what_a_draft_says_of_itself_is_edited(drafted: Sandbox) -> None:
    edited = drafted.run(
        "-o", "json", "draft", "edit", "tidy", "--title", "Tidy", "--description", "Why not."
    )
    assert edited.json["kind"] == "gitdraft.draft-edit/v1"
    assert (edited.json["title"], edited.json["description"], edited.json["changed"]) == (
        "Tidy",
        "Why not.",
        True,
    )
    shown = drafted.run("-o", "json", "show", "tidy").json
    assert (shown["title"], shown["description"]) == ("Tidy", "Why not.")
    before = drafted.refs()
    assert drafted.run("draft", "edit", "--title", "Tidy").code == 0
    assert drafted.refs() == before
    assert drafted.run("draft", "edit", "--description", "-", stdin="From a file.\n").code == 0
    assert drafted.run("-o", "json", "show", "tidy").json["description"] == "From a file."
    drafted.run("set", "category/Person", "/label", "Human")
    drafted.run("validate", "--record")
    drafted.run("draft", "edit", "--title", "Tidy again")
    assert drafted.run("-o", "json", "show", "tidy").json["status"] == "validated"
    assert drafted.run("draft", "edit", "--title", "  ").code == 20
    assert drafted.run("draft", "edit").code == 40  # no editor, and no terminal for one
    drafted.run("withdraw", "tidy")
    assert drafted.run("draft", "edit", "tidy", "--title", "X").code == 42
