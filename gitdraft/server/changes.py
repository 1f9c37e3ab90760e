"""`/api/v2/drafts/{draft_id}/changes`, and the conflicts of a draft."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, Unpack

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import Response

from gitdraft.api.conflicts import ResolveOptions
from gitdraft.api.draft import Draft, KeptChange
from gitdraft.api.edits import EditOptions
from gitdraft.api.inputs import load_schema
from gitdraft.errors import InvalidInput, Moved, NotFound
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.conflicts import entity_conflicts_json, resolve_json
from gitdraft.formats.reports.drafts import edit_report_json, stored_change_json
from gitdraft.model.assignments import Assignment
from gitdraft.model.reports import EditReport
from gitdraft.model.values import ABSENT
from gitdraft.server import request_models, response_models
from gitdraft.server.access import Caller, edits_draft, reads_draft
from gitdraft.server.bodies import DocumentRoute
from gitdraft.server.dependencies import Call, Calling
from gitdraft.server.drafts import AllowInvalid, DraftId, acting_on
from gitdraft.server.responses import READING, WRITING, After, IfMatch, Limit, errors, page, tagged

router = APIRouter(prefix="/api/v2/drafts/{draft_id}", tags=["changes"], route_class=DocumentRoute)
callers = APIRouter(prefix="/drafts/{draft_id}", tags=["callers"], route_class=DocumentRoute)
EntityId = Annotated[str, Path(max_length=300, description="`type/key`.")]
IfNoChange = Annotated[
    str | None,
    Header(alias="If-None-Match", description="`*`: refuse with 412 where the draft has a change to it."),
]
MEMBERS = {
    "modify": ("patch",),
    "create": ("document",),
    "delete": ("reason",),
    "redirect": ("redirects_to", "reason"),
    "rename": ("to",),
}
OPTIONAL = {"rename": ("redirect",)}
CALLERS_MEMBERS = {
    "update": "patch",
    "create": "replacement_json",
    "delete": None,
    "redirect": "redirects_to",
}
PATCH_SCHEMA = {
    name: value for name, value in load_schema("patch").items() if name in ("type", "items", "examples")
}
PATCH_BODY = {
    "requestBody": {
        "required": True,
        "description": "RFC 6902.",
        "content": {"application/json-patch+json": {"schema": PATCH_SCHEMA}},
    }
}


@router.get("/changes", response_model=response_models.Changes, responses=errors(*READING))
async def list_changes(
    call: Calling, draft_id: DraftId, limit: Limit = 10_000, after: After = None
) -> Response:
    """The draft's changes as they are kept."""

    def act(caller: Caller) -> Response:
        draft = caller.repository.drafts.get(draft_id)
        tag = draft.tag()
        changes = [_change_json(change) for change in draft.changes()]
        lines = page("changes", changes, lambda line: str(line["entity"]), limit, after)
        return tagged({"draft": draft_id, **lines}, tag)

    return await call.read(reads_draft(draft_id), act)


@router.get("/changes/{entity:path}", response_model=response_models.Change, responses=errors(*READING))
async def read_change(call: Calling, draft_id: DraftId, entity: EntityId) -> Response:
    """The draft's change to one entity."""

    def act(caller: Caller) -> Response:
        draft = caller.repository.drafts.get(draft_id)
        return tagged(_change_json(draft.change(entity)), draft.tag())

    return await call.read(reads_draft(draft_id), act)


@callers.post("/changes", status_code=201, response_model=response_models.Edited, responses=errors(*WRITING))
@router.post("/changes", status_code=201, response_model=response_models.Edited, responses=errors(*WRITING))
async def add_change(
    call: Calling,
    draft_id: DraftId,
    body: request_models.AnyChangeBody,
    *,
    allow_invalid: AllowInvalid = False,
    if_match: IfMatch = None,
) -> Response:
    """Add a change, on top of what the draft does to the entity already."""
    change = body if isinstance(body, request_models.ChangeBody) else _in_our_words(body)

    def edit(draft: Draft) -> EditReport:
        return _edit(draft, change.entity, change, allow_invalid=allow_invalid)

    return await _edited(call, draft_id, edit, if_match, 201)


@router.put("/changes/{entity:path}", response_model=response_models.Edited, responses=errors(*WRITING))
async def replace_change(  # noqa: PLR0913 (one a header)
    call: Calling,
    draft_id: DraftId,
    entity: EntityId,
    body: request_models.ChangeContent,
    *,
    allow_invalid: AllowInvalid = False,
    if_match: IfMatch = None,
    if_none_match: IfNoChange = None,
) -> Response:
    """Put a change in place of the one that the draft has, if it has one: made on the entity as canonical has it."""

    def act(caller: Caller) -> Response:
        draft = acting_on(caller, draft_id, if_match, _unchanged(if_none_match, entity))
        report = _edit(draft, entity, body, allow_invalid=allow_invalid, replace=True)
        return tagged(edit_report_json(report), draft.tag(report.tip))

    return await call.write(edits_draft(draft_id), act)


