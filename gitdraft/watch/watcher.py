"""The loop: sleep until something may have moved, look, tell."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from gitdraft.errors import GitdraftError, RepositoryError
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.watch_events import Back, Event, Failed, Forwarded, Gone, Polling, Rebased, Stopped
from gitdraft.watch.fetch import Fetcher
from gitdraft.watch.folder_watcher import FolderWatcher
from gitdraft.watch.follow import Follower, OpenRepository
from gitdraft.watch.inbox import Inbox
from gitdraft.watch.lock import WatchLock
from gitdraft.watch.pulls import PullSync
from gitdraft.watch.worktree_checks import Checker

FLOOR = 2.0  # seconds between two looks although nothing was noticed
POLL = 0.25  # where no events come
MOST_MISSED = 2  # moves without an event: one may have been on its way


@dataclass(frozen=True, slots=True)
class Options:
    """What to watch: the remote each ``fetch`` seconds, the ``worktree``'s files; by events unless ``poll``."""

    fetch: float | None = None
    worktree: bool = False
    poll: bool = False


@dataclass(slots=True)
class Watcher:
    """Watches a repository, of which it is the only watcher from when it is made."""

    open_repository: OpenRepository
    options: Options = field(default_factory=Options)
    inbox: Inbox = field(default_factory=Inbox)
    follower: Follower = field(init=False)
    _lock: WatchLock | None = field(init=False)
    _folder_watcher: FolderWatcher | None = field(init=False)
    _fetcher: Fetcher | None = field(init=False)
    _checker: Checker | None = field(init=False)
    _common: Path = field(init=False)
    _identity: tuple[int, int] = field(init=False)
    _missed: int = 0

    def __post_init__(self) -> None:
        self.follower = Follower(self.open_repository)
        self._common = self.follower.repository.git_directory
        self._lock = WatchLock(self._common)
        self._identity = _identity(self._common)
        self._folder_watcher = None if self.options.poll else FolderWatcher(self.inbox)
        self._fetcher = (
            None
            if self.options.fetch is None
            else Fetcher(self.options.fetch, PullSync(self.open_repository))
        )
        self._checker = Checker() if self.options.worktree else None

    def run(self) -> Iterator[Event]:
        """What happens, as it happens, until the inbox says stop; ``Stopped`` is the last.

        Raises StateRefused when the repository comes back and somebody else watches it by then.
        """
        was_woken = True
        try:
            while self.inbox.stop_signal is None:
                if not self._is_there():
                    yield from self._wait_for_return()
                    continue
                yield from self._watch_folders()
                yield from self._look(was_woken=was_woken)
                was_woken, files = self.inbox.wait(self._pause())
                if self._checker is not None:
                    yield from self._checker.check(self.follower.repository, files)
            yield Stopped(int(time.time()), self.inbox.stop_signal)
        finally:
            self.close()

    def run_once(self) -> Iterator[Event]:
        """Catch up with the remote, if it is to be asked, and with canonical."""
        try:
            if self._fetcher is not None:
                yield from self._fetcher.advance(self.follower.repository)
                while self._fetcher.is_running() and self.inbox.stop_signal is None:
                    self.inbox.wait(self._fetcher.seconds_left())
                    yield from self._fetcher.advance(self.follower.repository)
            if self.inbox.stop_signal is None and (event := self.follower.follow()) is not None:
                yield event
            yield Stopped(int(time.time()), self.inbox.stop_signal)
        finally:
            self.close()

    def close(self) -> None:
        """Stops what is going on, and releases the repository."""
        if self._folder_watcher is not None:
            self._folder_watcher.stop()
        if self._fetcher is not None:
            self._fetcher.stop()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _look(self, *, was_woken: bool) -> Iterator[Event]:
        if self._fetcher is not None:
            for fetch_event in self._fetcher.advance(self.follower.repository):
                was_woken = was_woken or isinstance(fetch_event, Forwarded)
                yield fetch_event
        event = self.follower.follow()
        if event is None:
            return
        if isinstance(event, Failed) and not self._is_there():
            return  # which is all that there is to it
        yield event
        if self._folder_watcher is not None and isinstance(event, Rebased):
            self._missed = 0 if was_woken else self._missed + 1
            if self._missed == MOST_MISSED:
                yield self._poll("canonical moves, and no event of the file system says so")

    def _watch_folders(self) -> Iterator[Event]:
        if self._folder_watcher is None:
            return
        repository = self.follower.repository
        ref = repository.git_directory / repository.canonical_ref
        files = self._checker.folders(repository) if self._checker is not None else ()
        try:
            self._folder_watcher.watch([repository.git_directory, ref.parent], files)
        except FileNotFoundError:  # the repository is moved away at this very moment: the next look says so
            return
        except RepositoryError as error:
            yield self._poll(error.message)

    def _poll(self, reason: str) -> Polling:
        """From now on without events."""
        if self._folder_watcher is not None:
            self._folder_watcher.stop()
            self._folder_watcher = None
        return Polling(int(time.time()), reason)

    def _pause(self) -> float:
        pause = FLOOR if self._folder_watcher is not None else POLL
        return pause if self._fetcher is None else min(pause, self._fetcher.seconds_left())

    def _is_there(self) -> bool:
        """Whether the repository is where it was, and the same."""
        try:
            return _identity(self._common) == self._identity
        except OSError:
            return False

    def _wait_for_return(self) -> Iterator[Event]:
        yield Gone(int(time.time()))
        self.close()
        while self.inbox.stop_signal is None:
            try:
                self._identity = _identity(self._common)  # or one around it would be found
                self.follower.restart()
            except (GitdraftError, OSError):
                self.inbox.wait(POLL)
                continue
            self._lock = WatchLock(self._common)
            yield Back(int(time.time()))
            return


def _identity(common: Path) -> tuple[int, int]:
    """Which repository is there: that of a folder which was moved away and back is the same."""
    status = (common / "HEAD").parent.stat()
    (common / "HEAD").stat()
    return status.st_dev, status.st_ino
