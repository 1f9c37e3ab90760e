"""What maintainers do on canonical at once: redirect, delete, protect, rebase. Each is one commit, and one undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse, Response

from gitdraft.api.canonical import Canonical
from gitdraft.api.repository import Repository
from gitdraft.formats.reports.canonical import merge_entities_json, rename_json, undo_json
from gitdraft.formats.reports.drafts import rebase_json
from gitdraft.model.entities import EntityRef
from gitdraft.model.reports import EntityReport
from gitdraft.server import report_models, request_models, response_models
from gitdraft.server.access import Caller, maintains
from gitdraft.server.bodies import StrictRoute
from gitdraft.server.dependencies import Call, Calling
from gitdraft.server.responses import WRITING, IfMatch, errors, require_revision_match, tag_of, tagged

router = APIRouter(prefix="/api/v2", tags=["canonical"], route_class=StrictRoute)
callers = APIRouter(tags=["callers"], route_class=StrictRoute)
EntityId = Annotated[str, Path(max_length=300, description="`type/key`.")]


@callers.post(
    "/entities/redirects",
    status_code=201,
    response_model=response_models.Redirected,
    responses=errors(*WRITING),
)
@router.post(
    "/entities/redirects",
    status_code=201,
    response_model=response_models.Redirected,
    responses=errors(*WRITING),
)
async def create_redirect(
    call: Calling, body: request_models.RedirectBody, if_match: IfMatch = None
) -> Response:
    """Redirect an entity to another of its type."""

    def act(caller: Caller) -> Response:
        canonical = caller.repository.canonical
        source, target = map(canonical.name, (body.redirect_from_id, body.redirect_to_id))
        reason = body.reason or f"redirected by {body.created_by}"
        repository = caller.acting(body.created_by, _precondition(caller.repository, if_match, source))
        repository.canonical.redirect(str(source), str(target), reason)
        revision = canonical.revisions(str(source))[-1]
        document = {
            "redirect_from_id": body.redirect_from_id,
            "redirect_to_id": body.redirect_to_id,
            "redirect_from_internal_id": canonical.internal_id(source),
            "redirect_to_internal_id": canonical.internal_id(target),
            "created_by": body.created_by,
            "created_at": revision.at,
            "revision_id": revision.number,
            "revision": revision.text,
        }
        return tagged(document, revision.text, 201)

    return await call.write(maintains, act)


@callers.post(
    "/entities/{entity:path}/revert-redirect",
    response_model=response_models.EntityDone,
    responses=errors(*WRITING),
)
@router.post(
    "/entities/{entity:path}/revert-redirect",
    response_model=response_models.EntityDone,
    responses=errors(*WRITING),
)
async def revert_redirect(
    call: Calling, entity: EntityId, body: request_models.RevertBody, if_match: IfMatch = None
) -> Response:
    """Take a redirect back: the entity is again as a revision had it."""

    def revert(canonical: Canonical) -> EntityReport:
        return canonical.revert(entity, body.revert_reason, to_revision=body.revert_to_revision_id)

    return await _change(call, entity, revert, if_match, body.created_by)


@callers.delete(
    "/entities/{entity:path}", response_model=response_models.EntityDeleted, responses=errors(*WRITING)
)
@router.delete(
    "/entities/{entity:path}", response_model=response_models.EntityDeleted, responses=errors(*WRITING)
)
async def delete_entity(
    call: Calling, entity: EntityId, body: request_models.DeleteBody, if_match: IfMatch = None
) -> Response:
    """Delete an entity: softly (its tombstone keeps the content) or for good. Refused while others name it."""

    def delete(canonical: Canonical) -> EntityReport:
        if body.delete_type == "soft":
            return canonical.delete(entity, body.deletion_reason)
        return canonical.erase(entity, body.deletion_reason)

    def say(caller: Caller, report: EntityReport) -> dict[str, Any]:
        tombstone = caller.repository.find(str(report.entity)).tombstone()
        return {
            "delete_type": body.delete_type,
            "deleted": True,
            "deleted_at": None if tombstone is None else tombstone.at,
            "deletion_reason": body.deletion_reason if tombstone is None else tombstone.reason,
            "deleted_by": body.deleted_by,
        }

    return await _change(call, entity, delete, if_match, body.deleted_by, say)


@router.post(
    "/entities/{entity:path}/rename", response_model=response_models.Renamed, responses=errors(*WRITING)
)
async def rename_entity(
    call: Calling, entity: EntityId, body: request_models.RenameBody, if_match: IfMatch = None
) -> Response:
    """Give the entity another id of its type: the old one redirects to it unless `redirect` is false, and those that name it
    name it so."""

    def act(caller: Caller) -> Response:
        lookup = caller.repository.find(entity)
        require = _precondition(caller.repository, if_match, lookup.entity)
        canonical = caller.acting(require=require).canonical
        report = canonical.rename(entity, body.to, body.reason, redirect=body.redirect)
        revision = caller.repository.canonical.latest_revision(report.target)
        document = {**rename_json(report), "revision": tag_of(revision)}
        return tagged(document, tag_of(revision))

    return await call.write(maintains, act)


@router.post(
    "/entities/{entity:path}/merge-into/{target:path}",
    response_model=report_models.MergedEntities,
    responses=errors(*WRITING),
)
async def merge_entity(
    call: Calling,
    entity: EntityId,
    target: EntityId,
    body: request_models.MergeIntoBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Merge an entity into another of its type, then redirect it there: one commit."""
    how = body or request_models.MergeIntoBody()

    def act(caller: Caller) -> Response:
        source = caller.repository.canonical.find(entity)
        acting = caller.acting(require=_precondition(caller.repository, if_match, source))
        report = acting.canonical.merge(
            str(source), target, how.reason or "", keep=how.keep, retarget=how.retarget
        )
        return JSONResponse(merge_entities_json(report))

    return await call.write(maintains, act)


