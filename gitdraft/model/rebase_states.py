"""How a draft stands on canonical's tip."""

from __future__ import annotations

from typing import Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass

RebaseStatus: TypeAlias = Literal["clean", "conflict", "invalid", "broken", "unknown", "closed"]


@dataclass(frozen=True, slots=True)
class RebaseState:
    """How a draft stands on canonical's tip: `unknown` where that was not judged yet, `closed` for a draft that is merged,
    rejected or withdrawn.

    ``conflict_count`` is over all its entities. ``conflict_since`` is the date (RFC 3339, UTC) of the first commit after
    the draft's base that changed an entity in conflict; ``None`` where nothing is.
    """

    status: RebaseStatus
    conflict_count: int = 0
    conflict_since: str | None = None


CLEAN = RebaseState("clean")
UNKNOWN = RebaseState("unknown")
BROKEN = RebaseState("broken")
CLOSED = RebaseState("closed")
