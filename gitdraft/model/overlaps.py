"""Entities where open drafts get in each other's way, and which of these drafts would conflict."""

from __future__ import annotations

from typing import NamedTuple

from gitdraft.lazy_dataclass import dataclass
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


class ValueClash(NamedTuple):
    """A value that is to be unique: a draft gives it to the entity at a pointer, another draft to another entity."""

    draft: str
    pointer: str
    other_draft: str
    other_entity: EntityRef


@dataclass(frozen=True, slots=True)
class Overlap:
    """An entity where drafts get in each other's way. ``drafts`` is how many change it; ``touches`` are those that were
    looked at, ``pairs`` those of them that both stand on canonical's tip, ``clashes`` are with drafts of other entities."""

    entity: EntityRef
    drafts: int
    touches: tuple[Touch, ...]
    pairs: tuple[Pair, ...]
    clashes: tuple[ValueClash, ...] = ()

    @property
    def left_out(self) -> int:
        """How many drafts were not looked at."""
        return self.drafts - len(self.touches)
