"""The sides of a merge of drafts, and each side's version of an entity on one canonical commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import equivalent
from gitdraft.formats.configuration import Configuration
from gitdraft.git.objects import ObjectSource
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.changes import Change, Create, Delete, PlainChange, Redirect, Update
from gitdraft.model.drafts import DraftHeader
from gitdraft.model.drafts import is_same_draft as headers_agree
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.names import Oid, RefName
from gitdraft.model.outcomes import (
    Absent,
    AppliedChange,
    ChangeReport,
    Deleted,
    EntityState,
    Live,
    Redirected,
)
from gitdraft.store.change_files import read_change_file
from gitdraft.store.drafts import ChangeFile, StoredDraft, read_draft, read_header
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.views.outcomes import apply_change, is_same_state, landing_of


@dataclass(frozen=True, slots=True)
class Side:
    """A draft as one side of a merge has it; ``base`` is canonical at the commit that this side is based on."""

    draft: StoredDraft
    header: DraftHeader
    base: Snapshot


@dataclass(frozen=True, slots=True)
class EntityVersion:
    """A side's change of one entity as applied to a canonical commit.

    ``file`` is the side's change file (``None``: the side has none, or a merge made this version), and ``is_verbatim``
    says that the file holds on that commit as it is. A change that is in conflict with the commit, or broken, does not
    apply (``applies`` is false): its state has canonical's values at the ``conflicts``.
    """

    applied: AppliedChange
    file: ChangeFile | None = None
    is_verbatim: bool = False

    @property
    def state(self) -> EntityState:
        """The entity as this side has it on the commit."""
        return self.applied.state

    @property
    def change(self) -> Change | None:
        """The change that makes the state of canonical's; ``None`` where none is needed."""
        return self.applied.change

    @property
    def applies(self) -> bool:
        """Whether the change applies to the commit."""
        return self.applied.is_replayed

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The conflicts of the change with the commit."""
        return self.applied.report.conflicts

    def applies_after(self, synced: EntityVersion) -> bool:
        """Whether the change applies, or is in conflict only where, and with the values with which, ``synced`` is."""
        return self.applies or (
            bool(self.conflicts)
            and all(_has_conflict(synced.conflicts, conflict) for conflict in self.conflicts)
        )


def read_side(source: ObjectSource, draft_id: str, ref: RefName, tip: Oid, fallback: Configuration) -> Side:
    """Returns the draft at ``tip`` as a side.

    Raises RepositoryError or InvalidInput when the draft, or one of its changes, is malformed.
    """
    draft = read_draft(source, draft_id, ref, tip)
    side = Side(draft, read_header(source, draft), take_snapshot(source, draft.base, fallback))
    for file in draft.files:
        read_change_file(source, file, side.base.configuration)
    return side


def is_same_draft(one: Side, other: Side) -> bool:
    """Whether both sides were started as one draft, and not in two clones under one name."""
    return headers_agree(one.header, other.header)


def has_same_content(one: Side, other: Side) -> bool:
    """Whether two drafts that were started apart have the same title and the same change files."""
    files = [[file.contents for file in side.draft.files] for side in (one, other)]
    return one.header.title == other.header.title and files[0] == files[1]


def version_on(side: Side | None, entity: EntityRef, canonical: Snapshot) -> EntityVersion:
    """Returns the side's version of the entity on ``canonical``: canonical's own without a side, or a change of it."""
    file = None if side is None else _file_on(side, entity, canonical)
    if side is None or file is None:
        is_known = entity.type in canonical.configuration.entities
        return merged_version(entity, canonical.state(entity) if is_known else Absent(), None)
    applied = apply_change(canonical.source, side.draft, file, side.base, canonical)
    can_stay = applied.is_replayed or side.base.commit == canonical.commit
    return EntityVersion(applied, file, is_verbatim=applied.report.patch == "verbatim" and can_stay)


def merged_version(entity: EntityRef, state: EntityState, change: Change | None) -> EntityVersion:
    """Returns a version that no side has as a file: the entity in this state, by this change."""
    report = ChangeReport(entity, "clean", "empty" if change is None else "rewritten")
    return EntityVersion(AppliedChange(change, state, report))


def entities_of(canonical: Snapshot, *sides: Side | None) -> list[EntityRef]:
    """Returns the entities of ``canonical`` that any of the sides changes, sorted."""
    kept = ((side, file) for side in sides if side is not None for file in side.draft.files)
    return sorted({_landing(side, file, canonical) for side, file in kept})


def change_between(
    entity: EntityRef, before: EntityState, after: EntityState, template: Change | None
) -> PlainChange | None:
    """Returns the change that makes ``after`` of ``before``, with the reason of ``template``; ``None``: they are the
    same."""
    old = template if isinstance(template, Delete | Redirect) else Delete(entity, "")
    if is_same_state(before, after):
        return None
    match after:
        case Live(document=document):
            if isinstance(before, Live):
                return Update(entity, diff(before.document, document))
            return Create(entity, document)
        case Redirected(target=target):
            return Redirect(entity, target, old.reason, old.others)
        case Absent() | Deleted():
            return Delete(entity, old.reason, old.others)
        case _:
            assert_never(after)


def is_same_version(one: EntityVersion, other: EntityVersion) -> bool:
    """Whether two versions leave the entity in the same state, conflicts included."""
    if one.file is not None and other.file is not None and one.file.contents == other.file.contents:
        return True
    if not (one.applies and other.applies):
        neither_applies = not one.applies and not other.applies
        alike = neither_applies and bool(one.conflicts) and one.conflicts == other.conflicts
        return alike and is_same_state(one.state, other.state)  # what does not conflict counts too
    names = one.applied.renamed or Absent(), other.applied.renamed or Absent()
    return is_same_state(one.state, other.state) and is_same_state(*names)


def _file_on(side: Side, entity: EntityRef, canonical: Snapshot) -> ChangeFile | None:
    """Returns the side's change of the entity on ``canonical``, which may be kept under its former name (E5)."""
    file = side.draft.file(entity)
    if file is not None:
        return file if _landing(side, file, canonical) == entity else None
    types = (side.base.configuration.entities, canonical.configuration.entities)
    if any(entity.type not in known for known in types):
        return None
    if canonical.blob(entity) is None or side.base.blob(entity) is not None:
        return None
    files = (file for file in side.draft.files if file.entity.type == entity.type)
    return next((file for file in files if _landing(side, file, canonical) == entity), None)


def _landing(side: Side, file: ChangeFile, canonical: Snapshot) -> EntityRef:
    return landing_of(canonical.source, side.draft, file, side.base, canonical)


def _has_conflict(conflicts: Sequence[Conflict], expected: Conflict) -> bool:
    return any(c.path == expected.path and equivalent(c.draft, expected.draft) for c in conflicts)
