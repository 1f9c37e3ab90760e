"""A draft's way through its statuses: validated, submitted, rejected, withdrawn, reopened."""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.drafts.edit import EDITABLE, OPEN, find_draft_with_status
from gitdraft.drafts.resolve import conflicts_of
from gitdraft.errors import ConflictError, InvalidInput, StateRefused
from gitdraft.formats.reports.conflicts import entity_conflicts_json
from gitdraft.lazy_dataclass import replace
from gitdraft.model.draft_reports import DescribeReport, StatusReport, ValidationReport
from gitdraft.model.drafts import DraftStatus, with_status
from gitdraft.model.names import RefName
from gitdraft.model.operations import RefMove
from gitdraft.model.outcomes import Redirected
from gitdraft.rebase.judgement import judged_state, outcome_of
from gitdraft.rebase.stack import require_not_stacked
from gitdraft.store.drafts import StoredDraft, read_draft, read_header
from gitdraft.store.outside_files import require_no_foreign_files
from gitdraft.store.replay import DraftTip, commit_draft, header_file, tip_of
from gitdraft.store.repository import closed_ref
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.validator import Validator, require_no_violations
from gitdraft.views.effective_view import open_view
from gitdraft.views.guards import edited_by_redirect, require_unprotected
from gitdraft.views.lost_merges import lost_merge

CLOSED_BY_HAND = (DraftStatus.REJECTED, DraftStatus.WITHDRAWN)


def plan_validate(transaction: Transaction, draft_id: str, *, record: bool = False) -> Plan[ValidationReport]:
    """Plans, with ``record``, the status that a draft's violations give it: a sound `draft` becomes `validated`, an unsound
    `validated` one `draft`. The report has all violations; those that stand on canonical without it are warnings."""
    store, buffer = transaction.store, transaction.buffer
    draft = store.find_draft(draft_id)
    header = read_header(buffer, draft)
    view = open_view(store, draft, buffer)
    violations = Validator(view.canonical, with_warnings=True).judge_draft(view)
    if not store.is_closed(draft):
        judged_state(store.git, view.canonical, outcome_of(view, draft, violations), violations)
    errors = sum(violation.severity == "error" for violation in violations)
    is_sound = not errors and bool(draft.files)
    status = header.status
    if record and status in EDITABLE:
        status = DraftStatus.VALIDATED if is_sound else DraftStatus.DRAFT
    report = ValidationReport(draft_id, status, violations, len(draft.files))
    if status is header.status:
        return Plan(report, buffer, ())
    tip = _commit_status(transaction, draft, status, f"Validate: {errors} violations")
    return Plan(report, buffer, (RefMove(draft.ref, draft.tip, tip.commit),), f"{draft_id} is {status.value}")


def plan_submit(transaction: Transaction, draft_id: str, reason: str | None = None) -> Plan[StatusReport]:
    """Plans to hand the draft in; ``reason`` is what there is to say with it.

    Raises StateRefused for a wrong status or an empty draft, ConflictError when it is in conflict with canonical,
    PolicyViolation when a result breaks its schema or a reference.
    """
    draft = find_draft_with_status(transaction, draft_id, EDITABLE)
    require_mergeable(transaction, draft)
    return _plan_status(transaction, draft, draft.ref, DraftStatus.SUBMITTED, reason)


def plan_reject(
    transaction: Transaction,
    draft_id: str,
    reason: str,
    statuses: Sequence[DraftStatus] = (DraftStatus.SUBMITTED,),
) -> Plan[StatusReport]:
    """Plans to turn a submitted draft, or one with another of these statuses, down; its branch is kept under
    `refs/gitdraft/closed/`."""
    draft = find_draft_with_status(transaction, draft_id, statuses)
    return _plan_status(transaction, draft, closed_ref(draft_id), DraftStatus.REJECTED, reason)


def plan_withdraw(transaction: Transaction, draft_id: str, reason: str | None) -> Plan[StatusReport]:
    """Plans to take an open draft back; its branch is kept under `refs/gitdraft/closed/`."""
    draft = find_draft_with_status(transaction, draft_id, OPEN)
    return _plan_status(transaction, draft, closed_ref(draft_id), DraftStatus.WITHDRAWN, reason)


def plan_reopen(transaction: Transaction, draft_id: str) -> Plan[StatusReport]:
    """Plans to make a submitted, rejected or withdrawn draft a `draft` again, or a merged one whose merge canonical does not
    have any more: its changes are judged from the commit before that merge. A draft whose branch plain git has deleted is
    put back where the operation log saw it last.

    Raises NotFound for an unknown draft, StateRefused for a merged one whose merge stands.
    """
    store, buffer = transaction.store, transaction.buffer
    ref = store.draft_ref(draft_id)
    if store.draft_tip(draft_id) is None and (branch := store.lost_branch(draft_id)) is not None:
        return _plan_restore(transaction, read_draft(buffer, draft_id, ref, branch.tip))
    draft = store.find_draft(draft_id)
    reason = None
    if read_header(buffer, draft).status is DraftStatus.MERGED and (lost := lost_merge(store, draft)):
        reason = "its merge left canonical" if lost.commit is None else "its merge was reverted"
    else:
        find_draft_with_status(transaction, draft_id, (DraftStatus.SUBMITTED, *CLOSED_BY_HAND))
    return _plan_status(transaction, draft, ref, DraftStatus.DRAFT, reason)


