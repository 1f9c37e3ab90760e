"""`checkout` puts the worktree on a draft, where plain git is harmless; `save` takes back what was edited or committed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

PERSON = "categories/Person.json"


def start(sandbox: Sandbox, draft_id: str = "fix") -> None:
    sandbox.library.drafts.new("Fix the person", draft_id=draft_id).set("category/Person", "/label", "Human")
    assert sandbox.run("checkout", draft_id).code == 0


def edit(sandbox: Sandbox, path: str = PERSON, **members: object) -> None:
    sandbox.write(path, {**sandbox.read(path), **members})


def patch(sandbox: Sandbox, entity: str = "category/Person", draft_id: str = "fix") -> Any:
    return json.loads(sandbox.git("show", f"draft/{draft_id}:.gitdraft/changes/{entity}.patch.json"))


LABEL = {"op": "replace", "path": "/label", "value": "Human"}
RANK = {"op": "add", "path": "/rank", "value": 2}


def test_a_checkout_is_one_commit_on_canonicals_tip_without_a_draft_folder(sandbox: Sandbox) -> None:
    tip = sandbox.git("rev-parse", "main")
    start(sandbox)
    assert sandbox.git("rev-parse", "--abbrev-ref", "HEAD") == "HEAD"
    assert sandbox.git("rev-list", "--parents", "-1", "HEAD").split()[1:] == [tip]
    assert sandbox.git("diff", "--name-only", "main", "HEAD") == PERSON
    assert sandbox.read(PERSON)["label"] == "Human"
    message = sandbox.git("log", "-1", "--format=%B")
    assert message.startswith("Fix the person\n\nGitdraft-Draft: fix\n")
    assert f"Gitdraft-Tip: {sandbox.git('rev-parse', 'draft/fix')}" in message
    assert sandbox.git("status", "--porcelain") == ""
    head = sandbox.git("rev-parse", "HEAD")
    assert sandbox.run("checkout", "--canonical").code == 0
    assert sandbox.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert sandbox.run("-o", "json", "checkout", "fix").json["commit"] == head, "always the same commit"
    sandbox.fsck()


def test_status_says_which_draft_is_in_the_worktree(sandbox: Sandbox) -> None:
    assert "worktree" not in sandbox.run("status").out
    start(sandbox)
    assert "worktree   fix is checked out" in sandbox.run("status").out
    assert sandbox.run("-o", "json", "status").json["checked_out"] == "fix"
    edit(sandbox, rank=2)
    sandbox.commit("by hand")
    assert sandbox.library.status().checked_out == "fix"
    sandbox.git("switch", "--quiet", "main")
    assert "checked_out" not in sandbox.run("-o", "json", "status").json


@pytest.mark.parametrize("way", ["edited", "staged", "committed", "amended", "both"])
def test_what_is_edited_or_committed_there_is_saved(sandbox: Sandbox, way: str) -> None:
    start(sandbox)
    before = sandbox.refs()
    edit(sandbox, rank=2)
    match way:
        case "staged":
            sandbox.git("add", "--all")
        case "committed":
            sandbox.commit("by hand")
        case "amended":
            sandbox.git("commit", "--quiet", "--all", "--amend", "--no-edit")
        case "both":
            sandbox.commit("by hand")
            edit(sandbox, steps=["a", "b"])
    assert sandbox.refs() == before, "a plain commit reaches no branch"
    refused = sandbox.run("-o", "json", "checkout", "--canonical")
    assert (refused.code, refused.refusal["code"]) == (42, "unsaved-edits")

    assert sandbox.run("save", "-m", "By hand").code == 0

    expected = [LABEL, *([{"op": "remove", "path": "/steps/2"}] if way == "both" else []), RANK]
    assert sorted(map(str, patch(sandbox))) == sorted(map(str, expected))
    assert sandbox.git("status", "--porcelain") == ""
    assert sandbox.read(PERSON)["rank"] == 2
    assert sandbox.git("rev-parse", "main") == before["refs/heads/main"] == sandbox.git("rev-parse", "HEAD^")
    assert sandbox.run("checkout", "--canonical").code == 0
    assert sandbox.read(PERSON)["label"] == "Person"
    sandbox.fsck()


def test_taking_everything_back_with_git_does_not_empty_the_draft(sandbox: Sandbox) -> None:
    start(sandbox)
    edit(sandbox, rank=2)
    sandbox.git("checkout", "--quiet", ".")
    assert "already the same" in sandbox.run("save").out
    assert patch(sandbox) == [LABEL]


def test_what_the_draft_and_canonical_changed_meanwhile_is_merged(sandbox: Sandbox) -> None:
    start(sandbox)
    edit(sandbox, rank=2)
    sandbox.commit("by hand")
    sandbox.library.drafts["fix"].set("category/Person", "/description", "Somebody.")
    sandbox.git("worktree", "add", "--quiet", "../other", "main")
    other = Sandbox(sandbox.path.parent / "other")
    other.change(PERSON, steps=["a", "b", "c", "d"])
    assert sandbox.run("save").code == 0
    person = sandbox.read(PERSON)
    assert person["label"] == "Human"
    assert (person["rank"], person["description"], person["steps"][-1]) == (2, "Somebody.", "d")
    assert {op["path"] for op in patch(sandbox)} == {"/label", "/rank", "/description"}
    assert sandbox.git("status", "--porcelain") == ""


def test_one_place_that_both_changed_is_refused_and_nothing_is_lost(sandbox: Sandbox) -> None:
    start(sandbox)
    edit(sandbox, description="Mine.")
    sandbox.library.drafts["fix"].set("category/Person", "/description", "Theirs.")
    answer = sandbox.run("-o", "json", "save")
    assert (answer.code, answer.refusal["context"]["paths"]) == (21, ["/description"])
    assert sandbox.read(PERSON)["description"] == "Mine."


def test_new_and_deleted_files_are_saved_and_other_files_stay(sandbox: Sandbox) -> None:
    sandbox.write("README.md", "before\n")
    sandbox.commit()
    start(sandbox)
    sandbox.write("properties/new.json", {"id": "new"})
    (sandbox.path / "properties/unused.json").unlink()
    sandbox.write("README.md", "after\n")
    sandbox.write("notes.txt", "mine\n")
    sandbox.commit("all of it")
    assert sandbox.run("save").code == 0
    rows = sandbox.run("-o", "json", "ls", "--draft", "fix", "--changed").json["entities"]
    assert {row["entity"]: row["_change_status"] for row in rows} == {
        "category/Person": "modified",
        "property/new": "added",
        "property/unused": "deleted",
    }
    assert (sandbox.path / "README.md").read_text() == "after\n", "what is no entity is kept, staged"
    assert sandbox.git("diff", "--cached", "--name-only").split() == ["README.md", "notes.txt"]
    assert sandbox.run("checkout", "--canonical").code == 0
    assert (sandbox.path / "README.md").read_text() == "after\n"
    assert (sandbox.path / "notes.txt").read_text() == "mine\n"


def test_force_throws_away_edits_and_commits_and_names_them(sandbox: Sandbox) -> None:
    start(sandbox)
    edit(sandbox, rank=2)
    head = sandbox.commit("by hand")
    sandbox.write("properties/new.json", {"id": "new"})
    report = sandbox.run("-o", "json", "checkout", "--canonical", "--force").json
    assert report["left"] == head
    assert sandbox.git("status", "--porcelain") == ""
    assert sandbox.read(PERSON) == {**sandbox.read(PERSON), "label": "Person"}


def test_a_local_change_that_is_in_the_way_is_named_and_nothing_moves(sandbox: Sandbox) -> None:
    start(sandbox)
    sandbox.git("worktree", "add", "--quiet", "../other", "main")
    other = Sandbox(sandbox.path.parent / "other")
    other.write("README.md", "canonical\n")
    other.commit()
    sandbox.write("README.md", "mine\n")
    head = sandbox.git("rev-parse", "HEAD")
    answer = sandbox.run("-o", "json", "checkout", "fix")
    assert (answer.code, answer.refusal["context"]["paths"]) == (42, ["README.md"])
    edit(sandbox, rank=2)
    saved = sandbox.run("save")
    assert (saved.code, "the worktree stays as it is" in saved.err) == (0, True)
    assert sandbox.git("rev-parse", "HEAD") == head
    (sandbox.path / "README.md").unlink()
    assert sandbox.run("save").code == 0
    assert sandbox.git("status", "--porcelain") == ""
    assert patch(sandbox) == [LABEL, RANK]


def test_canonical_that_another_worktree_shows_is_checked_out_detached(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    sandbox.git("worktree", "add", "--quiet", "--detach", "../side")
    side = Sandbox(sandbox.path.parent / "side")
    assert side.run("checkout", "fix").code == 0
    edit(side, rank=2)
    assert side.run("save").code == 0
    assert side.run("checkout", "--canonical").code == 0
    assert side.git("rev-parse", "HEAD") == sandbox.git("rev-parse", "main")
    assert side.read(PERSON)["label"] == "Person"
    assert sandbox.git("status", "--porcelain") == ""
    assert patch(sandbox) == [LABEL, RANK]


def test_edits_on_canonical_go_to_the_draft_and_leave_canonical_clean(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix")
    edit(sandbox, rank=2)
    assert sandbox.run("save", "--draft", "fix").code == 0
    assert patch(sandbox) == [RANK]
    assert sandbox.git("status", "--porcelain") == ""
    assert sandbox.read(PERSON)["rank"] == 2
    assert sandbox.run("checkout", "--canonical").code == 0
    assert "rank" not in sandbox.read(PERSON)


def test_a_deletion_has_its_tombstone_there(sandbox: Sandbox) -> None:
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.delete("property/unused", reason="unused")
    assert sandbox.run("checkout", "fix").code == 0
    assert not (sandbox.path / "properties/unused.json").exists()
    assert sandbox.read("tombstones/property/unused.json")["reason"] == "unused"
    assert "already the same" in sandbox.run("save").out


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("settings", "attributes"),
    [
        ({"core.autocrlf": "true"}, ""),
        ({"core.autocrlf": "true", "core.safecrlf": "true"}, ""),
        ({"core.eol": "crlf"}, "*.json text\n"),
        ({}, "*.json text eol=crlf\n"),
        ({}, "*.json text working-tree-encoding=UTF-16\n"),
        ({"filter.rot.clean": "tr n-za-m a-z", "filter.rot.smudge": "tr a-z n-za-m"}, "*.json filter=rot\n"),
    ],
)
def test_files_pass_gits_own_conversion_both_ways(
    sandbox: Sandbox, settings: dict[str, str], attributes: str
) -> None:
    def text() -> str:
        raw = (sandbox.path / PERSON).read_bytes()
        if "UTF-16" in attributes:
            return raw.decode("utf-16")
        if "rot" in attributes:
            return raw.translate(bytes.maketrans(*ROT)).decode()
        assert b"\r\n" in raw
        return raw.decode()

    def put(content: str) -> None:
        raw = content.encode("utf-16" if "UTF-16" in attributes else "utf-8")
        (sandbox.path / PERSON).write_bytes(
            raw.translate(bytes.maketrans(*ROT[::-1])) if "rot" in attributes else raw
        )

    if attributes:
        sandbox.write(".gitattributes", attributes)
        sandbox.git("add", ".gitattributes")
        sandbox.git("commit", "--quiet", "--message", "attributes")
    for name, value in settings.items():
        sandbox.git("config", name, value)
    sandbox.git("rm", "-r", "--quiet", "--cached", ".")
    sandbox.git("reset", "--quiet", "--hard")
    assert sandbox.git("status", "--porcelain") == ""

    start(sandbox)
    assert '"Human"' in text()
    assert sandbox.git("status", "--porcelain") == ""
    assert "already the same" in sandbox.run("save").out
    put(text().replace("A human being.", "Somebody."))
    assert sandbox.git("status", "--porcelain") == f"M {PERSON}"
    assert sandbox.run("save").code == 0
    assert patch(sandbox) == [LABEL, {"op": "replace", "path": "/description", "value": "Somebody."}]
    assert sandbox.git("status", "--porcelain") == ""
    assert "Somebody." in text()
    assert sandbox.run("checkout", "--canonical").code == 0
    assert sandbox.run("submit", "fix").code == 0
    assert sandbox.run("merge", "fix").code == 0
    assert "Somebody." in text()
    assert sandbox.git("status", "--porcelain") == ""
    assert sandbox.git("show", f"main:{PERSON}").count("\r") == 0


ROT = (b"nopqrstuvwxyzabcdefghijklm", b"abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize("hooks", [False, True])
def test_a_commit_there_is_harmless_with_hooks_too(sandbox: Sandbox, hooks: bool) -> None:
    if hooks:
        assert sandbox.run("hooks", "install").code == 0
    start(sandbox)
    before = sandbox.refs()
    edit(sandbox, rank=2)
    sandbox.git("commit", "--quiet", "--all", "--message", "by hand")
    after = sandbox.refs()
    assert {n: o for n, o in after.items() if n.startswith("refs/heads/")} == {
        n: o for n, o in before.items() if n.startswith("refs/heads/")
    }
    assert sandbox.run("save").code == 0
    assert patch(sandbox) == [LABEL, RANK]


def test_neither_another_branch_nor_a_bare_repository_is_touched(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    sandbox.git("switch", "--quiet", "--create", "side")
    for command in (["checkout", "fix"], ["checkout", "--canonical"], ["save", "--draft", "fix"]):
        answer = sandbox.run("-o", "json", *command)
        assert (answer.code, answer.refusal["code"]) == (42, "not-on-canonical")
    assert sandbox.git("symbolic-ref", "HEAD") == "refs/heads/side"


def test_a_lost_note_loses_no_work(sandbox: Sandbox) -> None:
    start(sandbox)
    edit(sandbox, rank=2)
    sandbox.commit("by hand")
    (Path(sandbox.git("rev-parse", "--absolute-git-dir")) / "gitdraft/checkout.json").unlink()
    assert sandbox.library.status().checked_out == "fix"
    assert sandbox.run("save").code == 0
    assert patch(sandbox) == [LABEL, RANK]


def test_a_detached_head_on_canonical_is_no_draft(sandbox: Sandbox) -> None:
    start(sandbox)
    sandbox.git("checkout", "--quiet", "--detach", "main")
    assert sandbox.library.status().checked_out is None
    assert "already the same" in sandbox.run("save").out
    assert patch(sandbox) == [LABEL]


def test_a_materialised_form_that_plain_git_merged_is_canonicals(sandbox: Sandbox) -> None:
    start(sandbox)
    form = sandbox.git("rev-parse", "HEAD")
    sandbox.git("switch", "--quiet", "main")
    sandbox.git("merge", "--quiet", "--ff-only", form)
    sandbox.change(PERSON, rank=3)
    sandbox.git("checkout", "--quiet", "--detach", "main")
    (sandbox.path / ".git/gitdraft/checkout.json").unlink()
    assert sandbox.library.status().checked_out is None
    assert "already the same" in sandbox.run("save").out


BOMB = """#!/bin/sh
[ -e {armed} ] && kill -9 {victims} $PPID
exec cat
"""


@pytest.mark.sweep(1)
@pytest.mark.parametrize("victims", ["", "$(awk '/^PPid/ {print $2}' /proc/$PPID/status)"])
@pytest.mark.parametrize("command", ["checkout", "save", "--canonical"])
def test_a_kill_while_git_writes_the_files_leaves_nothing_half(
    sandbox: Sandbox, tmp_path: Path, victims: str, command: str
) -> None:
    armed, bomb = tmp_path / "armed", tmp_path / "bomb.sh"
    bomb.write_text(BOMB.format(armed=armed, victims=victims))
    bomb.chmod(0o755)
    sandbox.write(".gitattributes", "categories/Person.json filter=bomb\n")
    sandbox.commit()
    sandbox.git("config", "filter.bomb.clean", "cat")
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set("category/Agent", "/label", "Actor")
    draft.set("category/Person", "/label", "Human")
    draft.delete("property/unused", reason="unused")
    if command != "checkout":
        assert sandbox.run("checkout", "fix").code == 0
    if command == "save":
        edit(sandbox, "properties/name.json", label="The name")
        draft.set("category/Person", "/rank", 2)
        draft.set("category/Agent", "/rank", 2)
    sandbox.git("config", "filter.bomb.smudge", str(bomb))
    line = {"checkout": ["checkout", "fix"], "save": ["save"], "--canonical": ["checkout", "--canonical"]}[
        command
    ]
    armed.touch()
    assert sandbox.run_process(*line).code != 0 or command == "save"
    armed.unlink()

    again = sandbox.run(*line)

    assert again.code == 0, again.err
    assert sandbox.git("status", "--porcelain") == ""
    assert sandbox.read("categories/Agent.json")["label"] == (
        "Agent" if command == "--canonical" else "Actor"
    )
    if command == "save":
        assert sandbox.run("checkout", "fix").code == 0
        assert sandbox.read("properties/name.json")["label"] == "The name"
        assert sandbox.read(PERSON)["rank"] == 2
    sandbox.fsck()
