"""Rebasing a draft's change of a whole entity (E1 to E4), and what lies inside one by ``rebase_patch``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from gitdraft.documents.diffing import diff
from gitdraft.documents.equality import equivalent, identical
from gitdraft.documents.rebasing import rebase_patch
from gitdraft.model.changes import Change, Create, Delete, Redirect, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import ListRules
from gitdraft.model.merging import Conflict, ConflictType, PatchKind, RebaseResult, Resolution
from gitdraft.model.rebasing import Absent, ChangeOutcome, Deleted, Live, Redirected, Standing
from gitdraft.model.values import ABSENT, Maybe


def rebase_change(
    change: Change,
    base: Standing,
    canonical: Standing,
    rules: ListRules,
    resolutions: Sequence[Resolution] = (),
) -> ChangeOutcome:
    """What becomes of ``change``, made where the entity stood as ``base``, where it now stands as ``canonical``.

    A conflict about the whole entity has the path "". Whether the target of a redirect is there is for
    validation to say.
    """
    match change:
        case Update():
            return _rebase_update(change, base, canonical, rules, resolutions)
        case Create():
            return _rebase_create(change, canonical, resolutions)
        case Delete():
            return _rebase_delete(change, base, canonical, resolutions)
        case Redirect():
            return _rebase_redirect(change, base, canonical, resolutions)
        case _:
            assert_never(change)


def _rebase_update(
    change: Update, base: Standing, canonical: Standing, rules: ListRules, resolutions: Sequence[Resolution]
) -> ChangeOutcome:
    if not isinstance(base, Live):
        return _broken(change, canonical, "it changes an entity that its base does not have")
    now = canonical.document if isinstance(canonical, Live) else ABSENT
    result = rebase_patch(base.document, now, change.patch, rules, resolutions=resolutions)
    if result.status != "clean":
        standing = Live(result.document) if isinstance(canonical, Live) else canonical
        conflicts = tuple(replace(c, target=_target(canonical)) for c in result.conflicts)
        return ChangeOutcome(
            result.status, change, "verbatim", standing, conflicts, result.warnings, result.reason
        )
    return _clean_update(change, canonical, result)


def _clean_update(change: Update, canonical: Standing, result: RebaseResult) -> ChangeOutcome:
    if result.patch_kind == "empty":
        return ChangeOutcome("clean", None, "empty", canonical, (), result.warnings)
    rebased = Update(change.entity, result.patch)
    if not isinstance(canonical, Live):  # the answer to a modify/delete: the entity is to stay
        return _now(change.entity, canonical, result.document)
    return ChangeOutcome("clean", rebased, result.patch_kind, Live(result.document), (), result.warnings)


def _rebase_create(change: Create, canonical: Standing, resolutions: Sequence[Resolution]) -> ChangeOutcome:
    match canonical:
        case Absent():
            return ChangeOutcome("clean", change, "verbatim", Live(change.document))
        case Live(document=document) if identical(document, change.document):
            return ChangeOutcome("clean", None, "empty", canonical)
    return _conflict(change, "create/create", Absent(), canonical, change.document, resolutions)


def _rebase_delete(
    change: Delete, base: Standing, canonical: Standing, resolutions: Sequence[Resolution]
) -> ChangeOutcome:
    match canonical:
        case Absent() | Deleted():
            return ChangeOutcome("clean", None, "empty", canonical)
        case Live(document=document) if isinstance(base, Live) and identical(base.document, document):
            return ChangeOutcome("clean", change, "verbatim", Deleted())
    return _conflict(change, "delete/modify", base, canonical, ABSENT, resolutions)


def _rebase_redirect(
    change: Redirect, base: Standing, canonical: Standing, resolutions: Sequence[Resolution]
) -> ChangeOutcome:
    """A redirect takes the entity's content away, so a change of the content is a conflict, as for a delete."""
    match canonical:
        case Redirected(target=target) if target == change.target:
            return ChangeOutcome("clean", None, "empty", canonical)
        case Redirected():
            return _conflict(change, "modify/modify", base, canonical, ABSENT, resolutions)
        case Absent() | Deleted():
            return _conflict(change, "modify/delete", base, canonical, ABSENT, resolutions)
        case Live(document=document) if isinstance(base, Live) and identical(base.document, document):
            return ChangeOutcome("clean", change, "verbatim", Redirected(change.target))
    return _conflict(change, "delete/modify", base, canonical, ABSENT, resolutions)


def _conflict(
    change: Change,
    kind: ConflictType,
    base: Standing,
    canonical: Standing,
    draft: Maybe,
    resolutions: Sequence[Resolution],
) -> ChangeOutcome:
    """The conflict about the whole entity, or what the answer to it makes of the change."""
    now = canonical.document if isinstance(canonical, Live) else ABSENT
    before = base.document if isinstance(base, Live) else ABSENT
    for given in resolutions:
        same = equivalent(given.canonical, now) and equivalent(given.draft, draft)
        if given.path == "" and given.type == kind and same:
            return _answered(change, canonical, given.value, now)
    conflict = Conflict("", kind, before, now, draft, target=_target(canonical))
    return ChangeOutcome("conflict", change, "verbatim", canonical, (conflict,))


def _answered(change: Change, canonical: Standing, value: Maybe, now: Maybe) -> ChangeOutcome:
    if equivalent(value, now):
        return ChangeOutcome("clean", None, "empty", canonical)
    if value is ABSENT and isinstance(change, Delete):
        return ChangeOutcome("clean", change, "verbatim", Deleted())
    if value is ABSENT and isinstance(change, Redirect):
        return ChangeOutcome("clean", change, "verbatim", Redirected(change.target))
    return _now(change.entity, canonical, value)


def _now(entity: EntityRef, canonical: Standing, document: Maybe) -> ChangeOutcome:
    """The change that makes the entity this document, whatever it was before."""
    if document is ABSENT:
        return ChangeOutcome("clean", None, "empty", canonical)
    kind: PatchKind = "rewritten"
    if isinstance(canonical, Live):
        return ChangeOutcome(
            "clean", Update(entity, diff(canonical.document, document)), kind, Live(document)
        )
    return ChangeOutcome("clean", Create(entity, document), kind, Live(document))


def _target(canonical: Standing) -> EntityRef | None:
    return canonical.target if isinstance(canonical, Redirected) else None


def _broken(change: Change, canonical: Standing, reason: str) -> ChangeOutcome:
    return ChangeOutcome("broken", change, "verbatim", canonical, reason=reason)
