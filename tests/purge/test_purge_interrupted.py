"""A purge that something stops half-way: the repository is whole, and the same command finishes it."""

from __future__ import annotations

import signal
from collections.abc import Sequence

import pytest
from fork_server import ForkServer
from purging import SECRET, objects, run_purge
from sandbox import Sandbox

from gitdraft.errors import Moved, OperationPending, RepositoryError, StateRefused
from gitdraft.git.refs import move_refs
from gitdraft.git.repository import GitRepository
from gitdraft.model.operations import RefMove

KILLED = "purge.purged_child:run"


@pytest.mark.long
@pytest.mark.parametrize(
    ("step", "number", "when"),
    [
        ("rewrite", 0, "after"),
        ("write_marker", 0, "after"),
        ("take_packs", 0, "after"),
        ("_switch_refs", 0, "after"),
        ("_follow", 0, "after"),
        ("run_git", 1, "after"),
        ("_record", 0, "after"),
    ],
)
def test_killed_anywhere_the_repository_is_whole_and_the_next_purge_ends_well(
    sandbox: Sandbox, fork_server: ForkServer, step: str, number: int, when: str
) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    draft = sandbox.library.drafts.new("Open", draft_id="open")
    draft.set("category/Person", "/label", "Human")
    command = ["entity", "purge", "property/unused", "--reason", "on request", "--yes"]
    killed = fork_server.call(KILLED, step, str(number), when, *command, folder=sandbox.path)
    assert killed.code == -signal.SIGKILL, killed.err

    sandbox.fsck()
    assert sandbox.git("status", "--porcelain", "--", "categories") == ""
    assert sandbox.run("list").code == 0
    assert sandbox.run(*command).code == 0

    assert SECRET.encode() not in objects(sandbox)
    assert sandbox.read("tombstones/property/unused.json")["kind"] == "erased"
    assert int(sandbox.git("rev-list", "--count", "main")) == 3
    assert sandbox.git("status", "--porcelain") == ""
    assert not (sandbox.path / ".git.purge").exists()
    sandbox.fsck()


def test_content_that_came_back_after_a_kill_is_purged_too(sandbox: Sandbox, fork_server: ForkServer) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    command = ["entity", "purge", "property/unused", "--reason", "on request", "--yes"]
    killed = fork_server.call(KILLED, "_follow", "0", "before", *command, folder=sandbox.path)
    assert killed.code == -signal.SIGKILL, killed.err
    assert sandbox.git("status", "--porcelain") == "", "nothing is staged that a commit could bring back"
    sandbox.write("properties/unused.json", {"id": "unused", "label": SECRET})
    sandbox.git("add", "properties/unused.json")
    sandbox.git("commit", "--quiet", "--message", "what the index held")
    assert SECRET.encode() in objects(sandbox)

    assert sandbox.run(*command).code == 0

    assert SECRET.encode() not in objects(sandbox)
    assert "what the index held" in sandbox.git("log", "--format=%s")


def test_a_file_in_the_way_of_the_record_is_told_and_the_same_command_finishes(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    sandbox.write("tombstones/property/unused.json", {"untracked": True})
    with pytest.raises(StateRefused) as refusal:
        run_purge(sandbox)
    assert refusal.value.code == "worktree-in-the-way"
    assert SECRET.encode() not in objects(sandbox)
    (sandbox.path / "tombstones/property/unused.json").unlink()

    report = run_purge(sandbox)

    assert report.notices == ("finished the interrupted purge of property/unused",)
    assert sandbox.read("tombstones/property/unused.json")["kind"] == "erased"
    assert not (sandbox.path / ".git.purge").exists()


def test_a_ref_that_moves_meanwhile_stops_it_and_is_kept(sandbox: Sandbox) -> None:
    sandbox.change("properties/unused.json", label=SECRET)
    before = sandbox.refs()

    def commit_elsewhere(doing: str) -> None:
        if doing.startswith("taking over"):
            sandbox.git("branch", "meanwhile")

    with pytest.raises(Moved):
        run_purge(sandbox, notify=commit_elsewhere)

    assert sandbox.refs() == before | {"refs/heads/meanwhile": before["refs/heads/main"]}
    sandbox.fsck()
    run_purge(sandbox)
    assert SECRET.encode() not in objects(sandbox)


@pytest.mark.parametrize("moment", ["before the refs", "after the refs"])
def test_an_interrupted_purge_is_seen_and_leaves_nothing_staged(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix")
    sandbox.change("properties/unused.json", label=SECRET)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    step = "_switch_refs" if moment == "before the refs" else "_drop_leftovers"
    with monkeypatch.context() as patched:
        patched.setattr(f"gitdraft.git.swap_history.{step}", die)
        with pytest.raises(KeyboardInterrupt):
            run_purge(sandbox)

    assert "properties/unused.json" not in sandbox.git("ls-files")
    assert not (sandbox.path / "properties/unused.json").exists()
    for command in (
        ("set", "category/Person", "/rank", "1", "-d", "fix"),
        ("rebase",),
        ("undo",),
        ("hooks", "run", "pre-commit"),
    ):
        refused = sandbox.run("-o", "json", *command)
        assert (refused.code, refused.refusal["code"]) == (42, "purge-interrupted"), command
    findings = {f["check"]: f for f in sandbox.run("-o", "json", "doctor").json["findings"]}
    assert findings["purge"]["fine"] is False
    finish = sandbox.run("entity", "purge", "property/unused", "--reason", "on request", "--yes")
    assert finish.code == 0, finish.err
    assert SECRET.encode() not in objects(sandbox)
    assert sandbox.run("set", "category/Person", "/rank", "1", "-d", "fix").code == 0
    assert sandbox.git("status", "--porcelain") == ""


def test_a_copy_that_cannot_be_removed_is_named(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sandbox.path / ".git.purge"
    monkeypatch.setattr("gitdraft.git.swap_history.shutil.rmtree", lambda *_, **__: None)
    report = run_purge(sandbox)
    assert report.notices == (f"{folder} holds what was purged, and could not be removed: remove it",)


def test_a_purge_whose_record_was_left_pending_is_finished(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the swap removes what no ref leads to: not the commit that the pending record is to move to."""
    calls = []

    def fail(git: GitRepository, moves: Sequence[RefMove]) -> None:
        calls.append(moves)
        if len(calls) > 1:
            raise RepositoryError("no space is left on the disk", code="no-space")
        move_refs(git, moves)  # the intent is logged

    with monkeypatch.context() as patch:
        patch.setattr("gitdraft.store.transaction.move_refs", fail)
        patch.setattr("gitdraft.store.transaction.move_checkouts", fail)
        patch.setattr("gitdraft.store.recovery.move_refs", fail)
        with pytest.raises(OperationPending):
            run_purge(sandbox)
    run_purge(sandbox)
    assert sandbox.run("new", "Next", "--no-switch").code == 0
    assert sandbox.git("ls-files", "properties/unused.json") == ""
    sandbox.fsck()
