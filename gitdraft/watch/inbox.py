"""What wakes a watcher: that something may have moved, that a file was saved, that it is to stop."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue

from gitdraft.errors import GitdraftError, RepositoryError

QUIET = 0.02  # seconds
SAVED = 0.1  # an editor empties a file before it writes it
LONGEST = 0.25


class Inbox:
    """The inbox of the watcher's one thread; threads and signal handlers put into it (SimpleQueue allows both)."""

    def __init__(self) -> None:
        self._inbox: SimpleQueue[str | None] = SimpleQueue()
        self.stop_signal: str | None = None

    def moved(self) -> None:
        """A ref may have moved."""
        self._inbox.put(None)

    def saved(self, path: str) -> None:
        """A file (absolute path) may be another."""
        self._inbox.put(path)

    def stop(self, signal: str) -> None:
        """The watcher is to end."""
        self.stop_signal = signal
        self._inbox.put(None)

    def wait(self, seconds: float) -> tuple[bool, set[str]]:
        """Sleep until something wakes, at most so long, and until it is quiet again: whether it was woken, and the
        files that may be others. A burst, as of a rebase by git, is taken as one after ``LONGEST`` seconds."""
        files: set[str] = set()
        try:
            self._take(max(seconds, 0.0), files)
        except Empty:
            return False, files
        until = time.monotonic() + LONGEST
        while self.stop_signal is None and time.monotonic() < until:
            try:
                self._take(SAVED if files else QUIET, files)
            except Empty:
                break
        return True, files

    def _take(self, seconds: float, files: set[str]) -> None:
        path = self._inbox.get(timeout=seconds)
        if path is not None:
            files.add(path)


def as_gitdraft_error(error: Exception) -> GitdraftError:
    """Returns the error as one that can be reported. A watcher outlives whatever it meets: a bug too is reported, and not
    hidden."""
    if isinstance(error, GitdraftError):
        return error
    return RepositoryError(f"unexpected {type(error).__name__}: {error}", code="unexpected")
