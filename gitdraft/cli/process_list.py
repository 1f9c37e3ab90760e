"""What was typed with credentials in it is not to be read in the list of processes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gitdraft.errors import credential_places

ARG_START, ARG_END = 48, 49  # fields of proc_pid_stat(5), counted from 1
BEHIND_NAME = 3  # the first field behind the program's name, which may hold blanks


def hide_credentials(arguments: Sequence[str]) -> None:
    """Writes stars over the credentials of addresses among this process's own arguments, where the kernel (Linux) shows them to
    others. Does nothing where there are none."""
    if sys.platform == "linux" and any(map(credential_places, arguments)):
        with suppress(OSError):  # no /proc: then nobody has the list
            _overwrite()


def _overwrite() -> None:
    import ctypes

    fields = Path("/proc/self/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    start, end = (int(fields[number - BEHIND_NAME]) for number in (ARG_START, ARG_END))
    at = start
    for argument in ctypes.string_at(start, end - start).split(b"\0"):
        for first, last in credential_places(argument.decode("latin-1")):
            ctypes.memset(at + first, ord("*"), last - first)
        at += len(argument) + 1
