"""Runs a gitdraft command in which the N-th thing that writes fails: EIO or ENOSPC, before or after it has happened.

What writes are objects, packs, refs, the index and its lock, worktree files (through git and libgit2), and every create, rename,
link, unlink and fsync that gitdraft does itself in the repository.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from gitdraft.cli.main import main
from gitdraft.git import objects, refs
from gitdraft.git.index_swap import IndexSwap
from gitdraft.git.lock_records import LockRecord
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.prepared_refs import PreparedRefs

Function = Callable[..., object]
THROUGH_GIT: tuple[tuple[object, str], ...] = (
    (ObjectBuffer, "_write_loose"),
    (ObjectBuffer, "_write_together"),
    (refs, "_set"),
    (refs, "_update"),
    (IndexSwap, "lock"),
    (IndexSwap, "write_files"),
    (IndexSwap, "publish"),
    (PreparedRefs, "send"),
    (PreparedRefs, "commit"),
    (LockRecord, "write"),
)
OF_OUR_OWN: tuple[tuple[object, str], ...] = (
    (os, "fsync"),
    (os, "rename"),
    (os, "replace"),
    (os, "link"),
    (os, "unlink"),
    (os, "mkdir"),
    (Path, "mkdir"),
    (Path, "replace"),
    (Path, "unlink"),
    (Path, "write_text"),
)


def run(number: str, moment: str, error: str, *command: str) -> int:
    """The exit code of the command; 99 when it has fewer points than ``number``."""
    left = iter(range(int(number)))
    code = getattr(errno, error)
    hit = False

    def faulty(function: Function, failure: Callable[[], Exception]) -> Function:
        def call(*arguments: object, **options: object) -> object:
            nonlocal hit
            is_mine = not hit and next(left, None) is None
            hit = hit or is_mine
            if is_mine and moment == "before":
                raise failure()
            result = function(*arguments, **options)
            if is_mine:
                raise failure()
            return result

        return call

    def from_git() -> Exception:
        return objects.unwritable(f"[injected] {os.strerror(code)}")

    def from_disk() -> Exception:
        return OSError(code, os.strerror(code))

    for points, failure in ((THROUGH_GIT, from_git), (OF_OUR_OWN, from_disk)):
        for holder, name in points:
            setattr(holder, name, faulty(getattr(holder, name), failure))
    exit_code = main(list(command))
    return exit_code if hit else 99


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:4], *sys.argv[4:]))
