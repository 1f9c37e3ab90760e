"""Refs: direct ones only, moved by compare-and-swap."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gitdraft.errors import InvalidInput, Moved, RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.head import head_branch
from gitdraft.git.known_refs import read_ref
from gitdraft.git.lock_records import (
    Texts,
    locked_by_another,
    recorded_locks,
    remove_left_locks,
    wait_for_locks,
)
from gitdraft.git.objects import unwritable
from gitdraft.git.repository import GitRepository
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefMove

SINGLY_AT_MOST = 4
SYNCED_SINGLY_AT_MOST = 64
PATIENT = {"core.filesRefLockTimeout": "2000", "core.packedRefsTimeout": "5000"}  # milliseconds


def move_refs(git: GitRepository, moves: Sequence[RefMove]) -> None:
    """Moves refs by compare-and-swap, all compared before any moves.

    One that is where it should go already is left. The caller holds the writers' lock and has recorded the locks that this
    makes (``lock_files``). Raises Moved naming the ref that stands elsewhere, RepositoryError when git refuses or another
    process keeps a lock. Killed in between, some have moved: the operation log knows which.
    """
    if len({move.name for move in moves}) != len(moves):
        raise InvalidInput("a ref is moved twice in one operation")
    todo = []
    for move in moves:
        actual = read_ref(git, move.name)
        if actual == move.new:
            continue
        if actual != move.old:
            raise moved_by_another(move, actual)
        todo.append(move)
    if not todo:
        return
    single = [m for m in todo if m.new is not None and m.old is not None]
    if len(todo) <= SINGLY_AT_MOST and len(single) == len(todo):
        for move in todo:
            _set(git, move)
    else:
        _update(git, todo)


def set_head(git: GitRepository, target: Oid | RefName) -> None:
    """Puts HEAD on a branch (`refs/heads/…`), or detached on a commit; files and index stay, and the reflog does not tell. Raises
    RepositoryError."""
    lock = git.path / "HEAD.lock"
    text = f"ref: {target}\n" if target.startswith("refs/") else f"{target}\n"
    with recorded_locks(git.common, {lock: None}) as record:
        wait_for_locks(git.common, [lock])
        try:
            with lock.open("x", encoding="utf-8", errors="surrogateescape") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            lock.replace(git.path / "HEAD")
        except FileExistsError as error:
            raise locked_by_another(lock) from error
        except OSError as error:
            try:
                lock.unlink(missing_ok=True)
            except OSError:
                record.keep()
            raise unwritable(f"{lock}: {error.strerror}") from error


def lock_files(git: GitRepository, moves: Sequence[RefMove]) -> dict[Path, Texts]:
    """Returns the lock files that moving these refs makes, each with the texts that it may hold (``None``: any).

    A ref of unknown ends is given with both as ``None``. packed-refs is locked where a ref goes, HEAD where the branch moves that it
    names.
    """
    files: dict[Path, Texts] = {}
    for move in moves:
        is_known = move.new is not None or move.old is not None
        files[git.common / f"{move.name}.lock"] = ("", move.new or "") if is_known else None
    if any(move.new is None and move.old is not None for move in moves):
        files[git.common / "packed-refs.lock"] = None
    if head_branch(git) in {move.name for move in moves}:
        files[git.path / "HEAD.lock"] = None
    return files


def _set(git: GitRepository, move: RefMove) -> None:
    import pygit2

    ref = git.raw.lookup_reference(sys.intern(move.name))  # pygit2 1.21 never lets go of a name
    if str(ref.target) != move.old:
        raise moved_by_another(move, str(ref.target))
    wait_for_locks(git.common, [git.common / f"{move.name}.lock"])
    try:
        ref.set_target(pygit2.Oid(hex=move.new or ""), f"gitdraft: {move.name}")
    except (pygit2.GitError, OSError) as error:
        actual = read_ref(git, move.name)
        if actual != move.old:
            raise moved_by_another(move, actual) from error
        if "failed to lock" in str(error):
            raise locked_by_another(git.common / f"{move.name}.lock") from error
        raise unwritable(str(error), git.common) from error


def _update(git: GitRepository, moves: Sequence[RefMove]) -> None:
    zero = "0" * 40
    lines = ["start"]
    lines += [f"delete {m.name}\0{m.old}" for m in moves if m.new is None]
    lines += [f"update {m.name}\0{m.new}\0{m.old or zero}" for m in moves if m.new is not None]
    lines += ["prepare", "commit"]
    is_large = len(moves) > SYNCED_SINGLY_AT_MOST
    locks = lock_files(git, moves)
    wait_for_locks(git.common, locks)
    try:
        run_git(
            git.path,
            ["update-ref", "-m", "gitdraft", "--no-deref", "--stdin", "-z"],
            settings={"core.fsync": "none" if is_large else "reference", **PATIENT},
            stdin="".join(f"{line}\0" for line in lines).encode("utf-8", "surrogateescape"),
            environment={"GIT_DIR": str(git.path)},
        )
    except RepositoryError as error:
        if error.code != "locked":
            remove_left_locks(git.common, locks)
        for move in moves:
            current = read_ref(git, move.name)
            if current not in (move.old, move.new):
                raise moved_by_another(move, current) from error
        raise
    if is_large:
        _sync_disk(git.common)  # once for all of them


def _sync_disk(folder: Path) -> None:
    """Syncs the disk that a folder is on (syncfs(2)); all disks on a system that cannot. Raises RepositoryError."""
    import ctypes

    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if syncfs(descriptor):
            raise unwritable(os.strerror(ctypes.get_errno()), folder)
    finally:
        os.close(descriptor)


def moved_by_another(move: RefMove, actual: str | None) -> Moved:
    """Returns the error for a ref that is at neither end of its move."""
    return Moved(
        f"{move.name} was moved by somebody else",
        context={"ref": move.name, "expected": move.old, "actual": actual},
        hint="try again",
    )
