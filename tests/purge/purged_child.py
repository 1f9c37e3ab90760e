"""Runs a gitdraft command that is killed (SIGKILL) where it comes to a step of the swap for the N-th time.

Arguments: the name of the step (a function that `gitdraft.git.swap_history` or `gitdraft.purge.purge` calls), N,
`before` or `after`, then the command line.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from gitdraft.cli.main import main
from gitdraft.git import swap_history
from gitdraft.purge import purge


def run(name: str, number: str, when: str, *command: str) -> int:
    """Put the fault point and run the command; the exit code, when it is not reached."""
    holders: list[Any] = [module for module in (swap_history, purge) if hasattr(module, name)]
    function = getattr(holders[0], name)
    calls = iter(range(int(number)))

    def point() -> None:
        if next(calls, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    def guarded(*arguments: object, **options: object) -> object:
        if when == "before":
            point()
        result = function(*arguments, **options)
        if when == "after":
            point()
        return result

    for module in holders:
        setattr(module, name, guarded)
    return main(list(command))


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
