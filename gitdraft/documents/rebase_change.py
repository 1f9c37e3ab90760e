"""Rebasing a draft's change of an entity: the rules of whole entities (E1 to E5; E6 in
``rebase_rename``); inside one, ``rebase_patch``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, assert_never

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import equivalent, identical
from gitdraft.documents.merge.declarations import has_followers
from gitdraft.documents.merge.followers import is_unchanged, lost_values
from gitdraft.documents.rebase import rebase_patch
from gitdraft.lazy_dataclass import replace
from gitdraft.model.changes import Change, Create, Delete, PlainChange, Redirect, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import MergeRules
from gitdraft.model.merge import (
    Conflict,
    ConflictType,
    MergeWarning,
    PatchKind,
    RebaseResult,
    Resolution,
)
from gitdraft.model.outcomes import (
    Absent,
    AppliedChange,
    ChangeReport,
    Deleted,
    EntityState,
    Live,
    Redirected,
)
from gitdraft.model.values import ABSENT, JSON, Maybe

WholeChange: TypeAlias = Create | Delete | Redirect
RULE_OF_CHANGE: dict[type[WholeChange], str] = {Create: "E3", Delete: "E2", Redirect: "E4"}


class Renamed(NamedTuple):
    """What canonical made of an entity under a new name (E5): whether nothing but its id changed, and whether the draft
    creates an entity of that name too."""

    entity: EntityRef
    document: JSON
    is_same: bool
    is_created: bool


def rebase_change(
    change: PlainChange,
    base: EntityState,
    canonical: EntityState,
    rules: MergeRules,
    resolutions: Sequence[Resolution] = (),
) -> AppliedChange:
    """Rebases ``change`` from the state that its entity had, ``base``, onto the state it has now, ``canonical``.

    A conflict about the whole entity has the path "" and shows a redirect as `{"redirects_to": key}`. Whether the target
    of a redirect exists is checked by validation, not here.
    """
    match change:
        case Update():
            return _rebase_update(change, base, canonical, rules, resolutions)
        case Create():
            return _rebase_create(change, base, canonical, rules, resolutions)
        case Delete():
            return _rebase_delete(change, base, canonical, rules, resolutions)
        case Redirect():
            return _rebase_redirect(change, base, canonical, resolutions)
        case _:
            assert_never(change)


def rebase_renamed(
    change: Update | Delete | Redirect,
    base: Live,
    canonical: EntityState,
    renamed: Renamed,
    rules: MergeRules,
    resolutions: Sequence[Resolution] = (),
) -> AppliedChange:
    """Rebases a change of an entity that canonical has under another name by now, ``canonical`` in its place (E5)."""
    if not isinstance(change, Update):
        return _take_from_renamed(change, base, canonical, renamed, resolutions)
    if renamed.is_created:
        after = rebase_patch(base.document, base.document, change.patch, rules).document
        values = base.document, renamed.document, after
        conflict = Conflict("", "create/create", *values, renamed_to=renamed.entity, rule="E5")
        if any(is_answer_to(r, conflict) and equivalent(r.value, conflict.canonical) for r in resolutions):
            return absorbed(change.entity, canonical)
        return in_conflict(change, canonical, conflict)
    if renamed.is_same:
        followed = rebase_change(Update(renamed.entity, change.patch), base, Live(renamed.document), rules)
        if followed.report.status == "clean":
            return moved(followed, change.entity)
    applied = _rebase_update(change, base, canonical, rules, resolutions)
    conflicts = tuple(replace(c, renamed_to=renamed.entity, rule="E5") for c in applied.report.conflicts)
    return replace(applied, report=replace(applied.report, conflicts=conflicts))


def _take_from_renamed(
    change: Delete | Redirect,
    base: Live,
    canonical: EntityState,
    renamed: Renamed,
    resolutions: Sequence[Resolution],
) -> AppliedChange:
    """Returns the outcome of a deletion or a redirect of a renamed entity: a conflict; the answer that it stands makes it
    one of the entity under its new name."""
    if isinstance(change, Redirect) and canonical == Redirected(change.target):
        return absorbed(change.entity, canonical)
    values = base.document, renamed.document, value_of(_state_after(change))
    conflict = Conflict("", "delete/modify", *values, renamed_to=renamed.entity, rule="E5")
    answer = next((r for r in resolutions if is_answer_to(r, conflict)), None)
    if answer is not None and equivalent(answer.value, conflict.canonical):
        return absorbed(change.entity, canonical)
    if answer is not None and equivalent(answer.value, conflict.draft):
        if isinstance(change, Redirect) and change.target == renamed.entity:
            return _verbatim(change)
        return moved(_verbatim(replace(change, entity=renamed.entity)), change.entity)
    return in_conflict(change, canonical, conflict)


def moved(applied: AppliedChange, renamed_from: EntityRef) -> AppliedChange:
    """Returns a clean change of an entity under its new name, as one that followed it there."""
    report = applied.report
    warning = MergeWarning("followed-rename", "", str(renamed_from), str(report.entity))
    kind: PatchKind = "empty" if applied.change is None else "rewritten"
    report = replace(report, patch=kind, warnings=(*report.warnings, warning))
    return replace(applied, report=report, renamed_from=renamed_from)


def _rebase_update(
    change: Update,
    base: EntityState,
    canonical: EntityState,
    rules: MergeRules,
    resolutions: Sequence[Resolution],
) -> AppliedChange:
    """Returns the outcome of an update: what lies inside by ``rebase_patch``; of an entity that is gone, E1."""
    if not isinstance(base, Live):
        return broken(change, canonical, "it changes an entity that its base does not have")
    document = canonical.document if isinstance(canonical, Live) else ABSENT
    result = rebase_patch(base.document, document, change.patch, rules, resolutions=resolutions)
    if result.status != "clean":
        state = Live(result.document) if isinstance(canonical, Live) else canonical
        target = target_of(canonical)
        conflicts = result.conflicts
        if target is not None:
            conflicts = tuple(replace(c, target=target, rule="E4") for c in conflicts)
        report = ChangeReport(
            change.entity, result.status, "verbatim", conflicts, result.warnings, reason=result.reason
        )
        return AppliedChange(change, state, report)
    return _clean_update(change, canonical, result)


def _clean_update(change: Update, canonical: EntityState, result: RebaseResult) -> AppliedChange:
    if result.patch_kind == "empty":
        return absorbed(change.entity, canonical, result.warnings)
    rebased = Update(change.entity, result.patch)
    if not isinstance(canonical, Live):  # the answer to a modify/delete: the entity is to stay
        return _rewritten(change.entity, canonical, result.document)
    report = ChangeReport(change.entity, "clean", result.patch_kind, warnings=result.warnings)
    return AppliedChange(rebased, Live(result.document), report)


def _rebase_create(
    change: Create,
    base: EntityState,
    canonical: EntityState,
    rules: MergeRules,
    resolutions: Sequence[Resolution],
) -> AppliedChange:
    """Returns the outcome of a creation (E3). A tombstone stands in its way too, unless the creation was made on top of
    it."""
    match canonical:
        case Absent():
            return _verbatim(change)
        case Live(document=document) if identical(document, change.document):
            return absorbed(change.entity, canonical)
        case Live(document=document) if has_followers(rules) and is_unchanged(
            document, change.document, rules
        ):
            warnings = lost_values(document, change.document, rules)
            return absorbed(change.entity, canonical, warnings)
        case Redirected() | Deleted() if canonical == base:
            return _verbatim(change)
    return _conflict(change, "create/create", Absent(), canonical, resolutions)


def _rebase_delete(
    change: Delete,
    base: EntityState,
    canonical: EntityState,
    rules: MergeRules,
    resolutions: Sequence[Resolution],
) -> AppliedChange:
    """Returns the outcome of a deletion (E2); members that follow canonical do not count (C1)."""
    match canonical:
        case Absent() | Deleted():
            return absorbed(change.entity, canonical)
        case Live() | Redirected() if _is_unmoved(base, canonical):
            return _verbatim(change)
        case Live(document=document) if (
            isinstance(base, Live) and has_followers(rules) and is_unchanged(base.document, document, rules)
        ):
            return _verbatim(change)
    return _conflict(change, "delete/modify", base, canonical, resolutions)


def _rebase_redirect(
    change: Redirect, base: EntityState, canonical: EntityState, resolutions: Sequence[Resolution]
) -> AppliedChange:
    """Returns the outcome of a redirect (E4). It takes the entity's content away, so a change of the content is a
    conflict, as for a deletion."""
    if canonical == Redirected(change.target):
        return absorbed(change.entity, canonical)
    if _is_unmoved(base, canonical):
        return _verbatim(change)
    match canonical:
        case Redirected():
            return _conflict(change, "modify/modify", base, canonical, resolutions)
        case Absent() | Deleted():
            return _conflict(change, "modify/delete", base, canonical, resolutions)
        case Live():
            return _conflict(change, "delete/modify", base, canonical, resolutions)
        case _:
            assert_never(canonical)


def _is_unmoved(base: EntityState, canonical: EntityState) -> bool:
    if isinstance(base, Live) and isinstance(canonical, Live):
        return identical(base.document, canonical.document)
    return base == canonical


def _conflict(
    change: WholeChange,
    conflict_type: ConflictType,
    base: EntityState,
    canonical: EntityState,
    resolutions: Sequence[Resolution],
) -> AppliedChange:
    """Returns the conflict about the whole entity, or what the answer that was given to it makes of the change."""
    values = value_of(base), value_of(canonical), value_of(_state_after(change))
    rule = RULE_OF_CHANGE[type(change)]
    conflict = Conflict("", conflict_type, *values, target=target_of(canonical), rule=rule)
    for resolution in resolutions:
        answered = (
            _answered(change, canonical, resolution.value) if is_answer_to(resolution, conflict) else None
        )
        if answered is not None:
            return answered
    return in_conflict(change, canonical, conflict)


def in_conflict(change: Change, canonical: EntityState, conflict: Conflict) -> AppliedChange:
    return AppliedChange(change, canonical, ChangeReport(change.entity, "conflict", "verbatim", (conflict,)))


def is_answer_to(resolution: Resolution, conflict: Conflict) -> bool:
    """Whether the answer was given to exactly this conflict."""
    if (resolution.path, resolution.type) != (conflict.path, conflict.type):
        return False
    return equivalent(resolution.canonical, conflict.canonical) and equivalent(
        resolution.draft, conflict.draft
    )


def _answered(change: WholeChange, canonical: EntityState, value: Maybe) -> AppliedChange | None:
    """Returns the change that gives the answer ``value``; ``None`` where no change can."""
    takes_draft = equivalent(value, value_of(_state_after(change)))
    if takes_draft and not (isinstance(change, Create) and isinstance(canonical, Live)):
        return _verbatim(change)
    if equivalent(value, value_of(canonical)):
        return absorbed(change.entity, canonical)
    if value is ABSENT:
        return _verbatim(change) if isinstance(change, Redirect) else None
    return _rewritten(change.entity, canonical, value)


def _rewritten(entity: EntityRef, canonical: EntityState, document: JSON) -> AppliedChange:
    """Returns the change that makes the entity this document, whatever the change was before."""
    change: Change = Create(entity, document)
    if isinstance(canonical, Live):
        change = Update(entity, diff(canonical.document, document))
    return AppliedChange(change, Live(document), ChangeReport(entity, "clean", "rewritten"))


def _verbatim(change: WholeChange) -> AppliedChange:
    return AppliedChange(change, _state_after(change), ChangeReport(change.entity, "clean", "verbatim"))


def absorbed(
    entity: EntityRef, canonical: EntityState, warnings: tuple[MergeWarning, ...] = ()
) -> AppliedChange:
    """Returns the outcome of a change that canonical already has."""
    return AppliedChange(None, canonical, ChangeReport(entity, "clean", "empty", warnings=warnings))


def _state_after(change: WholeChange) -> EntityState:
    match change:
        case Create(document=document):
            return Live(document)
        case Delete():
            return Deleted()
        case Redirect(target=target):
            return Redirected(target)
        case _:
            assert_never(change)


def value_of(state: EntityState) -> Maybe:
    """Returns the entity as conflicts show it: a redirect by the key of its target."""
    match state:
        case Live(document=document):
            return document
        case Redirected(target=target):
            return {"redirects_to": target.key}
        case Absent() | Deleted():
            return ABSENT
        case _:
            assert_never(state)


def target_of(canonical: EntityState) -> EntityRef | None:
    return canonical.target if isinstance(canonical, Redirected) else None


def broken(change: Change, canonical: EntityState, reason: str) -> AppliedChange:
    return AppliedChange(change, canonical, ChangeReport(change.entity, "broken", "verbatim", reason=reason))
