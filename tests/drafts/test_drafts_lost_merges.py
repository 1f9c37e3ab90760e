"""Canonical's history taken back, a merge reverted, a draft's branch deleted, all by plain git: it is told, and there is a way
out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

import gitdraft

PERSON = "categories/Person.json"
WAYS = {
    "reset": "merge-left-canonical",
    "revert": "merge-reverted",
    "revert-and-reset": "merge-left-canonical",
    "reverted-beneath": "merge-reverted",
    "force-push": "merge-left-canonical",
    "update-ref": "merge-left-canonical",
}


def answer(sandbox: Sandbox, *arguments: str, code: int = 0) -> dict[str, Any]:
    """What gitdraft answers as JSON."""
    said = sandbox.run("-o", "json", *arguments)
    assert said.code == code, said.out + said.err
    result: dict[str, Any] = json.loads(said.out or said.err)
    return result


def label(sandbox: Sandbox) -> Any:
    """Person's label on canonical."""
    return json.loads(sandbox.git("show", f"main:{PERSON}"))["label"]


@pytest.fixture(params=["squash", "parents"])
def merged(sandbox: Sandbox, request: pytest.FixtureRequest) -> Sandbox:
    """A draft that changed a label, and is merged."""
    if request.param == "parents":
        text = (sandbox.path / "gitdraft.yaml").read_text()
        sandbox.write("gitdraft.yaml", text + "merge: {history: parents}\n")
        sandbox.commit("configure")
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human", "--draft", "fix")
    sandbox.run("submit", "fix")
    assert sandbox.run("merge", "fix").code == 0
    return sandbox


def revert(sandbox: Sandbox, commit: str = "HEAD") -> None:
    """Revert a commit with plain git."""
    parents = sandbox.git("rev-list", "--parents", "-1", commit).split()
    mainline = ("-m", "1") if len(parents) > 2 else ()
    sandbox.git("revert", "--no-edit", *mainline, commit)


def take_back(sandbox: Sandbox, way: str) -> None:
    """Take the merge back."""
    match way:
        case "reset":
            sandbox.git("reset", "--quiet", "--hard", "HEAD~1")
        case "revert":
            revert(sandbox)
        case "revert-and-reset":
            revert(sandbox)
            sandbox.git("reset", "--quiet", "--hard", "HEAD~2")
        case "reverted-beneath":
            merge = sandbox.git("rev-parse", "HEAD")
            sandbox.change("properties/name.json", label="A name")
            revert(sandbox, merge)
        case "force-push":
            other = sandbox.path.parent / "other"
            sandbox.git("clone", "--quiet", ".", str(other))
            Sandbox(other).git("reset", "--quiet", "--hard", "HEAD~1")
            sandbox.git("fetch", "--quiet", str(other), "+main:refs/heads/taken")
            sandbox.git("reset", "--quiet", "--hard", "taken")
        case "update-ref":
            sandbox.git("update-ref", "refs/heads/main", "main~1")
            sandbox.git("reset", "--quiet", "--hard")


@pytest.mark.sweep(4)
@pytest.mark.parametrize("way", WAYS)
def test_a_merge_that_was_taken_back_is_told_and_reopened(merged: Sandbox, way: str) -> None:
    take_back(merged, way)
    code = WAYS[way]
    for command in (("status",), ("show", "fix"), ("doctor",), ("list", "--status", "merged")):
        text = merged.run(*command).out
        assert code in text, command
    assert merged.run("doctor").code == 1
    for document in (
        answer(merged, "status"),
        answer(merged, "show", "fix"),
        answer(merged, "list", "--status", "merged")["drafts"][0],
    ):
        (problem,) = document["problems"]
        assert (problem["draft"], problem["code"]) == ("fix", code)
        assert problem["hint"].startswith("gitdraft reopen fix")
    assert answer(merged, "submit", "fix", code=42)["hint"].startswith("gitdraft reopen fix")
    assert answer(merged, "reopen", "fix")["status"] == "draft"
    assert answer(merged, "view", "category/Person", "--draft", "fix")["document"]["label"] == "Human"
    assert merged.run("submit", "fix").code == 0
    assert merged.run("merge", "fix").code == 0
    assert label(merged) == "Human"
    assert "problems" not in answer(merged, "status")
    assert "problems" not in answer(merged, "show", "fix")


