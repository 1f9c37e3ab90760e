"""`/api/v2/drafts`: drafts, and their way to canonical."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse, Response

from gitdraft.api.capabilities import Capability
from gitdraft.api.draft import Draft
from gitdraft.api.drafts import NewOptions, Sort
from gitdraft.errors import InvalidInput
from gitdraft.formats.reports.drafts import (
    adopt_json,
    details_json,
    edit_report_json,
    entity_diff_json,
    merge_report_json,
    rebase_json,
    status_report_json,
    summary_json,
)
from gitdraft.formats.reports.validation import validation_json
from gitdraft.lazy_regex import regex
from gitdraft.model.draft_reports import StatusReport
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.names import Oid
from gitdraft.model.operations import utc
from gitdraft.server import request_models, response_models
from gitdraft.server.access import (
    Access,
    Caller,
    edits_draft,
    lists_drafts,
    maintains,
    reads_draft,
    starts_drafts,
)
from gitdraft.server.bodies import StrictRoute
from gitdraft.server.dependencies import Call, Calling
from gitdraft.server.responses import (
    READING,
    WRITING,
    After,
    IfMatch,
    IfNoneMatch,
    Limit,
    errors,
    fresh,
    page,
    piece,
    require_match,
    tagged,
)

router = APIRouter(prefix="/api/v2/drafts", tags=["drafts"], route_class=StrictRoute)
DraftId = Annotated[str, Path(max_length=63)]
AllowInvalid = Annotated[
    bool, Query(description="Save a result that breaks its schema; it then blocks submitting.")
]
STANDING = regex(r'"([0-9a-f]{40})-[0-9a-f]{12}"')
"""An ETag that says how a draft stands, too. What is done to the draft does not depend on that."""


def acting_on(
    caller: Caller,
    draft_id: str,
    if_match: str | None = None,
    require: Callable[[Draft], None] = lambda _: None,
) -> Draft:
    """Returns the draft, in which the caller acts. Its ETag is a hash of its base, what it says of itself and its changes: a
    verb refuses when `If-Match` names another one, or where ``require`` does, and raises NotFound where there is no such draft."""
    current = Draft(caller.repository.session, draft_id)

    def precondition() -> None:
        require_match(None if if_match is None else STANDING.sub(r'"\1"', if_match), current.tag, draft_id)
        require(current)

    repository = caller.acting(require=precondition)
    return Draft(repository.session, draft_id)


def _details(caller: Caller, draft: Draft) -> Response:
    """The draft, and how it stands."""
    canonical = (
        caller.repository.canonical_tip()
    )  # before it is judged: a move meanwhile is a new ETag next time
    details, parent = draft.details(), draft.parent()
    document = details_json(details) | ({} if parent is None else {"onto": parent.as_json()})
    return tagged(document, _standing_tag(draft, details.summary.tip, canonical))


def _standing_tag(draft: Draft, tip: Oid | None, canonical: Oid | None) -> str:
    """Returns the ETag of an answer that says how the draft stands on ``canonical``: its own, and that commit."""
    return f"{draft.tag(tip)}-{(canonical or '0' * 12)[:12]}"


def new_options(
    caller: Caller, body: request_models.NewDraftBody | request_models.RowsOfChangesBody
) -> NewOptions:
    """Returns what a new draft says of itself."""
    return {
        "draft_id": body.draft_id,
        "description": body.description,
        "source": "api",
        "author": caller.actor.text,
    }


def new_draft_started(caller: Caller, draft: Draft) -> JSONResponse:
    """A draft that was just made, with a capability."""
    assert draft.created is not None
    capability = caller.repository.tokens.grant(draft.id, caller.settings.life)
    return draft_started(caller, capability, len(draft.created.entities))


def draft_started(
    caller: Caller, capability: Capability, change_count: int, status: int = 201
) -> JSONResponse:
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
async def start_draft(
    call: Calling, body: request_models.NewDraftBody, *, allow_invalid: AllowInvalid = False
) -> Response:
    """Start a draft: an empty one on canonical's tip or `onto` another draft, or, for maintainers, one of the entity files that
    a branch or commit changed (`from`). Who has the answer's URL may edit it."""
    _check_origin(body)

    def act(caller: Caller) -> Response:
        drafts = caller.acting().drafts
        options: NewOptions = {**new_options(caller, body), "allow_invalid": allow_invalid}
        if body.revision is None:
            draft = drafts.new(body.title or "", onto=body.onto, **options)
        else:
            maintains(caller)
            draft = drafts.new_from(body.revision, body.title, **options)
        return new_draft_started(caller, draft)

    return await call.write(starts_drafts, act)


def _check_origin(body: request_models.NewDraftBody) -> None:
    if body.title is None and body.revision is None:
        raise InvalidInput("a draft needs a title, or from", code="missing-field", context={"path": "/title"})
    if body.onto is not None and body.revision is not None:
        raise InvalidInput("onto and from exclude each other", context={"path": "/onto"})


