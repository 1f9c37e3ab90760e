"""Answers to conflicts. They are kept in the draft and honoured by every rebase until the draft has moved.

An answer holds for the conflict that was seen: the same place, with the same values on both sides. When the last conflict
of a draft is resolved, the draft moves to canonical's tip in the same operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gitdraft.documents.resolutions import Answer, conflicts_at, pointers_text, resolution_of
from gitdraft.drafts.edit import EDITABLE, find_draft_with_status
from gitdraft.errors import NotFound, StateRefused
from gitdraft.formats.changes import write_resolutions
from gitdraft.formats.paths import resolution_path
from gitdraft.model.draft_reports import ResolveReport
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
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


def plan_resolve(
    transaction: Transaction,
    draft_id: str,
    entity: EntityRef,
    pointer: str | None,
    answer: Answer,
    *,
    allow_invalid: bool = False,
) -> Plan[ResolveReport]:
    """Plans to answer the conflict at ``pointer``, or all conflicts of the entity.

    Raises StateRefused when the entity is not in conflict, NotFound when the pointer names no conflict of it,
    InvalidInput for a value that cannot stand there, PolicyViolation when the draft would now move but breaks a schema or a reference (unless ``allow_invalid``).
    """
    store, buffer = transaction.store, transaction.buffer
    draft = find_draft_with_status(transaction, draft_id, EDITABLE)
    file = draft.file(entity)
    entity = file.entity if file is not None else entity  # a renaming's conflicts are those of the old name
    applied = open_view(store, draft, buffer).applied_change(entity)
    if applied is None or not applied.report.conflicts:
        raise StateRefused(
            f"'{entity}' is not in conflict in draft '{draft_id}'",
            code="not-in-conflict",
            context={"entity": str(entity), "draft": draft_id},
            hint=f"gitdraft conflicts {draft_id} lists the conflicts",
        )
    chosen = chosen_conflicts(entity, applied.report.conflicts, pointer)
    answers = (
        *read_draft_resolutions(buffer, draft, entity),
        *(resolution_of(conflict, answer) for conflict in chosen),
    )
    where = f" {pointer}" if pointer is not None else ""
    tip = commit_draft(
        transaction,
        tip_of(draft),
        draft_id,
        {resolution_path(entity): write_resolutions(answers)},
        f"Resolve {entity}{where}",
    )
    resolved = tuple((entity, conflict) for conflict in chosen)
    answered = read_draft(buffer, draft_id, draft.ref, tip.commit)
    view = open_view(store, answered, buffer)
    remaining = tuple(conflicts_of(view))
    report = ResolveReport(draft_id, tip.commit, resolved, remaining, moved=False)
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
    return Plan(report, buffer, (move,), f"{draft_id}: resolve {entity}{where}")


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
