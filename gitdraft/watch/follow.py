"""The drafts follow: is canonical where the drafts were last rebased to, and if not, the rebase."""

from __future__ import annotations

import time
from collections.abc import Callable

from gitdraft.api.repository import Repository, forget_repositories
from gitdraft.errors import GitdraftError
from gitdraft.formats.reports.drafts import adopt_offer
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.names import Oid
from gitdraft.model.watch_events import Event, Failed, Missing, Rebased
from gitdraft.watch.inbox import as_gitdraft_error

FIRST_PAUSE = 5.0  # seconds
LONGEST_PAUSE = 300.0

OpenRepository = Callable[[], Repository]
"""Opens the repository that is watched, in which somebody acts. Raises RepositoryError where it is not there."""


@dataclass(slots=True)
class Follower:
    """What is remembered of canonical from one look to the next. The repository is opened again for each move, so
    that a watcher holds nothing of what it has seen."""

    open_repository: OpenRepository
    repository: Repository = field(init=False)
    _rebased: Oid | None = None
    _is_missing: bool = False
    _failed: _Failure | None = None

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Opens the repository, for the first time or as it is now. Raises what ``open_repository`` does."""
        forget_repositories()
        self.repository = self.open_repository().automatic()

    def restart(self) -> None:
        """Opens the repository after it was away: nothing is known of it any more. Raises as ``open`` does."""
        self.open()
        self._rebased, self._is_missing, self._failed = None, False, None

    def follow(self) -> Event | None:
        """Compares, and rebases where canonical has moved since the last time, or for the first time; returns what there
        is to report, if anything. (A rebase that is taken back by `undo` stays so until canonical moves.)

        What fails is tried again when canonical moves, and after a pause that grows; it is reported once.
        """
        at = int(time.time())
        tip: Oid | None = None
        try:
            tip = self.repository.canonical_tip()
            if tip is None:
                return self._miss(at)
            self._is_missing = False
            if tip == self._rebased:
                return None
            if self._failed is not None and not self._failed.is_due(tip):
                return None
            event = self._rebase(at)
        except Exception as error:
            return self._fail(at, tip, as_gitdraft_error(error))
        self._failed = None
        self._rebased = event.report.canonical
        return event

    def _rebase(self, at: int) -> Rebased:
        started = time.monotonic()
        self.open()
        notices: list[str] = []
        report = self.repository.notifying(notices.append).rebase()
        took = time.monotonic() - started
        notices += [
            adopt_offer(draft.id, self.repository.canonical_branch)
            for draft in self.repository.drafts.on_canonical()
        ]
        subject = self.repository.subject_of(report.canonical)
        return Rebased(at, subject, report, took, tuple(notices))

    def _miss(self, at: int) -> Missing | None:
        if self._is_missing:
            return None
        self._is_missing, self._rebased = True, None
        return Missing(at, self.repository.canonical_ref)

    def _fail(self, at: int, tip: Oid | None, failure: GitdraftError) -> Failed | None:
        before = self._failed
        pause = FIRST_PAUSE if before is None or before.tip != tip else min(before.pause * 2, LONGEST_PAUSE)
        self._failed = _Failure(tip, failure.message, pause, time.monotonic() + pause)
        is_news = before is None or before.message != failure.message
        return Failed(at, "rebase", failure) if is_news else None


@dataclass(frozen=True, slots=True)
class _Failure:
    """A rebase onto ``tip`` failed; it is tried again at ``again`` (monotonic seconds), or for another tip."""

    tip: Oid | None
    message: str
    pause: float
    again: float

    def is_due(self, tip: Oid) -> bool:
        return tip != self.tip or time.monotonic() >= self.again