def _plan_restore(transaction: Transaction, draft: StoredDraft) -> Plan[StatusReport]:
    """Plans the branch of a draft that has none any more; a closed or submitted one is a `draft` again."""
    before = read_header(transaction.buffer, draft).status
    tip = tip_of(draft)
    if before not in EDITABLE:
        tip = _commit_status(transaction, draft, DraftStatus.DRAFT, "Draft: restored", "its branch was gone")
    status = before if before in EDITABLE else DraftStatus.DRAFT
    report = StatusReport(draft.id, status, before, tip.commit)
    move = RefMove(draft.ref, None, tip.commit)
    return Plan(report, transaction.buffer, (move,), f"restore {draft.id}")


def plan_describe(
    transaction: Transaction, draft_id: str, title: str | None, description: str | None
) -> Plan[DescribeReport]:
    """Plans another title or description of an open draft; ``None`` leaves it. Its status stays.

    Raises StateRefused for a closed draft, InvalidInput (``missing-field``) for a blank title.
    """
    buffer = transaction.buffer
    draft = find_draft_with_status(transaction, draft_id, OPEN)
    header = read_header(buffer, draft)
    if title is not None and not title.strip():
        raise InvalidInput("a draft needs a title", code="missing-field", context={"path": "/title"})
    after = replace(
        header,
        title=header.title if title is None else title.strip(),
        description=header.description if description is None else description,
    )
    if after == header:
        report = DescribeReport(draft_id, header.title, header.description, draft.tip, is_changed=False)
        return Plan(report, buffer, ())
    tip = commit_draft(transaction, tip_of(draft), draft_id, header_file(after), f"Describe: {after.title}")
    report = DescribeReport(draft_id, after.title, after.description, tip.commit, is_changed=True)
    return Plan(report, buffer, branch_moves(draft, draft.ref, tip), f"describe {draft_id}")


def require_mergeable(transaction: Transaction, draft: StoredDraft) -> None:
    """Raises what keeps the draft from being submitted or merged.

    Raises StateRefused when it is empty, stands on another draft, changes a protected entity or redirects to one;
    ConflictError when it is in conflict with canonical; PolicyViolation when it breaks a schema or a reference, and
    (``draft/foreign-files``) where its branch changes files beside its folder.
    """
    require_no_foreign_files(transaction.buffer, draft, transaction.canonical.commit)
    if not draft.files:
        raise StateRefused(
            f"draft '{draft.id}' changes nothing",
            code="empty-draft",
            context={"draft": draft.id},
            hint=f"gitdraft withdraw {draft.id} closes it",
        )
    require_not_stacked(transaction.store, draft, transaction.buffer)
    view = open_view(transaction.store, draft, transaction.buffer)
    conflicts = conflicts_of(view)
    if conflicts:
        entity, first = conflicts[0]
        in_conflict = dict.fromkeys(entity for entity, _ in conflicts)
        raise ConflictError(
            f"draft '{draft.id}' is in conflict with canonical: {entity} {first.place}",
            context={
                "draft": draft.id,
                "entities": [str(entity) for entity in in_conflict],
                "conflicts": entity_conflicts_json(conflicts, draft=draft.id),
            },
            hint=f"gitdraft conflicts {draft.id} shows both sides",
        )
    for entity in view.changed():
        applied = view.applied_change(entity)
        if applied is not None and applied.is_absorbed:
            continue
        require_unprotected(view.canonical, entity)
        state = view.state(entity)
        if isinstance(state, Redirected):
            for touched in edited_by_redirect(view.canonical, entity, state.target):
                require_unprotected(view.canonical, touched)
    require_no_violations(Validator(view.canonical).judge_draft(view))


def _plan_status(
    transaction: Transaction, draft: StoredDraft, ref: RefName, status: DraftStatus, reason: str | None = None
) -> Plan[StatusReport]:
    """Plans to give the draft a status, its branch the name ``ref``."""
    before = read_header(transaction.buffer, draft).status
    message = f"{status.value.capitalize()}{f': {reason}' if reason else ''}"
    tip = _commit_status(transaction, draft, status, message, reason)
    report = StatusReport(draft.id, status, before, tip.commit)
    return Plan(report, transaction.buffer, branch_moves(draft, ref, tip), f"{draft.id} is {status.value}")


def branch_moves(draft: StoredDraft, ref: RefName, tip: DraftTip) -> tuple[RefMove, ...]:
    """Returns the moves of the draft's branch to ``tip``, under the name ``ref``."""
    if ref == draft.ref:
        return (RefMove(ref, draft.tip, tip.commit),)
    return (RefMove(ref, None, tip.commit), RefMove(draft.ref, draft.tip, None))


def _commit_status(
    transaction: Transaction, draft: StoredDraft, status: DraftStatus, message: str, reason: str | None = None
) -> DraftTip:
    header = read_header(transaction.buffer, draft)
    files = header_file(with_status(header, status, transaction.metadata, reason))
    return commit_draft(transaction, tip_of(draft), draft.id, files, message)
