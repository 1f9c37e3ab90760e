"""A worktree that a kill left between two commits: every file that differs between them is brought to one of them."""

from __future__ import annotations

import os
from pathlib import Path

from gitdraft.git.index_swap import IndexSwap, lock_of
from gitdraft.git.kept_files import move_aside, remove_with_folders
from gitdraft.git.objects import unwritable
from gitdraft.git.values import EMPTY_TREE
from gitdraft.lazy_dataclass import dataclass

ABSENT = b"000000"
RESCUED = Path("gitdraft/rescued")  # of the common git directory


@dataclass(frozen=True, slots=True)
class PathChange:
    """A path with its entry in each of the two trees, as git's raw diff has them (mode `000000`: it is not there)."""

    path: bytes
    old: tuple[bytes, bytes]
    new: tuple[bytes, bytes]


def repair(swap: IndexSwap, old: str | None, new: str | None, rescue_folder: Path) -> list[str]:
    """Brings the files that differ between the commits ``old`` and ``new``, and the copy of the index, to ``new``.

    What stands there and is neither the one nor the other is moved to ``rescue_folder``. Returns the paths of those. Raises
    RepositoryError when the disk refuses.
    """
    start, end = old or EMPTY_TREE, new or EMPTY_TREE
    changes = _changes(swap, start, end)
    stale = _differing(swap, start), _differing(swap, end)
    rescued = [
        change.path
        for change in changes
        if not _is_as(swap, change.path, change.old[0], stale[0])
        and not _is_as(swap, change.path, change.new[0], stale[1])
    ]
    for path in rescued:
        move_aside(swap.checkout.worktree, os.fsdecode(path), rescue_folder)
    entries = b"".join(b"%s %s\t%s\0" % (*change.new, change.path) for change in changes)
    swap.run(["update-index", "-z", "--index-info"], stdin=entries)
    written = [change.path for change in changes if change.new[0] != ABSENT]
    if written:
        # what stands as it is to be is not written
        swap.run(["update-index", "-q", "--refresh"], accept=(0, 1))
        swap.run(
            ["checkout-index", "-f", "-u", "-z", "--stdin"], stdin=b"".join(path + b"\0" for path in written)
        )
    for change in changes:
        if change.new[0] == ABSENT:
            _remove(swap.checkout.worktree, change.path)
    return [os.fsdecode(path) for path in rescued]


def _changes(swap: IndexSwap, old: str, new: str) -> list[PathChange]:
    done = swap.run(["diff-tree", "-r", "-z", "--no-renames", "--raw", old, new])
    fields = done.stdout.split(b"\0")
    changes = []
    for change, path in zip(fields[::2], fields[1::2], strict=False):
        old_mode, new_mode, old_oid, new_oid, _ = change.lstrip(b":").split(b" ")
        changes.append(PathChange(path, (old_mode, old_oid), (new_mode, new_oid)))
    return changes


def _differing(swap: IndexSwap, tree: str) -> frozenset[bytes]:
    """The paths of ``tree`` that the worktree has differently or not at all, by an index made for that."""
    index = swap.comparing
    try:
        lock_of(index).unlink(missing_ok=True)  # a git's that was killed
        swap.run(["read-tree", tree], index=index)
        swap.run(["update-index", "-q", "--refresh"], index=index, accept=(0, 1))
        return frozenset(swap.run(["diff-files", "--name-only", "-z"], index=index).stdout.split(b"\0"))
    finally:
        index.unlink(missing_ok=True)


def _is_as(swap: IndexSwap, path: bytes, mode: bytes, differing: frozenset[bytes]) -> bool:
    if mode == ABSENT:
        return not os.path.lexists(os.fsencode(swap.checkout.worktree) + b"/" + path)
    return path not in differing


def _remove(worktree: Path, path: bytes) -> None:
    try:
        remove_with_folders(worktree, Path(os.fsdecode(path)))
    except OSError as error:
        raise unwritable(f"{worktree / os.fsdecode(path)}: {error.strerror}") from error
