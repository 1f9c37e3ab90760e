"""The reports of commands that make drafts and take them on their way."""

from __future__ import annotations

from typing import NamedTuple

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.names import Oid
from gitdraft.model.values import Maybe
from gitdraft.model.violations import Violation


class TableEdit(NamedTuple):
    """A cell of a table that was edited: the entity, the column, the values before and after (:data:`ABSENT`: nothing)."""

    entity: EntityRef
    column: str
    before: Maybe
    after: Maybe


@dataclass(frozen=True, slots=True)
class NewReport:
    """The draft made: where it starts, what it changes, which files of the branch are no entities, which cells of a table were
    edited."""

    id: str
    tip: Oid
    base: str
    entities: tuple[EntityRef, ...] = ()
    ignored: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()
    edits: tuple[TableEdit, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A draft with a new status."""

    id: str
    status: DraftStatus
    before: DraftStatus
    tip: Oid


@dataclass(frozen=True, slots=True)
class DescribeReport:
    """What a draft says of itself now; ``is_changed``: it said something else before."""

    id: str
    title: str
    description: str
    tip: Oid
    is_changed: bool


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What is wrong with a draft's changes, warnings too, and the status it has now."""

    id: str
    status: DraftStatus
    violations: tuple[Violation, ...]
    checked: int


@dataclass(frozen=True, slots=True)
class ResolveReport:
    """The conflicts answered, those of the draft that remain, and whether it moved to canonical's tip;
    ``retargeted`` is the entity to which a change was moved, ``remote`` the remote with whose draft this one was in
    conflict."""

    draft: str
    tip: Oid
    resolved: tuple[tuple[EntityRef, Conflict], ...]
    remaining: tuple[tuple[EntityRef, Conflict], ...]
    moved: bool
    violations: tuple[Violation, ...] = ()
    retargeted: EntityRef | None = None
    remote: str | None = None
