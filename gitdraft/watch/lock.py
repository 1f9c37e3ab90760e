"""At most one watcher a repository: `flock` on a file in the common git directory, released by the kernel."""

from __future__ import annotations

import fcntl
import os
import sys
from contextlib import suppress
from pathlib import Path

from gitdraft.errors import RepositoryError, StateRefused

FILE = "gitdraft/watch.lock"


class WatchLock:
    """The repository is watched by this process."""

    def __init__(self, common: Path) -> None:
        """Take hold of the repository with this common git directory.

        Raises StateRefused (``already-watched``) with who watches it, RepositoryError when it cannot be written.
        """
        file = common / FILE
        try:
            file.parent.mkdir(exist_ok=True)
            self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise RepositoryError(f"{file}: {error.strerror}", code="unwritable") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 300, 0).decode("utf-8", "replace").strip()
            os.close(self._descriptor)
            number, _, command = holder.partition(" ")
            raise StateRefused(
                f"the repository is watched already, by process {number or 'unknown'}",
                code="already-watched",
                context={"process": int(number) if number.isdigit() else None, "command": command},
                hint=f"kill {number} ends it: {command}" if number.isdigit() else None,
            ) from None
        note = f"{os.getpid()} {' '.join(sys.argv)[:200]}\n".encode("utf-8", "replace")
        with suppress(OSError):  # the note is for people: on a full disk there is none
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, note, 0)

    def release(self) -> None:
        """Somebody else may watch it."""
        os.close(self._descriptor)
