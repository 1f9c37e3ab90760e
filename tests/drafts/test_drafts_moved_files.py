"""A file that was moved with plain git is its entity under another name, in `save` as in `save --from`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox import Sandbox

CHANGES = ".gitdraft/changes/category"
MORE: dict[str, Any] = {"rank": 1, "steps": ["a"]}


@pytest.fixture
def checked_out(sandbox: Sandbox) -> Sandbox:
    sandbox.change("categories/Agent.json", **MORE)
    sandbox.run("new", "Say actor", "--id", "actor")
    assert sandbox.run("checkout", "actor").code == 0
    return sandbox


def kept(sandbox: Sandbox, folder: str = CHANGES) -> list[str]:
    return [
        path.removeprefix(".gitdraft/changes/")
        for path in sandbox.git("ls-tree", "-r", "--name-only", "draft/actor", f"{folder}/").splitlines()
    ]


def move(sandbox: Sandbox, old: str, new: str) -> None:
    sandbox.git("mv", f"categories/{old}.json", f"categories/{new}.json")


def edit(sandbox: Sandbox, name: str, **members: object) -> None:
    path = f"categories/{name}.json"
    sandbox.write(path, {**sandbox.read(path), **members})


@pytest.mark.parametrize("has_new_id", [False, True])
@pytest.mark.parametrize("is_committed", [False, True])
def test_a_moved_file_is_a_renaming(checked_out: Sandbox, has_new_id: bool, is_committed: bool) -> None:
    move(checked_out, "Agent", "Actor")
    edit(checked_out, "Actor", description="Does.", **({"id": "Actor"} if has_new_id else {}))
    if is_committed:
        checked_out.commit("Move it")
    answer = checked_out.run("save")
    assert answer.code == 0, answer.err
    assert "renamed category/Agent to category/Actor in actor" in answer.out
    assert kept(checked_out) == [
        "category/Agent.patch.json",
        "category/Agent.rename.json",
        "category/Person.patch.json",
    ]
    actor = checked_out.read("categories/Actor.json")
    assert actor == {"id": "Actor", "label": "Agent", "description": "Does.", **MORE}
    assert checked_out.read("categories/Person.json")["parents"] == ["Actor"], "who names it follows"
    assert checked_out.git("status", "--porcelain") == ""


def test_canonicals_edits_of_the_old_file_are_merged(checked_out: Sandbox) -> None:
    move(checked_out, "Agent", "Actor")
    edit(checked_out, "Actor", id="Actor", label="Actor")
    assert checked_out.run("save").code == 0
    checked_out.run("checkout", "--canonical")
    checked_out.change("categories/Agent.json", description="Whoever acts.")
    assert checked_out.run("rebase").code == 0
    shown = checked_out.run("-o", "json", "view", "category/Actor", "-d", "actor").json["document"]
    assert shown == {"id": "Actor", "label": "Actor", "description": "Whoever acts.", **MORE}
    checked_out.run("submit", "actor")
    assert checked_out.run("merge", "actor").code == 0
    assert checked_out.read("categories/Actor.json") == shown
    assert checked_out.read("tombstones/category/Agent.json")["redirects_to"] == "Actor"


def test_several_at_once_that_name_each_other(checked_out: Sandbox) -> None:
    """Person, edited too, names Agent; both are moved, and what else names them follows."""
    edit(checked_out, "Person", label="Human")
    move(checked_out, "Agent", "Actor")
    move(checked_out, "Person", "Human")
    assert checked_out.run("save").code == 0
    human = checked_out.read("categories/Human.json")
    assert (human["id"], human["label"], human["parents"]) == ("Human", "Human", ["Actor"])
    assert kept(checked_out) == [
        "category/Agent.rename.json",
        "category/Person.patch.json",
        "category/Person.rename.json",
    ]


def test_an_entity_that_names_it_may_be_edited_at_once(checked_out: Sandbox) -> None:
    move(checked_out, "Agent", "Actor")
    edit(checked_out, "Person", label="Human")
    checked_out.write("categories/Robot.json", {"id": "Robot", "label": "Robot", "parents": ["Agent"]})
    assert checked_out.run("save").code == 0
    assert checked_out.read("categories/Person.json")["label"] == "Human"
    assert checked_out.read("categories/Person.json")["parents"] == ["Actor"]
    assert checked_out.read("categories/Robot.json")["parents"] == ["Actor"]


def test_what_is_moved_on_and_back_and_what_the_draft_created(checked_out: Sandbox) -> None:
    checked_out.write("categories/Robot.json", {"id": "Robot", "label": "Robot", "parents": ["Agent"]})
    assert checked_out.run("save").code == 0
    move(checked_out, "Agent", "Actor")
    move(checked_out, "Robot", "Machine")
    assert checked_out.run("save").code == 0
    assert kept(checked_out)[:2] == ["category/Agent.rename.json", "category/Machine.create.json"]
    move(checked_out, "Actor", "Doer")
    assert checked_out.run("save").code == 0
    renaming = checked_out.git("show", f"draft/actor:{CHANGES}/Agent.rename.json")
    assert json.loads(renaming) == {"to": "Doer"}
    assert checked_out.read("categories/Machine.json")["parents"] == ["Doer"]
    move(checked_out, "Doer", "Agent")
    assert checked_out.run("save").code == 0
    assert kept(checked_out) == ["category/Machine.create.json"]


def test_where_the_files_do_not_say_so_it_is_a_deletion(checked_out: Sandbox) -> None:
    edit(checked_out, "Person", parents=[])
    checked_out.git("rm", "-q", "categories/Agent.json")
    checked_out.write("categories/Robot.json", {"id": "Robot", "label": "Robot"})
    assert checked_out.run("save").code == 0
    assert {"category/Agent.delete.json", "category/Robot.create.json"} < {*kept(checked_out)}


def test_without_renames_it_is_a_deletion_too(checked_out: Sandbox) -> None:
    edit(checked_out, "Person", parents=[])
    move(checked_out, "Agent", "Actor")
    edit(checked_out, "Actor", id="Actor")
    assert checked_out.run("save", "--no-renames", "-m", "No more agents").code == 0
    assert {"category/Agent.delete.json", "category/Actor.create.json"} < {*kept(checked_out)}


def test_a_name_that_is_taken_is_refused_and_nothing_is_lost(checked_out: Sandbox) -> None:
    assert checked_out.run("create", "category/Actor", "-", stdin='{"id": "Actor", "label": "A"}').code == 0
    checked_out.run("checkout", "--canonical")
    move(checked_out, "Agent", "Actor")
    answer = checked_out.run("save", "-d", "actor")
    assert (answer.code, "'category/Actor' already exists" in answer.err) == (41, True), answer.err
    assert checked_out.read("categories/Actor.json")["id"] == "Agent", "the worktree is as it was"


def test_case_alone_leaves_no_redirect(checked_out: Sandbox) -> None:
    move(checked_out, "Agent", "agent")
    assert checked_out.run("save").code == 0
    renaming = checked_out.git("show", f"draft/actor:{CHANGES}/Agent.rename.json")
    assert json.loads(renaming) == {"to": "agent", "redirect": False}


def test_a_branch_of_plain_git_that_moves_a_file(sandbox: Sandbox) -> None:
    sandbox.run("new", "Say actor", "--id", "actor")
    sandbox.git("switch", "-q", "-c", "other")
    move(sandbox, "Agent", "Actor")
    sandbox.commit("Move it")
    sandbox.git("switch", "-q", "main")
    sandbox.change("categories/Agent.json", label="Whoever")
    answer = sandbox.run("save", "--from", "other", "-d", "actor")
    assert answer.code == 0, answer.err
    shown = sandbox.run("-o", "json", "view", "category/Actor", "-d", "actor").json["document"]
    assert shown == {"id": "Actor", "label": "Whoever", "description": "Acts."}
