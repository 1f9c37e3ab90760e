"""Refs in the hands of several processes, killed ones, and people with odd ideas."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from sandbox import Sandbox

from gitdraft.errors import InvalidInput, Moved, NotFound, RepositoryError
from gitdraft.git import lock_records
from gitdraft.git.known_refs import is_valid_branch, list_refs, read_ref, resolve_commit
from gitdraft.git.lock_records import clear_dead_locks, recorded_locks, wait_for_locks
from gitdraft.git.locks import writers_lock
from gitdraft.git.processes import Process
from gitdraft.git.refs import move_refs
from gitdraft.git.repository import open_repository
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefMove

DRAFTS = "refs/heads/draft/"


def another_commit(sandbox: Sandbox, message: str = "another") -> str:
    return sandbox.git("commit-tree", "main^{tree}", "-p", "main", "-m", message)


def move(sandbox: Sandbox, *moves: RefMove) -> None:
    repository = open_repository(sandbox.path)
    with writers_lock(repository):
        move_refs(repository, moves)


class TestListing:
    def test_a_listing_is_what_git_lists(self, sandbox: Sandbox) -> None:
        """Packed, loose, both, deleted, nested, and names that look like ends of lines to Python."""
        tip, other = sandbox.git("rev-parse", "main"), another_commit(sandbox)
        names = ["a", "b", "deep/er/c", "ümläut", "line\u2028separator", "next\x85line", "b.locked"]
        for name in names:
            sandbox.git("update-ref", DRAFTS + name, tip)
        sandbox.git("tag", "-a", "-m", "peeled lines in packed-refs", "v1", tip)
        sandbox.git("pack-refs", "--all")
        sandbox.git("update-ref", DRAFTS + "b", other)
        sandbox.git("update-ref", DRAFTS + "new", other)
        sandbox.git("update-ref", "-d", DRAFTS + "a")
        sandbox.git("update-ref", "refs/heads/drafty", tip)
        (sandbox.path / ".git" / DRAFTS / "new.lock").touch()
        found = list_refs(open_repository(sandbox.path), DRAFTS)
        listed = sandbox.git("for-each-ref", "--format=%(objectname) %(refname)", DRAFTS).split("\n")
        assert found == {line[41:]: line[:40] for line in listed}
        assert len(found) == 7

    def test_no_refs_at_all(self, sandbox: Sandbox) -> None:
        assert list_refs(open_repository(sandbox.path), DRAFTS) == {}
        (sandbox.path / ".git/packed-refs").write_text("")
        assert list_refs(open_repository(sandbox.path), DRAFTS) == {}

    @pytest.mark.parametrize("at", [0, 1, 2, 3])
    def test_with_a_damaged_line_no_ref_is_said_not_to_exist(self, sandbox: Sandbox, at: int) -> None:
        sandbox.git("branch", "draft/x")
        sandbox.git("pack-refs", "--all")
        tip = sandbox.git("rev-parse", "main")
        file = sandbox.path / ".git/packed-refs"
        lines = file.read_text().splitlines()
        file.write_text("\n".join([*lines[:at], "garbage", *lines[at:]]) + "\n")
        for name in ("x", "y"):
            try:
                found = read_ref(open_repository(sandbox.path), RefName(DRAFTS + name))
            except RepositoryError as error:
                assert error.code == "damaged-ref"
            else:
                assert (name, found) == ("x", tip)

    def test_a_linked_worktree_lists_the_same(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.git("branch", "draft/x")
        sandbox.git("worktree", "add", "--quiet", str(tmp_path / "side"), "-b", "side")
        listed = [list_refs(open_repository(start), DRAFTS) for start in (sandbox.path, tmp_path / "side")]
        assert listed[0] == listed[1] != {}


class TestOddRefs:
    def test_a_ref_that_is_a_link_is_never_followed(self, sandbox: Sandbox) -> None:
        """libgit2 would write through it: a move of the draft would move main."""
        tip, other = sandbox.git("rev-parse", "main"), another_commit(sandbox)
        (sandbox.path / ".git" / DRAFTS).mkdir()
        (sandbox.path / ".git" / DRAFTS / "evil").symlink_to("../main")
        assert list_refs(open_repository(sandbox.path), DRAFTS) == {}
        with pytest.raises(RepositoryError) as refused:
            move(sandbox, RefMove(RefName(DRAFTS + "evil"), Oid(tip), Oid(other)))
        assert refused.value.code == "symbolic-ref"
        assert sandbox.git("rev-parse", "main") == tip

    def test_the_hint_removes_the_symbolic_ref_and_not_what_it_points_to(self, sandbox: Sandbox) -> None:
        sandbox.git("symbolic-ref", DRAFTS + "evil", "refs/heads/main")
        with pytest.raises(RepositoryError) as refused:
            read_ref(open_repository(sandbox.path), RefName(DRAFTS + "evil"))
        sandbox.git(*str(refused.value.hint).split()[1:])
        assert list(sandbox.refs()) == ["refs/heads/main"]

    def test_one_ref_twice_is_refused(self, sandbox: Sandbox) -> None:
        tip = sandbox.git("rev-parse", "main")
        with pytest.raises(InvalidInput):
            move(
                sandbox,
                RefMove(RefName(DRAFTS + "a"), None, Oid(tip)),
                RefMove(RefName(DRAFTS + "a"), Oid(tip), None),
            )

    def test_a_branch_where_a_folder_must_be_is_told_and_nothing_moves(self, sandbox: Sandbox) -> None:
        sandbox.git("branch", "draft")
        before, tip = sandbox.refs(), sandbox.git("rev-parse", "main")
        with pytest.raises(RepositoryError, match=r"'refs/heads/draft' exists"):
            move(
                sandbox,
                RefMove(RefName("refs/heads/ok"), None, Oid(tip)),
                RefMove(RefName(DRAFTS + "x"), None, Oid(tip)),
            )
        assert sandbox.refs() == before

    @pytest.mark.parametrize("moves", [1, 10, 100])
    def test_an_object_that_does_not_exist_is_no_tip(self, sandbox: Sandbox, moves: int) -> None:
        before = sandbox.refs()
        with pytest.raises(RepositoryError):
            move(sandbox, *(RefMove(RefName(f"{DRAFTS}{n}"), None, Oid("1" * 40)) for n in range(moves)))
        with pytest.raises(RepositoryError):
            move(sandbox, RefMove(RefName("refs/heads/main"), Oid(before["refs/heads/main"]), Oid("1" * 40)))
        assert sandbox.refs() == before

    @pytest.mark.parametrize(
        ("name", "valid"),
        [
            ("draft/x", True),
            ("ümläut", True),
            ("", False),
            ("-x", False),
            ("/x", False),
            ("x/", False),
            ("a//b", False),
            ("a..b", False),
            ("a/.b", False),
            ("x.lock", False),
            ("a b", False),
            ("a~1", False),
            ("@{x", False),
            ("a\0b", False),
            ("a\nb", False),
        ],
    )
    def test_branch_names_are_valid_as_git_says(self, sandbox: Sandbox, name: str, valid: bool) -> None:
        assert is_valid_branch(name) == valid
        if "\0" not in name:
            said = subprocess.run(
                ["git", "check-ref-format", "--branch", name], capture_output=True, check=False
            )
            assert (said.returncode == 0) == valid

    def test_a_revision_with_nul_is_unknown(self, sandbox: Sandbox) -> None:
        with pytest.raises(NotFound):
            resolve_commit(open_repository(sandbox.path), "main\0")


RECORD = """
import os, pathlib, signal, subprocess, sys
from gitdraft.git.lock_records import recorded_locks
from gitdraft.git.prepared_refs import prepared_refs
from gitdraft.git.refs import lock_files
from gitdraft.git.repository import open_repository
from gitdraft.model.operations import RefMove

