"""Rebasing a draft's renaming of an entity (E6): what canonical made of the entity meanwhile arrives under its new name.

Pure: the states of both names on both sides go in, what becomes of the change comes out. A second draft that renames the
entity meets the first one as canonical once that is merged; there is no other rule for two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import equivalent, identical
from gitdraft.documents.merge.declarations import has_followers
from gitdraft.documents.merge.followers import is_unchanged, lost_values
from gitdraft.documents.rebase import rebase_patch
from gitdraft.documents.rebase_change import (
    Renamed,
    absorbed,
    broken,
    is_answer_to,
    moved,
    rebase_change,
    target_of,
    value_of,
)
from gitdraft.lazy_dataclass import replace
from gitdraft.model.changes import Change, Create, Delete, Patch, Redirect, Rename, Update
from gitdraft.model.lists import MergeRules
from gitdraft.model.merge import Conflict, MergeWarning, Resolution
from gitdraft.model.outcomes import Absent, AppliedChange, ChangeReport, EntityState, Live, Redirected
from gitdraft.model.values import JSON


class NewPlace(NamedTuple):
    """What is under the new name in the draft's base and on ``canonical``, as what canonical itself ``renamed`` the entity
    (E5; ``None``: it did not), and the function that gives a document of the entity its new id."""

    base: EntityState
    canonical: EntityState
    renamed: Renamed | None
    under_new_name: Callable[[JSON], JSON]


def rebase_rename(
    change: Rename,
    base: EntityState,
    canonical: EntityState,
    place: NewPlace,
    rules: MergeRules,
    resolutions: Sequence[Resolution] = (),
) -> AppliedChange:
    """Rebases the renaming of the entity that was ``base`` and is ``canonical`` now.

    Where it applies, ``state`` is what stays under the old name, a redirect or nothing, and ``renamed`` the entity under the new
    one. A renaming that canonical made too is absorbed, and what the draft edited besides merges into the entity under its new
    name; one for which nothing is left to rename is `modify/delete`, one whose new name is taken `create/create`.
    """
    if not isinstance(base, Live):
        return broken(change, canonical, "it renames an entity that its base does not have")
    own = rebase_patch(base.document, base.document, change.patch, rules)
    if own.status == "broken":
        return broken(change, canonical, own.reason or "its patch does not apply")
    draft = place.under_new_name(own.document)
    if isinstance(canonical, Live):
        return _rename(change, base, canonical, place, rules, (draft, resolutions))
    if _is_done(canonical, place, change, draft):
        return _follow(change, base, canonical, place, rules, (draft, resolutions))
    conflict = Conflict(
        "",
        "modify/delete",
        base.document,
        value_of(canonical),
        draft,
        target=target_of(canonical),
        renamed_to=None if place.renamed is None else place.renamed.entity,
        rule="E6",
    )
    answer = next((r for r in resolutions if is_answer_to(r, conflict)), None)
    if answer is not None and equivalent(answer.value, conflict.canonical):
        return absorbed(change.entity, canonical)
    if answer is not None:
        created = Create(change.target, answer.value)
        applied = rebase_change(created, place.base, place.canonical, rules, resolutions)
        return _under_new_name(change, canonical, applied)
    return _in_conflict(change, canonical, (conflict,))


_Answered = tuple[JSON, Sequence[Resolution]]
"""The draft's own document under the new name, and the answers to the conflicts of the change."""


