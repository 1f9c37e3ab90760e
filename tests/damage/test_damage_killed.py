"""kill -9 at every fault point, then the next command: either before or after, never between."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fork_server import ForkServer
from sandbox import Sandbox, present

from gitdraft.git import lock_records
from gitdraft.git.known_refs import read_ref
from gitdraft.git.objects import ObjectBuffer
from gitdraft.store.operation_log import DONE, LOG

MOST_POINTS = 200


def prepare_new(sandbox: Sandbox) -> list[str]:
    return ["new", "Another draft", "--id", "another"]


def prepare_set(sandbox: Sandbox) -> list[str]:
    return ["set", "category/Person", "/rank", "7", "--draft", "fix"]


def prepare_rebase(sandbox: Sandbox) -> list[str]:
    sandbox.change("categories/Person.json", steps=["z", "a", "b", "c"])
    return ["rebase"]


def prepare_merge(sandbox: Sandbox) -> list[str]:
    sandbox.library.drafts["fix"].submit()
    return ["merge", "fix"]


def prepare_undo(sandbox: Sandbox) -> list[str]:
    sandbox.library.drafts["fix"].submit()
    sandbox.library.drafts["fix"].merge()
    return ["undo"]


def observe(sandbox: Sandbox) -> dict[str, Any]:
    """What a user sees, oids and times aside."""
    repo = sandbox.library
    objects = ObjectBuffer(repo.store.git)
    seen: dict[str, Any] = {}
    for draft_id in {**repo.store.open_drafts(), **repo.store.closed_drafts()}.keys() - {"probe"}:
        draft = repo.store.find_draft(draft_id)
        seen[draft_id] = (
            repo.drafts[draft_id].status,
            repo.store.is_closed(draft),
            {str(file.entity): objects.read_blob(file.oid) for file in draft.files},
            objects.read_commit(draft.base).tree,
        )
    seen["canonical"] = sandbox.git("rev-parse", "main^{tree}")
    seen["worktree"] = sandbox.git("status", "--porcelain")
    return seen


@pytest.mark.parametrize(
    ("prepare", "is_pruned"),
    [
        (prepare_new, False),
        (prepare_set, False),
        (prepare_rebase, False),
        (prepare_merge, False),
        (prepare_undo, False),
        (prepare_rebase, True),
        (prepare_merge, True),
    ],
)
@pytest.mark.long
def test_killed_anywhere_it_is_before_or_after(
    sandbox: Sandbox,
    tmp_path: Path,
    fork_server: ForkServer,
    prepare: Callable[[Sandbox], list[str]],
    is_pruned: bool,
) -> None:
    """``is_pruned``: plain git removes what no ref leads to, before the next command."""
    repo = sandbox.library
    draft = repo.drafts.new("Fix", draft_id="fix")
    draft.set("category/Person", "/steps/1", "B")
    repo.drafts.new("Other", draft_id="other").set("category/Person", "/description", "Other.")
    command = prepare(sandbox)
    before = observe(sandbox)
    done = Sandbox(shutil.copytree(sandbox.path, tmp_path / "done", symlinks=True))
    assert done.run(*command).code == 0
    after = observe(done)
    assert before != after

    outcomes = set()
    for number in range(MOST_POINTS):
        broken = Sandbox(shutil.copytree(sandbox.path, tmp_path / str(number), symlinks=True))
        killed = fork_server.call("damage.killed_child:run", str(number), *command, folder=broken.path)
        if killed.code == 0:
            break
        assert killed.code == -signal.SIGKILL, killed.err
        if is_pruned:
            broken.git("reflog", "expire", "--expire=now", "--all")
            broken.git("prune", "--expire=now")
        assert broken.run("new", "Probe", "--id", "probe", "--no-switch").code == 0
        seen = observe(broken)
        assert seen in (before, after), f"between, when killed at point {number}"
        outcomes.add("before" if seen == before else "after")
        broken.fsck()
        assert not list((broken.path / ".git").rglob("*.lock")) or all(
            lock.name == "writers.lock" for lock in (broken.path / ".git").rglob("*.lock")
        )
        shutil.rmtree(broken.path)
    else:
        pytest.fail("the command has more fault points than were tried")
    assert outcomes == {"before", "after"}, "the points lie on both sides of the operation's one moment"


def test_an_operation_whose_commits_are_gone_is_taken_back(sandbox: Sandbox) -> None:
    """Entries of the log had no new tip as a parent once: a gc after a kill could take what the refs were to move to."""
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    before = sandbox.git("rev-parse", "draft/fix")
    draft.set("category/Person", "/rank", 7)
    tip, log = sandbox.git("rev-parse", "draft/fix"), sandbox.git("rev-parse", f"{LOG}^")
    entry = sandbox.git("commit-tree", f"{LOG}^{{tree}}", "-p", log, "-m", "Set")
    for ref, oid in (("refs/heads/draft/fix", before), (LOG, entry), (DONE, log)):
        sandbox.git("update-ref", ref, oid)
    sandbox.git("reflog", "expire", "--expire=now", "--all")
    sandbox.git("gc", "--quiet", "--prune=now")

    answer = sandbox.run("set", "category/Person", "/rank", "8", "--draft", "fix")

    assert answer.code == 0, answer.err
    assert f"commit {tip} is gone" in answer.err
    assert present(sandbox.library.view("category/Person", draft="fix").document)["rank"] == 8
    sandbox.fsck()


@pytest.mark.parametrize(
    ("name", "prepare"),
    [("SIGINT", prepare_rebase), ("SIGTERM", prepare_merge), ("SIGHUP", prepare_set)],
)
@pytest.mark.long
def test_a_signal_anywhere_leaves_it_whole_at_once(
    sandbox: Sandbox,
    tmp_path: Path,
    fork_server: ForkServer,
    name: str,
    prepare: Callable[[Sandbox], list[str]],
) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/steps/1", "B")
    command = prepare(sandbox)
    before = observe(sandbox)
    codes = set()
    for number in range(MOST_POINTS):
        broken = Sandbox(shutil.copytree(sandbox.path, tmp_path / str(number), symlinks=True))
        stopped = fork_server.call(
            "damage.killed_child:stop", name, str(number), "-o", "json", *command, folder=broken.path
        )
        codes.add(stopped.code)
        if stopped.code == 0:
            break
        where = f"{name} at point {number}: {stopped.err}"
        assert (stopped.code, stopped.refusal["code"]) == (128 + signal.Signals[name], "interrupted"), where
        assert observe(broken) == before, where
        git = broken.library.store.git
        assert read_ref(git, LOG) == read_ref(git, DONE), where
        assert [lock.name for lock in (broken.path / ".git").rglob("*.lock")] in ([], ["writers.lock"]), where
        assert list((broken.path / ".git/gitdraft/locks").glob("*")) == [], where
        shutil.rmtree(broken.path)
    assert codes == {0, 128 + signal.Signals[name]}


def test_a_lock_that_nobody_recorded_is_named_and_left(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_records, "PATIENCE", 0.1)
    repo = sandbox.library
    repo.drafts.new("Fix", draft_id="fix")
    lock = sandbox.path / ".git/refs/heads/draft/fix.lock"
    lock.touch()
    os.utime(lock, (0, 0))

    answer = sandbox.run("-o", "json", "set", "category/Person", "/rank", "7", "--draft", "fix")

    assert answer.code == 50
    error = json.loads(answer.err)
    assert (error["code"], error["context"]["path"]) == ("locked", str(lock))
    assert lock.exists()
    lock.unlink()
    assert sandbox.run("status").code == 0
    assert "finished" not in sandbox.run("set", "category/Person", "/rank", "8", "--draft", "fix").err


@pytest.mark.long
def test_a_commit_by_hand_after_a_kill_takes_nothing_back(
    sandbox: Sandbox, tmp_path: Path, fork_server: ForkServer
) -> None:
    """A person removes the locks, as git advises, and commits all; no index is older than its HEAD."""
    repo = sandbox.library
    repo.drafts.new("Fix", draft_id="fix").set("category/Person", "/steps/1", "B")
    repo.drafts["fix"].set("property/name", "/label", "Full name")
    repo.drafts["fix"].submit()
    for number in range(MOST_POINTS):
        broken = Sandbox(shutil.copytree(sandbox.path, tmp_path / str(number), symlinks=True))
        killed = fork_server.call("damage.killed_child:run", str(number), "merge", "fix", folder=broken.path)
        if killed.code == 0:
            break
        for lock in (broken.path / ".git").rglob("*.lock"):
            if lock.name != "writers.lock":
                lock.unlink()
        (broken.path / "notes.txt").write_text("by hand\n")
        broken.git("add", "notes.txt")
        broken.git("commit", "--quiet", "--all", "-m", "By hand")

        assert broken.run("new", "Probe", "--id", "probe", "--no-switch").code == 0
        where = f"killed at point {number}"
        assert broken.git("show", "main:notes.txt") == "by hand", where
        # 20: the person committed the file that git was killed in the middle of, which anybody can see
        if broken.library.drafts["fix"].status.value != "merged":
            assert broken.run("merge", "fix").code in (0, 20, 21, 22, 23, 42), where
        if broken.library.drafts["fix"].status.value == "merged":
            assert '"Full name"' in broken.git("show", "main:properties/name.json"), where
            assert '"B"' in broken.git("show", "main:categories/Person.json"), where
        else:
            files = {str(file.entity) for file in broken.library.store.find_draft("fix").files}
            assert files == {"category/Person", "property/name"}, where
        shutil.rmtree(broken.path)
    else:
        pytest.fail("the command has more fault points than were tried")
