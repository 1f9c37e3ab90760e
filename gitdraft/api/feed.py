"""What happened here, in order and once, for those who follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gitdraft.api.session import Session
from gitdraft.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from gitdraft.model.feed import FeedEvent


@dataclass(frozen=True, slots=True)
class Feed:
    """The operations of the log, and the moves of canonical, whoever made them. Cursors are opaque."""

    session: Session

    def now(self) -> str:
        """Returns the cursor behind everything that has happened."""
        from gitdraft.views.feed import present_place

        return present_place(self.session.store).text

    def after(self, cursor: str | None, limit: int) -> Sequence[FeedEvent]:
        """Returns the first events after a cursor, oldest first; without one from the beginning. Raises NotFound
        (``cursor-gone``) for one that cannot be honoured."""
        from gitdraft.views.feed import events_after

        return events_after(self.session.store, cursor, limit)
