"""Around every request: bounds, headers, the log, the metrics. Outermost, and plain ASGI."""

from __future__ import annotations

import secrets
import time
import traceback

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gitdraft.server.limits import Rates
from gitdraft.server.logs import Log
from gitdraft.server.metrics import Metrics
from gitdraft.server.page_calls import answer_beside_routes
from gitdraft.server.paths import SLASH, with_whole_names

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
UNFRAMED = (b"x-frame-options", b"DENY")
FRAMED = b"frame-ancestors *"  # what a policy says that lets any page frame the answer
LONGEST_PATH = 1000  # characters of it in the log
UNCOUNTED = ("/healthz", "/readyz", "/metrics")
OF_EVERYBODY = ("/entity/", "/entities/", "/wiki/Special:EntityData/", "/.well-known/void", "/reconcile")
TO_ALL_PAGES = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Location, Retry-After",
}
BEFOREHAND = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "600",
}


class OpenToPages:
    """Lets the pages of all origins read what everybody may read: linked data, reconciliation, and why one is refused."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(OF_EVERYBODY):
            await self.app(scope, receive, send)
            return
        asked = {name for name, _ in scope["headers"]}
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in asked:
            await Response(status_code=204, headers=TO_ALL_PAGES | BEFOREHAND)(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(TO_ALL_PAGES)
            await send(message)

        await self.app(scope, receive, sending)


class RequestGuard:
    """Lets requests in, and tells of each when it is answered."""

    def __init__(self, app: ASGIApp, rates: Rates, metrics: Metrics, log: Log) -> None:
        self.app = app
        self.rates = rates
        self.metrics = metrics
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = with_whole_names(scope)
        if scope["method"] == "HEAD":  # the server sends no body, whatever is answered
            scope = {**scope, "method": "GET"}
        started, request = time.monotonic(), secrets.token_hex(6)
        status, has_begun, has_ended = 500, False, False

        def end(problem: str | None = None) -> None:
            nonlocal has_ended
            if not has_ended:
                has_ended = True
                self._end(scope, request, status, time.monotonic() - started, problem)

        async def sending(message: Message) -> None:
            nonlocal status, has_begun
            if message["type"] == "http.response.start":
                status, has_begun = message["status"], True
                own = message.get("headers", [])
                is_framed = any(n == b"content-security-policy" and FRAMED in value for n, value in own)
                ours = HEADERS if is_framed else (*HEADERS, UNFRAMED)
                headers = [*own, *ours, (b"x-request-id", request.encode())]
                message = {**message, "headers": headers}
            elif problem is None and not message.get("more_body", False):
                end()  # before the caller knows: who has the answer finds the record
            await send(message)

        problem: str | None = None
        self.metrics.begin()
        try:
            seconds = self._wait(scope, started)
            if seconds is not None:
                answer = answer_beside_routes(
                    scope,
                    429,
                    "too-many-requests",
                    f"too many requests; again in {seconds} s",
                    {"retry_after": seconds},
                    {"Retry-After": str(seconds)},
                )
                await answer(scope, receive, sending)
            else:
                await self.app(scope, receive, sending)
        except Exception:
            problem = traceback.format_exc()
            if not has_begun:
                answer = answer_beside_routes(
                    scope, 500, "unexpected", "something unexpected happened; the log has it"
                )
                await answer(scope, receive, sending)
        finally:
            end(problem)

    def _wait(self, scope: Scope, now: float) -> int | None:
        if scope["path"] in UNCOUNTED:
            return None
        headers = dict(scope["headers"])
        token = headers.get(b"authorization", b"").decode("latin-1")
        address = (scope.get("client") or ("", 0))[0]
        return self.rates.wait([f"address {address}", *([f"token {token}"] if token else [])], now)

    def _end(self, scope: Scope, request: str, status: int, seconds: float, problem: str | None) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = getattr(scope.get("route"), "path_format", None) or "(none)"
        self.metrics.end(method, route, status, seconds)
        record = {
            "request": request,
            "method": scope["method"],
            "path": scope["path"].replace(SLASH, "%2F")[:LONGEST_PATH],
            "status": status,
            "ms": round(seconds * 1000, 1),
            "address": (scope.get("client") or ("", 0))[0],
        }
        error = scope.get("state", {}).get("error")
        if error is not None:
            record["error"] = error
        if problem is not None:
            record["problem"] = problem
        self.log(record)


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
