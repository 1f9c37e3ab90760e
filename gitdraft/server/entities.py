"""`/api/v2/entities`: entities as canonical, or a draft, has them; their revisions and references."""

from __future__ import annotations

from io import BytesIO
from itertools import islice
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse, Response

from gitdraft.api.views import EntityLookup
from gitdraft.errors import InvalidInput, StateRefused
from gitdraft.formats.reports import Record
from gitdraft.formats.reports.entities import (
    effective_json,
    entity_json,
    entity_line_json,
    envelope_json,
    references_json,
    revision_json,
    tombstone_member,
)
from gitdraft.formats.reports.releases import bundle_json
from gitdraft.model.entities import EntityRef
from gitdraft.server import report_models, response_models
from gitdraft.server.access import Caller, reads_canonical, reads_view
from gitdraft.server.bodies import StrictRoute
from gitdraft.server.dependencies import Calling
from gitdraft.server.error_handlers import error_answer
from gitdraft.server.responses import (
    READING,
    After,
    IfNoneMatch,
    Limit,
    errors,
    fresh,
    page,
    tag_of,
    tagged,
)

router = APIRouter(prefix="/api/v2/entities", tags=["entities"], route_class=StrictRoute)
EntityId = Annotated[str, Path(max_length=300, description="`type/key`.")]
InDraft = Annotated[str | None, Query(max_length=63, description="As this draft would have it.")]
REVISION = r"^[1-9][0-9]{0,8}(-[0-9a-f]{12,40})?$"
Number = Annotated[str, Path(pattern=REVISION)]
MOST_LISTED = 10_000


@router.get("", response_model=response_models.EntityLines, responses=errors(*READING))
async def list_entities(
    call: Calling,
    type: Annotated[str | None, Query(max_length=64, description="Of this type alone.")] = None,  # noqa: A002
    draft: InDraft = None,
    *,
    changed: Annotated[bool, Query(description="Only what the draft changes.")] = False,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 1000,
    after: Annotated[str | None, Query(max_length=300, description="`next` of the answer before.")] = None,
) -> Response:
    """The entities with their change status, sorted; those that the draft creates or deletes too."""

    def act(caller: Caller) -> Response:
        behind = EntityRef(*after.partition("/")[::2]) if after is not None else None
        views = (
            view
            for view in caller.repository.entities(type, draft)
            if (behind is None or view.entity > behind) and (not changed or view.is_changed)
        )
        lines = [entity_line_json(view) for view in islice(views, limit + 1)]
        document: dict[str, Any] = {"entities": lines[:limit]}
        if len(lines) > limit:
            document["next"] = lines[limit - 1]["entity"]
        return JSONResponse(document)

    return await call.read(reads_view(draft), act)


@router.get("/{entity:path}/revisions", response_model=response_models.Revisions, responses=errors(*READING))
async def list_revisions(
    call: Calling, entity: EntityId, limit: Limit = 10_000, after: After = None
) -> Response:
    """The commits of canonical that changed the entity, oldest first; the ETag is the last one's `revision`."""

    def act(caller: Caller) -> Response:
        named = caller.repository.canonical.find(entity)
        known = caller.repository.canonical.revisions(str(named))
        lines = page("revisions", list(map(revision_json, known)), _revision_of, limit, after)
        return tagged({"entity": str(named), **lines}, tag_of(known[-1] if known else None))

    return await call.read(reads_canonical, act)


@router.get(
    "/{entity:path}/revisions/{number}",
    response_model=response_models.RevisionContent,
    responses=errors(*READING),
)
async def read_revision(call: Calling, entity: EntityId, number: Number) -> Response:
    """A revision with the entity as it left it."""

    def act(caller: Caller) -> Response:
        shown = caller.repository.canonical.revision(entity, number)
        document = {
            "entity": str(shown.entity),
            "commit": shown.envelope.revision.commit,
            "revision": envelope_json(shown.envelope),
        }
        return tagged(document, shown.envelope.revision.text)

    return await call.read(reads_canonical, act)


@router.get(
    "/{entity:path}/revisions/{number}/diff",
    response_model=report_models.RevisionDiff,
    responses=errors(*READING),
)
async def diff_revisions(
    call: Calling,
    entity: EntityId,
    number: Number,
    start: Annotated[str, Query(alias="from", pattern=REVISION, description="The revision to compare with.")],
) -> Response:
    """What became of the entity from one revision to another."""

    def act(caller: Caller) -> Response:
        return JSONResponse(caller.repository.canonical.revision_diff(entity, start, number).as_json())

    return await call.read(reads_canonical, act)


