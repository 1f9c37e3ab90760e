"""The sides of a draft that is united, and what each makes of an entity on one canonical commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import equivalent, identical
from gitdraft.formats.configuration import Configuration
from gitdraft.git.objects import ObjectSource
from gitdraft.model.changes import Change, Create, Delete, Redirect, Update
from gitdraft.model.drafts import DraftHeader
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.store.change_files import read_change_file
from gitdraft.store.drafts import ChangeFile, StoredDraft, read_draft, read_header
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.views.outcomes import apply_change


@dataclass(frozen=True, slots=True)
class Side:
    """The draft as one side has it; ``base`` is canonical where it stands."""

    draft: StoredDraft
    header: DraftHeader
    base: Snapshot


def read_side(source: ObjectSource, draft_id: str, ref: str, tip: str, fallback: Configuration) -> Side:
    """The draft at ``tip``. Raises RepositoryError or InvalidInput when it is malformed, its changes included."""
    draft = read_draft(source, draft_id, ref, tip)
    side = Side(draft, read_header(source, draft), take_snapshot(source, draft.base, fallback))
    for file in draft.files:
        read_change_file(source, file, side.base.configuration)
    return side


def is_same_draft(one: Side, other: Side) -> bool:
    """Whether both were started as one draft, and not in two clones under one name."""
    a, b = one.header, other.header
    return (a.created_at, a.created_from, a.author) == (b.created_at, b.created_from, b.author)


def says_the_same(one: Side, other: Side) -> bool:
    """Whether two drafts that were started apart have the same title and the same change files."""
    files = [[(file.path, file.oid) for file in side.draft.files] for side in (one, other)]
    return one.header.title == other.header.title and files[0] == files[1]


@dataclass(frozen=True, slots=True)
class Slot:
    """What a side makes of one entity on a canonical commit: its ``standing`` there, and the ``change`` that says
    so (``None``: none is needed).

    ``file`` is the change file of the side, and ``kept`` says that it can stay as it is. A change that is in
    conflict with that commit, or broken, is ``stuck``: its standing has canonical's values at the ``conflicts``.
    """

    state: EntityState
    change: Change | None = None
    file: ChangeFile | None = None
    kept: bool = False
    stuck: bool = False
    conflicts: tuple[Conflict, ...] = ()

    def is_usable_after(self, synced: Slot) -> bool:
        """Whether it is not in conflict, or only where, and with the values with which, ``synced`` is."""
        return not self.stuck or (
            bool(self.conflicts) and all(_has(synced.conflicts, conflict) for conflict in self.conflicts)
        )


def slot_on(side: Side | None, entity: EntityRef, canonical: Snapshot) -> Slot:
    """What the side makes of the entity on the canonical commit ``canonical``; without a side, or a change of its, what
    that has."""
    file = None if side is None else side.draft.file(entity)
    if side is None or file is None:
        known = entity.type in canonical.configuration.entities
        return Slot(canonical.state(entity) if known else Absent())
    judged = apply_change(canonical.source, side.draft, file, side.base, canonical)
    report, stuck = judged.report, not judged.is_replayed
    kept = report.patch == "verbatim" and (not stuck or side.base.commit == canonical.commit)
    return Slot(judged.state, judged.change, file, kept, stuck, report.conflicts)


def entities_of(*sides: Side | None) -> list[EntityRef]:
    """The entities that any of the sides changes, sorted."""
    return sorted({file.entity for side in sides if side is not None for file in side.draft.files})


def change_between(
    entity: EntityRef, before: EntityState, after: EntityState, like: Change | None
) -> Change | None:
    """What makes ``after`` out of ``before``, for the reason that ``like`` gives."""
    reason = like.reason if isinstance(like, Delete | Redirect) else ""
    if is_same_state(before, after):
        return None
    match after:
        case Live(document=document):
            if isinstance(before, Live):
                return Update(entity, diff(before.document, document))
            return Create(entity, document)
        case Redirected(target=target):
            return Redirect(entity, target, reason)
        case Absent() | Deleted():
            return Delete(entity, reason)
        case _:
            assert_never(after)


def is_same_slot(one: Slot, other: Slot) -> bool:
    """Whether both make the same of the entity."""
    if one.file is not None and other.file is not None and one.file.oid == other.file.oid:
        return one.file.kind == other.file.kind
    if one.stuck or other.stuck:
        alike = one.stuck and other.stuck and bool(one.conflicts) and one.conflicts == other.conflicts
        return alike and is_same_state(one.state, other.state)  # what does not conflict counts too
    return is_same_state(one.state, other.state)


def is_same_state(one: EntityState, other: EntityState) -> bool:
    """Whether the entity is the same; gone is gone."""
    if isinstance(one, Live) and isinstance(other, Live):
        return identical(one.document, other.document)
    gone = (Absent, Deleted)
    return one == other or (isinstance(one, gone) and isinstance(other, gone))


def _has(conflicts: Sequence[Conflict], wanted: Conflict) -> bool:
    return any(c.path == wanted.path and equivalent(c.draft, wanted.draft) for c in conflicts)