@router.get("", response_model=response_models.DraftLines, responses=errors(*READING))
async def list_drafts(  # noqa: PLR0913 (one a parameter)
    call: Calling,
    status: Annotated[response_models.StatusWord | None, Query()] = None,
    rebase_status: Annotated[
        response_models.RebaseStatusWord | None, Query(description="Those that stand so on canonical's tip.")
    ] = None,
    *,
    mine: Annotated[bool, Query(description="Those whose author has the caller's mail.")] = False,
    sort: Annotated[Sort, Query(description="Dates have the latest first.")] = "id",
    limit: Limit = 10_000,
    after: After = None,
) -> Response:
    """The open drafts, or those of a status, with how each stands on canonical's tip, as far as that is known. A capability
    sees its own draft alone."""

    def act(caller: Caller) -> Response:
        chosen = None if status is None else DraftStatus(status)
        drafts = (caller.acting() if mine else caller.repository).drafts
        summaries = drafts.summaries(chosen, rebase_status=rebase_status, mine=mine, sort=sort)
        own = caller.grant.draft if caller.grant is not None else None
        visible = [summary for summary in summaries if own is None or summary.id == own]
        shown, more = piece(visible, lambda summary: summary.id, limit, after)
        return JSONResponse({"drafts": [*map(summary_json, drafts.reviewed(shown))], **more})

    return await call.survey(lists_drafts, act)


@router.get("/{draft_id}", response_model=response_models.Draft, responses=errors(304, *READING))
async def read_draft(call: Calling, draft_id: DraftId, if_none_match: IfNoneMatch = None) -> Response:
    """What the draft says of itself, its changes, and how they stand on canonical's tip. Comments and verdicts do not change
    its ETag. Canonical's moves do, as how it stands may be another then; `If-Match` takes it nevertheless."""

    def act(caller: Caller) -> Response:
        return _details(caller, caller.repository.drafts.get(draft_id))

    def unchanged(caller: Caller) -> Response:
        draft = caller.repository.drafts.get(draft_id)
        return fresh({}, _standing_tag(draft, None, caller.repository.canonical_tip()), if_none_match)

    if if_none_match is not None:
        answer = await call.read(reads_draft(draft_id), unchanged)
        if answer.status_code == 304:
            return answer
    return await call.read(reads_draft(draft_id), act)


@router.patch("/{draft_id}", response_model=response_models.Draft, responses=errors(*WRITING))
async def describe_draft(
    call: Calling, draft_id: DraftId, body: request_models.DescriptionBody, if_match: IfMatch = None
) -> Response:
    """Give the open draft another title or description; what is left out stays. The answer is that of `GET`."""

    def act(caller: Caller) -> Response:
        draft = acting_on(caller, draft_id, if_match)
        draft.describe(body.title, body.description)
        return _details(caller, draft)

    return await call.write(edits_draft(draft_id), act)


@router.get("/{draft_id}/diff", response_model=response_models.Diff, responses=errors(*READING))
async def read_diff(call: Calling, draft_id: DraftId, limit: Limit = 10_000, after: After = None) -> Response:
    """What merging the draft would change in the entity files, as RFC 6902 patches of canonical."""

    def act(caller: Caller) -> Response:
        diffs = list(map(entity_diff_json, caller.repository.drafts.get(draft_id).diff()))
        lines = page("changes", diffs, lambda line: str(line["entity"]), limit, after)
        return JSONResponse({"draft": draft_id, **lines})

    return await call.read(reads_draft(draft_id), act)


@router.post("/{draft_id}/validate", response_model=response_models.Validated, responses=errors(*WRITING))
async def validate_draft(
    call: Calling,
    draft_id: DraftId,
    if_match: IfMatch = None,
    *,
    record: Annotated[bool, Query(description="A sound draft becomes `validated`.")] = False,
) -> Response:
    """All violations of the draft. Nothing is written unless `record` is set."""

    def act(caller: Caller) -> Response:
        draft = acting_on(caller, draft_id, if_match)
        report = draft.validate(record=record)
        return tagged(validation_json(report), draft.tag())

    return await call.write(edits_draft(draft_id), act)


@router.post("/{draft_id}/submit", response_model=response_models.StatusAnswer, responses=errors(*WRITING))
async def submit_draft(
    call: Calling, draft_id: DraftId, body: request_models.WhyBody | None = None, if_match: IfMatch = None
) -> Response:
    """Hand the draft in for merging."""
    reason = None if body is None else body.reason
    return await _step(call, draft_id, edits_draft(draft_id), lambda draft: draft.submit(reason), if_match)


@router.post("/{draft_id}/withdraw", response_model=response_models.StatusAnswer, responses=errors(*WRITING))
async def withdraw_draft(
    call: Calling, draft_id: DraftId, body: request_models.WhyBody | None = None, if_match: IfMatch = None
) -> Response:
    """Take the draft back. It is kept, and can be reopened."""
    reason = None if body is None else body.reason
    return await _step(call, draft_id, edits_draft(draft_id), lambda draft: draft.withdraw(reason), if_match)


@router.post("/{draft_id}/reopen", response_model=response_models.StatusAnswer, responses=errors(*WRITING))
async def reopen_draft(call: Calling, draft_id: DraftId, if_match: IfMatch = None) -> Response:
    """Make a submitted, rejected or withdrawn draft editable again."""
    return await _step(call, draft_id, edits_draft(draft_id), Draft.reopen, if_match)