git = open_repository(pathlib.Path("."))
moves = [RefMove(name, sys.argv[1], sys.argv[2]) for name in sys.argv[3:]]
with recorded_locks(git.common, lock_files(git, moves)), prepared_refs(git, moves) as refs:
    os.kill(refs.process.pid, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
"""


class TestLeftByTheKilled:
    """Whether a lock is a dead one's is known from its record, never from its age."""

    def test_a_lock_that_another_living_writer_has_recorded_stays(self, sandbox: Sandbox) -> None:
        common = open_repository(sandbox.path).common
        own, anothers = (common / f"refs/heads/{name}.lock" for name in ("own", "anothers"))
        with subprocess.Popen(["sleep", "60"]) as living:
            with recorded_locks(common, {anothers: None}) as record:
                record.processes[:] = []
                record.add_process(living.pid)
                with recorded_locks(common, {own: None, anothers: None}):
                    own.touch()
                    anothers.touch()
                assert (own.exists(), anothers.exists()) == (False, True)
            living.kill()

    def test_locks_of_a_writer_that_is_known_dead_are_cleared(self, sandbox: Sandbox) -> None:
        tip, other = sandbox.git("rev-parse", "main"), another_commit(sandbox)
        names = [f"{DRAFTS}d-{n}" for n in range(10)]
        move(sandbox, *(RefMove(RefName(name), None, Oid(tip)) for name in names))
        killed = subprocess.run(
            [sys.executable, "-c", RECORD, tip, other, *names], cwd=sandbox.path, check=False
        )
        assert killed.returncode == -signal.SIGKILL
        locks = [sandbox.path / ".git" / f"{name}.lock" for name in names]
        assert all(lock.exists() for lock in locks)

        git = open_repository(sandbox.path)
        with writers_lock(git):
            wait_for_locks(git.common, locks)  # a killed process takes a moment to end
        move(sandbox, *(RefMove(RefName(name), Oid(tip), Oid(other)) for name in names))

        assert set(list_refs(git, DRAFTS).values()) == {other}
        assert list((sandbox.path / ".git/gitdraft/locks").iterdir()) == []

    @pytest.mark.parametrize("difference", ["host", "living process", "later content"])
    def test_a_lock_that_may_be_anothers_stays(self, sandbox: Sandbox, difference: str) -> None:
        git = open_repository(sandbox.path)
        lock = sandbox.path / ".git/refs/heads/main.lock"
        lock.write_text("0" * 40 + "\n")
        with recorded_locks(
            git.common, {lock: ["1" * 40] if difference == "later content" else None}
        ) as record:
            if difference != "living process":
                record.processes[:] = [Process(os.getpid(), "another start")]
            record.write()
            if difference == "host":
                document = json.loads(record.file.read_text())
                record.file.write_text(json.dumps({**document, "host": "elsewhere"}))
            assert clear_dead_locks(git.common) == []
            assert lock.exists()

    @pytest.mark.parametrize("place", ["elsewhere", "on another", "here", "on it", "on it by name"])
    def test_a_living_git_counts_where_it_is_at_work_in_this_repository(
        self, sandbox: Sandbox, tmp_path: Path, place: str
    ) -> None:
        another = tmp_path / "another"
        another.mkdir()
        sandbox.git("init", "--quiet", str(another))
        environment = {"GIT_DIR": str(sandbox.path / ".git")} if place == "on it" else {}
        folder = sandbox.path / "categories" if place == "here" else another
        named = {"on another": another, "on it by name": sandbox.path}.get(place)
        command = ["git", *([f"--git-dir={named / '.git'}"] if named else []), "cat-file", "--batch"]
        with subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.PIPE
        ) as living:
            time.sleep(0.3)  # so that it is older than the lock beyond doubt
            git = open_repository(sandbox.path)
            lock = sandbox.path / ".git/HEAD.lock"
            with recorded_locks(git.common, {lock: None}) as record:
                lock.touch()
                record.processes[:] = [Process(os.getpid(), "another start")]
                record.write()
                assert clear_dead_locks(git.common) == (
                    [lock] if place in ("elsewhere", "on another") else []
                )
            living.communicate()
        assert lock.exists() == (place not in ("elsewhere", "on another"))

    @pytest.mark.parametrize("age", [0, 1 << 30, -86_400])
    def test_a_lock_without_a_record_is_named_whatever_its_age(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, age: int
    ) -> None:
        monkeypatch.setattr(lock_records, "PATIENCE", 0.1)
        lock = sandbox.path / ".git/refs/heads/main.lock"
        lock.touch()
        os.utime(lock, (time.time() - age,) * 2)
        tip, other = sandbox.git("rev-parse", "main"), another_commit(sandbox)
        with pytest.raises(RepositoryError) as refused:
            move(sandbox, RefMove(RefName("refs/heads/main"), Oid(tip), Oid(other)))
        assert (refused.value.code, refused.value.context["path"]) == ("locked", str(lock))
        assert refused.value.exit_code == 50
        assert lock.exists()
        assert sandbox.git("rev-parse", "main") == tip

    def test_a_living_gits_lock_is_waited_for_and_left(self, sandbox: Sandbox) -> None:
        tip, other = sandbox.git("rev-parse", "main"), another_commit(sandbox)
        lock = sandbox.path / ".git/refs/heads/main.lock"
        lock.touch()
        living = subprocess.Popen(
            [sys.executable, "-c", f"import time, os; time.sleep(0.2); os.unlink({str(lock)!r})"]
        )
        move(sandbox, RefMove(RefName("refs/heads/main"), Oid(tip), Oid(other)))
        assert living.wait() == 0
        assert sandbox.git("rev-parse", "main") == other


