"""What canonical and the drafts are like: validation, overlaps, impact, who set what, what is gone."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from gitdraft.errors import StateRefused
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.audit import audit_json
from gitdraft.formats.reports.configuration import configuration_json
from gitdraft.formats.reports.drafts import overlaps_json
from gitdraft.formats.reports.entities import blame_json, impact_json
from gitdraft.formats.reports.releases import changelog_json
from gitdraft.server import report_models, request_models
from gitdraft.server.access import Caller, is_named, reads_canonical, reads_draft
from gitdraft.server.bodies import StrictRoute
from gitdraft.server.dependencies import Calling
from gitdraft.server.drafts import DraftId
from gitdraft.server.entities import EntityId
from gitdraft.server.error_handlers import error_answer
from gitdraft.server.responses import READING, WRITING, After, Limit, errors, page

router = APIRouter(prefix="/api/v2", tags=["checks"], route_class=StrictRoute)


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

    return await call.survey(reads_canonical, act)


@router.get("/changelog", response_model=report_models.Changes, responses=errors(*READING))
async def changelog(
    call: Calling,
    start: Annotated[
        str, Query(alias="from", max_length=200, description="A version, tag or commit; the last release.")
    ] = "",
    end: Annotated[str, Query(alias="to", max_length=200, description="The same; canonical as it is.")] = "",
    limit: Limit = 10_000,
    after: After = None,
) -> Response:
    """The net changes of the entities from one state of canonical to another."""

    def act(caller: Caller) -> Response:
        document = changelog_json(caller.repository.releases.changelog(start, end, of_canonical=True))
        return JSONResponse(document | page("changes", document["changes"], _entity_of, limit, after))

    return await call.survey(reads_canonical, act)


@router.get("/status", response_model=report_models.Status, responses=errors(*READING))
async def show_status(call: Calling) -> Response:
    """Where canonical and the drafts stand."""

    def act(caller: Caller) -> Response:
        return JSONResponse(caller.repository.status().repository.as_json())

    return await call.read(is_named, act)


@router.get("/configuration", response_model=report_models.Configuration, responses=errors(*READING))
async def show_configuration(call: Calling) -> Response:
    """What canonical's gitdraft.yaml says."""

    def act(caller: Caller) -> Response:
        text = caller.repository.configuration_text()
        document = configuration_json(caller.repository.configuration)
        return JSONResponse(document | ({} if text is None else {"text": text}))

    return await call.read(reads_canonical, act)


@router.get("/overlaps", response_model=report_models.Overlaps, responses=errors(*READING))
async def list_overlaps(call: Calling, limit: Limit = 1000, after: After = None) -> Response:
    """The entities that several open drafts change, and which of them would be in conflict."""

    def act(caller: Caller) -> Response:
        document = overlaps_json(list(caller.repository.overlaps()))
        return JSONResponse(document | page("entities", document["entities"], _entity_of, limit, after))

    return await call.survey(is_named, act)


@router.get("/drafts/{draft_id}/overlaps", response_model=report_models.Overlaps, responses=errors(*READING))
async def list_draft_overlaps(
    call: Calling, draft_id: DraftId, limit: Limit = 1000, after: After = None
) -> Response:
    """The other open drafts that change what this one does."""

    def act(caller: Caller) -> Response:
        caller.repository.drafts.get(draft_id)
        document = overlaps_json(list(caller.repository.overlaps(draft_id)), draft_id)
        return JSONResponse(document | page("entities", document["entities"], _entity_of, limit, after))

    return await call.survey(reads_draft(draft_id), act)


@router.get(
    "/drafts/{draft_id}/classification", response_model=report_models.Classified, responses=errors(*READING)
)
async def classify_draft(call: Calling, draft_id: DraftId) -> Response:
    """Whether the draft is breaking, additive or cosmetic, which step of a semantic version it asks for, and why."""

    def act(caller: Caller) -> Response:
        classification = caller.repository.drafts.get(draft_id).classify()
        return JSONResponse({"draft": draft_id, **classification.as_json()})

    return await call.read(reads_draft(draft_id), act)


@router.get("/drafts/{draft_id}/log", response_model=report_models.Commits, responses=errors(*READING))
async def list_commits(
    call: Calling, draft_id: DraftId, limit: Limit = 1000, after: After = None
) -> Response:
    """The draft's own commits, the newest first."""

    def act(caller: Caller) -> Response:
        commits = [commit.as_json() for commit in caller.repository.drafts.get(draft_id).log()]
        lines = page("commits", commits, lambda line: line["commit"], limit, after)
        return JSONResponse({"draft": draft_id, **lines})

    return await call.read(reads_draft(draft_id), act)


@router.get("/drafts/{draft_id}/impact", response_model=report_models.Impact, responses=errors(*READING))
async def show_impact(call: Calling, draft_id: DraftId, limit: Limit = 1000, after: After = None) -> Response:
    """The entities whose effective members the draft changes, and through whom."""

    def act(caller: Caller) -> Response:
        document = impact_json(caller.repository.drafts.get(draft_id).impact())
        return JSONResponse(document | page("entities", document["entities"], _entity_of, limit, after))

    return await call.survey(reads_draft(draft_id), act)


@router.get(
    "/entities/{entity:path}/blame", response_model=report_models.Blame, responses=errors(410, *READING)
)
async def show_blame(call: Calling, entity: EntityId, limit: Limit = 10_000, after: After = None) -> Response:
    """Who last set each value of the entity."""

    def act(caller: Caller) -> Response:
        canonical = caller.repository.canonical
        named = str(canonical.find(entity))
        try:
            places = blame_json(canonical.blame(named))
            lines = page("places", places, lambda line: str(line["path"]), limit, after)
            return JSONResponse({"entity": named, **lines})
        except StateRefused as error:
            if error.code != "entity-deleted":
                raise
            return error_answer(error, 410)

    return await call.read(reads_canonical, act)


@router.get("/audit", response_model=report_models.Audit, responses=errors(*READING))
async def show_audit(
    call: Calling,
    kind: Annotated[list[Literal["soft", "hard", "redirect", "undelete"]] | None, Query()] = None,
    since: Annotated[
        str, Query(max_length=40, description="A date or time (ISO 8601), in UTC where it names no zone.")
    ] = "",
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

    return await call.survey(is_named, act)


def _entity_of(line: Record) -> str:
    return str(line["entity"])
