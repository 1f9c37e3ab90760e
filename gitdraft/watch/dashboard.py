"""What a watcher has reported so far, as one sees it at a glance."""

from __future__ import annotations

from typing import assert_never

from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.reports import DraftReport
from gitdraft.model.watch_events import (
    Back,
    Checked,
    Event,
    Failed,
    Forwarded,
    Gone,
    Missing,
    Polling,
    Rebased,
    Recovered,
    Stopped,
    Synced,
)

MOST_MOVES = 8


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The last moves, newest first; the drafts that canonical left behind; the files with problems, by path; and
    what is wrong now, by what it keeps from being done (`rebase`, `fetch`, `check`, `pull-requests`, `repository`)."""

    moves: tuple[Rebased | Forwarded | Synced, ...] = ()
    last: Rebased | None = None
    files: tuple[Checked, ...] = ()
    troubles: tuple[tuple[str, Event], ...] = ()
    by_polling: bool = False

    @property
    def left_behind(self) -> tuple[DraftReport, ...]:
        """The drafts that stay where they are."""
        return tuple(d for d in self.last.report.drafts if d.status != "clean") if self.last else ()

    def after(self, event: Event) -> Dashboard:
        """The board when this has happened too."""
        match event:
            case Rebased():
                moves = (event, *self.moves)[:MOST_MOVES]
                return replace(self._without("rebase", "repository"), last=event, moves=moves)
            case Forwarded() | Synced():
                return replace(self, moves=(event, *self.moves)[:MOST_MOVES])
            case Checked():
                others = tuple(file for file in self.files if file.path != event.path)
                return replace(self, files=(event, *others)[:MOST_MOVES] if event.problems else others)
            case Failed():
                return self._with(event.doing, event)
            case Missing() | Gone():
                return self._with("repository", event)
            case Recovered():
                return self._without(event.doing)
            case Back():
                return self._without("repository")
            case Polling():
                return replace(self, by_polling=True)
            case Stopped():
                return self
            case _:
                assert_never(event)

    def _with(self, what: str, event: Event) -> Dashboard:
        return replace(self, troubles=(*self._without(what).troubles, (what, event)))

    def _without(self, *whats: str) -> Dashboard:
        return replace(self, troubles=tuple(known for known in self.troubles if known[0] not in whats))
