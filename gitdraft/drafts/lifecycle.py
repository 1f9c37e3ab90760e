"""A draft's way through its statuses: validated, submitted, rejected, withdrawn, reopened."""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.drafts.edit import EDITABLE, OPEN, require_status
from gitdraft.errors import ConflictError, StateRefused
from gitdraft.git.objects import ObjectBuffer
from gitdraft.model.drafts import DraftHeader, DraftStatus, with_status
from gitdraft.model.occasions import OperationMetadata
from gitdraft.model.operations import RefMove
from gitdraft.model.outcomes import Redirected
from gitdraft.model.violations import Violation
from gitdraft.rebase.stack import require_not_stacked
from gitdraft.store.drafts import StoredDraft, read_header
from gitdraft.store.replay import DraftTip, commit_draft, header_file, tip_of
from gitdraft.store.repository import CLOSED, Store
from gitdraft.store.transaction import Plan
from gitdraft.validation.validator import Validator, require_no_violations
from gitdraft.views.effective_view import open_view
from gitdraft.views.guards import require_unprotected, touched_by_redirect

CLOSED_BY_HAND = (DraftStatus.REJECTED, DraftStatus.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A draft with a new status."""

    id: str
    status: DraftStatus
    before: DraftStatus
    tip: str


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What is wrong with a draft's changes, warnings too, and the status it has now."""

    id: str
    status: DraftStatus
    violations: tuple[Violation, ...]
    checked: int


def plan_validate(store: Store, metadata: OperationMetadata, draft_id: str) -> Plan[ValidationReport]:
    """All violations of a draft. A sound one whose status is `draft` becomes `validated`, an unsound one that
    was `validated` becomes `draft`."""
    buffer = ObjectBuffer(store.git)
    draft = store.find_draft(draft_id)
    header = read_header(buffer, draft)
    view = open_view(store, draft, buffer)
    violations = Validator(view.canonical, with_warnings=True).check_draft(view)
    errors = sum(violation.severity == "error" for violation in violations)
    sound = not errors and bool(draft.files)
    status = header.status
    if status in EDITABLE:
        status = DraftStatus.VALIDATED if sound else DraftStatus.DRAFT
    report = ValidationReport(draft_id, status, violations, len(draft.files))
    if status is header.status:
        return Plan(report, buffer, ())
    tip = _commit_status(buffer, draft, header, status, metadata, f"Validate: {errors} violations")
    return Plan(report, buffer, (RefMove(draft.ref, draft.tip, tip.commit),), f"{draft_id} is {status.value}")


def plan_submit(store: Store, metadata: OperationMetadata, draft_id: str) -> Plan[StatusReport]:
    """Hand the draft in. Raises StateRefused for a wrong status or an empty draft, ConflictError when it is in
    conflict with canonical, PolicyViolation when a result breaks its schema or a reference."""
    buffer = ObjectBuffer(store.git)
    draft = store.find_draft(draft_id)
    header = read_header(buffer, draft)
    require_status(draft_id, header.status, EDITABLE)
    require_mergeable(store, draft, buffer)
    return _plan(buffer, draft, header, DraftStatus.SUBMITTED, metadata, None, draft.ref)


def plan_reject(store: Store, metadata: OperationMetadata, draft_id: str, reason: str) -> Plan[StatusReport]:
    """Turn a submitted draft down; its branch is kept under `refs/gitdraft/closed/`."""
    return _plan_close(store, metadata, draft_id, DraftStatus.REJECTED, reason, (DraftStatus.SUBMITTED,))


def plan_withdraw(
    store: Store, metadata: OperationMetadata, draft_id: str, reason: str | None
) -> Plan[StatusReport]:
    """Take an open draft back; its branch is kept under `refs/gitdraft/closed/`."""
    return _plan_close(store, metadata, draft_id, DraftStatus.WITHDRAWN, reason, OPEN)


def plan_reopen(store: Store, metadata: OperationMetadata, draft_id: str) -> Plan[StatusReport]:
    """Make a submitted, rejected or withdrawn draft a `draft` again."""
    buffer = ObjectBuffer(store.git)
    draft = store.find_draft(draft_id)
    header = read_header(buffer, draft)
    require_status(draft_id, header.status, (DraftStatus.SUBMITTED, *CLOSED_BY_HAND))
    return _plan(buffer, draft, header, DraftStatus.DRAFT, metadata, None, store.draft_ref(draft_id))


def require_mergeable(store: Store, draft: StoredDraft, buffer: ObjectBuffer) -> None:
    """Raise what keeps the draft from being submitted or merged, if anything does: it is empty, stands on another
    draft, is in conflict, changes a protected entity or redirects to one, or breaks a schema or a reference."""
    if not draft.files:
        raise StateRefused(
            f"draft '{draft.id}' changes nothing",
            code="empty-draft",
            context={"draft": draft.id},
            hint=f"gitdraft withdraw {draft.id} closes it",
        )
    require_not_stacked(store, draft)
    view = open_view(store, draft, buffer)
    in_conflict = [
        e for e in view.changed() if (judged := view.applied_change(e)) and judged.report.conflicts
    ]
    if in_conflict:
        conflicts = [(e, c) for e in in_conflict if (j := view.applied_change(e)) for c in j.report.conflicts]
        entity, first = conflicts[0]
        raise ConflictError(
            f"draft '{draft.id}' is in conflict with canonical: {entity} {first.path or '(whole entity)'}",
            context={"draft": draft.id, "entities": [str(entity) for entity in in_conflict]},
            hint=f"gitdraft conflicts {draft.id} shows both sides",
        )
    for entity in view.changed():
        judged = view.applied_change(entity)
        if judged is not None and judged.is_absorbed:
            continue
        require_unprotected(view.canonical, entity)
        state = view.state(entity)
        if isinstance(state, Redirected):
            for touched in touched_by_redirect(view.canonical, entity, state.target):
                require_unprotected(view.canonical, touched)
    require_no_violations(Validator(view.canonical).check_draft(view))


def _plan_close(
    store: Store,
    metadata: OperationMetadata,
    draft_id: str,
    status: DraftStatus,
    reason: str | None,
    allowed: tuple[DraftStatus, ...],
) -> Plan[StatusReport]:
    buffer = ObjectBuffer(store.git)
    draft = store.find_draft(draft_id)
    header = read_header(buffer, draft)
    require_status(draft_id, header.status, allowed)
    return _plan(buffer, draft, header, status, metadata, reason, CLOSED + draft_id)


def _plan(
    buffer: ObjectBuffer,
    draft: StoredDraft,
    header: DraftHeader,
    status: DraftStatus,
    metadata: OperationMetadata,
    reason: str | None,
    ref: str,
) -> Plan[StatusReport]:
    message = f"{status.value.capitalize()}{f': {reason}' if reason else ''}"
    tip = _commit_status(buffer, draft, header, status, metadata, message, reason)
    report = StatusReport(draft.id, status, header.status, tip.commit)
    return Plan(report, buffer, branch_moves(draft, ref, tip), f"{draft.id} is {status.value}")


def branch_moves(draft: StoredDraft, ref: str, tip: DraftTip) -> tuple[RefMove, ...]:
    """The draft's branch to ``tip``, under the name ``ref``."""
    if ref == draft.ref:
        return (RefMove(ref, draft.tip, tip.commit),)
    return (RefMove(ref, None, tip.commit), RefMove(draft.ref, draft.tip, None))


def _commit_status(
    buffer: ObjectBuffer,
    draft: StoredDraft,
    header: DraftHeader,
    status: DraftStatus,
    metadata: OperationMetadata,
    message: str,
    reason: str | None = None,
) -> DraftTip:
    files = header_file(with_status(header, status, metadata, reason))
    return commit_draft(buffer, tip_of(draft), draft.id, files, metadata, message)
