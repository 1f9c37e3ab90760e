"""`POST /api/v2/import/…`: entities, and drafts of changes, a row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from gitdraft.api.drafts import NewOptions
from gitdraft.api.transfer import rows_of
from gitdraft.errors import InvalidInput
from gitdraft.formats.reports.canonical import import_json
from gitdraft.server import report_models, request_models, response_models
from gitdraft.server.access import Caller, maintains, starts_drafts
from gitdraft.server.bodies import ImportRoute
from gitdraft.server.dependencies import Calling
from gitdraft.server.drafts import AllowInvalid, new_draft_started, new_options
from gitdraft.server.responses import WRITING, errors

if TYPE_CHECKING:
    from gitdraft.api.reports import EntitySource

router = APIRouter(prefix="/api/v2/import", tags=["import"], route_class=ImportRoute)


@router.post("/changes", status_code=201, response_model=response_models.Made, responses=errors(*WRITING))
async def import_changes(
    call: Calling, body: request_models.RowsOfChangesBody, *, allow_invalid: AllowInvalid = False
) -> Response:
    """Make a draft of all these changes, each checked together with the others, or with every mistake listed none."""

    def act(caller: Caller) -> Response:
        options: NewOptions = {**new_options(caller, body), "allow_invalid": allow_invalid}
        drafts = caller.acting().drafts
        return new_draft_started(
            caller, drafts.new_from_rows(body.title, _rows(caller, body.rows), **options)
        )

    return await call.write(starts_drafts, act)


@router.post("/entities", response_model=report_models.Imported, responses=errors(*WRITING))
async def import_entities(call: Calling, body: request_models.RowsOfEntitiesBody) -> Response:
    """Make canonical's entities what the rows say, in one commit; those that they do not name stay. For maintainers."""

    def act(caller: Caller) -> Response:
        report = caller.acting().transfer.import_entities(
            _rows(caller, body.rows),
            entity_type=body.type,
            key=body.key,
            reason=body.reason,
            skip_invalid=body.skip_invalid,
            references=body.references,
        )
        return JSONResponse(import_json(report))

    return await call.write(maintains, act)


def _rows(caller: Caller, rows: list[Any]) -> EntitySource:
    """Returns the rows of a body. Raises InvalidInput (``too-many-changes``) where they are more than one import may have."""
    most = caller.settings.bounds.changes
    if len(rows) > most:
        raise InvalidInput(
            f"{len(rows):,} rows, more than {most:,}", code="too-many-changes", context={"path": "/rows"}
        )
    return rows_of(rows)