def test_changes_apply_anew_on_what_canonical_became(merged: Sandbox) -> None:
    """What the reverted merge contained is no base: nothing is taken for done already."""
    merge = merged.git("rev-parse", "HEAD")
    merged.change(PERSON, steps=["a"])
    revert(merged, merge)
    assert label(merged) == "Person"
    assert merged.run("reopen", "fix").code == 0
    assert answer(merged, "rebase", "fix")["counts"]["rebased"] == 1
    assert merged.run("submit", "fix").code == 0
    assert merged.run("merge", "fix").code == 0
    document = json.loads(merged.git("show", f"main:{PERSON}"))
    assert (document["label"], document["steps"]) == ("Human", ["a"])


def test_a_merge_that_stands_is_not_reopened(merged: Sandbox) -> None:
    assert "problems" not in answer(merged, "show", "fix")
    assert answer(merged, "reopen", "fix", code=42)["code"] == "wrong-status"
    revert(merged)
    revert(merged)
    assert label(merged) == "Human"
    assert "problems" not in answer(merged, "status")
    assert answer(merged, "reopen", "fix", code=42)["code"] == "wrong-status"


def test_canonical_rebased_by_git_keeps_the_merge(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human", "--draft", "fix")
    sandbox.git("branch", "older")
    sandbox.run("submit", "fix")
    sandbox.run("merge", "fix")
    sandbox.git("switch", "--quiet", "older")
    sandbox.change("properties/name.json", label="A name")
    sandbox.git("switch", "--quiet", "main")
    sandbox.git("rebase", "--quiet", "older")
    assert "problems" not in answer(sandbox, "status")


@pytest.mark.parametrize("way", ["reset", "revert"])
def test_undo_and_new_from_have_a_way_out(merged: Sandbox, way: str) -> None:
    merge = merged.git("rev-parse", "HEAD")
    take_back(merged, way)
    undone = merged.run("-o", "json", "undo")
    if undone.code:
        assert "gitdraft reopen fix" in json.loads(undone.err)["hint"]
    made = answer(merged, "new", "--from", merge, "--id", "again")
    assert made["entities"] == ["category/Person"] or made["changes"]
    assert answer(merged, "view", "category/Person", "--draft", "again")["document"]["label"] == "Human"
    if undone.code:
        closed = answer(merged, "new", "--from", "refs/gitdraft/closed/fix", "--id", "third", code=42)
        assert "gitdraft reopen fix" in closed["hint"]


def test_a_deleted_branch_is_told_and_restored(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human", "--draft", "fix")
    tip = sandbox.git("rev-parse", "draft/fix")
    sandbox.git("branch", "--quiet", "-D", "draft/fix")
    for command in (("status",), ("doctor",)):
        assert "branch-gone" in sandbox.run(*command).out, command
    (problem,) = answer(sandbox, "status")["problems"]
    assert (problem["draft"], problem["code"]) == ("fix", "branch-gone")
    assert answer(sandbox, "show", "fix", code=40)["hint"].startswith("gitdraft reopen fix")
    assert answer(sandbox, "reopen", "fix", "--dry-run")["tip"] == tip
    assert answer(sandbox, "reopen", "fix")["tip"] == tip
    assert sandbox.git("rev-parse", "draft/fix") == tip
    assert "problems" not in answer(sandbox, "status")
    assert sandbox.run("undo").code == 0
    assert "problems" not in answer(sandbox, "status"), "what gitdraft took away is not lost"


def test_a_deleted_branch_of_a_submitted_draft_is_a_draft_again(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human", "--draft", "fix")
    sandbox.run("submit", "fix")
    sandbox.git("branch", "--quiet", "-D", "draft/fix")
    assert answer(sandbox, "reopen", "fix")["status"] == "draft"
    assert sandbox.run("submit", "fix").code == 0


def test_a_renamed_branch_is_not_lost(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.git("branch", "--quiet", "-m", "draft/fix", "draft/other")
    assert "problems" not in answer(sandbox, "status")


def test_in_a_bare_repository_and_through_the_library(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.git("clone", "--quiet", "--bare", ".", str(tmp_path / "hub.git"))
    hub = gitdraft.open(tmp_path / "hub.git")
    hub.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    hub.drafts.new("Gone", draft_id="gone")
    hub.drafts["fix"].submit()
    hub.drafts["fix"].merge()
    bare = Sandbox(tmp_path / "hub.git")
    bare.git("update-ref", "refs/heads/main", "main~1")
    bare.git("branch", "-D", "draft/gone")
    assert [p["code"] for p in answer(bare, "status")["problems"]] == [
        "merge-left-canonical",
        "branch-gone",
    ]
    hub = gitdraft.open(tmp_path / "hub.git")
    assert hub.drafts["gone"].reopen().status.value == "draft"
    assert hub.drafts["fix"].reopen().before.value == "merged"
    hub.drafts["fix"].submit()
    hub.drafts["fix"].merge()
    assert label(bare) == "Human"


def test_status_says_what_it_has_not_looked_at(sandbox: Sandbox) -> None:
    assert "not_looked_at" not in sandbox.run("-o", "json", "status").json
    for number in range(21):
        sandbox.library.drafts.new(f"Draft {number}", draft_id=f"d{number}")
    status = sandbox.run("-o", "json", "status").json
    assert status["not_looked_at"] == ["open drafts", "earlier operations"]
    assert "open drafts, earlier operations: not looked at" in sandbox.run("status").out
    for number in range(21):
        gitdraft.open(sandbox.path).drafts.get(f"d{number}").withdraw()
    assert "merged drafts" in sandbox.run("-o", "json", "status").json["not_looked_at"]


def fold_revert(sandbox: Sandbox, way: str) -> None:
    """Take the merge at HEAD back as part of a commit that says nothing of it."""
    match way:
        case "revert -n":
            sandbox.git("revert", "--no-commit", "HEAD")
            sandbox.change("properties/name.json", label="A name")
        case "revert -n, another member of the file":
            sandbox.git("revert", "--no-commit", "HEAD")
            sandbox.change(PERSON, steps=["a"])
        case "revert, other words":
            sandbox.git("revert", "--no-commit", "HEAD")
            sandbox.commit("No")
        case "checkout of the file":
            sandbox.change("properties/name.json", label="A name")
            sandbox.git("checkout", "--quiet", "HEAD~2", "--", PERSON)
            sandbox.commit("Older")
        case "merge --strategy ours":
            sandbox.git("branch", "older", "HEAD~1")
            sandbox.git("checkout", "--quiet", "older")
            sandbox.change("properties/name.json", label="A name")
            sandbox.git("merge", "--quiet", "--strategy", "ours", "-m", "Ours", "main")
            sandbox.git("checkout", "--quiet", "main")
            sandbox.git("merge", "--quiet", "--no-ff", "-m", "Theirs", "older")
            sandbox.git("read-tree", "-m", "-u", "HEAD^2")
            sandbox.git("commit", "--quiet", "--amend", "--allow-empty", "-m", "Merge older")


FOLDED = (
    "revert -n",
    "revert -n, another member of the file",
    "revert, other words",
    "checkout of the file",
    "merge --strategy ours",
)


@pytest.fixture
def squashed(sandbox: Sandbox) -> Sandbox:
    """A draft that changed a label, merged as one commit."""
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human", "--draft", "fix")
    sandbox.run("submit", "fix")
    assert sandbox.run("merge", "fix").code == 0
    return sandbox


@pytest.mark.parametrize("way", FOLDED)
def test_a_revert_that_is_part_of_another_commit_is_told_and_reopened(squashed: Sandbox, way: str) -> None:
    fold_revert(squashed, way)
    assert label(squashed) == "Person"

    for command in (("status",), ("show", "fix")):
        (problem,) = answer(squashed, *command)["problems"]
        assert (problem["draft"], problem["code"]) == ("fix", "merge-reverted"), command
        assert squashed.git("rev-parse", "HEAD")[:12] in problem["message"]
    assert answer(squashed, "reopen", "fix")["status"] == "draft"
    assert squashed.run("submit", "fix").code == 0
    assert squashed.run("merge", "fix").code == 0
    assert label(squashed) == "Human"


def test_a_file_that_plain_git_removes_takes_the_draft_back_that_made_it(sandbox: Sandbox) -> None:
    sandbox.run("new", "New", "--id", "new")
    sandbox.write("new.json", {"id": "New", "label": "New"})
    assert sandbox.run("create", "category/New", "new.json", "--draft", "new").code == 0
    sandbox.run("submit", "new")
    assert sandbox.run("merge", "new").code == 0
    sandbox.git("rm", "--quiet", "categories/New.json")
    sandbox.commit("No")

    (problem,) = answer(sandbox, "status")["problems"]
    assert (problem["draft"], problem["code"]) == ("new", "merge-reverted")


def reword(sandbox: Sandbox, way: str) -> None:
    """Rewrite the merge at HEAD so that it says nothing of the draft."""
    match way:
        case "amend":
            sandbox.git("commit", "--quiet", "--amend", "-m", "Better words")
        case "amend with more":
            sandbox.write("notes.txt", "more\n")
            sandbox.git("add", "notes.txt")
            sandbox.git("commit", "--quiet", "--amend", "-m", "Better words")
        case "fixup into the commit before":
            sandbox.git("reset", "--quiet", "--soft", "HEAD~2")
            sandbox.git("commit", "--quiet", "-m", "All in one")
        case "filter-branch":
            words = sandbox.git("commit-tree", "HEAD^{tree}", "-p", "HEAD~1", "-m", "Words")
            sandbox.git("reset", "--quiet", "--soft", words)


@pytest.mark.parametrize("way", ["amend", "amend with more", "fixup into the commit before", "filter-branch"])
@pytest.mark.parametrize("edited", [False, True])
def test_a_merge_in_other_words_is_none_that_left(sandbox: Sandbox, way: str, edited: bool) -> None:
    sandbox.change("properties/name.json", label="A name")
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human", "--draft", "fix")
    sandbox.run("submit", "fix")
    assert sandbox.run("merge", "fix").code == 0
    reword(sandbox, way)
    if edited:
        sandbox.change(PERSON, label="Human being")

    assert "problems" not in answer(sandbox, "status")
    assert "problems" not in answer(sandbox, "show", "fix")
    sandbox.change(PERSON, label="Person")
    (problem,) = answer(sandbox, "status")["problems"]
    assert (problem["code"], sandbox.git("rev-parse", "HEAD")[:12] in problem["message"]) == (
        "merge-reverted",
        True,
    )


def test_what_a_command_puts_back_is_an_edit_like_any_other(squashed: Sandbox) -> None:
    squashed.run("new", "Back", "--id", "back")
    squashed.run("set", "category/Person", "/label", "Person", "--draft", "back")
    squashed.run("submit", "back")
    assert squashed.run("merge", "back").code == 0

    assert "problems" not in answer(squashed, "status")


def test_a_revert_that_was_taken_back_by_hand_is_none(squashed: Sandbox) -> None:
    revert(squashed)
    squashed.change(PERSON, label="Human")

    assert "problems" not in answer(squashed, "status")
