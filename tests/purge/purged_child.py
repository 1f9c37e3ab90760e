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

name, number, when = sys.argv[1], iter(range(int(sys.argv[2]))), sys.argv[3]
module: Any = swap_history if hasattr(swap_history, name) else purge
function = getattr(module, name)


def point() -> None:
    if next(number, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)


def guarded(*arguments: Any, **options: Any) -> Any:
    if when == "before":
        point()
    result = function(*arguments, **options)
    if when == "after":
        point()
    return result


for holder in (swap_history, purge):
    if hasattr(holder, name):
        setattr(holder, name, guarded)
sys.exit(main(sys.argv[4:]))
