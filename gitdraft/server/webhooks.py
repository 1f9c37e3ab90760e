"""`POST /webhooks/git`: a forge tells that canonical moved; it is fetched and the drafts are rebased.

GitHub and Gitea sign the body (HMAC-SHA256 of it, under the shared secret), GitLab sends the secret itself. What is
not signed, or wrongly, is a 404: there is nothing here. What the body says is used for one thing, whether it is about
canonical; the commit comes from the remote.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gitdraft.documents.parsing import Limits, parse_json
from gitdraft.formats.reports import rebase_json
from gitdraft.server import shapes
from gitdraft.server.access import Caller, unknown
from gitdraft.server.answering import WRITING, errors
from gitdraft.server.calls import Call, Service, StrictRoute
from gitdraft.workflow.fetching import fetch_canonical, plan_follow

router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=StrictRoute)
EVENTS = ("x-github-event", "x-gitea-event", "x-gitlab-event")
PUSHES = ("push", "push hook")
BODY = {
    "requestBody": {
        "required": True,
        "description": "The push event of GitHub, GitLab or Gitea, signed.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


@router.post("/git", response_model=shapes.Received, responses=errors(*WRITING), openapi_extra=BODY)
async def receive_push(request: Request) -> Response:
    """Fetch canonical and rebase the drafts, when the event is a push to canonical."""
    service: Service = request.app.state.service
    secret = service.settings.webhook_secret
    body = await request.body()
    if secret is None or not is_signed(body, request.headers, secret.encode()):
        raise unknown()
    event = next((request.headers[name].lower() for name in EVENTS if name in request.headers), "push")
    pushed: Any = parse_json(body, limits=Limits(len(body), 100), source="body")
    ref = pushed.get("ref") if isinstance(pushed, dict) else None

    def fetch(caller: Caller) -> str | None:
        if event not in PUSHES or ref != caller.store.canonical_ref:
            return None
        return fetch_canonical(caller.store, caller.settings.remote)

    def follow(caller: Caller, fetched: str) -> Response:
        report = caller.acting().do("webhook", lambda o: plan_follow(caller.store, o, fetched))
        document = {
            "event": event,
            "canonical": report.canonical,
            "moved": report.moved,
            "rebase": rebase_json(report.rebase),
        }
        return JSONResponse(document)

    call = Call(service, None)
    fetched = await call.fetch(_signed, fetch)
    if fetched is None:
        return JSONResponse({"event": event})
    return await call.write(_signed, lambda caller: follow(caller, fetched))


def _signed(_: Caller) -> None:
    """The signature is the caller's right."""


def is_signed(body: bytes, headers: Mapping[str, str], secret: bytes) -> bool:
    """Whether one of the forges' signatures is there and right; compared in constant time."""
    digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
    expected = {
        "x-hub-signature-256": f"sha256={digest}",
        "x-gitea-signature": digest,
        "x-gitlab-token": secret.decode(),
    }
    given = [(headers[name], right) for name, right in expected.items() if name in headers]
    return bool(given) and all(
        hmac.compare_digest(found.encode("utf-8", "replace"), right.encode()) for found, right in given
    )
