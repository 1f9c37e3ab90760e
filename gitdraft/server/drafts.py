"""`/api/v2/drafts`: drafts, and their way to canonical."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse, Response

from gitdraft.api.capabilities import Capability, grant_capability, revoke_capabilities, rotate_capability
from gitdraft.drafts.create import NewDraft, plan_new
from gitdraft.drafts.diff import draft_diff
from gitdraft.drafts.lifecycle import plan_reject, plan_reopen, plan_submit, plan_validate, plan_withdraw
from gitdraft.drafts.merge import plan_merge
from gitdraft.formats.drafts import history_json
from gitdraft.formats.reports import (
    change_json,
    header_json,
    rebase_json,
    summary_json,
)
from gitdraft.model.draft_reports import StatusReport
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.operations import utc
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.server import request_models, response_models
from gitdraft.server.access import Caller, edits_draft, lists_drafts, maintains, reads_draft, starts_drafts
from gitdraft.server.dependencies import Call, Calling, StrictRoute
from gitdraft.server.responses import (
    READING,
    WRITING,
    IfMatch,
    IfNoneMatch,
    errors,
    fresh,
    require_match,
    tagged,
)
from gitdraft.store.repository import Store
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.summaries import draft_details, summarise_drafts

router = APIRouter(prefix="/api/v2/drafts", tags=["drafts"], route_class=StrictRoute)
DraftId = Annotated[str, Path(max_length=63)]


def draft_tag(store: Store, draft_id: str) -> str:
    """The draft's ETag: the commit that it stands at. Raises NotFound."""
    return store.find_draft(draft_id).tip


def made(caller: Caller, capability: Capability, change_count: int, status: int = 201) -> JSONResponse:
    """A draft made, with the one view of its token; no cache keeps it."""
    document = {
        "draft_id": capability.draft,
        "capability_url": capability.url(caller.settings.url),
        "change_count": change_count,
        "expires_at": utc(capability.expires_at),
    }
    headers = {"Cache-Control": "no-store", "Location": f"/api/v2/drafts/{capability.draft}"}
    return JSONResponse(document, status, headers)


@router.post("", status_code=201, response_model=response_models.Made, responses=errors(*WRITING))
async def start_draft(call: Calling, body: request_models.NewDraftBody) -> Response:
    """Start an empty draft on canonical's tip. Who has the answer's URL may edit it."""

    def act(caller: Caller) -> Response:
        wanted = NewDraft(body.title, body.draft_id, body.description, "api", caller.actor.text)
        report = caller.session().run("new", lambda transaction: plan_new(transaction, wanted))
        capability = grant_capability(caller.store, report.id, int(time.time()), caller.settings.life)
        return made(caller, capability, 0)

    return await call.write(starts_drafts, act)


@router.get("", response_model=response_models.DraftLines, responses=errors(*READING))
async def list_drafts(
    call: Calling, status: Annotated[response_models.StatusWord | None, Query()] = None
) -> Response:
    """The open drafts, or those of a status. A capability sees its own draft alone."""

    def act(caller: Caller) -> Response:
        wanted = None if status is None else DraftStatus(status)
        found = summarise_drafts(caller.store, wanted)
        own = caller.grant.draft if caller.grant is not None else None
        shown = [summary_json(summary) for summary in found if own is None or summary.id == own]
        return JSONResponse({"drafts": shown})

    return await call.read(lists_drafts, act)


@router.get("/{draft_id}", response_model=response_models.Draft, responses=errors(304, *READING))
async def read_draft(call: Calling, draft_id: DraftId, if_none_match: IfNoneMatch = None) -> Response:
    """What the draft says of itself, its changes, and how they stand on canonical's tip. Its ETag is its commit."""

    def act(caller: Caller) -> Response:
        seen = draft_details(caller.store, draft_id)
        document = {
            "id": seen.draft.id,
            "base": seen.draft.base,
            "tip": seen.draft.tip,
            **header_json(seen.header),
            "history": history_json(seen.header),
            "rebase": seen.status,
            "changes": [
                {**change_json(change), "_change_status": seen.view.show(change.entity).status.value}
                for change in seen.changes
            ],
        }
        return tagged(document, seen.draft.tip)

    def unchanged(caller: Caller) -> Response:
        return fresh({}, draft_tag(caller.store, draft_id), if_none_match)

    if if_none_match is not None:
        answer = await call.read(reads_draft(draft_id), unchanged)
        if answer.status_code == 304:
            return answer
    return await call.read(reads_draft(draft_id), act)


@router.get("/{draft_id}/diff", response_model=response_models.Diff, responses=errors(*READING))
async def read_diff(call: Calling, draft_id: DraftId) -> Response:
    """What merging the draft would change in the entity files, as RFC 6902 patches of canonical."""

    def act(caller: Caller) -> Response:
        changes = [
            {
                "entity": str(found.entity),
                "_change_status": found.status.value,
                "path": found.path,
                "patch": list(found.patch),
            }
            for found in draft_diff(caller.store, draft_id)
        ]
        return JSONResponse({"draft": draft_id, "changes": changes})

    return await call.read(reads_draft(draft_id), act)