@router.post(
    "/changes/{entity:path}",
    status_code=201,
    response_model=response_models.Edited,
    responses=errors(*WRITING),
    openapi_extra=PATCH_BODY,
    operation_id="add_patch",
)
@router.patch(
    "/changes/{entity:path}",
    response_model=response_models.Edited,
    responses=errors(*WRITING),
    openapi_extra=PATCH_BODY,
    operation_id="patch_entity",
)
async def patch_change(
    call: Calling,
    draft_id: DraftId,
    entity: EntityId,
    request: Request,
    *,
    allow_invalid: AllowInvalid = False,
    if_match: IfMatch = None,
) -> Response:
    """Apply a JSON Patch to the entity as the draft has it. The body is application/json-patch+json."""
    patch = await request.json()

    def edit(draft: Draft) -> EditReport:
        return draft.patch(entity, patch, allow_invalid=allow_invalid)

    return await _edited(call, draft_id, edit, if_match, 201 if request.method == "POST" else 200)


@router.delete("/changes/{entity:path}", response_model=response_models.Edited, responses=errors(*WRITING))
async def remove_change(
    call: Calling, draft_id: DraftId, entity: EntityId, if_match: IfMatch = None
) -> Response:
    """Take an entity out of the draft: it is again as canonical has it."""
    return await _edited(call, draft_id, lambda draft: draft.drop(entity), if_match)


@router.post("/edit-all", response_model=response_models.Edited, responses=errors(*WRITING))
async def edit_all(
    call: Calling,
    draft_id: DraftId,
    body: request_models.EditAllBody,
    *,
    allow_invalid: AllowInvalid = False,
    dry_run: Annotated[bool, Query(description="Say what would change, and write nothing.")] = False,
    if_match: IfMatch = None,
) -> Response:
    """Make one edit of all entities that a query matches as the draft has them, in one commit, or of none."""
    if (body.patch is None) == (body.assignments is None):
        raise InvalidInput("patch or assignments, one of them", context={"path": "/patch"})

    def act(caller: Caller) -> Response:
        assignments = [
            Assignment(each.name, each.operator, json.dumps(each.value), "json")
            for each in body.assignments or ()
        ]
        draft = acting_on(caller, draft_id, if_match)
        report = draft.edit_all(
            body.query,
            patch=body.patch,
            assignments=assignments,
            most=caller.settings.bounds.changes,
            allow_invalid=allow_invalid,
            dry_run=dry_run,
        )
        return tagged(edit_report_json(report), draft.tag(None if dry_run else report.tip))

    return await call.write(edits_draft(draft_id), act)


@router.get("/conflicts", response_model=response_models.Conflicts, responses=errors(*READING))
async def list_conflicts(
    call: Calling, draft_id: DraftId, limit: Limit = 10_000, after: After = None
) -> Response:
    """What the draft and canonical both changed, with the value on each side."""

    def act(caller: Caller) -> Response:
        draft = caller.repository.drafts.get(draft_id)
        conflicts = entity_conflicts_json(draft.conflicts(), draft=draft_id)
        lines = page("conflicts", conflicts, lambda c: f"{c['entity']}:{c['path']}", limit, after)
        return tagged({"draft": draft_id, **lines}, draft.tag())

    return await call.read(reads_draft(draft_id), act)


@router.post("/resolve", response_model=response_models.Resolved, responses=errors(*WRITING))
async def resolve_conflict(
    call: Calling,
    draft_id: DraftId,
    body: request_models.ResolveBody,
    *,
    allow_invalid: AllowInvalid = False,
    if_match: IfMatch = None,
) -> Response:
    """Answer the conflict at `path` of an entity, or all conflicts of it, or move the change to where canonical redirects the
    entity. When the last one of the draft is answered, it moves to canonical's tip."""
    _check_answer(body)

    def act(caller: Caller) -> Response:
        draft = acting_on(caller, draft_id, if_match)
        if body.retarget:
            report = draft.retarget(body.entity, take=body.take, allow_invalid=allow_invalid)
        else:
            report = draft.resolve(
                body.entity,
                body.path,
                take=body.take,
                value=ABSENT if body.take is not None else body.value,
                options=ResolveOptions(allow_invalid=allow_invalid),
            )
        return tagged(resolve_json(report), draft.tag(report.tip))

    return await call.write(edits_draft(draft_id), act)


