"""The drafts follow: is canonical where the drafts were last rebased to, and if not, the rebase."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gitdraft.drafts.create import subject_of
from gitdraft.errors import GitdraftError
from gitdraft.git.cache import forget
from gitdraft.git.repository import GitRepository
from gitdraft.model.names import Oid
from gitdraft.model.operations import OperationMetadata
from gitdraft.model.watch_events import Event, Failed, Missing, Rebased
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.store.repository import Store, open_store
from gitdraft.store.transaction import commit_plan
from gitdraft.watch.inbox import refusal

FIRST_PAUSE = 5.0  # seconds
LONGEST_PAUSE = 300.0

Now = Callable[[GitRepository], OperationMetadata]
"""Who acts, at this moment."""


@dataclass(slots=True)
class Follower:
    """What is remembered of canonical from one look to the next. The repository is opened anew for each move, so
    that a watcher holds nothing of what it has seen."""

    start: Path
    now: Now
    store: Store = field(init=False)
    _done: str | None = None
    _is_missing: bool = False
    _failed: _Failure | None = None

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Open the repository, for the first time or as it is now. Raises what ``open_store`` does."""
        forget()
        self.store = open_store(self.start)

    def restart(self) -> None:
        """Open the repository after it was away: nothing is known of it any more. Raises as ``open`` does."""
        self.open()
        self._done, self._is_missing, self._failed = None, False, None

    def look(self) -> Event | None:
        """Compare, and rebase where canonical has moved since the last time, or for the first time; what there is to
        tell, if anything. (A rebase that is taken back by `undo` stays so until canonical moves.)

        What fails is tried again when canonical moves, and after a pause that grows; it is told once.
        """
        at = int(time.time())
        tip: Oid | None = None
        try:
            tip = self.store.canonical_tip()
            if tip is None:
                return self._miss(at)
            self._is_missing = False
            if tip == self._done:
                return None
            if self._failed is not None and not self._failed.is_due(tip):
                return None
            event = self._rebase(at)
        except Exception as error:
            return self._fail(at, tip, refusal(error))
        self._failed = None
        self._done = event.report.canonical
        return event

    def _rebase(self, at: int) -> Rebased:
        started = time.monotonic()
        self.open()
        store, metadata = self.store, self.now(self.store.git)
        written = commit_plan(store, metadata, "rebase", plan_rebase)
        took = time.monotonic() - started
        return Rebased(at, subject_of(store, written.report.canonical), written.report, took, written.notices)

    def _miss(self, at: int) -> Missing | None:
        if self._is_missing:
            return None
        self._is_missing, self._done = True, None
        return Missing(at, self.store.canonical_ref)

    def _fail(self, at: int, tip: Oid | None, told: GitdraftError) -> Failed | None:
        before = self._failed
        pause = FIRST_PAUSE if before is None or before.tip != tip else min(before.pause * 2, LONGEST_PAUSE)
        self._failed = _Failure(tip, told.message, pause, time.monotonic() + pause)
        is_news = before is None or before.message != told.message
        return Failed(at, "rebase", told) if is_news else None


@dataclass(frozen=True, slots=True)
class _Failure:
    """A rebase onto ``tip`` failed; it is tried again at ``again`` (monotonic seconds), or for another tip."""

    tip: Oid | None
    message: str
    pause: float
    again: float

    def is_due(self, tip: Oid) -> bool:
        return tip != self.tip or time.monotonic() >= self.again
