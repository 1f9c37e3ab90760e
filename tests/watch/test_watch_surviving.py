"""What a watcher outlives, and that it keeps nothing."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from sandbox import Sandbox
from watching import Watching, watching

import gitdraft
from gitdraft.errors import RepositoryError, StateRefused
from gitdraft.git.lock_records import recorded_locks
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.processes import Process
from gitdraft.git.repository import GitRepository
from gitdraft.model.watch_events import Failed, Polling, Rebased
from gitdraft.watch import folder_watcher
from gitdraft.watch.folder_watcher import FolderWatcher
from gitdraft.watch.follow import Follower
from gitdraft.watch.inbox import Inbox
from gitdraft.watch.lock import WatchLock
from gitdraft.watch.watcher import Watcher

pytestmark = pytest.mark.long


def make_draft(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")


def test_canonical_may_be_missing_for_a_while(sandbox: Sandbox) -> None:
    make_draft(sandbox)
    with watching(sandbox.path) as watcher:
        sandbox.git("switch", "--quiet", "--create", "aside")
        tip = sandbox.change("categories/Person.json", description="Someone.")
        sandbox.git("branch", "--delete", "--force", "main")
        assert watcher.wait_for("missing")["ref"] == "refs/heads/main"
        sandbox.git("branch", "main", tip)
        assert watcher.wait_until(tip)["counts"]["rebased"] == 1


def test_drafts_may_be_deleted(sandbox: Sandbox) -> None:
    make_draft(sandbox)
    with watching(sandbox.path) as watcher:
        sandbox.git("branch", "--delete", "--force", "draft/fix")
        told = watcher.wait_until(sandbox.change("categories/Person.json", description="Someone."))
        assert told["counts"]["open"] == 0


def test_the_repository_may_be_moved_away_and_back(sandbox: Sandbox, tmp_path: Path) -> None:
    make_draft(sandbox)
    away = Sandbox(tmp_path / "away")
    with watching(sandbox.path) as watcher:
        sandbox.path.rename(away.path)
        watcher.wait_for("gone")
        first = away.change("categories/Person.json", description="Away.")
        away.path.rename(sandbox.path)
        watcher.wait_for("back")
        watcher.wait_until(first)
        second = sandbox.change("categories/Person.json", description="Back.")
        watcher.wait_until(second)
        assert watcher.end() == 0


def test_another_repository_in_its_place_is_watched_then(sandbox: Sandbox, tmp_path: Path) -> None:
    make_draft(sandbox)
    away = tmp_path / "away"
    with watching(sandbox.path) as watcher:
        sandbox.path.rename(away)
        watcher.wait_for("gone")
        shutil.copytree(away, sandbox.path, symlinks=True)
        watcher.wait_for("back")
        tip = sandbox.change("categories/Person.json", description="A copy.")
        watcher.wait_until(tip)
        assert "already-watched" in sandbox.run("-o", "jsonl", "watch", "--once").err
        assert Sandbox(away).run("watch", "--once").code == 0


def test_a_repository_around_it_is_not_taken_for_it(sandbox: Sandbox, tmp_path: Path) -> None:
    inner = Sandbox(sandbox.path / "inner")
    shutil.copytree(sandbox.path, tmp_path / "copy", symlinks=True)
    shutil.copytree(tmp_path / "copy", inner.path, symlinks=True)
    with watching(inner.path) as watcher:
        (inner.path / ".git").rename(tmp_path / "git")
        watcher.wait_for("gone")
        sandbox.git("commit", "--quiet", "--allow-empty", "--message", "outside")
        (tmp_path / "git").rename(inner.path / ".git")
        watcher.wait_for("back")
        assert watcher.wait_for("rebased")["to"] == inner.git("rev-parse", "main")


def test_a_refused_rebase_is_told_once_and_tried_again(sandbox: Sandbox) -> None:
    make_draft(sandbox)
    good = (sandbox.path / "gitdraft.yaml").read_text()
    with watching(sandbox.path) as watcher:
        sandbox.write("gitdraft.yaml", "version: 7\n")
        sandbox.commit("a mistake")
        told = watcher.wait_for("failed", doing="rebase")
        assert "gitdraft.yaml" in told["message"]
        sandbox.git("commit", "--quiet", "--allow-empty", "--message", "nothing better")
        sandbox.write("gitdraft.yaml", good)
        sandbox.write("categories/Person.json", {**sandbox.read("categories/Person.json"), "rank": 1})
        tip = sandbox.commit("mended")
        assert watcher.wait_until(tip)["counts"]["rebased"] == 1
        assert watcher.end() == 0
        assert not [line for line in watcher.rest if '"failed"' in line]


def test_a_failure_is_tried_again_after_a_pause_that_grows(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    attempts = []

    def refuse(*_: object) -> None:
        attempts.append(clock[0])
        raise RepositoryError("no space is left on the disk", code="no-space")

    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr("gitdraft.store.transaction.commit_plan", refuse)
    follower = Follower(lambda: gitdraft.open(sandbox.path))
    events = []
    for _ in range(100):
        clock[0] += 1
        events.append(follower.follow())
    assert isinstance(events[0], Failed)
    assert events[1:] == [None] * 99
    assert [later - earlier for earlier, later in itertools.pairwise(attempts)] == [
        5,
        10,
        20,
        40,
    ]


def test_a_mistake_in_the_program_is_told_and_does_not_end_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = Follower(lambda: gitdraft.open(sandbox.path))
    monkeypatch.setattr("gitdraft.rebase.rebase.plan_rebase", lambda *_, **__: 1 / 0)
    told = follower.follow()
    assert isinstance(told, Failed)
    assert told.error.message == "unexpected ZeroDivisionError: division by zero"
    monkeypatch.undo()
    sandbox.change("categories/Person.json", rank=1)
    assert isinstance(follower.follow(), Rebased)


def test_without_events_it_polls_and_says_so(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> None:
        raise OSError(24, "inotify instance limit reached")

    monkeypatch.setattr(folder_watcher, "Observer", none_left)
    inbox = Inbox()
    watcher = Watcher(lambda: gitdraft.open(sandbox.path), inbox=inbox)
    events = watcher.run()
    first = next(events)
    assert isinstance(first, Polling)
    assert "inotify instance limit reached" in first.reason
    assert isinstance(next(events), Rebased)
    tip = sandbox.change("categories/Person.json", rank=1)
    moved = next(events)
    assert isinstance(moved, Rebased)
    assert moved.report.canonical == tip
    inbox.stop("SIGTERM")
    assert len(list(events)) == 1


def test_where_events_do_not_come_it_goes_over_to_polling(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        FolderWatcher, "watch", lambda *_: None
    )  # as on a network drive: no refusal, no events
    monkeypatch.setattr("gitdraft.watch.watcher.FLOOR", 0.05)
    watcher = Watcher(lambda: gitdraft.open(sandbox.path))
    events = watcher.run()
    next(events)
    for number in range(2):
        sandbox.change("categories/Person.json", rank=number)
        assert isinstance(next(events), Rebased)
    assert isinstance(next(events), Polling)
    assert isinstance(events, Generator)
    events.close()


def test_the_hold_on_a_repository_is_let_go(sandbox: Sandbox) -> None:
    common = sandbox.path / ".git"
    held = WatchLock(common)
    with pytest.raises(StateRefused, match="is watched already"):
        WatchLock(common)
    held.release()
    WatchLock(common).release()


def test_nothing_is_kept_of_what_was_rebased(sandbox: Sandbox) -> None:
    make_draft(sandbox)
    follower = Follower(lambda: gitdraft.open(sandbox.path))
    for number in range(20):
        sandbox.change("categories/Person.json", rank=number)
        assert isinstance(follower.follow(), Rebased)
    gc.collect()
    alive = [thing for thing in gc.get_objects() if isinstance(thing, GitRepository | ObjectBuffer)]
    mine = [
        t
        for t in alive
        if sandbox.path in Path(t.path if isinstance(t, GitRepository) else t.git.path).parents
    ]
    assert len([t for t in mine if isinstance(t, GitRepository)]) == 1
    assert len([t for t in mine if isinstance(t, ObjectBuffer)]) <= 1


def leave_dead_record(git_dir: Path, lock: Path) -> None:
    """The record of a writer that was killed."""
    with recorded_locks(git_dir, {lock: None}) as record:
        record.processes[:] = [Process(os.getpid(), "another start")]
        record.write()
        kept = record.file.read_text()
    record.file.write_text(kept)


def test_a_lock_that_a_killed_watcher_left_is_cleared(sandbox: Sandbox) -> None:
    make_draft(sandbox)
    tip = sandbox.change("categories/Person.json", description="Someone.")
    lock = sandbox.path / ".git/refs/heads/draft/fix.lock"
    lock.touch()
    leave_dead_record(sandbox.path / ".git", lock)
    watcher = Watching(sandbox.path)
    assert watcher.wait_until(tip)["notices"] == [f"removed the lock of a dead process: {lock}"]
    watcher.end()


def test_a_reader_that_leaves_ends_it(sandbox: Sandbox) -> None:
    make_draft(sandbox)
    process = subprocess.Popen(
        [sys.executable, "-m", "gitdraft.cli.main", "-o", "jsonl", "watch"],
        cwd=sandbox.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.readline()
    process.stdout.close()
    sandbox.change("categories/Person.json", description="Someone.")
    process.wait(30)
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
