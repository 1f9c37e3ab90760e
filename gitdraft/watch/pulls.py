"""After each fetch, drafts and their pull requests are brought together, while the watcher goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Thread

from gitdraft.errors import GitdraftError
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.pull_requests import Problem, PullReport
from gitdraft.model.watch_events import Event, Failed, Recovered, Synced
from gitdraft.watch.follow import OpenRepository
from gitdraft.watch.inbox import as_gitdraft_error

LONGEST_GOODBYE = 10.0  # seconds that a sync has to end when the watcher does


@dataclass(slots=True)
class PullSync:
    """Does what `pr sync --all` does, in a thread of its own; what a person has to look at, and a failure, is reported once."""

    open_repository: OpenRepository
    _thread: Thread | None = None
    _done: tuple[PullReport, ...] | GitdraftError = ()
    _due: float = 0.0
    _told: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    _reported: str | None = None

    def is_running(self) -> bool:
        """Returns whether a sync is on its way."""
        return self._thread is not None

    def start(self) -> None:
        """Begins a sync, unless one is on its way or the forge takes no requests for now."""
        if self._thread is None and time.monotonic() >= self._due:
            self._thread = Thread(target=self._run, daemon=True)
            self._thread.start()

    def advance(self) -> Iterator[Event]:
        """Takes in a sync that is done."""
        if self._thread is None or self._thread.is_alive():
            return
        self._thread = None
        at = int(time.time())
        if isinstance(self._done, GitdraftError):
            self._due = time.monotonic() + float(self._done.context.get("seconds", 0))
            if self._reported != self._done.code:
                yield Failed(at, "pull-requests", self._done)
            self._reported = self._done.code
            return
        if self._reported is not None:
            self._reported = None
            yield Recovered(at, "pull-requests")
        news = tuple(
            pull for pull in self._done if pull.done or pull.problems != self._told.get(pull.draft, ())
        )
        self._told = {pull.draft: pull.problems for pull in self._done}
        if news:
            yield Synced(at, news)

    def stop(self) -> None:
        """Waits a while for a sync that is on its way; what it leaves undone the next one does."""
        if self._thread is not None:
            self._thread.join(LONGEST_GOODBYE)

    def _run(self) -> None:
        try:
            pulls = self.open_repository().automatic().drafts.pull_requests
            self._done = replace(pulls, wait=0).sync().pulls if pulls.recorded() else ()
        except Exception as error:
            self._done = as_gitdraft_error(error)
