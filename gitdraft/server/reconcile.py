"""Reconciliation over HTTP, as OpenRefine asks for it: the Reconciliation Service API 0.2 of the W3C's Community Group
(https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/).

Pages of other origins may call where everybody may read, by CORS and by JSONP (`callback`). A batch with a query that
cannot be answered is an error as a whole: the protocol has no place for one in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape
from importlib.metadata import version
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from gitdraft.api.reconciliation import Reconciliation
from gitdraft.api.review import visible
from gitdraft.api.views import EntityLookup
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.formats.reports.reconciliation import extension_json, results_json, suggestion_json
from gitdraft.lazy_regex import regex
from gitdraft.model.reconciliation import Suggestion
from gitdraft.server.access import Caller, reads_canonical
from gitdraft.server.bodies import FormRoute, apart
from gitdraft.server.dependencies import Call, Calling
from gitdraft.server.error_handlers import error_answer, status_of
from gitdraft.server.reconcile_models import (
    parse_extension,
    parse_queries,
)
from gitdraft.server.responses import READING, errors

router = APIRouter(prefix="/reconcile", tags=["reconciliation"], route_class=FormRoute)
CALLBACK = regex(r"[A-Za-z_$][\w$]{0,99}(\.[A-Za-z_$][\w$]{0,99}){0,5}", re.ASCII)
A_PAGE = 20  # suggestions
BATCH = 50  # queries that a client may well send at once
WIDTH, HEIGHT = 400, 120  # pixels of a preview
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)
PREVIEW = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{name}</title>
<style>body{{font:0.9rem/1.4 system-ui;margin:0.6rem}}p{{margin:0.2rem 0}}small{{color:#555}}</style>
</head><body>{body}</body></html>
"""
Callback = Annotated[str | None, Query(max_length=200, description="The function of JSONP.")]
Prefix = Annotated[str, Query(max_length=200, description="What was typed.")]
Cursor = Annotated[int, Query(ge=0, le=1000, description="How many were shown before.")]
Named = Annotated[str, Query(max_length=300, description="`type/key`.")]
DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {}, "application/javascript": {}}, "description": "The answer."}
}
PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}, "description": "The page."}}
ASKED = DOCUMENT | errors(*READING, 413)
POSTED = DOCUMENT | errors(*READING, 408, 413, 415)


@router.get("", response_class=Response, responses=ASKED)
async def reconcile(
    call: Calling,
    queries: Annotated[str | None, Query(description="A batch of queries, as JSON.")] = None,
    extend: Annotated[str | None, Query(description="A question for values, as JSON.")] = None,
    callback: Callback = None,
) -> Response:
    """Who may be meant by names; values of entities; without a question, what the service offers."""
    return await _ask(call, {"queries": queries, "extend": extend}, callback)


@router.post("", response_class=Response, responses=POSTED)
async def reconcile_by_form(call: Calling, request: Request, callback: Callback = None) -> Response:
    """The same, with `queries` or `extend` in a form (`application/x-www-form-urlencoded`)."""
    form = await _form(request)
    return await _ask(call, form, callback or form.get("callback"))


@router.get("/extend", response_class=Response, responses=ASKED)
async def extend_rows(
    call: Calling,
    extend: Annotated[str, Query(description='`{"ids": […], "properties": [{"id": …}]}`.')],
    callback: Callback = None,
) -> Response:
    """Values of entities; an id that is unknown or deleted has none."""
    return await _ask(call, {"extend": extend}, callback)


@router.post("/extend", response_class=Response, responses=POSTED)
async def extend_rows_by_form(call: Calling, request: Request, callback: Callback = None) -> Response:
    """The same, with `extend` in a form."""
    form = await _form(request)
    return await _ask(call, {"extend": form.get("extend", "")}, callback or form.get("callback"))


@router.get("/extend/propose", response_class=Response, responses=ASKED)
async def propose_properties(
    call: Calling,
    type: Annotated[str | None, Query(max_length=64)] = None,  # noqa: A002
    limit: Annotated[int, Query(ge=0, le=1000)] = 0,
    callback: Callback = None,
) -> Response:
    """The properties whose values entities of a type may have."""

    def act(data: Reconciliation) -> Any:
        proposed = data.suggest_properties("", type)
        listed = [{"id": one.id, "name": one.name} for one in proposed[: limit or None]]
        asked = ({} if type is None else {"type": type}) | ({"limit": limit} if limit else {})
        return {**asked, "properties": listed}

    return await _answer(call, act, callback)


@router.get("/suggest/entity", response_class=Response, responses=ASKED)
async def suggest_entity(
    call: Calling, prefix: Prefix = "", cursor: Cursor = 0, callback: Callback = None
) -> Response:
    """Entities of which a name goes on as was typed."""
    return await _suggest(call, lambda data: data.suggest_entities(prefix), cursor, callback)


@router.get("/suggest/property", response_class=Response, responses=ASKED)
async def suggest_property(
    call: Calling, prefix: Prefix = "", cursor: Cursor = 0, callback: Callback = None
) -> Response:
    """Properties whose name goes on as was typed: members of entities, a Wikibase's properties."""
    return await _suggest(call, lambda data: data.suggest_properties(prefix), cursor, callback)


@router.get("/suggest/type", response_class=Response, responses=ASKED)
async def suggest_type(
    call: Calling, prefix: Prefix = "", cursor: Cursor = 0, callback: Callback = None
) -> Response:
    """Types whose name goes on as was typed."""
    return await _suggest(call, lambda data: data.suggest_types(prefix), cursor, callback)


