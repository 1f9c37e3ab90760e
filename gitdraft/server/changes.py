"""`/api/v2/drafts/{draft_id}/changes`, and the conflicts of a draft."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from gitdraft.drafts.edit import Edit, EditChecks, plan_edits, redirect_edits
from gitdraft.drafts.edit_functions import (
    EditFunction,
    create_entity,
    delete_entity,
    drop_change,
    patch_entity,
    redirect_entity,
)
from gitdraft.drafts.edit_functions import (
    replace_change as replace_by,
)
from gitdraft.drafts.resolve import Answer, canonical_side, conflicts_of, draft_side, plan_resolve
from gitdraft.errors import GitdraftError, InvalidInput, NotFound
from gitdraft.formats.reports import conflict_json, edit_report_json, stored_change_json
from gitdraft.formats.schemas import load_schema
from gitdraft.model.changes import ChangeKind
from gitdraft.model.entities import EntityRef
from gitdraft.server import request_models, response_models
from gitdraft.server.access import Caller, edits_draft, reads_draft
from gitdraft.server.dependencies import Call, Calling, StrictRoute
from gitdraft.server.drafts import DraftId, draft_tag
from gitdraft.server.responses import READING, WRITING, IfMatch, errors, require_match, tagged
from gitdraft.store.change_files import read_change_file
from gitdraft.store.drafts import ChangeFile
from gitdraft.store.repository import Store
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.effective_view import EffectiveView, open_view
from gitdraft.views.entity_names import find_entity, name_entity, parse_entity

router = APIRouter(prefix="/api/v2/drafts/{draft_id}", tags=["changes"], route_class=StrictRoute)
EntityId = Annotated[str, Path(max_length=300, description="`type/key`.")]
AllowInvalid = Annotated[
    bool, Query(description="Save a result that breaks its schema; it then blocks submitting.")
]
ACTIONS: dict[ChangeKind, str] = {
    "patch": "modify",
    "create": "create",
    "delete": "delete",
    "redirect": "redirect",
}
MEMBERS = {
    "modify": ("patch",),
    "create": ("document",),
    "delete": ("reason",),
    "redirect": ("redirects_to", "reason"),
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
async def list_changes(call: Calling, draft_id: DraftId) -> Response:
    """The draft's changes as they are kept."""

    def act(caller: Caller) -> Response:
        draft = caller.store.find_draft(draft_id)
        changes = [_change(caller.store, file) for file in draft.files]
        return tagged({"draft": draft_id, "changes": changes}, draft.tip)

    return await call.read(reads_draft(draft_id), act)


@router.get("/changes/{entity:path}", response_model=response_models.Change, responses=errors(*READING))
async def read_change(call: Calling, draft_id: DraftId, entity: EntityId) -> Response:
    """The draft's change to one entity."""

    def act(caller: Caller) -> Response:
        draft = caller.store.find_draft(draft_id)
        found = find_entity(open_view(caller.store, draft), entity)
        file = draft.file(found)
        if file is None:
            raise NotFound(f"the draft does not change '{found}'", context={"entity": str(found)})
        return tagged(_change(caller.store, file), draft.tip)

    return await call.read(reads_draft(draft_id), act)


@router.post("/changes", status_code=201, response_model=response_models.Edited, responses=errors(*WRITING))
async def add_change(
    call: Calling,
    draft_id: DraftId,
    body: request_models.ChangeBody,
    *,
    allow_invalid: AllowInvalid = False,
    if_match: IfMatch = None,
) -> Response:
    """Add a change, on top of what the draft does to the entity already."""

    def edits(view: EffectiveView) -> list[Edit]:
        return _edits(view, body.entity, body)

    message = f"{body.action.capitalize()} {body.entity}"
    return await _edit(call, draft_id, edits, message, if_match, allow_invalid=allow_invalid, status=201)


@router.put("/changes/{entity:path}", response_model=response_models.Edited, responses=errors(*WRITING))
async def replace_change(
    call: Calling,
    draft_id: DraftId,
    entity: EntityId,
    body: request_models.ChangeContent,
    *,
    allow_invalid: AllowInvalid = False,
    if_match: IfMatch = None,
) -> Response:
    """Put a change in place of the one that the draft has, if it has one: made on the entity as canonical has it."""

    def edits(view: EffectiveView) -> list[Edit]:
        first, *others = _edits(view, entity, body)
        return [Edit(first.entity, replace_by(first.make), first.resolves_conflict), *others]

    message = f"Replace the change of {entity}"
    return await _edit(call, draft_id, edits, message, if_match, allow_invalid=allow_invalid)


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
    make = patch_entity(await request.json())

    def edits(view: EffectiveView) -> list[Edit]:
        return [Edit(find_entity(view, entity), make)]

    status = 201 if request.method == "POST" else 200
    return await _edit(
        call, draft_id, edits, f"Patch {entity}", if_match, allow_invalid=allow_invalid, status=status
    )