@router.post("/{draft_id}/reject", response_model=response_models.StatusAnswer, responses=errors(*WRITING))
async def reject_draft(
    call: Calling, draft_id: DraftId, body: request_models.ReasonBody, if_match: IfMatch = None
) -> Response:
    """Turn a submitted draft down. For maintainers."""
    return await _step(call, draft_id, maintains, lambda draft: draft.reject(body.reason), if_match)


@router.post("/{draft_id}/merge", response_model=response_models.Merged, responses=errors(*WRITING))
async def merge_draft(
    call: Calling, draft_id: DraftId, body: request_models.MergeBody | None = None, if_match: IfMatch = None
) -> Response:
    """Bring a submitted draft into canonical as one commit; the other open drafts are rebased. For maintainers."""

    def act(caller: Caller) -> Response:
        draft = acting_on(caller, draft_id, if_match)
        return JSONResponse(merge_report_json(draft.merge(None if body is None else body.message)))

    return await call.write(maintains, act)


@router.post("/{draft_id}/adopt", response_model=response_models.Adopted, responses=errors(*WRITING))
async def adopt_draft(
    call: Calling, draft_id: DraftId, body: request_models.AdoptBody | None = None
) -> Response:
    """Finish the merge of a draft whose branch plain git or a forge's button has merged, or take it out of canonical. For
    maintainers."""
    asked = body or request_models.AdoptBody()

    def act(caller: Caller) -> Response:
        drafts = caller.acting().drafts
        return JSONResponse(
            adopt_json(drafts.adopt(draft_id, take_out=asked.take_out, message=asked.message))
        )

    return await call.write(maintains, act)


@router.post("/{draft_id}/save", response_model=response_models.Edited, responses=errors(*WRITING))
async def save_draft(
    call: Calling, draft_id: DraftId, body: request_models.SaveBody | None = None, if_match: IfMatch = None
) -> Response:
    """Take in, as patches, the entity files that were changed with plain git on the draft's branch; a maintainer may name
    another revision."""
    asked = body or request_models.SaveBody()

    def act(caller: Caller) -> Response:
        if asked.revision is not None:
            maintains(caller)
        draft = acting_on(caller, draft_id, if_match)
        report = draft.save_from(asked.revision or draft.stored.ref, asked.message)
        return tagged(edit_report_json(report), draft.tag(report.tip))

    return await call.write(edits_draft(draft_id), act)


@router.post("/{draft_id}/rebase", response_model=response_models.Rebase, responses=errors(*WRITING))
async def rebase_draft(call: Calling, draft_id: DraftId) -> Response:
    """Replay this draft onto canonical's tip now."""

    def act(caller: Caller) -> Response:
        return JSONResponse(rebase_json(acting_on(caller, draft_id).rebase()))

    return await call.write(edits_draft(draft_id), act)


@router.post("/{draft_id}/stand-alone", response_model=response_models.Alone, responses=errors(*WRITING))
async def stand_draft_alone(call: Calling, draft_id: DraftId, if_match: IfMatch = None) -> Response:
    """Take the draft off the draft that it stands on, without that one's changes."""

    def act(caller: Caller) -> Response:
        draft = acting_on(caller, draft_id, if_match)
        tip = draft.stand_alone()
        return tagged({"draft": draft_id, "tip": tip}, draft.tag())

    return await call.write(edits_draft(draft_id), act)


@router.post(
    "/{draft_id}/capability", status_code=201, response_model=response_models.Made, responses=errors(*WRITING)
)
async def rotate_draft_capability(call: Calling, draft_id: DraftId) -> Response:
    """A new capability in place of all that the draft has, which open nothing any more."""

    def act(caller: Caller) -> Response:
        draft = caller.repository.drafts.get(draft_id)
        capability = caller.repository.tokens.rotate_draft(draft_id, caller.settings.life)
        return draft_started(caller, capability, len(draft.stored.files))

    return await call.write(edits_draft(draft_id), act)


@router.delete("/{draft_id}/capability", response_model=response_models.Revoked, responses=errors(*WRITING))
async def revoke_draft_capability(call: Calling, draft_id: DraftId) -> Response:
    """Revoke the draft's capabilities: from then on its maintainers alone may edit it."""

    def act(caller: Caller) -> Response:
        caller.repository.drafts.get(draft_id)
        revoked = caller.repository.tokens.revoke_draft(draft_id)
        return JSONResponse({"draft": draft_id, "revoked": revoked})

    return await call.write(edits_draft(draft_id), act)


async def _step(
    call: Call,
    draft_id: str,
    access: Access,
    step: Callable[[Draft], StatusReport],
    if_match: str | None,
) -> Response:
    """One step of the draft's status, which its pull request follows."""

    def act(caller: Caller) -> Response:
        draft = acting_on(caller, draft_id, if_match)
        report = step(draft)
        call.service.follow_pull(caller.repository, draft_id)
        return tagged(status_report_json(report), draft.tag(report.tip))

    return await call.write(access, act)