@router.get("/flyout/entity", response_class=Response, responses=ASKED | errors(410))
async def show_flyout(call: Calling, id: Named, callback: Callback = None) -> Response:  # noqa: A002
    """What an entity is, as HTML in JSON, to be shown beside its name."""

    def act(data: Reconciliation) -> Any:
        lookup = _live(data, id)
        return {"id": str(lookup.entity), "html": _said_of(data, lookup, "")}

    return await _answer(call, act, callback)


@router.get("/preview", response_class=Response, responses=PAGE | errors(410, *READING))
async def preview(call: Calling, id: Named) -> Response:  # noqa: A002
    """What an entity is, as a small page that any page may frame."""

    def act(caller: Caller) -> Response:
        data = Reconciliation(caller.repository.session)
        try:
            lookup = _live(data, id)
        except GitdraftError as error:
            return _refused(error)
        page = PREVIEW.format(
            name=escape(visible(str(lookup.entity))),
            body=_said_of(data, lookup, caller.settings.url.rstrip("/")),
        )
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})

    return await call.read(reads_canonical, act)


async def _form(request: Request) -> dict[str, str]:
    body = await request.body()

    def parse() -> dict[str, str]:
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=20))
        except ValueError as error:  # no UTF-8, too many fields
            raise InvalidInput(f"not a form: {error}", context={"path": ""}) from None

    return await apart(request, len(body), parse)


async def _ask(call: Call, asked: dict[str, Any], callback: str | None) -> Response:
    queries, extend = asked.get("queries"), asked.get("extend")
    if queries is not None and extend is not None:
        raise InvalidInput("either `queries` or `extend`", context={"path": "/extend"})

    def act(data: Reconciliation) -> Any:
        if queries is not None:
            return results_json(data.reconcile(parse_queries(queries)))
        if extend is not None:
            body = parse_extension(extend)
            return extension_json(data.extend(body.ids, body.columns()))
        return None

    return await _answer(call, act, callback)


async def _suggest(
    call: Call, find: Callable[[Reconciliation], list[Suggestion]], cursor: int, callback: str | None
) -> Response:
    def act(data: Reconciliation) -> Any:
        return {"result": list(map(suggestion_json, find(data)[cursor : cursor + A_PAGE]))}

    return await _answer(call, act, callback)


async def _answer(call: Call, action: Callable[[Reconciliation], Any], callback: str | None) -> Response:
    """What the action answers, the manifest for ``None``, as JSON or JSONP; its refusals too can be read by any page."""

    def act(caller: Caller) -> Response:
        try:
            if callback is not None and not CALLBACK.fullmatch(callback):
                raise InvalidInput("`callback` is no name of a function", context={"path": "/callback"})
            document = action(Reconciliation(caller.repository.session))
        except GitdraftError as error:
            return _refused(error)
        if document is None:
            document = _manifest(caller)
        if callback is None:
            return JSONResponse(document)
        script = f"/**/{callback}({json.dumps(document)});"
        return Response(script, media_type="application/javascript")

    return await call.survey(reads_canonical, act)


def _refused(error: GitdraftError) -> Response:
    """The error as an answer; raises it again where it is the service's own."""
    if status_of(error) >= 500:
        raise error
    return error_answer(error, 410 if error.code == "entity-deleted" else None)


def _manifest(caller: Caller) -> dict[str, Any]:
    """What the service offers, and where."""
    url = caller.settings.url.rstrip("/")
    folder = caller.settings.folder.resolve()

    def at(path: str) -> dict[str, str]:
        return {"service_url": url, "service_path": f"/reconcile{path}"}

    return {
        "versions": ["0.2"],
        "name": f"{(folder.parent if folder.name == '.git' else folder).name} (gitdraft)",
        "identifierSpace": f"{url}/entities/",
        "schemaSpace": f"{url}/reconcile#",
        "documentation": f"{url}/openapi.json",
        "serviceVersion": version("gitdraft"),
        "defaultTypes": [
            {"id": name, "name": name} for name in Reconciliation(caller.repository.session).types()
        ],
        "view": {"url": f"{url}/entities/{{{{id}}}}"},
        "preview": {"url": f"{url}/reconcile/preview?id={{{{id}}}}", "width": WIDTH, "height": HEIGHT},
        "suggest": {
            "entity": {**at("/suggest/entity"), "flyout_service_path": "/reconcile/flyout/entity?id=${id}"},
            "property": at("/suggest/property"),
            "type": at("/suggest/type"),
        },
        "extend": {
            "propose_properties": at("/extend/propose"),
            "property_settings": [
                {
                    "name": "limit",
                    "label": "Limit",
                    "type": "number",
                    "default": 0,
                    "help_text": "How many values of an entity at most; 0: all.",
                }
            ],
        },
        "batchSize": BATCH,
    }


def _live(data: Reconciliation, name: str) -> EntityLookup:
    """The entity, a redirect being followed. Raises NotFound, and what says who deleted it."""
    lookup = data.find(name)
    if lookup.is_deleted():
        raise lookup.deletion()
    return lookup


def _said_of(data: Reconciliation, lookup: EntityLookup, url: str) -> str:
    """The name of an entity, what it says of itself, its type and key, as HTML."""
    one = data.describe(lookup)
    name = escape(visible(one.name))
    if url:
        address = escape(f"{url}/entities/{quote(one.id)}")
        name = f'<a href="{address}" target="_blank" rel="noopener">{name}</a>'
    described = "" if one.description is None else f"<p>{escape(visible(one.description))}</p>"
    return f"<p><b>{name}</b> <small>{escape(visible(one.id))}</small></p>{described}"
