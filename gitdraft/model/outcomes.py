"""The state of an entity at one commit, and a draft's change of it as applied to canonical."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON

if TYPE_CHECKING:  # most commands need the states alone, and every class takes its time
    from gitdraft.model.changes import Change
    from gitdraft.model.merge import Conflict, MergeWarning, OutcomeStatus, PatchKind
    from gitdraft.model.violations import Violation


@dataclass(frozen=True, slots=True)
class Live:
    """The entity exists."""

    document: JSON


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such entity, and the commit has no trace of one."""


@dataclass(frozen=True, slots=True)
class Redirected:
    """The entity is redirected to another one of its type."""

    target: EntityRef


@dataclass(frozen=True, slots=True)
class Deleted:
    """The entity was deleted, softly or by erasing its content."""


EntityState: TypeAlias = Live | Absent | Redirected | Deleted


class ChangeStatus(str, Enum):
    """What a draft makes of an entity, as the effective view shows it (`_change_status`)."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    REDIRECTED = "redirected"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """How a draft's change applies to canonical, as every door reports it.

    ``patch`` says what became of the change itself: it stays as it is, is rewritten, or is dropped as empty.
    ``reason`` says why a broken change does not apply, ``renamed_to`` what the draft calls the entity,
    ``redirects_to`` where it redirects it to.
    """

    entity: EntityRef
    status: OutcomeStatus
    patch: PatchKind
    conflicts: tuple[Conflict, ...] = ()
    warnings: tuple[MergeWarning, ...] = ()
    violations: tuple[Violation, ...] = ()
    reason: str | None = None
    renamed_to: EntityRef | None = None
    redirects_to: EntityRef | None = None


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """A draft's change as applied to canonical: the one type for a rebase, a view, validation and a report.

    ``change`` is what the draft should say from now on, ``None`` when canonical already has it (absorbed), or when
    the change cannot be read. It followed its entity there from ``renamed_from`` (E5), if that is not ``None``.
    ``renamed`` is the entity under the new name that the draft gives it (E6), where the change applies.
    ``state`` is the entity with the change applied; where the change is in conflict or
    broken, the entity as canonical has it, with the clean parts of the merge in it.
    """

    change: Change | None
    state: EntityState
    report: ChangeReport
    renamed_from: EntityRef | None = None
    renamed: Live | None = None

    @property
    def entity(self) -> EntityRef:
        """The entity that the change is about."""
        return self.report.entity

    @property
    def entities(self) -> tuple[EntityRef, ...]:
        """The entities that the change makes other: the one, and what a renaming makes of it."""
        renamed_to = self.report.renamed_to
        return (self.entity,) if renamed_to is None else (self.entity, renamed_to)

    @property
    def kept_under(self) -> EntityRef:
        """The entity under whose name the draft keeps the change."""
        return self.renamed_from or self.entity

    @property
    def is_replayed(self) -> bool:
        """Whether the change applies to canonical, be the result valid or not."""
        return self.report.status in ("clean", "invalid")

    @property
    def is_absorbed(self) -> bool:
        """Whether canonical already has the change, so that what is wrong with the entity is canonical's own."""
        return self.is_replayed and self.change is None
