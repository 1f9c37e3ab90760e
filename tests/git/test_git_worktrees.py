"""Worktrees follow their branches, and entity files are read and written, as a user's files must be: nothing
local is lost, nothing is written elsewhere."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox import Sandbox, run_git

from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.git import lock_records
from gitdraft.git.index_swap import index_copy, index_swap
from gitdraft.git.repository import open_repository
from gitdraft.git.worktree_repair import repair
from gitdraft.git.worktrees import (
    Checkout,
    checkouts,
    modified_files,
    read_worktree_file,
    write_worktree_file,
)


@pytest.fixture
def moves(sandbox: Sandbox) -> tuple[Checkout, str, str]:
    """main checked out at the first of two commits; the second edits, adds and removes a file."""
    old = sandbox.git("rev-parse", "main")
    sandbox.change("categories/Person.json", label="Human")
    sandbox.write("categories/Robot.json", {"id": "Robot", "label": "Robot"})
    sandbox.git("rm", "--quiet", "properties/unused.json")
    new = sandbox.commit("canonical moves")
    sandbox.git("reset", "--quiet", "--hard", old)
    (checkout,) = checkouts(open_repository(sandbox.path))
    return checkout, old, new


def obstacles(checkout: Checkout, old: str, new: str) -> list[str]:
    with index_copy(checkout, "test") as swap:
        return swap.obstacles(old, new)


def follow(checkout: Checkout, old: str, new: str) -> None:
    with index_swap(checkout, "test") as swap:
        swap.write_files(old, new, ())
        swap.publish()


def move_main(sandbox: Sandbox, new: str) -> None:
    sandbox.git("update-ref", "refs/heads/main", new)


class TestFollowing:
    def test_the_files_and_the_index_are_those_of_the_branch(
        self, sandbox: Sandbox, moves: tuple[Checkout, str, str]
    ) -> None:
        assert obstacles(*moves) == []
        move_main(sandbox, moves[2])
        for _ in range(2):
            follow(*moves)
            assert sandbox.git("status", "--porcelain") == ""
        assert sandbox.read("categories/Robot.json")["label"] == "Robot"

    def test_local_changes_elsewhere_are_kept(
        self, sandbox: Sandbox, moves: tuple[Checkout, str, str]
    ) -> None:
        sandbox.write("properties/name.json", "not committed\n")
        sandbox.write("notes.txt", "mine\n")
        assert obstacles(*moves) == []
        move_main(sandbox, moves[2])
        follow(*moves)
        assert sandbox.git("status", "--porcelain").split() == [
            "M",
            "properties/name.json",
            "??",
            "notes.txt",
        ]

    @pytest.mark.parametrize("staged", [False, True])
    @pytest.mark.parametrize(
        "path", ["categories/Person.json", "categories/Robot.json", "properties/unused.json"]
    )
    def test_a_local_change_in_the_way_is_named_and_kept(
        self, sandbox: Sandbox, moves: tuple[Checkout, str, str], path: str, staged: bool
    ) -> None:
        sandbox.write(path, "mine\n")
        if staged:
            sandbox.git("add", "--all")
        assert obstacles(*moves) == [path]
        with pytest.raises(RepositoryError):
            follow(*moves)
        assert (sandbox.path / path).read_text() == "mine\n"

    @pytest.mark.parametrize("name", ["it's; 'quoted'", "tab\there", "ümläut", "new\nline"])
    def test_odd_names_in_the_way_are_named(self, sandbox: Sandbox, name: str) -> None:
        old = sandbox.git("rev-parse", "main")
        sandbox.write(name, "theirs\n")
        new = sandbox.commit()
        sandbox.git("reset", "--quiet", "--hard", old)
        sandbox.write(name, "mine\n")
        (checkout,) = checkouts(open_repository(sandbox.path))
        assert obstacles(checkout, old, new) == [name]

    def test_a_merge_that_is_not_finished_is_in_the_way(
        self, sandbox: Sandbox, moves: tuple[Checkout, str, str]
    ) -> None:
        sandbox.git("switch", "--quiet", "-c", "side")
        sandbox.change("properties/name.json", label="A")
        sandbox.git("switch", "--quiet", "main")
        sandbox.change("properties/name.json", label="B")
        with pytest.raises(AssertionError, match="git merge"):
            sandbox.git("merge", "--quiet", "side")
        assert obstacles(*moves) == ["properties/name.json"]

    def test_a_touched_file_is_no_local_change(
        self, sandbox: Sandbox, moves: tuple[Checkout, str, str]
    ) -> None:
        os.utime(sandbox.path / "categories/Person.json", (1, 1))
        assert obstacles(*moves) == []

    @pytest.mark.parametrize(
        "written",
        [
            ["categories/Person.json"],
            ["categories/Robot.json"],
            ["properties/unused.json"],
            ["categories/Person.json", "categories/Robot.json", "properties/unused.json"],
        ],
    )
    def test_a_killed_read_tree_is_finished(
        self, sandbox: Sandbox, moves: tuple[Checkout, str, str], written: list[str]
    ) -> None:
        """It writes the files first, the index last."""
        move_main(sandbox, moves[2])
        for path in written:
            if path == "properties/unused.json":
                (sandbox.path / path).unlink()
            else:
                (sandbox.path / path).write_text(sandbox.git("show", f"{moves[2]}:{path}") + "\n")
        checkout, old, new = moves
        with index_swap(checkout, "test") as swap:
            assert repair(swap, old, new, sandbox.path / ".git/rescued") == []
            swap.publish()
        assert sandbox.git("status", "--porcelain") == ""
        assert not list((sandbox.path / ".git").glob("gitdraft-index*"))

    def test_a_file_that_is_as_it_is_to_be_is_not_written(
        self, sandbox: Sandbox, moves: tuple[Checkout, str, str]
    ) -> None:
        """So what is refused for a folder that cannot be written is taken back, too."""
        checkout, old, new = moves
        file = sandbox.path / "categories/Person.json"
        before = file.stat()
        with index_swap(checkout, "test") as swap:
            assert repair(swap, new, old, sandbox.path / ".git/rescued") == []
            swap.publish()
        assert (file.stat().st_ino, file.stat().st_ctime_ns) == (before.st_ino, before.st_ctime_ns)
        assert sandbox.git("status", "--porcelain") == ""

    @pytest.mark.parametrize("forwards", [True, False])
    def test_a_half_written_file_is_moved_aside(
        self, sandbox: Sandbox, moves: tuple[Checkout, str, str], tmp_path: Path, forwards: bool
    ) -> None:
        checkout, old, new = moves
        (sandbox.path / "categories/Person.json").write_text('{"id": "Per')
        (sandbox.path / "categories/Robot.json").write_text("")
        start, end = (old, new) if forwards else (new, old)
        move_main(sandbox, end)
        with index_swap(checkout, "test") as swap:
            rescued = repair(swap, start, end, tmp_path / "rescued")
            swap.publish()
        assert rescued == ["categories/Person.json", "categories/Robot.json"]
        assert (tmp_path / "rescued/categories/Person.json").read_text() == '{"id": "Per'
        assert sandbox.git("status", "--porcelain") == ""

    def test_another_git_at_work_on_the_index_is_waited_for(
        self, sandbox: Sandbox, moves: tuple[Checkout, str, str]
    ) -> None:
        lock = sandbox.path / ".git/index.lock"
        lock.touch()
        other = threading.Timer(0.2, lock.unlink)
        other.start()
        started = time.monotonic()
        follow(*moves)
        other.join()
        assert time.monotonic() - started >= 0.15

    def test_an_index_that_stays_locked_is_told(
        self, sandbox: Sandbox, moves: tuple[Checkout, str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lock_records, "PATIENCE", 0.1)
        lock = sandbox.path / ".git/index.lock"
        lock.touch()
        os.utime(lock, (0, 0))
        with pytest.raises(RepositoryError) as refused:
            follow(*moves)
        assert (refused.value.code, refused.value.context["path"]) == ("locked", str(lock))
        assert str(lock) in str(refused.value.hint)
        assert lock.exists()

    def test_a_sparse_worktree_stays_sparse(self, sandbox: Sandbox) -> None:
        old = sandbox.git("rev-parse", "main")
        sandbox.change("categories/Person.json", label="Human")
        sandbox.write("elsewhere/x.json", {})
        new = sandbox.commit()
        sandbox.git("reset", "--quiet", "--hard", old)
        sandbox.git("sparse-checkout", "set", "categories")
        (checkout,) = checkouts(open_repository(sandbox.path))
        move_main(sandbox, new)
        follow(checkout, old, new)
        assert sandbox.git("status", "--porcelain") == ""
        assert not (sandbox.path / "elsewhere").exists()


class TestCheckouts:
    def test_a_git_directory_elsewhere_is_never_taken_for_a_worktrees(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        """A `.git` link or file leads to it; from a linked worktree nobody can tell from where."""
        sandbox.git("worktree", "add", "--quiet", str(tmp_path / "side"), "-b", "side")
        (sandbox.path / ".git").rename(tmp_path / "store")
        (tmp_path / "side/.git").write_text(f"gitdir: {tmp_path}/store/worktrees/side\n")
        side = ("refs/heads/side", tmp_path / "side")
        for kind in ("link", "file"):
            if kind == "link":
                (sandbox.path / ".git").symlink_to(tmp_path / "store")
            else:
                (sandbox.path / ".git").unlink()
                (sandbox.path / ".git").write_text(f"gitdir: {tmp_path}/store\n")
            main = ("refs/heads/main", sandbox.path)
            found = {
                start: {(c.branch, c.worktree) for c in checkouts(open_repository(start))}
                for start in (sandbox.path / "categories", tmp_path / "side", tmp_path / "store")
            }
            assert found == {
                sandbox.path / "categories": {main, side},
                tmp_path / "side": {side},
                tmp_path / "store": {side},
            }
            assert open_repository(tmp_path / "store").worktree is None

    def test_a_submodules_main_worktree_is_where_it_says(self, sandbox: Sandbox, tmp_path: Path) -> None:
        run_git(tmp_path, "clone", "--quiet", str(sandbox.path), str(tmp_path / "module"))
        sandbox.git(
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            str(tmp_path / "module"),
            "module",
        )
        run_git(sandbox.path / "module", "worktree", "add", "--quiet", str(tmp_path / "side"), "-b", "side")
        expected = {("refs/heads/main", sandbox.path / "module"), ("refs/heads/side", tmp_path / "side")}
        for start in (sandbox.path / "module", tmp_path / "side"):
            assert {(c.branch, c.worktree) for c in checkouts(open_repository(start))} == expected

    @pytest.mark.parametrize("name", ["bare.git", ".git"])
    def test_a_bare_repository_has_its_linked_worktrees_alone(
        self, sandbox: Sandbox, tmp_path: Path, name: str
    ) -> None:
        hub = tmp_path / "hub"
        run_git(tmp_path, "clone", "--quiet", "--bare", str(sandbox.path), str(hub / name))
        run_git(hub / name, "worktree", "add", "--quiet", str(hub / "side"), "-b", "side")
        run_git(hub / "side", "sparse-checkout", "set", "categories")  # moves core.bare to config.worktree
        for start in (hub / name, hub / "side"):
            assert [c.branch for c in checkouts(open_repository(start))] == ["refs/heads/side"]

    def test_a_worktree_that_is_gone_is_no_checkout(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.git("worktree", "add", "--quiet", str(tmp_path / "side"), "-b", "side")
        (tmp_path / "side").rename(tmp_path / "away")
        assert [c.branch for c in checkouts(open_repository(sandbox.path))] == ["refs/heads/main"]


class TestFiles:
    def test_modified_new_and_deleted_files_are_found_below_the_folders(self, sandbox: Sandbox) -> None:
        sandbox.write("categories/Person.json", "{}\n")
        sandbox.write("categories/deep/New.json", "{}\n")
        sandbox.write("ca*/Star.json", "{}\n")
        (sandbox.path / "properties/name.json").unlink()
        repository = open_repository(sandbox.path)
        assert modified_files(repository, ["categories", "properties/"]) == [
            "categories/Person.json",
            "categories/deep/New.json",
            "properties/name.json",
        ]
        assert modified_files(repository, ["ca*"]) == ["ca*/Star.json"], "a folder's name, no pattern"
        assert modified_files(repository, [":!categories"]) == []
        assert len(modified_files(repository, [""])) == 4

    @pytest.mark.parametrize("path", ["link.json", "linked/Person.json", "linked/deeper/x.json"])
    def test_nothing_is_read_or_written_through_a_link(
        self, sandbox: Sandbox, tmp_path: Path, path: str
    ) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "Person.json").write_text("secret")
        (sandbox.path / "link.json").symlink_to(outside / "Person.json")
        (sandbox.path / "linked").symlink_to(outside)
        repository = open_repository(sandbox.path)
        for content in (b"evil", None):
            with pytest.raises(InvalidInput) as refused:
                write_worktree_file(repository, path, content)
            assert refused.value.code == "symlink"
        with pytest.raises(InvalidInput):
            read_worktree_file(repository, path)
        assert [(file.name, file.read_text()) for file in outside.iterdir()] == [("Person.json", "secret")]

    @pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", ".git/config", "a/.GIT/x", "", "a\0b"])
    def test_a_path_that_no_tree_may_hold_is_refused(self, sandbox: Sandbox, path: str) -> None:
        repository = open_repository(sandbox.path)
        touches: list[Callable[[], object]] = [
            lambda: read_worktree_file(repository, path),
            lambda: write_worktree_file(repository, path, b"x"),
        ]
        for touch in touches:
            with pytest.raises(InvalidInput) as refused:
                touch()
            assert refused.value.code == "forbidden-name"

    def test_a_file_is_written_whole_with_its_mode(self, sandbox: Sandbox) -> None:
        repository = open_repository(sandbox.path)
        file = sandbox.path / "categories/Person.json"
        file.chmod(0o755)
        write_worktree_file(repository, "categories/Person.json", b"new")
        assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new", 0o755)

    def test_folders_come_and_go_with_their_files(self, sandbox: Sandbox) -> None:
        repository = open_repository(sandbox.path)
        write_worktree_file(repository, "a/b/c.json", b"1")
        write_worktree_file(repository, "a/d.json", b"1")
        write_worktree_file(repository, "a/b/c.json", None)
        assert [file.name for file in (sandbox.path / "a").iterdir()] == ["d.json"]
        write_worktree_file(repository, "a/d.json", None)
        write_worktree_file(repository, "never/there.json", None)
        assert not (sandbox.path / "a").exists()
        assert not (sandbox.path / "never").exists()

    @pytest.mark.parametrize("path", ["categories", "gitdraft.yaml/x"])
    def test_what_is_in_the_way_is_told_and_nothing_is_left(self, sandbox: Sandbox, path: str) -> None:
        with pytest.raises(RepositoryError) as refused:
            write_worktree_file(open_repository(sandbox.path), path, b"x")
        assert refused.value.code == "unwritable"
        assert sandbox.git("status", "--porcelain") == ""

    def test_what_is_no_file_reads_as_none(self, sandbox: Sandbox) -> None:
        os.mkfifo(sandbox.path / "pipe.json")
        repository = open_repository(sandbox.path)
        for path in ("pipe.json", "categories", "categories/None.json", "gitdraft.yaml/x"):
            assert read_worktree_file(repository, path) is None
