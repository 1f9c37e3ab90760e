"""Whole entities in a rebase: what a commit holds under a name, and what became of a draft's change to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from gitdraft.model.changes import Change
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict, MergeWarning, PatchKind
from gitdraft.model.values import JSON


@dataclass(frozen=True, slots=True)
class Live:
    """The entity is there."""

    document: JSON


@dataclass(frozen=True, slots=True)
class Absent:
    """There is nothing, and never was as far as the commit says."""


@dataclass(frozen=True, slots=True)
class Redirected:
    """The entity gave way to another."""

    target: EntityRef


@dataclass(frozen=True, slots=True)
class Deleted:
    """The entity was deleted, softly or for good."""


EntityState: TypeAlias = Live | Absent | Redirected | Deleted


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """What a rebase makes of a change.

    ``change`` is what the draft should say from now on, ``None`` when canonical has it already (absorbed);
    ``standing`` what the entity then is. On any status but `clean` the change is the one that came in and the
    standing is canonical's (with the clean parts of the merge in it).
    """

    status: Literal["clean", "conflict", "broken"]
    change: Change | None
    patch_kind: PatchKind
    state: EntityState
    conflicts: tuple[Conflict, ...] = ()
    warnings: tuple[MergeWarning, ...] = ()
    reason: str | None = None
