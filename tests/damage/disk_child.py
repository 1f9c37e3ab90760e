"""Runs a gitdraft command, and every git that it starts, on a disk that fails or dies as a control file says (disk.py)."""

from __future__ import annotations

import os

from gitdraft.api import session
from gitdraft.cli.main import main
from gitdraft.git.sealed import SEALED

MOMENT = session.Moment(1_800_000_000, 0)


def run(library: str, control: str, *command: str) -> int:
    """The exit code of the command. A disk that dies takes all of them: the process is made the first of a group."""
    os.setsid()
    session.local_time = lambda: MOMENT
    SEALED.update({"LD_PRELOAD": library, "GITDRAFT_DISK": control})
    os.environ.update({"GITDRAFT_DISK": control, "VISUAL": "", "EDITOR": "sed -i s/Unused/Used/"})
    return main(list(command))
