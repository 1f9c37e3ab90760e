"""An entity is renamed on canonical: one commit, one undo, and everything that led to it leads to it still."""

from __future__ import annotations

import pytest
from sandbox import Sandbox

from gitdraft.errors import GitdraftError


def test_a_rename_is_the_file_the_id_the_references_and_a_redirect(sandbox: Sandbox) -> None:
    sandbox.write("categories/Robot.json", {"id": "Robot", "label": "Robot", "parents": ["Agent", "Robot"]})
    sandbox.commit("a referrer, also of itself")
    before = sandbox.refs()["refs/heads/main"]
    sandbox.run("redirect", "create", "property/unused", "property/name", "--reason", "same")

    answer = sandbox.run("-o", "json", "entity", "rename", "category/Agent", "Actor", "--reason", "clearer")

    assert answer.code == 0, answer.err
    assert answer.json["kind"] == "gitdraft.entity-rename/v1"
    assert (answer.json["entity"], answer.json["to"]) == ("category/Agent", "category/Actor")
    assert answer.json["retargeted"] == ["category/Person", "category/Robot"]
    assert sandbox.read("categories/Actor.json") == {"id": "Actor", "label": "Agent", "description": "Acts."}
    assert not (sandbox.path / "categories/Agent.json").exists()
    assert sandbox.read("categories/Person.json")["parents"] == ["Actor"]
    tombstone = sandbox.read("tombstones/category/Agent.json")
    assert (tombstone["kind"], tombstone["redirects_to"], tombstone["reason"]) == (
        "redirect",
        "Actor",
        "clearer",
    )
    assert sandbox.run("validate", "--canonical").code == 0
    assert sandbox.git("rev-list", "--count", f"{before}..main") == "2"
    assert sandbox.run("undo").code == 0
    assert (
        sandbox.git("diff", "--name-only", before, "main")
        == "properties/unused.json\ntombstones/property/unused.json"
    )
    itself = sandbox.run("-o", "json", "entity", "rename", "category/Robot", "category/Machine").json
    assert itself["retargeted"] == []
    assert sandbox.read("categories/Machine.json")["parents"] == ["Agent", "Machine"]


def test_redirects_to_it_are_flattened_and_the_old_id_may_go(sandbox: Sandbox) -> None:
    sandbox.run("redirect", "create", "property/unused", "property/name", "--reason", "same")
    answer = sandbox.run("-o", "json", "entity", "rename", "property/name", "title", "--no-redirect")
    assert answer.json["flattened"] == [{"from": "property/unused", "to": "property/title"}]
    assert sandbox.read("tombstones/property/unused.json")["redirects_to"] == "title"
    assert not (sandbox.path / "tombstones/property/name.json").exists()
    assert sandbox.run("view", "property/name").code == 40
    assert sandbox.run("validate", "--canonical").code == 0


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("source", "target", "code", "exit_code"),
    [
        ("category/Agent", "Person", "entity-already-exists", 41),
        ("category/Agent", "person", "entity-already-exists", 41),
        ("property/name", "unused", "entity-already-exists", 41),
        ("category/Agent", "Agent", "source-and-target-are-the-same", 20),
        ("category/Agent", "agent", "source-and-target-are-the-same", 20),
        ("category/Agent", "property/Agent", "target-is-incompatible", 20),
        ("category/Agent", "a/b", "invalid-value", 20),
        ("category/Agnt", "Actor", "resource-not-found", 40),
        ("property/unused", "other", "entity-deleted", 42),
    ],
)
def test_what_cannot_be_renamed_is_refused(
    sandbox: Sandbox, source: str, target: str, code: str, exit_code: int
) -> None:
    sandbox.run("entity", "delete", "property/unused", "--reason", "unused")
    before = sandbox.refs()
    with pytest.raises(GitdraftError) as refused:
        sandbox.library.canonical.rename(source, target)
    assert (refused.value.code, refused.value.exit_code) == (code, exit_code)
    assert sandbox.refs() == before


def test_case_alone_is_renamed_without_a_redirect(sandbox: Sandbox) -> None:
    assert sandbox.run("entity", "rename", "category/Agent", "agent", "--no-redirect").code == 0
    assert sandbox.read("categories/Person.json")["parents"] == ["agent"]
    assert sandbox.run("validate", "--canonical").code == 0


def test_a_protected_referrer_refuses_and_a_dry_run_writes_nothing(sandbox: Sandbox) -> None:
    before = sandbox.refs()
    assert sandbox.run("entity", "rename", "category/Agent", "Actor", "-n").out.startswith(
        "would be: renamed"
    )
    assert sandbox.refs() == before
    sandbox.run("entity", "lock", "category/Person", "--reason", "reviewed")
    assert sandbox.run("entity", "rename", "category/Agent", "Actor").code == 42


def test_a_draft_of_the_renamed_entity_can_be_moved_along(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Agent", "/label", "Doer")
    sandbox.run("entity", "rename", "category/Agent", "Actor")
    assert sandbox.run("resolve", "fix", "category/Agent", "--retarget").code == 0
    shown = sandbox.run("-o", "json", "view", "category/Actor", "-d", "fix").json
    assert shown["document"]["label"] == "Doer"
