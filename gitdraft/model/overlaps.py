"""Entities that several drafts change, and which of these drafts would conflict."""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.model.changes import ChangeKind
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict, OutcomeStatus


@dataclass(frozen=True, slots=True)
class Touch:
    """What a draft does to an entity: update, create, delete or redirect, at which pointers ("" is the whole of
    it), and how that stands on canonical's tip, validity aside."""

    draft: str
    kind: ChangeKind
    pointers: tuple[str, ...]
    status: OutcomeStatus


@dataclass(frozen=True, slots=True)
class Pair:
    """Two drafts of one entity: the pointers at which both touch it, and the conflicts once one of them is merged.

    ``canonical`` of a conflict is the first draft's value, ``draft`` the second's. ``merged_first`` names the draft
    that has to be merged first for them to arise; ``None``: they do either way.
    """

    first: str
    second: str
    pointers: tuple[str, ...]
    conflicts: tuple[Conflict, ...] = ()
    merged_first: str | None = None


@dataclass(frozen=True, slots=True)
class Overlap:
    """An entity that several drafts change. ``drafts`` is how many do; ``touches`` are those that were looked at, and
    ``pairs`` those of them that both stand on canonical's tip."""

    entity: EntityRef
    drafts: int
    touches: tuple[Touch, ...]
    pairs: tuple[Pair, ...]

    @property
    def left_out(self) -> int:
        """How many drafts were not looked at."""
        return self.drafts - len(self.touches)
