"""Every so often the remote is asked, and canonical goes forward where it can."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from gitdraft.errors import RepositoryError
from gitdraft.git.fetch import Fetch, Upstream, find_upstream
from gitdraft.model.sync_reports import Forwarding
from gitdraft.model.watch_events import Event, Failed, Forwarded, Recovered
from gitdraft.store.repository import Store
from gitdraft.store.transaction import commit_plan
from gitdraft.sync.fast_forward import plan_fast_forward
from gitdraft.watch.follow import Now
from gitdraft.watch.inbox import refusal

LONGEST = 600.0  # seconds that a fetch may take


def bring(store: Store, now: Now, upstream: Upstream) -> Forwarding:
    """Bring what was fetched together with what is here."""
    return commit_plan(
        store, now(store.git), "fetch", lambda transaction: plan_fast_forward(transaction, upstream.ref)
    ).report


@dataclass(slots=True)
class Fetcher:
    """Fetches each ``every`` seconds, in a process of its own; what fails is told once until it works again."""

    every: float
    now: Now
    _due: float = 0.0
    _running: tuple[Fetch, Upstream, float] | None = None
    _told: str | None = None
    _last: Forwarding | None = None

    def is_running(self) -> bool:
        """Whether git is on its way."""
        return self._running is not None

    def seconds_left(self) -> float:
        """How long until something is to be done."""
        return 0.05 if self._running else max(self._due - time.monotonic(), 0.0)

    def turn(self, store: Store) -> Iterator[Event]:
        """Start a fetch that is due, or take in one that is done."""
        at = int(time.time())
        try:
            done = self._step(store)
        except Exception as error:
            self.stop()
            told = refusal(error)
            if self._told != told.message:
                yield Failed(at, "fetch", told)
            self._told = told.message
            return
        if done is None:
            return
        if self._told is not None:
            self._told = None
            yield Recovered(at, "fetch")
        if done.state == "forwarded" or (done.state == "diverged" and done != self._last):
            yield Forwarded(at, done)
        self._last = done

    def stop(self) -> None:
        """End a fetch that is on its way."""
        if self._running is not None:
            self._running[0].stop()
            self._running = None

    def _step(self, store: Store) -> Forwarding | None:
        if self._running is None:
            if time.monotonic() >= self._due:
                self._due = time.monotonic() + self.every
                upstream = find_upstream(store.git, store.canonical_ref)
                self._running = Fetch(store.git, upstream.remote), upstream, time.monotonic()
            return None
        fetch, upstream, since = self._running
        if not fetch.is_done():
            if time.monotonic() - since > LONGEST:
                raise RepositoryError(f"git fetch: no answer within {LONGEST:.0f} seconds", code="fetch")
            return None
        self._running = None
        return bring(store, self.now, upstream)
