"""What maintainers do on canonical at once: redirect, delete, protect, rebase. Each is one commit, and one undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse, Response

from gitdraft.canonical.delete import plan_delete, plan_erase
from gitdraft.canonical.protect import plan_lift, plan_protect
from gitdraft.canonical.redirect import RedirectRequest, plan_redirect
from gitdraft.canonical.restore import plan_revert
from gitdraft.formats.reports import rebase_json
from gitdraft.model.canonical_reports import RedirectReport
from gitdraft.model.entities import EntityRef
from gitdraft.model.protections import ProtectionKind
from gitdraft.model.reports import EntityReport
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.server import request_models, response_models
from gitdraft.server.access import Caller, maintains
from gitdraft.server.dependencies import Call, Calling, StrictRoute
from gitdraft.server.responses import WRITING, IfMatch, errors, require_match, tagged
from gitdraft.store.repository import Store
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.effective_view import open_view
from gitdraft.views.entity_names import find_entity, name_entity
from gitdraft.views.revisions import revision_number, revisions

router = APIRouter(prefix="/api/v2", tags=["canonical"], route_class=StrictRoute)
EntityId = Annotated[str, Path(max_length=300, description="`type/key`.")]


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
        view = open_view(caller.store, None)
        source, target = (name_entity(view, text) for text in (body.redirect_from_id, body.redirect_to_id))
        reason = body.reason or f"redirected by {body.created_by}"
        redirect = RedirectRequest(source, target, reason)

        def plan(transaction: Transaction) -> Plan[RedirectReport]:
            _refuse(caller.store, if_match, source)
            return plan_redirect(transaction, redirect)

        caller.session(body.created_by).run("redirect create", plan)
        made = revisions(caller.store, source)[-1]
        document = {
            "redirect_from_id": str(source),
            "redirect_to_id": str(target),
            "created_by": body.created_by,
            "created_at": made.at,
            "revision_id": made.number,
        }
        return tagged(document, str(made.number), 201)

    return await call.write(maintains, act)


@router.post(
    "/entities/{entity:path}/revert-redirect",
    response_model=response_models.EntityDone,
    responses=errors(*WRITING),
)
async def revert_redirect(
    call: Calling, entity: EntityId, body: request_models.RevertBody, if_match: IfMatch = None
) -> Response:
    """Take a redirect back: the entity is again as a revision had it."""

    def make(transaction: Transaction, found: EntityRef) -> Plan[EntityReport]:
        return plan_revert(transaction, found, body.revert_reason, to_revision=body.revert_to_revision_id)

    return await _entity(call, "redirect revert", entity, make, if_match, body.created_by)


@router.delete(
    "/entities/{entity:path}", response_model=response_models.EntityDone, responses=errors(*WRITING)
)
async def delete_entity(
    call: Calling, entity: EntityId, body: request_models.DeleteBody, if_match: IfMatch = None
) -> Response:
    """Delete an entity: softly (its tombstone keeps the content) or for good. Refused while others name it."""
    plan_gone = plan_delete if body.delete_type == "soft" else plan_erase

    def make(transaction: Transaction, found: EntityRef) -> Plan[EntityReport]:
        return plan_gone(transaction, found, body.deletion_reason)

    command = f"entity {'delete' if body.delete_type == 'soft' else 'erase'}"
    return await _entity(call, command, entity, make, if_match, body.deleted_by)


def _add_protecting(verb: str, plan: Any, kind: ProtectionKind, says: str) -> None:
    async def protect(
        call: Calling, entity: EntityId, body: request_models.ReasonBody, if_match: IfMatch = None
    ) -> Response:
        def make(transaction: Transaction, found: EntityRef) -> Plan[EntityReport]:
            report: Plan[EntityReport] = plan(transaction, found, kind, body.reason)
            return report

        return await _entity(call, f"entity {verb}", entity, make, if_match)

    router.add_api_route(
        f"/entities/{{entity:path}}/{verb}",
        protect,
        methods=["POST"],
        name=f"{verb}_entity",
        description=says,
        response_model=response_models.EntityDone,
        responses=errors(*WRITING),
    )


_add_protecting("lock", plan_protect, "locked", "Let nothing change the entity until it is unlocked.")
_add_protecting("unlock", plan_lift, "locked", "Take the lock off the entity.")
_add_protecting("archive", plan_protect, "archived", "Let the entity stay as it is.")
_add_protecting("unarchive", plan_lift, "archived", "Take the entity out of the archive.")


@router.post("/rebase", response_model=response_models.Rebase, responses=errors(*WRITING))
async def rebase_now(call: Calling, body: request_models.RebaseBody | None = None) -> Response:
    """Carry the open drafts, or those named, to canonical's tip."""

    def act(caller: Caller) -> Response:
        drafts = None if body is None else body.drafts
        report = caller.session().run("rebase", lambda transaction: plan_rebase(transaction, drafts))
        return JSONResponse(rebase_json(report))

    return await call.write(maintains, act)


async def _entity(
    call: Call,
    command: str,
    entity: str,
    make: Callable[[Transaction, EntityRef], Plan[EntityReport]],
    if_match: str | None,
    author: str | None = None,
) -> Response:
    """One commit on canonical about one entity."""

    def act(caller: Caller) -> Response:
        found = find_entity(open_view(caller.store, None), entity)

        def plan(transaction: Transaction) -> Plan[EntityReport]:
            _refuse(caller.store, if_match, found)
            return make(transaction, found)

        report = caller.session(author).run(command, plan)
        revision = revision_number(caller.store, found)
        document: dict[str, Any] = {
            "entity": str(found),
            "edit_type": report.edit,
            "changed": report.commit is not None,
            "revision_id": revision,
        }
        if report.rebase is not None:
            document |= {"commit": report.commit, "rebase": rebase_json(report.rebase)}
        return tagged(document, str(revision))

    return await call.write(maintains, act)


def _refuse(store: Store, if_match: str | None, entity: EntityRef) -> None:
    require_match(if_match, lambda: str(revision_number(store, entity)), str(entity))
