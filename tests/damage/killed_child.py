"""Runs a gitdraft command that is killed (SIGKILL) at its N-th fault point.

A fault point is before and after everything that writes: objects, packs, refs, worktree files; and, in a batch of
refs, between the first and the others, as a kill in the middle of `git update-ref` leaves them; and with git's lock
on the index, as a kill in the middle of `git read-tree` leaves it.
Arguments: N, then the command line. Exits with the command's code when it has fewer points.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from gitdraft.cli.main import main
from gitdraft.git import refs
from gitdraft.git.objects import ObjectBuffer
from gitdraft.store import transaction

points = iter(range(int(sys.argv[1])))


def point() -> None:
    if next(points, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)


def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        point()
        result = function(*arguments, **options)
        point()
        return result

    return call


def torn(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(git: Any, moves: Any) -> Any:
        point()
        function(git, moves[:1])
        point()
        if moves[1:]:
            function(git, moves[1:])
        point()

    return call


def locked(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(checkout: Any, old: Any, new: Any) -> Any:
        lock = checkout.git_dir / "index.lock"
        lock.touch()  # as a kill in the middle of `git read-tree` leaves it, long ago
        os.utime(lock, (0, 0))
        point()
        lock.unlink()
        function(checkout, old, new)
        point()

    return call


ObjectBuffer._write_loose = guarded(ObjectBuffer._write_loose)
ObjectBuffer._write_pack = guarded(ObjectBuffer._write_pack)
refs._set = guarded(refs._set)
refs._update = torn(refs._update)
transaction.follow = locked(transaction.follow)

sys.exit(main(sys.argv[2:]))