MOVER = """
import pathlib, sys
from gitdraft.errors import Moved
from gitdraft.git import lock_records
from gitdraft.git.lock_records import clear_dead_locks, recorded_locks, wait_for_locks
from gitdraft.git.locks import writers_lock
from gitdraft.git.processes import Process
from gitdraft.git.objects import ObjectBuffer, Signature
from gitdraft.git.repository import open_repository
from gitdraft.git.refs import move_refs
from gitdraft.git.known_refs import read_ref
from gitdraft.model.operations import RefMove

writer, rounds = sys.argv[1], int(sys.argv[2])
git = open_repository(pathlib.Path("."))
who = Signature(writer, writer, 1_700_000_000, 0)
done = lost = 0
while done < rounds:
    names = ["refs/heads/shared"] + [f"refs/heads/{writer}-{n}" for n in range(done % 7)]
    buffer = ObjectBuffer(git)
    moves = []
    for name in names:
        old = read_ref(git, name)
        parent = old or read_ref(git, "refs/heads/main")
        tree = git.read_lineage(parent).tree
        new = buffer.commit(tree=tree, parents=(parent,), author=who, committer=who, message=f"{done}\\n")
        moves.append(RefMove(name, old, new))
    buffer.flush()
    with writers_lock(git):
        try:
            move_refs(git, moves)
        except Moved:
            lost += 1
        else:
            done += 1
print(lost)
"""


