"""A draft's branch that plain git has moved to another canonical commit is judged from the commit that its changes were made on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sandbox import Sandbox

PERSON = "categories/Person.json"


def trailers(sandbox: Sandbox, revision: str) -> list[str]:
    """The recorded bases of the commits from canonical to ``revision``, newest first."""
    form = "--format=%(trailers:key=Gitdraft-Base,valueonly,separator=%x2C)"
    return sandbox.git("log", form, f"main..{revision}").split("\n")


def answer(sandbox: Sandbox, *arguments: str) -> dict[str, Any]:
    """What gitdraft answers as JSON."""
    said = sandbox.run("-o", "json", *arguments)
    assert said.out, said.err
    result: dict[str, Any] = json.loads(said.out)
    return result


@pytest.fixture
def edited(sandbox: Sandbox) -> Sandbox:
    """A draft of two commits that edits Person."""
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human", "--draft", "fix")
    sandbox.run("set", "category/Person", "/description", "A human.", "--draft", "fix")
    return sandbox


def move(sandbox: Sandbox, way: str) -> None:
    """Move the draft's commits onto main with plain git."""
    base = sandbox.git("merge-base", "main", "draft/fix")
    match way:
        case "rebase":
            sandbox.git("rebase", "--quiet", "main", "draft/fix")
        case "rebase-squashed":
            sandbox.git("checkout", "--quiet", "-B", "draft/fix", "draft/fix")
            sandbox.git(
                "-c",
                "sequence.editor=sed -i '2,$s/^pick/squash/'",
                "-c",
                "core.editor=true",
                "rebase",
                "-iq",
                "main",
            )
        case "cherry-pick":
            sandbox.git("checkout", "--quiet", "-b", "moved", "main")
            sandbox.git("cherry-pick", "-x", f"{base}..draft/fix")
            sandbox.git("branch", "--force", "draft/fix", "moved")
        case "merge-squashed":
            sandbox.git("checkout", "--quiet", "-b", "moved", "main")
            sandbox.git("merge", "--quiet", "--squash", "draft/fix")
            sandbox.git("commit", "--quiet", "--no-edit")
            sandbox.git("branch", "--force", "draft/fix", "moved")
        case "squashed by hand":
            sandbox.git("checkout", "--quiet", "draft/fix")
            sandbox.git("reset", "--quiet", "--soft", base)
            sandbox.git("commit", "--quiet", "-m", "All of it")
            sandbox.git("rebase", "--quiet", "main")
        case "copied":
            sandbox.git("checkout", "--quiet", "-b", "moved", "main")
            sandbox.git("checkout", "--quiet", "draft/fix", "--", ".gitdraft")
            sandbox.git("commit", "--quiet", "-m", "All of it")
            sandbox.git("branch", "--force", "draft/fix", "moved")
        case "amended":
            sandbox.git("rebase", "--quiet", "main", "draft/fix")
            sandbox.git("commit", "--quiet", "--amend", "-m", "By hand")
    sandbox.git("checkout", "--quiet", "main")


WAYS = ("rebase", "rebase-squashed", "merge-squashed", "cherry-pick", "amended", "squashed by hand", "copied")


def test_every_commit_records_its_base(edited: Sandbox) -> None:
    """What gitdraft commits to a draft's branch, and replays there, names the canonical commit."""
    base = edited.git("rev-parse", "main")
    assert trailers(edited, "draft/fix") == [base] * 3
    tip = edited.change(PERSON, label="Someone", rank=1)
    edited.change(PERSON, label="Person")
    edited.run("rebase")
    now = edited.git("rev-parse", "main")
    assert tip != now
    assert set(trailers(edited, "draft/fix")) == {now}


@pytest.mark.parametrize("way", WAYS)
def test_an_edit_of_canonical_is_a_conflict(edited: Sandbox, way: str) -> None:
    """Both wrote one member: after git's rebase it is the conflict that it was before."""
    edited.change(PERSON, label="Someone")
    move(edited, way)
    conflicts = answer(edited, "rebase")["drafts"][0]["changes"][0]["conflicts"]
    assert [(c["path"], c["base"], c["canonical"], c["draft"]) for c in conflicts] == [
        ("/label", "Person", "Someone", "Human")
    ]
    assert edited.run("submit", "fix").code == 21
    assert edited.run("resolve", "fix", "category/Person", "/label", "--take", "draft").code == 0
    assert edited.run("submit", "fix").code == 0
    assert edited.run("merge", "fix").code == 0
    assert edited.read(PERSON)["label"] == "Human"


@pytest.mark.parametrize("way", WAYS)
def test_a_clean_merge_holds_both(edited: Sandbox, way: str) -> None:
    """Canonical moved an element under the draft's index, and wrote another member."""
    edited.run("set", "category/Person", "/steps/2", "C", "--draft", "fix")
    edited.change(PERSON, steps=["0", "a", "b", "c"], rank=7)
    move(edited, way)
    assert answer(edited, "show", "fix")["id"] == "fix"
    assert edited.run("submit", "fix").code == 0
    assert edited.run("merge", "fix").code == 0
    merged = edited.read(PERSON)
    assert merged["steps"] == ["0", "a", "b", "C"]
    assert (merged["label"], merged["rank"]) == ("Human", 7)


def test_changes_that_nobody_saw_before_are_made_on_what_they_stand_on(edited: Sandbox) -> None:
    """A program that writes a draft itself, with plain git, means canonical as it is."""
    edited.change(PERSON, label="Someone")
    edited.git("checkout", "--quiet", "-b", "moved", "main")
    edited.git("checkout", "--quiet", "draft/fix", "--", ".gitdraft")
    edited.write(".gitdraft/changes/category/Person.patch.json", [{"op": "add", "path": "/rank", "value": 1}])
    edited.commit("By a program")
    edited.git("branch", "--force", "draft/fix", "moved")
    edited.git("checkout", "--quiet", "main")
    assert answer(edited, "show", "fix")["base"] == edited.git("rev-parse", "main")


def test_an_edit_after_the_move_heals_the_draft(edited: Sandbox) -> None:
    """An edit replays the draft from the recorded base; from then on its commits record where they stand."""
    edited.change(PERSON, rank=7)
    move(edited, "rebase")
    assert edited.run("set", "category/Agent", "/label", "Doer", "--draft", "fix").code == 0
    assert set(trailers(edited, "draft/fix")) == {edited.git("rev-parse", "main")}
    assert edited.run("validate", "fix").code == 0


def test_an_edit_of_a_conflicted_draft_keeps_the_recorded_base(edited: Sandbox) -> None:
    """The conflict is not lost by an edit of another entity."""
    edited.change(PERSON, label="Someone")
    move(edited, "rebase")
    assert edited.run("set", "category/Agent", "/label", "Doer", "--draft", "fix").code == 0
    assert edited.run("submit", "fix").code == 21


def test_a_forged_base_that_is_no_commit_is_ignored(edited: Sandbox) -> None:
    """The structure of the branch decides then."""
    edited.git("checkout", "--quiet", "draft/fix")
    edited.git("commit", "--quiet", "--allow-empty", "-m", "By hand\n\nGitdraft-Base: " + "0" * 40)
    edited.git("checkout", "--quiet", "main")
    assert answer(edited, "show", "fix")["base"] == edited.git("rev-parse", "main")


def test_a_server_takes_a_branch_that_was_rebased(edited: Sandbox) -> None:
    """The form of the moved branch is that of a draft."""
    edited.change(PERSON, label="Someone")
    move(edited, "rebase")
    assert "malformed" not in edited.run("doctor").out
