"""Rebasing a draft's change of a whole entity (E1 to E4), and what lies inside one by ``rebase_patch``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias, assert_never

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import equivalent, identical
from gitdraft.documents.rebase import rebase_patch
from gitdraft.model.changes import Change, Create, Delete, Redirect, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import ListRules
from gitdraft.model.merge import Conflict, ConflictType, MergeWarning, RebaseResult, Resolution
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


def rebase_change(
    change: Change,
    base: EntityState,
    canonical: EntityState,
    rules: ListRules,
    resolutions: Sequence[Resolution] = (),
) -> AppliedChange:
    """What becomes of ``change``, made where the entity stood as ``base``, where it now stands as ``canonical``.

    A conflict about the whole entity has the path "" and shows a redirect as `{"redirects_to": key}`. Whether
    the target of a redirect is there is for validation to say.
    """
    match change:
        case Update():
            return _rebase_update(change, base, canonical, rules, resolutions)
        case Create():
            return _rebase_create(change, base, canonical, resolutions)
        case Delete():
            return _rebase_delete(change, base, canonical, resolutions)
        case Redirect():
            return _rebase_redirect(change, base, canonical, resolutions)
        case _:
            assert_never(change)


def _rebase_update(
    change: Update,
    base: EntityState,
    canonical: EntityState,
    rules: ListRules,
    resolutions: Sequence[Resolution],
) -> AppliedChange:
    if not isinstance(base, Live):
        return _broken(change, canonical, "it changes an entity that its base does not have")
    now = canonical.document if isinstance(canonical, Live) else ABSENT
    result = rebase_patch(base.document, now, change.patch, rules, resolutions=resolutions)
    if result.status != "clean":
        state = Live(result.document) if isinstance(canonical, Live) else canonical
        conflicts = tuple(replace(c, target=_target(canonical)) for c in result.conflicts)
        report = ChangeReport(
            change.entity, result.status, "verbatim", conflicts, result.warnings, reason=result.reason
        )
        return AppliedChange(change, state, report)
    return _clean_update(change, canonical, result)


def _clean_update(change: Update, canonical: EntityState, result: RebaseResult) -> AppliedChange:
    if result.patch_kind == "empty":
        return _absorbed(change.entity, canonical, result.warnings)
    rebased = Update(change.entity, result.patch)
    if not isinstance(canonical, Live):  # the answer to a modify/delete: the entity is to stay
        return _now(change.entity, canonical, result.document)
    report = ChangeReport(change.entity, "clean", result.patch_kind, warnings=result.warnings)
    return AppliedChange(rebased, Live(result.document), report)


def _rebase_create(
    change: Create, base: EntityState, canonical: EntityState, resolutions: Sequence[Resolution]
) -> AppliedChange:
    """A tombstone is something there, too, unless the creation was made on top of it."""
    match canonical:
        case Absent():
            return _as_it_is(change)
        case Live(document=document) if identical(document, change.document):
            return _absorbed(change.entity, canonical)
        case Redirected() | Deleted() if canonical == base:
            return _as_it_is(change)
    return _conflict(change, "create/create", Absent(), canonical, resolutions)


def _rebase_delete(
    change: Delete, base: EntityState, canonical: EntityState, resolutions: Sequence[Resolution]
) -> AppliedChange:
    match canonical:
        case Absent() | Deleted():
            return _absorbed(change.entity, canonical)
        case Live() | Redirected() if _is_unmoved(base, canonical):
            return _as_it_is(change)
    return _conflict(change, "delete/modify", base, canonical, resolutions)


def _rebase_redirect(
    change: Redirect, base: EntityState, canonical: EntityState, resolutions: Sequence[Resolution]
) -> AppliedChange:
    """A redirect takes the entity's content away, so a change of the content is a conflict, as for a delete."""
    if canonical == Redirected(change.target):
        return _absorbed(change.entity, canonical)
    if _is_unmoved(base, canonical):
        return _as_it_is(change)
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
    kind: ConflictType,
    base: EntityState,
    canonical: EntityState,
    resolutions: Sequence[Resolution],
) -> AppliedChange:
    """The conflict about the whole entity, or what the answer to it makes of the change."""
    before, now, wanted = value_of(base), value_of(canonical), value_of(_made_by(change))
    for given in resolutions:
        same = equivalent(given.canonical, now) and equivalent(given.draft, wanted)
        if given.path == "" and given.type == kind and same:
            answered = _answered(change, canonical, given.value)
            if answered is not None:
                return answered
    conflict = Conflict("", kind, before, now, wanted, target=_target(canonical))
    return AppliedChange(change, canonical, ChangeReport(change.entity, "conflict", "verbatim", (conflict,)))


def _answered(change: WholeChange, canonical: EntityState, value: Maybe) -> AppliedChange | None:
    """What the answer makes of the change; ``None`` where no change can give it."""
    takes_draft = equivalent(value, value_of(_made_by(change)))
    if takes_draft and not (isinstance(change, Create) and isinstance(canonical, Live)):
        return _as_it_is(change)
    if equivalent(value, value_of(canonical)):
        return _absorbed(change.entity, canonical)
    if value is ABSENT:
        return _as_it_is(change) if isinstance(change, Redirect) else None
    return _now(change.entity, canonical, value)


def _now(entity: EntityRef, canonical: EntityState, document: JSON) -> AppliedChange:
    """The change that makes the entity this document, whatever it was before."""
    change: Change = Create(entity, document)
    if isinstance(canonical, Live):
        change = Update(entity, diff(canonical.document, document))
    return AppliedChange(change, Live(document), ChangeReport(entity, "clean", "rewritten"))


def _as_it_is(change: WholeChange) -> AppliedChange:
    return AppliedChange(change, _made_by(change), ChangeReport(change.entity, "clean", "verbatim"))


def _absorbed(
    entity: EntityRef, canonical: EntityState, warnings: tuple[MergeWarning, ...] = ()
) -> AppliedChange:
    return AppliedChange(None, canonical, ChangeReport(entity, "clean", "empty", warnings=warnings))


def _made_by(change: WholeChange) -> EntityState:
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
    """The entity as conflicts show it: a redirect by the key of its target."""
    match state:
        case Live(document=document):
            return document
        case Redirected(target=target):
            return {"redirects_to": target.key}
        case Absent() | Deleted():
            return ABSENT
        case _:
            assert_never(state)


def _target(canonical: EntityState) -> EntityRef | None:
    return canonical.target if isinstance(canonical, Redirected) else None


def _broken(change: Change, canonical: EntityState, reason: str) -> AppliedChange:
    return AppliedChange(change, canonical, ChangeReport(change.entity, "broken", "verbatim", reason=reason))
