"""`/api/v2/search`: the entities that a query matches."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from gitdraft.formats.reports.entities import match_json
from gitdraft.model.entities import EntityRef
from gitdraft.server import response_models
from gitdraft.server.access import Caller, reads_view
from gitdraft.server.bodies import StrictRoute
from gitdraft.server.dependencies import Calling
from gitdraft.server.entities import InDraft
from gitdraft.server.responses import READING, errors

router = APIRouter(prefix="/api/v2/search", tags=["entities"], route_class=StrictRoute)
MOST_LISTED = 10_000


@router.get("", response_model=response_models.Matches, responses=errors(*READING))
async def search_entities(
    call: Calling,
    q: Annotated[
        str,
        Query(max_length=2000, description="Words, `/pointer=value`, `/pointer`, `type:NAME`; `-` for not."),
    ],
    type: Annotated[str | None, Query(max_length=64, description="Of this type alone.")] = None,  # noqa: A002
    draft: InDraft = None,
    *,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
    after: Annotated[str | None, Query(max_length=300, description="`next` of the answer before.")] = None,
) -> Response:
    """The entities of canonical, or as a draft would have them, that match a query, sorted by type and key."""

    def act(caller: Caller) -> Response:
        behind = EntityRef(*after.partition("/")[::2]) if after is not None else None
        matches = (
            match
            for match in caller.repository.search(q, type, draft)
            if behind is None or match.entity > behind
        )
        lines = list(map(match_json, islice(matches, limit + 1)))
        document: dict[str, Any] = {"kind": "gitdraft.search/v1", "entities": lines[:limit]}
        if len(lines) > limit:
            document["next"] = lines[limit - 1]["entity"]
        return JSONResponse(document)

    return await call.survey(reads_view(draft), act)
