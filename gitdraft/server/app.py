"""The application: the routes, the one form of errors, the OpenAPI document."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match, Route

from gitdraft.api.repository import open_session
from gitdraft.api.session import Identity
from gitdraft.errors import GitdraftError
from gitdraft.server import (
    canonical,
    changes,
    checks,
    drafts,
    entities,
    exports,
    feed,
    forge_events,
    health,
    imports,
    linked_data,
    page_actions,
    page_edits,
    pages,
    reconcile,
    redirects,
    reviews,
    rows,
    search,
    webhooks,
)
from gitdraft.server.bodies import BodyRefused
from gitdraft.server.deliveries import Deliveries
from gitdraft.server.dependencies import not_a_parameter, unknown_parameter
from gitdraft.server.error_handlers import error_answer, invalid_fields, status_of
from gitdraft.server.limits import Rates
from gitdraft.server.logs import Log
from gitdraft.server.metrics import Metrics
from gitdraft.server.middleware import OpenToPages, RequestGuard
from gitdraft.server.page_calls import answer_beside_routes
from gitdraft.server.service import Service
from gitdraft.server.settings import Settings

ROUTERS = (
    page_edits,
    pages,
    page_actions,
    canonical,
    redirects,
    checks,
    exports,
    feed,
    imports,
    rows,
    drafts,
    changes,
    reviews,
    search,
    entities,
    webhooks,
    forge_events,
    health,
    linked_data,
    reconcile,
)
FOR_CALLERS = (canonical, changes, imports)  # what callers of earlier systems ask for outside of /api/v2
DESCRIPTION = """Drafts of JSON entities in git, over HTTP.

Entities are named `type/key`. Every error is `{"code", "message", "context"}`. ETags are revisions of entities, and
hashes of drafts' changes; `If-Match` refuses with 412 when they have moved. A named token or the capability of a draft goes in
`Authorization: Bearer`; one that is unknown, expired or revoked gets the same 404 as what is not there."""
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeat with the same key within a day gets the same answer; with another body, a 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
LONGEST_WRITE = 10.0  # seconds for what is being written, once asked to end
CODES = {404: "resource-not-found", 405: "method-not-allowed"}


def make_app(settings: Settings, log: Log) -> FastAPI:
    """The service on one repository."""
    service = Service(settings, dict(os.environ))
    metrics = Metrics(service.waiting)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with open_session(settings.folder, Identity()).serving():
            deliveries = Deliveries(settings.folder, service.environment, log, settings.webhook_backoff)
            deliveries.start()
            service.follow_pull = app.state.pull_syncs.start()
            yield
            deliveries.stop()
            app.state.pull_syncs.stop()
            app.state.has_ended = await asyncio.to_thread(service.close, LONGEST_WRITE)

    middleware = [Middleware(RequestGuard, rates=Rates(settings.a_minute), metrics=metrics, log=log)]
    if settings.origins:
        middleware.insert(  # around it, so that a page may read what is refused, too
            0,
            Middleware(
                CORSMiddleware,
                allow_origins=list(settings.origins),
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=[
                    "Authorization",
                    "Content-Type",
                    "If-Match",
                    "If-None-Match",
                    "Idempotency-Key",
                ],
                expose_headers=["ETag", "Location", "Retry-After"],
            ),
        )
    if settings.public_reading:
        middleware.insert(0, Middleware(OpenToPages))
    app = FastAPI(
        title="gitdraft",
        version=version("gitdraft"),
        description=DESCRIPTION,
        lifespan=lifespan,
        middleware=middleware,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    app.state.service = service
    app.state.metrics = metrics
    app.state.pull_syncs = forge_events.PullSyncs(service, log)
    for module in ROUTERS:
        app.include_router(module.router)
    for module in FOR_CALLERS:
        app.include_router(module.callers)
    app.add_exception_handler(GitdraftError, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, GitdraftError)
    status = status_of(error)
    if status >= 500:  # what the answer leaves out is in the log
        request.state.error = {"code": error.code, "message": error.message, "context": error.context}
    return error_answer(error, status)


async def _http(request: Request, error: Exception) -> Response:
    if isinstance(error, BodyRefused):
        return await _refused(request, error.error)
    assert isinstance(error, HTTPException)
    code = CODES.get(error.status_code, "invalid-value")
    headers = dict(error.headers or {})
    if error.status_code == 405:  # the router names the methods of the first route of the path alone
        headers["Allow"] = ", ".join(_methods(request))
    return answer_beside_routes(
        request.scope, error.status_code, code, str(error.detail).lower(), headers=headers
    )


def _methods(request: Request) -> list[str]:
    """Returns the methods that any route has for the path of a request, sorted."""
    routers = [*(module.router for module in ROUTERS), *(module.callers for module in FOR_CALLERS)]
    methods = {
        method
        for route in (*request.app.routes, *(route for router in routers for route in router.routes))
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    name = unknown_parameter(request)  # what is missing may be there under a mistyped name
    return error_answer(invalid_fields(error.errors()) if name is None else not_a_parameter(name))


def _add_idempotency_key(operation: dict[str, Any]) -> None:
    parameters = operation.setdefault("parameters", [])
    if all(parameter["name"] != IDEMPOTENCY_KEY["name"] for parameter in parameters):
        parameters.append(IDEMPOTENCY_KEY)


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The document, made once: without FastAPI's own form of errors, with the payload's schema."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        parts = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            parts.pop(name, None)
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if method == "post" and path.startswith("/api/"):
                    _add_idempotency_key(operation)
                responses = operation["responses"]
                if "HTTPValidationError" in str(responses.get("422", "")):
                    responses.pop("422")
        parts.update(imports.payload_schemas())
        app.openapi_schema = document
    return app.openapi_schema