@router.post("/{draft_id}/validate", response_model=response_models.Validated, responses=errors(*WRITING))
async def validate_draft(call: Calling, draft_id: DraftId, if_match: IfMatch = None) -> Response:
    """All violations of the draft; a sound one becomes `validated`."""

    def act(caller: Caller) -> Response:
        def plan(transaction: Transaction) -> Plan[Any]:
            require_match(if_match, lambda: draft_tag(caller.store, draft_id), draft_id)
            return plan_validate(transaction, draft_id)

        report = caller.session().run("validate", plan)
        document = {
            "id": report.id,
            "status": report.status.value,
            "checked": report.checked,
            "violations": [violation.as_json() for violation in report.violations],
        }
        return tagged(document, draft_tag(caller.store, draft_id))

    return await call.write(edits_draft(draft_id), act)


@router.post("/{draft_id}/submit", response_model=response_models.StatusAnswer, responses=errors(*WRITING))
async def submit_draft(call: Calling, draft_id: DraftId, if_match: IfMatch = None) -> Response:
    """Hand the draft in for merging."""
    return await _step(call, "submit", draft_id, if_match, edits_draft(draft_id), plan_submit)


@router.post("/{draft_id}/withdraw", response_model=response_models.StatusAnswer, responses=errors(*WRITING))
async def withdraw_draft(
    call: Calling, draft_id: DraftId, body: request_models.WhyBody | None = None, if_match: IfMatch = None
) -> Response:
    """Take the draft back. It is kept, and can be reopened."""
    reason = None if body is None else body.reason
    return await _step(call, "withdraw", draft_id, if_match, edits_draft(draft_id), plan_withdraw, reason)


@router.post("/{draft_id}/reopen", response_model=response_models.StatusAnswer, responses=errors(*WRITING))
async def reopen_draft(call: Calling, draft_id: DraftId, if_match: IfMatch = None) -> Response:
    """Make a submitted, rejected or withdrawn draft editable again."""
    return await _step(call, "reopen", draft_id, if_match, edits_draft(draft_id), plan_reopen)


@router.post("/{draft_id}/reject", response_model=response_models.StatusAnswer, responses=errors(*WRITING))
async def reject_draft(
    call: Calling, draft_id: DraftId, body: request_models.ReasonBody, if_match: IfMatch = None
) -> Response:
    """Turn a submitted draft down. For maintainers."""
    return await _step(call, "reject", draft_id, if_match, maintains, plan_reject, body.reason)


@router.post("/{draft_id}/merge", response_model=response_models.Merged, responses=errors(*WRITING))
async def merge_draft(
    call: Calling, draft_id: DraftId, body: request_models.MergeBody | None = None, if_match: IfMatch = None
) -> Response:
    """Bring a submitted draft into canonical as one commit; the other open drafts are rebased. For maintainers."""

    def act(caller: Caller) -> Response:
        def plan(transaction: Transaction) -> Plan[Any]:
            require_match(if_match, lambda: draft_tag(caller.store, draft_id), draft_id)
            return plan_merge(transaction, draft_id, None if body is None else body.message)

        report = caller.session().run("merge", plan)
        document = {
            "draft": report.draft,
            "commit": report.commit,
            "entities": [
                {"entity": str(view.entity), "_change_status": view.status.value} for view in report.entities
            ],
            "rebase": rebase_json(report.rebase),
        }
        return JSONResponse(document)

    return await call.write(maintains, act)


@router.post("/{draft_id}/rebase", response_model=response_models.Rebase, responses=errors(*WRITING))
async def rebase_draft(call: Calling, draft_id: DraftId) -> Response:
    """Carry this draft to canonical's tip now."""

    def act(caller: Caller) -> Response:
        caller.store.find_draft(draft_id)
        report = caller.session().run("rebase", lambda transaction: plan_rebase(transaction, [draft_id]))
        return JSONResponse(rebase_json(report))

    return await call.write(edits_draft(draft_id), act)


@router.post(
    "/{draft_id}/capability", status_code=201, response_model=response_models.Made, responses=errors(*WRITING)
)
async def rotate_draft_capability(call: Calling, draft_id: DraftId) -> Response:
    """A new capability in place of all that the draft has, which open nothing any more."""

    def act(caller: Caller) -> Response:
        draft = caller.store.find_draft(draft_id)
        capability = rotate_capability(caller.store, draft_id, int(time.time()), caller.settings.life)
        return made(caller, capability, len(draft.files))

    return await call.write(edits_draft(draft_id), act)


@router.delete("/{draft_id}/capability", response_model=response_models.Revoked, responses=errors(*WRITING))
async def revoke_draft_capability(call: Calling, draft_id: DraftId) -> Response:
    """Revoke the draft's capabilities: from then on its maintainers alone may edit it."""

    def act(caller: Caller) -> Response:
        caller.store.find_draft(draft_id)
        revoked = revoke_capabilities(caller.store, draft_id, int(time.time()))
        return JSONResponse({"draft": draft_id, "revoked": revoked})

    return await call.write(edits_draft(draft_id), act)


async def _step(
    call: Call,
    command: str,
    draft_id: str,
    if_match: str | None,
    access: Callable[[Caller], None],
    make_plan: Callable[..., Plan[StatusReport]],
    *arguments: Any,
) -> Response:
    """One step of the draft's status."""

    def act(caller: Caller) -> Response:
        def plan(transaction: Transaction) -> Plan[StatusReport]:
            require_match(if_match, lambda: draft_tag(caller.store, draft_id), draft_id)
            return make_plan(transaction, draft_id, *arguments)

        report = caller.session().run(command, plan)
        document = {
            "id": report.id,
            "status": report.status.value,
            "before": report.before.value,
            "tip": report.tip,
        }
        return tagged(document, report.tip)

    return await call.write(access, act)