@router.get(
    "/{entity:path}/effective", response_model=response_models.Effective, responses=errors(410, *READING)
)
async def list_members(call: Calling, entity: EntityId, draft: InDraft = None) -> Response:
    """The members that it has and inherits, each with whom it comes from; a redirect is followed."""

    def act(caller: Caller) -> Response:
        lookup = caller.repository.find(entity, draft)
        end = lookup.follow()
        if end.is_deleted():
            return error_answer(end.deletion(), 410)
        effective = lookup.members()
        return JSONResponse(effective_json(effective))

    return await call.read(reads_view(draft), act)


@router.get(
    "/{entity:path}/references", response_model=response_models.References, responses=errors(*READING)
)
async def list_references(
    call: Calling, entity: EntityId, draft: InDraft = None, limit: Limit = 10_000, after: After = None
) -> Response:
    """The entities that it names, and those that name it (these come in parts), each with the pointer where; what open drafts
    would change of that is for named tokens."""

    def act(caller: Caller) -> Response:
        references = caller.repository.references(entity, draft)
        is_named = caller.grant is not None and caller.grant.role != "capability"
        document = references_json(references, with_drafts=is_named)
        lines = page("named_by", document["named_by"], lambda p: f"{p['entity']}:{p['path']}", limit, after)
        return JSONResponse({**document, **lines})

    return await call.read(reads_view(draft), act)


@router.get(
    "/{entity:path}/bundle",
    response_model=report_models.Bundle,
    responses={200: {"content": {"application/ld+json": {}}}, **errors(410, *READING)},
)
async def bundle_entity(
    call: Calling,
    entity: EntityId,
    draft: InDraft = None,
    at: Annotated[str | None, Query(max_length=200, description="Canonical at this commit.")] = None,
    form: Annotated[Literal["json", "jsonld"], Query(alias="format")] = "json",
) -> Response:
    """A module with everything that it needs, effective members included, as one document. A redirect is followed."""
    if draft is not None and at is not None:
        raise InvalidInput("a draft is over canonical's tip; leave out at", context={"path": "/at"})

    def act(caller: Caller) -> Response:
        releases = caller.repository.releases
        try:
            bundle = releases.bundle(entity, draft, at, of_canonical=True)
        except StateRefused as error:
            if error.code != "entity-deleted":
                raise
            return error_answer(error, 410)
        if form == "json":
            return JSONResponse(bundle_json(bundle))
        stream = BytesIO()
        releases.write_bundle(bundle, stream)
        return Response(stream.getvalue(), media_type="application/ld+json")

    return await call.survey(reads_view(draft), act)


@router.get(
    "/{entity:path}", response_model=response_models.Entity, responses=errors(304, 308, 410, *READING)
)
async def read_entity(
    call: Calling,
    entity: EntityId,
    draft: InDraft = None,
    redirect: Annotated[str | None, Query(description="`no`: the tombstone of a redirect.")] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The entity as canonical has it, or as a draft would. A redirect answers 308, with `redirect=no` its tombstone; a
    deleted one 410 with the reason, an erased one 410 without. The ETag is the revision, with `draft` the draft's
    own."""

    def act(caller: Caller) -> Response:
        return _entity_answer(caller.repository.find(entity, draft), draft, redirect, if_none_match)

    return await call.read(reads_view(draft), act)


def _revision_of(line: Record) -> str:
    return str(line["revision"])


def _entity_answer(
    lookup: EntityLookup, draft: str | None, redirect: str | None, if_none_match: str | None
) -> Response:
    seen = lookup.show()
    extra: dict[str, Any] = {}
    if seen.target is not None and redirect != "no":
        return _redirect_answer(lookup, draft)
    if seen.target is not None:
        tombstone = lookup.tombstone()
        extra["tombstone"] = {} if tombstone is None else tombstone_member(tombstone)
    elif lookup.is_gone():
        return error_answer(lookup.deletion(), 410)
    revision = lookup.latest_revision()
    number = 0 if revision is None else revision.number
    document = {**entity_json(seen), "revision": tag_of(revision), "revision_id": number, **extra}
    if lookup.draft_tag is not None:
        return tagged(document, lookup.draft_tag)
    return fresh(document, tag_of(revision), if_none_match)


def _redirect_answer(lookup: EntityLookup, draft: str | None) -> Response:
    end = lookup.follow().entity
    query = "" if draft is None else f"?draft={quote(draft)}"
    headers = {"Location": f"/api/v2/entities/{quote(str(end))}{query}"}
    document = {
        "code": "redirected-item",
        "message": f"'{lookup.entity}' is redirected to '{end}'",
        "context": {"entity": str(lookup.entity), "redirect_target": str(end)},
    }
    return JSONResponse(document, 308, headers)
