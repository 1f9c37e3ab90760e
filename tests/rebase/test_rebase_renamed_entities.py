"""E5: entities that plain git renamed on canonical under a draft."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox import Sandbox, present

from gitdraft.errors import StateRefused
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.model.reports import RebaseReport
from gitdraft.model.tombstones import RedirectTombstone

PERSON = "categories/Person.json"
HUMAN = "categories/Human.json"


def rename(sandbox: Sandbox, old: str, new: str, **members: Any) -> str:
    """`git mv`, with the id that its key asks for."""
    sandbox.git("mv", f"categories/{old}.json", f"categories/{new}.json")
    return sandbox.change(f"categories/{new}.json", **{"id": new, **members})


def only(report: RebaseReport) -> Any:
    (draft,) = report.drafts
    (change,) = draft.changes
    return change


def conflict_of(report: RebaseReport) -> Any:
    (conflict,) = only(report).conflicts
    return conflict


def test_an_edit_follows_its_entity(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Somebody")
    rename(sandbox, "Person", "Human")
    shown = present(draft.view("category/Human").document)
    assert (shown["id"], shown["label"]) == ("Human", "Somebody")

    report = sandbox.library.rebase()

    change = only(report)
    assert (change.status, change.patch, str(change.entity)) == ("clean", "rewritten", "category/Human")
    (warning,) = change.warnings
    assert (warning.type, warning.from_path, warning.to_path) == (
        "followed-rename",
        "category/Person",
        "category/Human",
    )
    files = sandbox.git("ls-tree", "-r", "--name-only", "draft/fix-person", ".gitdraft/changes/").splitlines()
    assert files == [".gitdraft/changes/category/Human.patch.json"]
    draft.submit()
    draft.merge()
    sandbox.git("checkout", "-q", "-f", "main")
    assert sandbox.read(HUMAN)["label"] == "Somebody"
    assert not (sandbox.path / PERSON).exists()


def test_the_command_tells_the_rename(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix Person").set("category/Person", "/label", "Somebody")
    rename(sandbox, "Person", "Human")

    answer = sandbox.run("-o", "json", "rebase")

    (change,) = json.loads(answer.out)["drafts"][0]["changes"]
    assert change["warnings"] == [
        {"type": "followed-rename", "path": "", "from": "category/Person", "to": "category/Human"}
    ]


def test_chained_moves(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Somebody")
    rename(sandbox, "Person", "Human")
    rename(sandbox, "Human", "Mortal")
    assert str(only(sandbox.library.rebase()).entity) == "category/Mortal"
    rename(sandbox, "Mortal", "Being")
    assert str(only(sandbox.library.rebase()).entity) == "category/Being"
    assert present(draft.view("category/Being").document)["label"] == "Somebody"


def test_a_draft_on_another_follows_with_it(sandbox: Sandbox) -> None:
    parent = sandbox.library.drafts.new("Parent")
    parent.set("category/Person", "/label", "Somebody")
    child = sandbox.library.drafts.new("Child", onto="parent")
    child.set("category/Person", "/description", "Us.")
    rename(sandbox, "Person", "Human")
    parent.set("category/Human", "/rank", 3)

    rebased = sandbox.library.rebase().drafts

    assert {draft.status for draft in rebased} == {"clean"}
    human = present(child.view("category/Human").document)
    assert (human["label"], human["description"], human["rank"]) == ("Somebody", "Us.", 3)
    for draft in ("parent", "child"):
        files = sandbox.git(
            "ls-tree", "-r", "--name-only", f"draft/{draft}", ".gitdraft/changes/"
        ).splitlines()
        assert files == [".gitdraft/changes/category/Human.patch.json"]


def test_an_edit_before_the_rebase_follows_too(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Somebody")
    rename(sandbox, "Person", "Human")

    draft.set("category/Human", "/rank", 3)

    human = present(draft.view("category/Human").document)
    assert (human["label"], human["rank"]) == ("Somebody", 3)
    assert [str(file.entity) for file in draft.stored.files] == ["category/Human"]


def test_in_a_type_without_an_id_the_key_is_the_id(sandbox: Sandbox) -> None:
    configuration = (sandbox.path / "gitdraft.yaml").read_text()
    sandbox.write("gitdraft.yaml", configuration.replace("    id: /id\n", ""))
    sandbox.commit("no ids")
    sandbox.library.drafts.new("Fix Person").set("category/Person", "/label", "Somebody")
    sandbox.git("mv", PERSON, HUMAN)
    sandbox.commit("moved")

    change = only(sandbox.library.rebase())

    assert (change.status, str(change.entity)) == ("clean", "category/Human")


def test_a_hundred_moved_at_once_are_told_apart(sandbox: Sandbox) -> None:
    for number in range(100):
        key = f"Kind{number}"
        sandbox.write(
            f"categories/{key}.json",
            {
                "id": key,
                "label": key,
                "description": f"The {number}th.",
                "rank": number,
                "parents": ["Agent"],
            },
        )
    sandbox.commit("kinds")
    draft = sandbox.library.drafts.new("Fix all")
    for number in range(3):
        draft.set(f"category/Kind{number}", "/properties", ["name"])
    for number in range(100):
        sandbox.git("mv", f"categories/Kind{number}.json", f"categories/Sort{number}.json")
        sandbox.write(
            f"categories/Sort{number}.json",
            {**sandbox.read(f"categories/Sort{number}.json"), "id": f"Sort{number}"},
        )
    sandbox.commit("renamed")

    (rebased,) = sandbox.library.rebase().drafts

    assert [(str(c.entity), c.status) for c in rebased.changes] == [
        (f"category/Sort{n}", "clean") for n in range(3)
    ]


def test_a_redirect_to_the_new_entity_is_a_rename(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix Person").set("category/Person", "/label", "Somebody")
    rename(sandbox, "Person", "Human")
    tombstone = RedirectTombstone(
        "Person", "Human", "renamed", "Ann <ann@example.org>", "2026-01-01T00:00:00Z"
    )
    sandbox.write("tombstones/category/Person.json", write_tombstone(tombstone).decode())
    sandbox.commit("a redirect")

    assert str(only(sandbox.library.rebase()).entity) == "category/Human"


def test_renamed_and_edited_is_a_conflict_that_names_the_place(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Somebody")
    rename(sandbox, "Person", "Human", description="Edited.")

    conflict = conflict_of(sandbox.library.rebase())

    assert (conflict.type, conflict.path, str(conflict.renamed_to)) == ("modify/delete", "", "category/Human")
    shown = sandbox.run("-o", "json", "conflicts", "fix-person")
    assert json.loads(shown.out)["conflicts"][0]["renamed_to"] == "category/Human"
    assert "canonical renamed it to category/Human" in sandbox.run("conflicts", "fix-person").out
    assert sandbox.run("resolve", "fix-person", "category/Person", "--retarget").code == 0
    merged = present(draft.view("category/Human").document)
    assert (merged["label"], merged["description"]) == ("Somebody", "Edited.")


def test_moved_without_its_id_is_a_conflict_that_names_the_place(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix Person").set("category/Person", "/label", "Somebody")
    sandbox.git("mv", PERSON, HUMAN)
    sandbox.commit("moved")

    conflict = conflict_of(sandbox.library.rebase())

    assert (conflict.type, str(conflict.renamed_to)) == ("modify/delete", "category/Human")


def test_a_deleted_entity_is_not_renamed(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix Person").set("category/Person", "/label", "Somebody")
    sandbox.git("rm", "-q", PERSON)
    sandbox.write(HUMAN, {"id": "Human", "label": "Quite another", "rank": 1})
    sandbox.commit("another one")

    conflict = conflict_of(sandbox.library.rebase())

    assert (conflict.type, conflict.renamed_to) == ("modify/delete", None)


def test_two_places_are_none(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix Person").set("category/Person", "/label", "Somebody")
    copied = sandbox.read(PERSON)
    rename(sandbox, "Person", "Human")
    sandbox.write("categories/Mortal.json", {**copied, "id": "Mortal"})
    sandbox.commit("a copy")

    conflict = conflict_of(sandbox.library.rebase())

    assert (conflict.type, conflict.renamed_to) == ("modify/delete", None)


def test_a_draft_that_creates_the_new_entity_too(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Somebody")
    draft.create("category/Human", {"id": "Human", "label": "Mine"})
    rename(sandbox, "Person", "Human")

    (rebased,) = sandbox.library.rebase().drafts

    assert {(str(c.entity), c.conflicts[0].type) for c in rebased.changes} == {
        ("category/Person", "create/create"),
        ("category/Human", "create/create"),
    }


def test_the_edit_beside_a_created_entity_is_given_up_for_canonicals(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Somebody")
    draft.create("category/Human", {"id": "Human", "label": "Mine"})
    rename(sandbox, "Person", "Human")

    for entity in ("category/Person", "category/Human"):
        sandbox.run("resolve", "fix-person", entity, "--take", "canonical")

    assert draft.conflicts() == []
    assert [str(file.entity) for file in draft.stored.files] == []


def test_a_deletion_of_a_renamed_entity(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Drop Person")
    draft.delete("category/Person", reason="gone")
    rename(sandbox, "Person", "Human")

    conflict = conflict_of(sandbox.library.rebase())
    assert (conflict.type, str(conflict.renamed_to)) == ("delete/modify", "category/Human")

    assert sandbox.run("resolve", "drop-person", "category/Person", "--take", "draft").code == 0
    files = sandbox.git(
        "ls-tree", "-r", "--name-only", "draft/drop-person", ".gitdraft/changes/"
    ).splitlines()
    assert files == [".gitdraft/changes/category/Human.delete.json"]


@pytest.mark.parametrize("answer", [("--take", "canonical"), ("--retarget",)])
def test_answers_about_a_deletion_of_a_renamed_entity(sandbox: Sandbox, answer: tuple[str, ...]) -> None:
    draft = sandbox.library.drafts.new("Drop Person")
    draft.delete("category/Person", reason="gone")
    rename(sandbox, "Person", "Human")

    assert sandbox.run("resolve", "drop-person", "category/Person", *answer).code == 0

    files = sandbox.git(
        "ls-tree", "-r", "--name-only", "draft/drop-person", ".gitdraft/changes/"
    ).splitlines()
    assert files == ([] if answer[0] == "--take" else [".gitdraft/changes/category/Human.delete.json"])


def test_a_redirect_of_a_renamed_entity(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Redirect Person")
    draft.redirect("category/Person", "category/Agent", reason="the same")
    rename(sandbox, "Person", "Human")

    conflict = conflict_of(sandbox.library.rebase())

    assert (conflict.type, str(conflict.renamed_to)) == ("delete/modify", "category/Human")


def test_a_rename_swap_is_an_edit_of_both(sandbox: Sandbox) -> None:
    """The key is the identity: nothing is gone, so nothing is renamed."""
    draft = sandbox.library.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Somebody")
    person, agent = sandbox.read(PERSON), sandbox.read("categories/Agent.json")
    sandbox.write(PERSON, {**agent, "id": "Person"})
    sandbox.write("categories/Agent.json", {**person, "id": "Agent", "parents": []})
    sandbox.commit("swapped")

    conflict = conflict_of(sandbox.library.rebase())

    assert (conflict.type, conflict.path) == ("modify/modify", "/label")


def test_a_moved_folder_of_a_type_keeps_its_entities(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Somebody")
    sandbox.git("mv", "categories", "kinds")
    configuration = (sandbox.path / "gitdraft.yaml").read_text()
    sandbox.write("gitdraft.yaml", configuration.replace("categories/", "kinds/"))
    sandbox.commit("the folder moves")

    change = only(sandbox.library.rebase())

    assert (change.status, str(change.entity), change.warnings) == ("clean", "category/Person", ())
    assert present(draft.view("category/Person").document)["label"] == "Somebody"


def test_without_a_retarget_there_is_nothing_to_move(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Somebody")
    sandbox.change(PERSON, label="Else")

    with pytest.raises(StateRefused):
        draft.retarget("category/Person")


def test_a_draft_follows_gitdrafts_own_rename(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix Person")
    draft.set("category/Person", "/label", "Somebody")

    answer = sandbox.run("-o", "json", "entity", "rename", "category/Person", "Human", "--reason", "the word")

    assert answer.code == 0
    human = present(draft.view("category/Human").document)
    assert (human["id"], human["label"]) == ("Human", "Somebody")
    assert [str(file.entity) for file in draft.stored.files] == ["category/Human"]
