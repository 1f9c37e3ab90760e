"""Runs a gitdraft command that is killed (SIGKILL) at its N-th fault point.

A fault point is before and after everything that writes: objects, packs, refs, worktree files; and, in a batch of
refs, between the first and the others, as a kill in the middle of `git update-ref` leaves them; and with a worktree
file half written, as a kill in the middle of `git read-tree` leaves it.
Arguments: N, then the command line. Exits with the command's code when it has fewer points.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence

from gitdraft.cli.main import main
from gitdraft.git import refs
from gitdraft.git.index_swap import IndexSwap
from gitdraft.git.lock_records import LockRecord
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.prepared_refs import PreparedRefs
from gitdraft.git.repository import GitRepository
from gitdraft.model.operations import RefMove

Function = Callable[..., object]


def put_points(number: int, sent: signal.Signals = signal.SIGKILL) -> None:
    """Put fault points around all that writes; the ``number``-th that is reached sends this process a signal, once."""
    points = iter(range(number + 1))

    def point() -> None:
        if next(points, None) == number:
            os.kill(os.getpid(), sent)

    def guarded(function: Function) -> Function:
        def call(*arguments: object, **options: object) -> object:
            point()
            result = function(*arguments, **options)
            point()
            return result

        return call

    def torn(function: Function) -> Function:
        def call(git: GitRepository, moves: Sequence[RefMove]) -> None:
            point()
            function(git, moves[:1])
            point()
            if moves[1:]:
                function(git, moves[1:])
            point()

        return call

    def half_written(function: Function) -> Function:
        def call(swap: IndexSwap, old: str, new: str, paths: Iterable[str]) -> None:
            point()
            changed = list(paths)
            for path in changed:
                file = swap.checkout.worktree / path
                before = file.read_bytes() if file.exists() else None
                file.write_bytes(b'{"half')  # as a kill in the middle of a file leaves it
                point()
                if before is None:
                    file.unlink()
                else:
                    file.write_bytes(before)
            function(swap, old, new, changed)
            point()

        return call

    for holder, name, around in (
        (ObjectBuffer, "_write_loose", guarded),
        (ObjectBuffer, "_write_together", guarded),
        (refs, "_set", guarded),
        (refs, "_update", torn),
        (IndexSwap, "lock", guarded),
        (IndexSwap, "write_files", half_written),
        (IndexSwap, "publish", guarded),
        (PreparedRefs, "commit", guarded),
        (LockRecord, "write", guarded),
    ):
        setattr(holder, name, around(getattr(holder, name)))


def run(number: str, *command: str) -> int:
    """The exit code of a command that has fewer points than ``number``; with as many, it is killed."""
    put_points(int(number))
    return main(list(command))


def stop(name: str, number: str, *command: str) -> int:
    """The exit code of a command that is sent the signal of this name at its N-th point."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background job ignores
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup ignores
    put_points(int(number), signal.Signals[name])
    return main(list(command))


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
