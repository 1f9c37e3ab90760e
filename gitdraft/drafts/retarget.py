"""`resolve --retarget`: a change of an entity that canonical has redirected, or renamed, moves to where it is now.

An edit is merged into the target by the three-way merge: the base is the entity as the draft knew it, one side the draft's
version of it, the other the target. A deletion, or a redirect, becomes one of the renamed entity; a renaming gives the
entity that is new under another name its own, and has its edits merged; of one that was redirected to an entity that the
draft knew, the edits alone are left.
"""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.canonical.rename import require_renamable
from gitdraft.documents.rebase import rebase_patch
from gitdraft.documents.resolutions import Answer, resolution_of
from gitdraft.drafts.edit import (
    EDITABLE,
    commit_edits,
    find_draft_with_status,
    find_edit_base,
    find_edit_target,
    states_after,
)
from gitdraft.drafts.edit_functions import EditResult, EditTarget, replace_document
from gitdraft.drafts.rename import renaming_result
from gitdraft.drafts.resolve import conflicts_of
from gitdraft.errors import ConflictError, StateRefused
from gitdraft.lazy_dataclass import replace
from gitdraft.model.changes import Delete, Redirect, Rename, Update
from gitdraft.model.draft_reports import ResolveReport
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.operations import RefMove
from gitdraft.model.outcomes import Deleted, Live, Redirected
from gitdraft.model.values import JSON
from gitdraft.rebase.judgement import judge_again, remember_invalid
from gitdraft.store.change_files import read_change_file
from gitdraft.store.drafts import StoredDraft, read_draft
from gitdraft.store.reference_edits import under_new_name
from gitdraft.store.snapshots import take_snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.validator import Validator, require_no_violations
from gitdraft.views.effective_view import EffectiveView, open_view
from gitdraft.views.guards import require_unprotected
from gitdraft.views.redirects import follow


def plan_retarget(
    transaction: Transaction,
    draft_id: str,
    entity: EntityRef,
    answer: Answer | None = None,
    *,
    allow_invalid: bool = False,
) -> Plan[ResolveReport]:
    """Plans to make the draft's change of ``entity`` one of the entity that canonical redirects it to, or renamed it to.

    Where an edit and the target differ in one place, ``answer`` says whose value stands. Raises StateRefused
    when there is no such conflict or the target is protected; ConflictError listing those places without an answer, and
    when the target is newer than the draft while other conflicts keep the draft where it is; PolicyViolation when the
    target breaks its schema or a reference (unless ``allow_invalid``).
    """
    store, buffer = transaction.store, transaction.buffer
    draft = find_draft_with_status(transaction, draft_id, EDITABLE)
    view = open_view(store, draft, buffer)
    conflict, change = _moving_conflict(view, draft, entity)
    target = conflict.renamed_to or follow(view, entity)
    require_unprotected(view.canonical, target)
    edit_base = find_edit_base(transaction, draft_id, leaving=entity)
    current = find_edit_target(edit_base, target)
    if not isinstance(current.effective, Live):
        raise ConflictError(
            f"'{target}' is newer than draft '{draft_id}', which other conflicts keep where it is",
            context={"entity": str(entity), "draft": draft_id, "redirect_target": str(target)},
            hint=f"resolve those first: gitdraft conflicts {draft_id}",
        )
    if isinstance(change, Update | Rename):
        base = take_snapshot(buffer, draft.base, view.canonical.configuration)
        edit = Update(entity, change.patch)
        document = _merge_into(
            current.view, target, current.effective.document, base.document(entity), edit, answer
        )
        result = replace_document(document)(current)
        if isinstance(change, Rename) and not base.holds(target):
            result = _renamed(current, document, change)
    else:
        state = Deleted() if isinstance(change, Delete) else Redirected(change.target)
        result = EditResult(replace(change, entity=target), state)
    results = {entity: EditResult(None, edit_base.view.canonical.state(entity)), target: result}
    after = edit_base.view.with_overrides(states_after(edit_base, results))
    violations = Validator(edit_base.view.canonical).check_added(after, target)
    require_no_violations(violations, allow_invalid=allow_invalid)
    tip = commit_edits(transaction, edit_base, results, f"Move the change of {entity} to {target}")
    if violations:
        remember_invalid(transaction, draft_id, tip.commit)
    else:
        judge_again(transaction, draft_id, draft.tip, tip.commit)
    remaining = conflicts_of(open_view(store, read_draft(buffer, draft_id, draft.ref, tip.commit), buffer))
    report = ResolveReport(
        draft_id,
        tip.commit,
        ((entity, conflict),),
        tuple(remaining),
        edit_base.is_replayed,
        violations,
        target,
    )
    move = RefMove(draft.ref, draft.tip, tip.commit)
    return Plan(report, buffer, (move,), f"{draft_id}: move {entity} to {target}")