def test_four_processes_lose_no_move(sandbox: Sandbox) -> None:
    """Each builds on what it read before it had the lock; who was overtaken is told so, and tries again."""
    writers, rounds = 4, 40
    children = [
        subprocess.Popen(
            [sys.executable, "-c", MOVER, f"w{writer}", str(rounds)],
            cwd=sandbox.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for writer in range(writers)
    ]
    overtaken = 0
    for child in children:
        out, said = child.communicate()
        assert child.returncode == 0, said
        overtaken += int(out)
    count = sandbox.git("rev-list", "--count", "main..shared")
    assert int(count) == writers * rounds
    by_author = sandbox.git("shortlog", "-sn", "main..shared").split()
    assert sorted(by_author[0::2]) == [str(rounds)] * writers
    assert overtaken > 0, "they met"
    sandbox.fsck()


def test_plain_git_between_the_comparison_and_the_move_is_noticed(sandbox: Sandbox) -> None:
    """The comparison is git's own, under git's own lock: stale knowledge never overwrites."""
    tip, other, third = (
        sandbox.git("rev-parse", "main"),
        another_commit(sandbox),
        another_commit(sandbox, "third"),
    )
    names = [f"{DRAFTS}d-{n}" for n in range(6)]
    move(sandbox, *(RefMove(RefName(name), None, Oid(tip)) for name in names))
    sandbox.git("update-ref", names[3], third)
    for batch in (names, names[3:4]):
        with pytest.raises(Moved) as refused:
            move(sandbox, *(RefMove(RefName(name), Oid(tip), Oid(other)) for name in batch))
        assert refused.value.context == {"ref": names[3], "expected": tip, "actual": third}
    assert set(list_refs(open_repository(sandbox.path), DRAFTS).values()) == {tip, third}


def test_reading_a_ref_keeps_no_memory(sandbox: Sandbox) -> None:
    git = open_repository(sandbox.path)
    tracemalloc.start()
    for _ in range(500):
        read_ref(git, RefName("".join(["refs/heads/", "main"])))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 20_000
