"""Answers to conflicts. They are kept in the draft and honoured by every rebase until the draft has moved.

An answer holds for the conflict that was seen: the same place, with the same values on both sides. When the last conflict
of a draft is resolved, the draft moves to canonical's tip in the same operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gitdraft.documents.resolutions import Answer, conflicts_at, pointers_text, resolution_of
from gitdraft.drafts.edit import EDITABLE, find_draft_with_status
from gitdraft.errors import NotFound, StateRefused
from gitdraft.formats.changes import write_resolutions
from gitdraft.formats.paths import resolution_path
from gitdraft.lazy_dataclass import replace
from gitdraft.model.draft_reports import ResolveReport
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict, Resolution
from gitdraft.model.operations import RefMove
from gitdraft.model.values import Maybe
from gitdraft.rebase.judgement import judge_again, remember_invalid
from gitdraft.rebase.rebase import replay_onto
from gitdraft.store.change_files import read_draft_resolutions
from gitdraft.store.drafts import read_draft
from gitdraft.store.replay import commit_draft, tip_of
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.validator import Validator, require_no_violations
from gitdraft.views.effective_view import EffectiveView, open_view


def draft_side(conflict: Conflict) -> Maybe:
    """Answers with the draft's value."""
    return conflict.draft


def canonical_side(conflict: Conflict) -> Maybe:
    """Answers with canonical's value."""
    return conflict.canonical


class GivenAnswer(NamedTuple):
    """An answer to the conflict at ``pointer`` of an entity, or to all conflicts of it."""

    entity: EntityRef
    pointer: str | None
    answer: Answer


def plan_resolve(
    transaction: Transaction, draft_id: str, answers: Sequence[GivenAnswer], *, allow_invalid: bool = False
) -> Plan[ResolveReport]:
    """Plans to answer conflicts of a draft, of one entity or of several, as one step.

    Raises StateRefused when an entity is not in conflict, NotFound when a pointer names no conflict of it,
    InvalidInput for a value that cannot stand there, PolicyViolation when the draft would now move but breaks a schema or a reference (unless ``allow_invalid``).
    """
    store, buffer = transaction.store, transaction.buffer
    draft = find_draft_with_status(transaction, draft_id, EDITABLE)
    view = open_view(store, draft, buffer)
    resolved: list[tuple[EntityRef, Conflict]] = []
    kept: dict[EntityRef, list[Resolution]] = {}
    for given in answers:
        file = draft.file(given.entity)
        entity = (
            file.entity if file is not None else given.entity
        )  # a renaming's conflicts are those of the old name
        applied = view.applied_change(entity)
        if applied is None or not applied.report.conflicts:
            raise _not_in_conflict(entity, draft_id)
        chosen = chosen_conflicts(entity, applied.report.conflicts, given.pointer)
        resolutions = kept.setdefault(entity, [*read_draft_resolutions(buffer, draft, entity)])
        resolutions += (resolution_of(conflict, given.answer) for conflict in chosen)
        resolved += ((entity, conflict) for conflict in chosen)
    what = _what(answers)
    tip = commit_draft(
        transaction,
        tip_of(draft),
        draft_id,
        {resolution_path(entity): write_resolutions(resolutions) for entity, resolutions in kept.items()},
        f"Resolve {what}",
    )
    answered = read_draft(buffer, draft_id, draft.ref, tip.commit)
    view = open_view(store, answered, buffer)
    remaining = tuple(conflicts_of(view))
    report = ResolveReport(draft_id, tip.commit, tuple(resolved), remaining, moved=False)
    changes = [applied for e in view.changed() if (applied := view.applied_change(e)) is not None]
    if all(applied.is_replayed for applied in changes):
        violations = Validator(view.canonical).judge_draft(view)
        require_no_violations(violations, allow_invalid=allow_invalid)
        tip = replay_onto(transaction, answered, changes, view.canonical)
        report = replace(report, tip=tip.commit, moved=True, violations=violations)
        if violations:
            remember_invalid(transaction, draft_id, tip.commit)
    else:
        judge_again(transaction, draft_id, draft.tip, tip.commit)
    move = RefMove(draft.ref, draft.tip, tip.commit)
    return Plan(report, buffer, (move,), f"{draft_id}: resolve {what}")


def _what(answers: Sequence[GivenAnswer]) -> str:
    """Returns what is resolved: an entity, a place in it, or how many entities."""
    entities = dict.fromkeys(given.entity for given in answers)
    if len(entities) > 1:
        return f"{len(entities)} entities"
    first = answers[0]
    is_one = len(answers) == 1 and first.pointer is not None
    return f"{first.entity} {first.pointer}" if is_one else str(first.entity)


def _not_in_conflict(entity: EntityRef, draft_id: str) -> StateRefused:
    return StateRefused(
        f"'{entity}' is not in conflict in draft '{draft_id}'",
        code="not-in-conflict",
        context={"entity": str(entity), "draft": draft_id},
        hint=f"gitdraft conflicts {draft_id} lists the conflicts",
    )


def conflicts_of(view: EffectiveView) -> list[tuple[EntityRef, Conflict]]:
    """Returns the conflicts of a draft with canonical, entity by entity."""
    return [
        (entity, conflict)
        for entity in view.changed()
        if (applied := view.applied_change(entity)) is not None
        for conflict in applied.report.conflicts
    ]


def chosen_conflicts(
    entity: EntityRef, conflicts: Sequence[Conflict], pointer: str | None
) -> Sequence[Conflict]:
    """Returns the conflict at ``pointer``, or all of the entity's. Raises NotFound, naming where it has them."""
    chosen = conflicts_at(conflicts, pointer)
    if not chosen:
        raise NotFound(
            f"'{entity}' has no conflict at '{pointer}'",
            context={"entity": str(entity), "path": pointer},
            hint="it has them at " + pointers_text(conflicts),
        )
    return chosen