@router.delete("/changes/{entity:path}", response_model=response_models.Edited, responses=errors(*WRITING))
async def remove_change(
    call: Calling, draft_id: DraftId, entity: EntityId, if_match: IfMatch = None
) -> Response:
    """Take an entity out of the draft: it is again as canonical has it."""

    def edits(view: EffectiveView) -> list[Edit]:
        return [Edit(find_entity(view, entity), drop_change(), resolves_conflict=True)]

    return await _edit(call, draft_id, edits, f"Drop {entity}", if_match)


@router.get("/conflicts", response_model=response_models.Conflicts, responses=errors(*READING))
async def list_conflicts(call: Calling, draft_id: DraftId) -> Response:
    """What the draft and canonical both changed, with the value on each side."""

    def act(caller: Caller) -> Response:
        draft = caller.store.find_draft(draft_id)
        found = conflicts_of(open_view(caller.store, draft))
        conflicts = [{"entity": str(entity), **conflict_json(conflict)} for entity, conflict in found]
        return tagged({"draft": draft_id, "conflicts": conflicts}, draft.tip)

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
    """Answer the conflict at `path` of an entity, or all conflicts of it. When the last one of the draft is answered, it
    moves to canonical's tip."""
    answer = _answer(body)

    def act(caller: Caller) -> Response:
        view = open_view(caller.store, caller.store.find_draft(draft_id))
        found = find_entity(view, body.entity)

        def plan(transaction: Transaction) -> Plan[Any]:
            require_match(if_match, lambda: draft_tag(caller.store, draft_id), draft_id)
            return plan_resolve(transaction, draft_id, found, body.path, answer, allow_invalid=allow_invalid)

        report = caller.session().run("resolve", plan)
        document = {
            "draft": report.draft,
            "tip": report.tip,
            "moved": report.moved,
            "resolved": [{"entity": str(e), "path": c.path} for e, c in report.resolved],
            "remaining": [{"entity": str(e), **conflict_json(c)} for e, c in report.remaining],
            "violations": [violation.as_json() for violation in report.violations],
        }
        return tagged(document, report.tip)

    return await call.write(edits_draft(draft_id), act)


async def _edit(
    call: Call,
    draft_id: str,
    edits: Any,
    message: str,
    if_match: str | None,
    *,
    allow_invalid: bool = False,
    status: int = 200,
) -> Response:
    """The edits as one commit on the draft; 200 or ``status`` with where it stands then."""

    def act(caller: Caller) -> Response:
        def plan(transaction: Transaction) -> Plan[Any]:
            require_match(if_match, lambda: draft_tag(caller.store, draft_id), draft_id)
            return plan_edits(transaction, draft_id, edits, message, EditChecks(allow_invalid))

        report = caller.session().run("edit", plan)
        return tagged(edit_report_json(report), report.tip, status)

    return await call.write(edits_draft(draft_id), act)


def _edits(view: EffectiveView, entity: str, content: request_models.ChangeContent) -> list[Edit]:
    """What a body asks for. Raises InvalidInput when it has not just the members of its action."""
    needed = MEMBERS[content.action]
    given = content.model_fields_set & {name for names in MEMBERS.values() for name in names}
    for name in needed:
        if getattr(content, name) is None:
            raise InvalidInput(
                f"action '{content.action}' needs a member '{name}'",
                code="missing-field",
                context={"path": f"/{name}"},
            )
    for name in given - set(needed):
        raise InvalidInput(
            f"action '{content.action}' takes no member '{name}'", context={"path": f"/{name}"}
        )
    reason = content.reason or ""
    if content.action == "create":
        return [Edit(parse_entity(view.canonical.configuration, entity), create_entity(content.document))]
    found: EntityRef = find_entity(view, entity)
    if content.action == "redirect":
        target = name_entity(view, content.redirects_to or "")
        return redirect_edits(view, found, target, redirect_entity(target, reason))
    make: EditFunction = (
        delete_entity(reason) if content.action == "delete" else patch_entity(list(content.patch or ()))
    )
    return [Edit(found, make)]


def _answer(body: request_models.ResolveBody) -> Answer:
    if (body.take is None) == ("value" not in body.model_fields_set):
        raise InvalidInput("one of take and value is needed", code="missing-field", context={"path": "/take"})
    if body.take is not None:
        return draft_side if body.take == "draft" else canonical_side
    return lambda _: body.value


def _change(store: Store, file: ChangeFile) -> dict[str, Any]:
    """The change in a file; a malformed one says what is wrong with it."""
    try:
        return stored_change_json(read_change_file(store.git, file, store.snapshot().configuration))
    except GitdraftError as error:
        return {"entity": str(file.entity), "action": ACTIONS[file.kind], "error": error.message}