EntityChange = Callable[[Canonical, str, str], EntityReport]


def _add_verb(verb: str, change: EntityChange, description: str) -> None:
    async def change_entity(
        call: Calling, entity: EntityId, body: request_models.ReasonBody, if_match: IfMatch = None
    ) -> Response:
        return await _change(call, entity, lambda canonical: change(canonical, entity, body.reason), if_match)

    router.add_api_route(
        f"/entities/{{entity:path}}/{verb}",
        change_entity,
        methods=["POST"],
        name=f"{verb}_entity",
        description=description,
        response_model=response_models.EntityDone,
        responses=errors(*WRITING),
    )


_add_verb("lock", Canonical.lock, "Let nothing change the entity until it is unlocked.")
_add_verb("unlock", Canonical.unlock, "Take the lock off the entity.")
_add_verb("archive", Canonical.archive, "Let the entity stay as it is.")
_add_verb("unarchive", Canonical.unarchive, "Take the entity out of the archive.")
_add_verb("undelete", Canonical.undelete, "Bring a deleted entity back as it was when it was deleted.")
_add_verb("erase", Canonical.erase, "Delete an entity for good; git's history alone still holds its content.")


@router.post("/rebase", response_model=response_models.Rebase, responses=errors(*WRITING))
async def rebase_now(call: Calling, body: request_models.RebaseBody | None = None) -> Response:
    """Replay the open drafts, or those named, onto canonical's tip."""

    def act(caller: Caller) -> Response:
        drafts = None if body is None else body.drafts
        return JSONResponse(rebase_json(caller.acting().rebase(drafts)))

    return await call.write(maintains, act)


@router.post(
    "/operations/{operation_id}/undo", response_model=response_models.Undone, responses=errors(*WRITING)
)
async def undo_operation(
    call: Calling, operation_id: Annotated[str, Path(min_length=1, max_length=64)]
) -> Response:
    """Take an operation back. All of canonical counts as published where a service runs, so a commit reverts it; a draft
    that it merged is open again."""

    def act(caller: Caller) -> Response:
        return JSONResponse(undo_json(caller.acting().undo(operation_id)))

    return await call.write(maintains, act)


async def _change(
    call: Call,
    entity: str,
    change: Callable[[Canonical], EntityReport],
    if_match: str | None,
    author: str | None = None,
    say: Callable[[Caller, EntityReport], dict[str, Any]] = lambda _caller, _report: {},
) -> Response:
    """One commit on canonical about one entity; ``say`` gives what its answer has beside what all have."""

    def act(caller: Caller) -> Response:
        lookup = caller.repository.find(entity)
        require = _precondition(caller.repository, if_match, lookup.entity)
        report = change(caller.acting(author, require).canonical)
        revision = lookup.latest_revision()
        document: dict[str, Any] = {
            "id": entity,
            "entity": str(lookup.entity),
            "edit_type": report.edit,
            "changed": report.commit is not None,
            "revision_id": 0 if revision is None else revision.number,
            "revision": tag_of(revision),
            **say(caller, report),
        }
        if report.rebase is not None:
            document |= {"commit": report.commit, "rebase": rebase_json(report.rebase)}
        return tagged(document, tag_of(revision))

    return await call.write(maintains, act)


def _precondition(repository: Repository, if_match: str | None, entity: EntityRef) -> Callable[[], None]:
    """Refuses when the entity's revision on canonical is not the one that `If-Match` names."""
    canonical = repository.canonical
    return lambda: require_revision_match(if_match, canonical.latest_revision(entity), str(entity))
