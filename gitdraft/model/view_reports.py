"""The reports of commands that look at canonical and its history, or check it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import Operation, RefMove
from gitdraft.model.revisions import Revision
from gitdraft.model.values import JSON, Maybe


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A revision that removed an entity or brought it back, with the reason; ``target`` is that of a redirect.

    ``undone_by`` is the operation that took it back before it was published, which this clone alone knows. ``by_plain_git``
    says that the file, or the tombstone, was removed and no tombstone left.
    """

    entity: EntityRef
    revision: Revision
    reason: str
    target: EntityRef | None = None
    undone_by: str | None = None
    by_plain_git: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and what it found. A ``hint`` on what is fine is advice."""

    check: str
    is_fine: bool
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class UndoReport:
    """The operation taken back, and the refs that moved.

    ``commit`` is the commit on canonical that reverts what others may have (``None``: nothing of that kind was undone),
    ``reopened`` are the drafts whose merge it reverts, open again.
    """

    undone: Operation
    moves: tuple[RefMove, ...]
    commit: Oid | None = None
    reopened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceBelow:
    """A member of an object by its name, or an element of a list by its index, with its value (:data:`ABSENT` where it is only
    declared) and what the schema says of it."""

    token: str
    value: Maybe
    description: str = ""


TargetState: TypeAlias = Literal["live", "redirected", "deleted", "missing"]


ReferenceEdit: TypeAlias = Literal["adds", "removes"]


@dataclass(frozen=True, slots=True)
class References:
    """The references of an entity.

    ``names`` are the entities that it refers to, each with the pointer to the reference and the state of the target;
    ``named_by`` those that refer to it, with the pointer in them; ``redirects`` those that redirect to it;
    ``drafts`` the references to it that open drafts would add or remove: the draft, the entity, the pointer.
    """

    entity: EntityRef
    names: tuple[tuple[EntityRef, str, TargetState], ...]
    named_by: tuple[tuple[EntityRef, str], ...]
    redirects: tuple[EntityRef, ...]
    drafts: tuple[tuple[str, EntityRef, str, ReferenceEdit], ...]


@dataclass(frozen=True, slots=True)
class RedirectCounts:
    """How many redirects there are: in all, by type, and by month (`2026-01`, oldest first, no month left out).

    ``most`` are the entities that most redirects lead to.
    """

    total: int
    by_type: tuple[tuple[str, int], ...]
    by_month: tuple[tuple[str, int], ...]
    most: tuple[tuple[EntityRef, int], ...]


@dataclass(frozen=True, slots=True)
class BlamedPlace:
    """A scalar or an empty container of an entity, its JSON pointer, and the revision that last set it."""

    path: str
    value: JSON
    revision: Revision
