"""`POST /api/v2/mediawiki/import`: what a MediaWiki pushes becomes a draft."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from gitdraft.api.inputs import load_schema
from gitdraft.server import response_models
from gitdraft.server.access import Caller, starts_drafts
from gitdraft.server.bodies import ImportRoute
from gitdraft.server.dependencies import Calling
from gitdraft.server.drafts import draft_started
from gitdraft.server.responses import WRITING, errors

router = APIRouter(prefix="/api/v2/mediawiki", tags=["import"], route_class=ImportRoute)
callers = APIRouter(prefix="/mediawiki", tags=["callers"], route_class=ImportRoute)
PAYLOAD = "MediaWikiImport"
BODY = {
    "requestBody": {
        "required": True,
        "description": "All of it becomes one draft, or with every mistake listed nothing.",
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{PAYLOAD}"}}},
    }
}


@callers.post(
    "/import",
    status_code=201,
    response_model=response_models.Made,
    responses=errors(*WRITING),
    openapi_extra=BODY,
)
@router.post(
    "/import",
    status_code=201,
    response_model=response_models.Made,
    responses=errors(*WRITING),
    openapi_extra=BODY,
)
async def import_mediawiki(
    call: Calling,
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            max_length=200,
            description="A repeat with the same key and payload answers with the same draft.",
        ),
    ] = None,
) -> Response:
    """Make a draft of what a MediaWiki pushes. Who has the answer's `capability_url` may edit the draft: its fragment is
    the token. After a day a repeat still finds its draft, and gets a URL of its own; the first one stays good."""
    content = await request.body()

    def act(caller: Caller) -> Response:
        grant = caller.grant
        report = caller.acting().transfer.import_mediawiki(
            content,
            idempotency_key=idempotency_key,
            pusher="" if grant is None or grant.name is None else grant.name,
            bounds=caller.settings.bounds,
        )
        tokens = caller.repository.tokens
        capability = tokens.grant(report.draft, caller.settings.life, again=not report.is_new)
        return draft_started(caller, capability, report.change_count)

    return await call.write(starts_drafts, act)


def payload_schemas() -> dict[str, object]:
    """The payload's JSON Schema as components of an OpenAPI document."""
    schema: dict[str, object] = dict(load_schema("mediawiki-import"))
    parts = schema.pop("$defs")
    assert isinstance(parts, dict)
    for name in ("$schema", "$id"):
        schema.pop(name)
    components = {PAYLOAD: schema} | {f"{PAYLOAD}-{name}": part for name, part in parts.items()}
    return {name: _with_components(part) for name, part in components.items()}


def _with_components(part: object) -> object:
    """The schema with its references leading to components."""
    if isinstance(part, dict):
        return {
            name: f"#/components/schemas/{PAYLOAD}-{value.removeprefix('#/$defs/')}"
            if name == "$ref"
            else _with_components(value)
            for name, value in part.items()
        }
    return [_with_components(item) for item in part] if isinstance(part, list) else part
