"""The reports of commands that look at canonical and its history, or check it."""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.model.entities import EntityRef
from gitdraft.model.operations import Operation, RefMove
from gitdraft.model.revisions import Revision


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A revision that removed an entity or brought it back, with the reason; ``target`` is that of a redirect."""

    entity: EntityRef
    revision: Revision
    reason: str
    target: EntityRef | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and what it found. A ``hint`` on what is fine is advice."""

    check: str
    is_fine: bool
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class UndoReport:
    """The operation taken back, and the refs that moved."""

    undone: Operation
    moves: tuple[RefMove, ...]