def _rename(
    change: Rename, base: Live, canonical: Live, place: NewPlace, rules: MergeRules, given: _Answered
) -> AppliedChange:
    """Returns the renaming of an entity that canonical still has under its old name: the draft's edits merge as those of
    an update, and the result gets the new name if that is free."""
    draft, resolutions = given
    edit = Update(change.entity, change.patch)
    merged = rebase_change(edit, base, canonical, rules, resolutions)
    is_free = not isinstance(place.canonical, Live) and place.canonical in (Absent(), place.base)
    taken = Conflict(
        "",
        "create/create",
        base.document,
        value_of(place.canonical),
        draft,
        renamed_to=change.target,
        rule="E6",
    )
    if merged.report.status != "clean" or not isinstance(merged.state, Live):
        others = () if is_free else (taken,)
        report = replace(merged.report, conflicts=(*merged.report.conflicts, *others))
        return replace(merged, change=change, report=report)
    document = place.under_new_name(merged.state.document)
    warnings = merged.report.warnings
    stays: EntityState = Redirected(change.target) if change.redirect else Absent()
    if is_free:
        patch: Patch = merged.change.patch if isinstance(merged.change, Update) else ()
        report = replace(merged.report, patch="verbatim" if patch == change.patch else "rewritten")
        renamed = replace(change, patch=patch)
        return AppliedChange(renamed, stays, report, renamed=Live(document))
    lost = _lost_to_equal(place.canonical, document, rules)
    if lost is not None:  # only the old name is left to do
        reason = f"renamed to {change.target.key}"
        rest: Change = Delete(change.entity, reason)
        if change.redirect:
            rest = Redirect(change.entity, change.target, reason)
        report = ChangeReport(change.entity, "clean", "rewritten", warnings=(*warnings, *lost))
        return AppliedChange(rest, stays, report)
    if any(is_answer_to(r, taken) and equivalent(r.value, taken.canonical) for r in resolutions):
        if merged.change is None or not change.patch:
            return absorbed(change.entity, canonical, warnings)
        return replace(
            merged, report=replace(merged.report, patch="rewritten")
        )  # it keeps its name, and the edits
    return _in_conflict(change, canonical, (taken,), warnings)


def _is_done(canonical: EntityState, place: NewPlace, change: Rename, draft: JSON) -> bool:
    """Whether canonical, which has nothing under the old name, has the entity under the new one."""
    if not isinstance(place.canonical, Live):
        return False
    if place.renamed is not None:
        return place.renamed.entity == change.target
    leads_there = canonical == Redirected(change.target) and not isinstance(place.base, Live)
    return leads_there or identical(place.canonical.document, draft)


def _follow(
    change: Rename, base: Live, canonical: EntityState, place: NewPlace, rules: MergeRules, given: _Answered
) -> AppliedChange:
    """Returns the edits of a renaming that canonical made too, as those of the entity under its new name."""
    draft, resolutions = given
    renamed = place.under_new_name(base.document)
    if equivalent(renamed, draft) or place.canonical == Live(draft):
        return absorbed(change.entity, canonical)
    is_guarded = any(op["op"] == "test" for op in change.patch)
    edit = Update(change.target, change.patch if is_guarded else diff(renamed, draft))
    applied = rebase_change(edit, Live(renamed), place.canonical, rules, resolutions)
    return _under_new_name(change, canonical, applied)


def _under_new_name(change: Rename, canonical: EntityState, applied: AppliedChange) -> AppliedChange:
    """Returns a change of the entity under the new name as what has become of the renaming."""
    if applied.report.status == "clean":
        return moved(applied, change.entity)
    report = replace(applied.report, entity=change.entity)
    return AppliedChange(change, canonical, report)


def _lost_to_equal(holder: EntityState, document: JSON, rules: MergeRules) -> tuple[MergeWarning, ...] | None:
    """Returns what is lost of a document where an equal one holds the name, which are values that follow canonical (C1);
    ``None`` where it is another."""
    if not isinstance(holder, Live):
        return None
    if identical(holder.document, document):
        return ()
    if has_followers(rules) and is_unchanged(holder.document, document, rules):
        return lost_values(holder.document, document, rules)
    return None


def _in_conflict(
    change: Rename,
    canonical: EntityState,
    conflicts: tuple[Conflict, ...],
    warnings: tuple[MergeWarning, ...] = (),
) -> AppliedChange:
    report = ChangeReport(change.entity, "conflict", "verbatim", conflicts, warnings)
    return AppliedChange(change, canonical, report)
