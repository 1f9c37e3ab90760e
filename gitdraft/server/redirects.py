"""`/api/v2/redirects`: the redirects of canonical, one by one, counted, taken in and given out."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from gitdraft.formats.reports.canonical import redirects_json
from gitdraft.formats.reports.entities import redirect_counts_json
from gitdraft.server import report_models, request_models
from gitdraft.server.access import Caller, maintains, reads_canonical
from gitdraft.server.bodies import ImportRoute
from gitdraft.server.dependencies import Call, Calling
from gitdraft.server.responses import READING, WRITING, After, Limit, errors, page

router = APIRouter(prefix="/api/v2/redirects", tags=["redirects"], route_class=ImportRoute)
OfType = Annotated[str | None, Query(alias="type", max_length=64, description="Of this type alone.")]
EXPORTED = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


@router.get("", response_model=report_models.Redirects, responses=errors(*READING))
async def list_redirects(
    call: Calling,
    entity_type: OfType = None,
    to: Annotated[str | None, Query(max_length=300, description="Only those to this entity.")] = None,
    limit: Limit = 1000,
    after: After = None,
) -> Response:
    """The redirects, sorted by what is redirected."""

    def act(caller: Caller) -> Response:
        lines = [
            {"from": str(source), "to": str(target), "reason": tomb.reason, "by": tomb.by, "at": tomb.at}
            for source, target, tomb in caller.repository.canonical.redirects(entity_type, to)
        ]
        return JSONResponse(page("redirects", lines, lambda line: line["from"], limit, after))

    return await call.survey(reads_canonical, act)


@router.get("/stats", response_model=report_models.RedirectCounts, responses=errors(*READING))
async def count_redirects(
    call: Calling, entity_type: OfType = None, most: Annotated[int, Query(ge=0, le=1000)] = 10
) -> Response:
    """How many there are, by type and by month, and to which entities most lead."""

    def act(caller: Caller) -> Response:
        return JSONResponse(
            redirect_counts_json(caller.repository.canonical.redirect_counts(entity_type, most))
        )

    return await call.survey(reads_canonical, act)


@router.get(
    "/export",
    response_class=Response,
    responses={
        200: {"content": {name.partition(";")[0]: {} for name in EXPORTED.values()}},
        **errors(*READING),
    },
)
async def export_redirects(
    call: Calling,
    entity_type: OfType = None,
    form: Annotated[Literal["csv", "jsonl"], Query(alias="format")] = "csv",
) -> Response:
    """All redirects as CSV or JSON lines, for `import` and for others."""

    def act(caller: Caller) -> Response:
        lines = caller.repository.transfer.export_redirects(entity_type, form)
        return Response("".join(f"{line}\n" for line in lines), media_type=EXPORTED[form])

    return await call.survey(reads_canonical, act)


@router.post("/batch", status_code=201, response_model=report_models.Batch, responses=errors(*WRITING))
async def batch_redirects(call: Calling, body: request_models.RedirectsBody) -> Response:
    """Make all redirects, or none of them, as one commit."""
    return await _import(call, body, takes_over=False)


@router.post("/import", status_code=201, response_model=report_models.Batch, responses=errors(*WRITING))
async def import_redirects(call: Calling, body: request_models.RedirectsBody) -> Response:
    """The same for redirects that were made elsewhere: each keeps its `by` and `at`."""
    return await _import(call, body, takes_over=True)


async def _import(call: Call, body: request_models.RedirectsBody, *, takes_over: bool) -> Response:
    def act(caller: Caller) -> Response:
        content = json.dumps(body.redirects).encode()
        transfer = caller.acting().transfer
        report = transfer.import_redirects(content, reason=body.reason or "", takes_over=takes_over)
        return JSONResponse(redirects_json(report), 201)

    return await call.write(maintains, act)
