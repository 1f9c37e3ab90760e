"""Every so often the remote is asked, and canonical goes forward where it can."""

from __future__ import annotations

import time
from collections.abc import Iterator

from gitdraft.api.repository import Repository
from gitdraft.api.sync import RunningFetch
from gitdraft.errors import RepositoryError
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.sync_reports import Forwarding
from gitdraft.model.watch_events import Event, Failed, Forwarded, Recovered
from gitdraft.watch.inbox import as_gitdraft_error
from gitdraft.watch.pulls import PullSync

LONGEST = 600.0  # seconds that a fetch may take


@dataclass(slots=True)
class Fetcher:
    """Fetches each ``every`` seconds, in a process of its own, and has ``pulls`` follow; a failure is reported once, until it
    works again."""

    every: float
    pulls: PullSync
    _due: float = 0.0
    _running: tuple[RunningFetch, float] | None = None
    _reported: str | None = None
    _apart: tuple[str | None, str | None] | None = None

    def is_running(self) -> bool:
        """Returns whether git, or a sync of pull requests, is on its way."""
        return self._running is not None or self.pulls.is_running()

    def seconds_left(self) -> float:
        """Returns how long it is until something is to be done."""
        return 0.05 if self.is_running() else max(self._due - time.monotonic(), 0.0)

    def advance(self, repository: Repository) -> Iterator[Event]:
        """Starts a fetch that is due, or takes in one that is done."""
        yield from self.pulls.advance()
        at = int(time.time())
        try:
            forwarding = self._step(repository)
        except Exception as error:
            self._stop_git()
            failure = as_gitdraft_error(error)
            if self._reported != failure.message:
                yield Failed(at, "fetch", failure)
            self._reported = failure.message
            return
        if forwarding is None:
            return
        if self._reported is not None:
            self._reported = None
            yield Recovered(at, "fetch")
        apart = (forwarding.before, forwarding.remote_tip) if forwarding.state == "diverged" else None
        if forwarding.is_moved or (apart is not None and apart != self._apart):
            yield Forwarded(at, forwarding)
        self._apart = apart
        self.pulls.start()

    def stop(self) -> None:
        """Ends a fetch that is on its way."""
        self._stop_git()
        self.pulls.stop()

    def _stop_git(self) -> None:
        if self._running is not None:
            self._running[0].stop()
            self._running = None

    def _step(self, repository: Repository) -> Forwarding | None:
        if self._running is None:
            if time.monotonic() >= self._due and not self.pulls.is_running():
                self._due = time.monotonic() + self.every
                self._running = repository.start_fetch(), time.monotonic()
            return None
        fetch, since = self._running
        if not fetch.is_done():
            if time.monotonic() - since > LONGEST:
                raise RepositoryError(f"git fetch: no answer within {LONGEST:.0f} seconds", code="fetch")
            return None
        self._running = None
        return repository.forward(fetch.upstream)