def _moving_conflict(
    view: EffectiveView, draft: StoredDraft, entity: EntityRef
) -> tuple[Conflict, Update | Delete | Redirect | Rename]:
    """Returns the conflict of the draft's edit or renaming with canonical's redirect of the entity, or of its change with
    canonical's renaming. Raises StateRefused when there is none."""
    applied = view.applied_change(entity)
    conflicts = () if applied is None else applied.report.conflicts
    conflict = next((conflict for conflict in conflicts if conflict.target or conflict.renamed_to), None)
    file = draft.file(entity)
    change = None if file is None else read_change_file(view.source, file, view.canonical.configuration)
    is_renamed = conflict is not None and conflict.renamed_to is not None
    is_movable = isinstance(change, Update | Rename) or (is_renamed and isinstance(change, Delete | Redirect))
    if conflict is None or not is_movable:
        raise StateRefused(
            f"draft '{draft.id}' has no change of '{entity}' that canonical redirects elsewhere or renamed",
            code="not-in-conflict",
            context={"entity": str(entity), "draft": draft.id},
            hint=f"gitdraft conflicts {draft.id} lists the conflicts",
        )
    assert isinstance(change, Update | Delete | Redirect | Rename)
    return conflict, change


def _renamed(current: EditTarget, document: JSON, change: Rename) -> EditResult:
    """Returns the renaming of an entity that is to be ``document``, to the name that ``change`` gives. Raises what
    ``require_renamable`` does."""
    view, name = current.view, change.target
    require_renamable(view, current.entity, name, redirect=change.redirect)
    document = under_new_name(view.canonical.configuration, view.holds, current.entity, name)(document)
    return renaming_result(current, name, document, (), redirect=change.redirect)


def preview_retarget(
    view: EffectiveView, draft: StoredDraft, entity: EntityRef, answer: Answer | None
) -> tuple[JSON, JSON] | None:
    """Returns the document of the entity to which an edit of the draft would move, as it is and as it would be; ``None`` where what
    moves is no edit, or the target has no document. Raises as ``plan_retarget``."""
    conflict, change = _moving_conflict(view, draft, entity)
    target = conflict.renamed_to or follow(view, entity)
    state = view.state(target)
    if not isinstance(change, Update | Rename) or not isinstance(state, Live):
        return None
    base = take_snapshot(view.source, draft.base, view.canonical.configuration).document(entity)
    edit = Update(entity, change.patch)
    return state.document, _merge_into(view, target, state.document, base, edit, answer)


def _merge_into(
    view: EffectiveView, target: EntityRef, document: JSON, base: JSON, change: Update, answer: Answer | None
) -> JSON:
    """Returns the document of the redirect's target with the change, made on ``base``, merged into it."""
    rules = view.canonical.configuration.entities[target.type].merge_rules
    result = rebase_patch(base, document, change.patch, rules)
    if result.conflicts and answer is not None:
        resolutions = [resolution_of(conflict, answer) for conflict in result.conflicts]
        result = rebase_patch(base, document, change.patch, rules, resolutions=resolutions)
    if result.status != "clean":
        raise _merge_conflict(change.entity, target, result.conflicts)
    return result.document


def _merge_conflict(entity: EntityRef, target: EntityRef, conflicts: Sequence[Conflict]) -> ConflictError:
    return ConflictError(
        f"the change of '{entity}' does not fit '{target}' in {len(conflicts)} "
        f"place{'s' * (len(conflicts) != 1)}",
        code="merge-conflict",
        context={"entity": str(entity), "redirect_target": str(target), "paths": [c.path for c in conflicts]},
        hint="--retarget --take draft, or --take canonical, says whose value stands there",
        details=[f"{c.place}: {c.type}" for c in conflicts],
    )
