"""What canonical and the drafts are like: validation, overlaps, impact, who set what, what is gone, all entities."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse, Response

from gitdraft.errors import StateRefused
from gitdraft.formats.reports.audit import audit_json
from gitdraft.formats.reports.drafts import overlaps_json
from gitdraft.formats.reports.entities import blame_json, impact_json
from gitdraft.formats.reports.releases import changelog_json
from gitdraft.server import report_models, request_models
from gitdraft.server.access import Caller, is_named, reads_canonical, reads_draft, reads_view
from gitdraft.server.bodies import StrictRoute
from gitdraft.server.dependencies import Calling
from gitdraft.server.drafts import DraftId
from gitdraft.server.entities import EntityId, InDraft
from gitdraft.server.error_handlers import error_answer
from gitdraft.server.responses import READING, WRITING, After, Limit, errors, page

router = APIRouter(prefix="/api/v2", tags=["checks"], route_class=StrictRoute)
EXPORTED = {"json": "application/json", "jsonl": "application/jsonl; charset=utf-8"}


@router.post("/validate", response_model=report_models.Checked, responses=errors(*WRITING))
async def validate(call: Calling, body: request_models.ValidateBody | None = None) -> Response:
    """All violations of canonical, or what the step between two commits makes wrong. Nothing is written."""
    step = None if body is None else body.step

    def act(caller: Caller) -> Response:
        checks = caller.repository.checks
        report = checks.canonical() if step is None else checks.step(step)
        violations = [violation.as_json() for violation in report.violations]
        return JSONResponse(
            {
                "target": report.target,
                "checked": report.checked,
                "sound": report.is_sound,
                "violations": violations,
            }
        )

    return await call.read(reads_canonical, act)


@router.get("/changelog", response_model=report_models.Changes, responses=errors(*READING))
async def changelog(
    call: Calling,
    start: Annotated[
        str, Query(alias="from", max_length=200, description="A version, tag or commit; the last release.")
    ] = "",
    end: Annotated[str, Query(alias="to", max_length=200, description="The same; canonical as it is.")] = "",
) -> Response:
    """The net changes of the entities from one state of canonical to another."""

    def act(caller: Caller) -> Response:
        return JSONResponse(
            changelog_json(caller.repository.releases.changelog(start, end, of_canonical=True))
        )

    return await call.read(reads_canonical, act)


@router.get("/overlaps", response_model=report_models.Overlaps, responses=errors(*READING))
async def list_overlaps(call: Calling) -> Response:
    """The entities that several open drafts change, and which of them would be in conflict."""

    def act(caller: Caller) -> Response:
        return JSONResponse(overlaps_json(list(caller.repository.overlaps())))

    return await call.read(is_named, act)


@router.get("/drafts/{draft_id}/overlaps", response_model=report_models.Overlaps, responses=errors(*READING))
async def list_draft_overlaps(call: Calling, draft_id: DraftId) -> Response:
    """The other open drafts that change what this one does."""

    def act(caller: Caller) -> Response:
        caller.repository.drafts.get(draft_id)
        return JSONResponse(overlaps_json(list(caller.repository.overlaps(draft_id)), draft_id))

    return await call.read(reads_draft(draft_id), act)


@router.get("/drafts/{draft_id}/impact", response_model=report_models.Impact, responses=errors(*READING))
async def show_impact(call: Calling, draft_id: DraftId) -> Response:
    """The entities whose effective members the draft changes, and through whom."""

    def act(caller: Caller) -> Response:
        return JSONResponse(impact_json(caller.repository.drafts.get(draft_id).impact()))

    return await call.read(reads_draft(draft_id), act)


@router.get(
    "/entities/{entity:path}/blame", response_model=report_models.Blame, responses=errors(410, *READING)
)
async def show_blame(call: Calling, entity: EntityId) -> Response:
    """Who last set each value of the entity."""

    def act(caller: Caller) -> Response:
        canonical = caller.repository.canonical
        named = str(canonical.find(entity))
        try:
            return JSONResponse({"entity": named, "places": blame_json(canonical.blame(named))})
        except StateRefused as error:
            if error.code != "entity-deleted":
                raise
            return error_answer(error, 410)

    return await call.read(reads_canonical, act)


@router.get("/audit", response_model=report_models.Audit, responses=errors(*READING))
async def show_audit(
    call: Calling,
    kind: Annotated[list[Literal["soft", "hard", "redirect", "undelete"]] | None, Query()] = None,
    since: Annotated[str, Query(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}Z)?$|^$")] = "",
    by: Annotated[str, Query(max_length=200, description="Only by those whose name or mail holds it.")] = "",
    limit: Limit = 1000,
    after: After = None,
) -> Response:
    """Every deletion, erasure and redirect, and what took them back; newest first."""

    def act(caller: Caller) -> Response:
        entries = caller.repository.canonical.audit(kind or (), since=since, by=by)
        lines = [audit_json(entry) for entry in entries]
        return JSONResponse(
            page("entries", lines, lambda line: f"{line['entity']}:{line['revision']}", limit, after)
        )

    return await call.read(is_named, act)


@router.get(
    "/export/{form}",
    response_class=Response,
    responses={
        200: {"content": {name.partition(";")[0]: {} for name in EXPORTED.values()}},
        **errors(*READING),
    },
)
async def export_entities(
    call: Calling,
    form: Annotated[Literal["json", "jsonl"], Path()],
    entity_type: Annotated[str | None, Query(alias="type", max_length=64)] = None,
    draft: InDraft = None,
) -> Response:
    """All entities of canonical, or as a draft would make them: one array, or a line each."""

    def act(caller: Caller) -> Response:
        export = caller.repository.transfer.export_entities(entity_type, draft)
        return Response("".join(f"{line}\n" for line in export.lines(form)), media_type=EXPORTED[form])

    return await call.read(reads_view(draft), act)
