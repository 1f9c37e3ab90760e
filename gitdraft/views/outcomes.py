"""A draft's changes as applied to a canonical commit: each is clean, in conflict, invalid or broken.

Nothing is written here, and nothing that canonical left alone is read.
"""

from __future__ import annotations

from collections.abc import Mapping

from gitdraft.documents.equality import identical
from gitdraft.documents.rebase_change import Renamed, rebase_change, rebase_renamed
from gitdraft.documents.rebase_rename import NewPlace, rebase_rename
from gitdraft.errors import ConflictError, InvalidInput, PolicyViolation
from gitdraft.git.objects import ObjectSource
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.changes import Create, PlainChange, Redirect, Rename
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import OutcomeStatus
from gitdraft.model.outcomes import (
    Absent,
    AppliedChange,
    ChangeReport,
    Deleted,
    EntityState,
    Live,
    Redirected,
)
from gitdraft.model.violations import Violation
from gitdraft.store.affected import is_touched
from gitdraft.store.change_files import read_change_file, read_draft_resolutions
from gitdraft.store.drafts import ChangeFile, StoredDraft
from gitdraft.store.reference_edits import under_new_name
from gitdraft.store.renamed_entities import renamed_to
from gitdraft.store.snapshots import Snapshot

WORST_FIRST: tuple[OutcomeStatus, ...] = ("broken", "conflict", "invalid", "unknown", "clean")


@dataclass(frozen=True, slots=True)
class DraftOutcome:
    """The changes of a draft as applied to canonical; those that are not among them are clean and verbatim."""

    draft: StoredDraft
    changes: tuple[AppliedChange, ...]

    @property
    def status(self) -> OutcomeStatus:
        """The status of the worst change."""
        statuses = [change.report.status for change in self.changes]
        return min(statuses, key=WORST_FIRST.index, default="clean")

    @property
    def is_replayed(self) -> bool:
        """Whether every change applies to canonical, be the result valid or not."""
        return all(change.is_replayed for change in self.changes)

    def with_violations(self, violations: Mapping[EntityRef, tuple[Violation, ...]]) -> DraftOutcome:
        """Returns the same outcome with what validation reports of the merged entities."""
        return replace(
            self,
            changes=tuple(
                _with_violations(change, violations.get(change.entity, ())) for change in self.changes
            ),
        )


def apply_change(
    source: ObjectSource, draft: StoredDraft, file: ChangeFile, base: Snapshot, canonical: Snapshot
) -> AppliedChange:
    """Returns one change of a draft, made on ``base``, as applied to ``canonical``; the result is not validated."""
    entity_type = canonical.configuration.entities.get(file.entity.type)
    if entity_type is None:
        return _broken(file.entity, Absent(), f"canonical has no type '{file.entity.type}'")
    try:
        change = read_change_file(source, file, canonical.configuration)
        before = base.state(file.entity)
    except InvalidInput as error:
        return _broken(file.entity, canonical.state(file.entity), error.message)
    now = canonical.state(file.entity) if is_touched(file.entity, base, canonical) else before
    resolutions = read_draft_resolutions(source, draft, file.entity)
    renamed = None if isinstance(now, Live) else _renamed(draft, file, base, canonical)
    if isinstance(change, Rename):
        place = new_place(change, base, canonical, renamed)
        try:
            return _named(
                change, rebase_rename(change, before, now, place, entity_type.merge_rules, resolutions)
            )
        except (ConflictError, PolicyViolation) as error:  # of a reference to itself
            return _broken(file.entity, now, error.message)
    if renamed is not None and isinstance(before, Live) and not isinstance(change, Create):
        return rebase_renamed(change, before, now, renamed, entity_type.merge_rules, resolutions)
    followed = _follow_redirects(change, canonical)
    applied = rebase_change(followed, before, now, entity_type.merge_rules, resolutions)
    if applied.change is followed is not change and applied.report.status == "clean":
        return replace(applied, report=replace(applied.report, patch="rewritten"))
    return applied


def _renamed(draft: StoredDraft, file: ChangeFile, base: Snapshot, canonical: Snapshot) -> Renamed | None:
    """Returns what canonical made of the entity under another name (E5)."""
    renamed = renamed_to(file.entity, base, canonical)
    if renamed is None:
        return None
    is_created = draft.file(renamed.entity) not in (None, file)
    return Renamed(renamed.entity, canonical.document(renamed.entity), renamed.is_same, is_created)


def new_place(rename: Rename, base: Snapshot, canonical: Snapshot, renamed: Renamed | None) -> NewPlace:
    """Returns the place under the new name that the draft gives an entity (E6)."""
    rewrite = under_new_name(canonical.configuration, canonical.holds, rename.entity, rename.target)
    return NewPlace(base.state(rename.target), canonical.state(rename.target), renamed, rewrite)


def _named(rename: Rename, applied: AppliedChange) -> AppliedChange:
    """Returns the renaming as applied, its report saying the new name where it applies."""
    if applied.renamed is None:
        return applied
    return replace(applied, report=replace(applied.report, renamed_to=rename.target))


def landing_of(
    source: ObjectSource, draft: StoredDraft, file: ChangeFile, base: Snapshot, canonical: Snapshot
) -> EntityRef:
    """Returns the entity that the draft's change is about on ``canonical``: another one where it follows a rename (E5)."""
    if file.kind != "rename" and renamed_to(file.entity, base, canonical) is None:
        return file.entity
    return apply_change(source, draft, file, base, canonical).entity


def reapply_change(
    applied: AppliedChange, before: EntityState, after: EntityState, canonical: Snapshot
) -> AppliedChange:
    """Returns a change that was applied to the entity as ``before``, as applied to the entity as ``after``.

    ``before`` is canonical's state, ``after`` the one that another draft gives the entity. A change that canonical
    already has, or that does not apply to canonical, leaves the other draft's state.
    """
    if applied.change is None or not applied.is_replayed:
        return replace(applied, state=after)
    rules = canonical.configuration.entities[applied.entity.type].merge_rules
    if isinstance(applied.change, Rename):
        place = new_place(applied.change, canonical, canonical, None)
        return _named(applied.change, rebase_rename(applied.change, before, after, place, rules))
    return rebase_change(applied.change, before, after, rules)


def is_same_state(one: EntityState, other: EntityState) -> bool:
    """Whether an entity is the same in both states; absent and deleted count as one."""
    if isinstance(one, Live) and isinstance(other, Live):
        return identical(one.document, other.document)
    gone = (Absent, Deleted)
    return one == other or (isinstance(one, gone) and isinstance(other, gone))


def _follow_redirects(change: PlainChange, canonical: Snapshot) -> PlainChange:
    """Returns a redirect to what canonical has redirected as one to where that leads in the end.

    A redirect that would lead back to its own entity is returned as it is, for validation to report.
    """
    if not isinstance(change, Redirect):
        return change
    seen = [change.target]
    while isinstance(state := canonical.state(seen[-1]), Redirected) and state.target not in seen:
        seen.append(state.target)
    if len(seen) == 1 or change.entity in seen:
        return change
    return replace(change, target=seen[-1])


def _broken(entity: EntityRef, state: EntityState, reason: str) -> AppliedChange:
    return AppliedChange(None, state, ChangeReport(entity, "broken", "verbatim", reason=reason))


def _with_violations(change: AppliedChange, violations: tuple[Violation, ...]) -> AppliedChange:
    if not violations or not change.is_replayed:
        return change
    return replace(change, report=replace(change.report, status="invalid", violations=violations))