def _unchanged(if_none_match: str | None, entity: str) -> Callable[[Draft], None]:
    """Returns what refuses where the draft has a change to the entity and `If-None-Match: *` says that it has none."""

    def require(draft: Draft) -> None:
        if (if_none_match or "").strip() != "*":
            return
        with suppress(NotFound):
            draft.change(entity)
            raise Moved(
                f"draft '{draft.id}' has a change to '{entity}'",
                code="precondition-failed",
                context={"draft": draft.id, "entity": entity},
            )

    return require


async def _edited(
    call: Call,
    draft_id: str,
    edit: Callable[[Draft], EditReport],
    if_match: str | None,
    status: int = 200,
) -> Response:
    """An edit as one commit on the draft; 200 or ``status`` with where it stands then."""

    def act(caller: Caller) -> Response:
        draft = acting_on(caller, draft_id, if_match)
        report = edit(draft)
        return tagged(edit_report_json(report), draft.tag(report.tip), status)

    return await call.write(edits_draft(draft_id), act)


def _edit(
    draft: Draft, entity: str, content: request_models.ChangeContent, **options: Unpack[EditOptions]
) -> EditReport:
    """Makes the edit that a body asks for. Raises InvalidInput when it has not just the members of its action."""
    _check_members(content)
    reason = content.reason or ""
    match content.action:
        case "create":
            return draft.create(entity, content.document, **options)
        case "redirect":
            return draft.redirect(entity, content.redirects_to or "", reason, **options)
        case "rename":
            return draft.rename(entity, content.to or "", redirect=content.redirect is not False, **options)
        case "delete":
            return draft.delete(entity, reason, **options)
        case "modify":
            return draft.patch(entity, list(content.patch or ()), **options)


def _in_our_words(body: request_models.CallersChangeBody) -> request_models.ChangeBody:
    """Returns the change that an earlier caller asks for. Raises InvalidInput where it has not just the members of its
    type."""
    needed = CALLERS_MEMBERS[body.change_type]
    for name in ("patch", "replacement_json", "redirects_to"):
        is_given = getattr(body, name) is not None
        if name == needed and not is_given:
            raise InvalidInput(
                f"change_type '{body.change_type}' needs a member '{name}'",
                code="missing-field",
                context={"path": f"/{name}"},
            )
        if name != needed and is_given:
            raise InvalidInput(
                f"change_type '{body.change_type}' takes no member '{name}'", context={"path": f"/{name}"}
            )
    target = (body.redirects_to or "").removeprefix(f"{body.entity_type}/")
    reason = body.reason or f"{body.change_type} by {request_models.CALLER}"
    contents: dict[str, dict[str, Any]] = {
        "update": {"action": "modify", "patch": body.patch},
        "create": {"action": "create", "document": body.replacement_json},
        "delete": {"action": "delete", "reason": reason},
        "redirect": {"action": "redirect", "redirects_to": f"{body.entity_type}/{target}", "reason": reason},
    }
    return request_models.ChangeBody(
        entity=f"{body.entity_type}/{body.entity_key}", **contents[body.change_type]
    )


def _check_members(content: request_models.ChangeContent) -> None:
    needed = MEMBERS[content.action]
    known = {name for names in (*MEMBERS.values(), *OPTIONAL.values()) for name in names}
    given = content.model_fields_set & known
    for name in needed:
        if getattr(content, name) is None:
            raise InvalidInput(
                f"action '{content.action}' needs a member '{name}'",
                code="missing-field",
                context={"path": f"/{name}"},
            )
    for name in given - {*needed, *OPTIONAL.get(content.action, ())}:
        raise InvalidInput(
            f"action '{content.action}' takes no member '{name}'", context={"path": f"/{name}"}
        )


def _check_answer(body: request_models.ResolveBody) -> None:
    if body.retarget:
        for name in ("path", "value"):
            if name in body.model_fields_set:
                raise InvalidInput(f"retarget takes no member '{name}'", context={"path": f"/{name}"})
    elif (body.take is None) == ("value" not in body.model_fields_set):
        raise InvalidInput("one of take and value is needed", code="missing-field", context={"path": "/take"})


def _change_json(kept: KeptChange) -> Record:
    """The change as it is kept; a malformed one says what is wrong with it."""
    if kept.change is not None:
        return stored_change_json(kept.change)
    message = "" if kept.error is None else kept.error.message
    return {"entity": str(kept.entity), "action": kept.action, "error": message}
