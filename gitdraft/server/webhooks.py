"""`POST /webhooks/git`: a forge tells that canonical moved; it is fetched and the drafts are rebased.

GitHub and Gitea sign the body (HMAC-SHA256 of it, under the shared secret), GitLab sends the secret itself. What is
not signed, or wrongly, is a 404: there is nothing here. What the body says is used for one thing, whether it is about
canonical; the commit comes from the remote.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gitdraft.api.inputs import parse_json_text
from gitdraft.api.repository import Repository
from gitdraft.api.sync import RunningFetch
from gitdraft.errors import GitdraftError, InvalidInput, RepositoryError, StateRefused
from gitdraft.formats.reports.drafts import rebase_json
from gitdraft.model.sync_reports import Forwarding
from gitdraft.server import response_models
from gitdraft.server.access import Caller, unknown
from gitdraft.server.bodies import StrictRequest, StrictRoute, apart
from gitdraft.server.dependencies import Call
from gitdraft.server.responses import WRITING, errors
from gitdraft.server.service import Service


class SignedRoute(StrictRoute):
    """A route of which the signature of the body is the caller's right; a body without one is not read."""

    is_replayed = False

    async def admit(self, request: StrictRequest) -> None:
        service: Service = request.app.state.service
        names = self.signatures(request)
        if service.settings.webhook_secret is None or not names:
            raise unknown()
        if not any(name in request.headers for name in names):
            raise self.not_signed()
        request.largest = MOST_BYTES

    def not_signed(self) -> GitdraftError:
        """Returns what who does not sign hears."""
        return unknown()

    def signatures(self, _request: Request) -> Sequence[str]:
        """Returns the headers in which the signature may be."""
        return SIGNATURES


router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=SignedRoute)
EVENTS = ("x-github-event", "x-forgejo-event", "x-gitea-event", "x-gitlab-event")
PUSHES = ("push", "push hook")
SIGNATURES = ("x-hub-signature-256", "x-forgejo-signature", "x-gitea-signature", "x-gitlab-token")
MOST_BYTES, DEEPEST = 4 << 20, 100
PAUSE = 0.02  # seconds between two looks at git
BODY = {
    "requestBody": {
        "required": True,
        "description": "The push event of GitHub, GitLab or Gitea, signed.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


@router.post("/git", response_model=response_models.Received, responses=errors(*WRITING), openapi_extra=BODY)
async def receive_push(request: Request) -> Response:
    """Fetch canonical and rebase the drafts, when the event is a push to canonical."""
    service: Service = request.app.state.service
    pushed = await signed_document(request, SIGNATURES, unknown())
    event = next((request.headers[name].lower() for name in EVENTS if name in request.headers), "push")
    ref = pushed.get("ref") if isinstance(pushed, dict) else None

    def ask(caller: Caller) -> RunningFetch | None:
        if event not in PUSHES or ref != caller.repository.canonical_ref:
            return None
        return fetch(caller.repository, caller.settings.timeout)

    def follow(caller: Caller, fetched: RunningFetch) -> Response:
        repository = caller.acting().automatic()
        forwarding = repository.forward(fetched.upstream)
        if forwarding.refusal is not None:
            raise _diverged(forwarding.refusal, forwarding)
        document: dict[str, Any] = {
            "event": event,
            "canonical": repository.canonical_tip(),
            "moved": forwarding.is_moved,
            "violations": [violation.as_json() for violation in forwarding.violations],
        }
        try:
            document["rebase"] = rebase_json(repository.rebase())
        except InvalidInput:
            if not forwarding.violations:  # else what cannot be read is among them
                raise
        return JSONResponse(document)

    call = Call(service, None, "webhooks", mends=True)
    fetched = await call.fetch(_signed, ask)
    if fetched is None:
        return JSONResponse({"event": event})
    return await call.write(_signed, lambda caller: follow(caller, fetched))


def fetch(repository: Repository, timeout: float) -> RunningFetch:
    """Has git fetch from the remote that canonical follows, and waits for it. Raises RepositoryError: ``fetch`` with git's
    own words, ``timeout``; NotFound without a remote."""
    process = repository.start_fetch()
    until = time.monotonic() + timeout
    while not process.is_done():
        if time.monotonic() > until:
            process.stop()
            raise RepositoryError(f"{process.remote} did not answer", code="timeout")
        time.sleep(PAUSE)
    return process


def _diverged(refusal: StateRefused, forwarding: Forwarding) -> StateRefused:
    """Returns the refusal as this route answers it."""
    if refusal.code != "canonical-diverged":
        return refusal
    context = {"canonical": forwarding.before, "remote": forwarding.remote_tip}
    return StateRefused(refusal.message, code="diverged", context=context, hint=refusal.hint)


def _signed(_: Caller) -> None:
    """The signature is the caller's right."""


async def signed_document(request: Request, names: Sequence[str], refusal: GitdraftError) -> Any:
    """Returns the JSON of a request. Raises the ``refusal`` where none of these headers signs it, InvalidInput."""
    secret = request.app.state.service.settings.webhook_secret
    body = await request.body()
    if secret is None or not is_signed(body, request.headers, secret.encode(), names):
        raise refusal
    return await apart(
        request, len(body), lambda: parse_json_text(body, "body", most=len(body), depth=DEEPEST)
    )


def is_signed(
    body: bytes, headers: Mapping[str, str], secret: bytes, names: Sequence[str] = SIGNATURES
) -> bool:
    """Whether one of these signatures is there, and all that are there are right; compared in constant time."""
    digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
    expected = {
        "x-hub-signature-256": f"sha256={digest}",
        "x-forgejo-signature": digest,
        "x-gitea-signature": digest,
        "x-gitlab-token": secret.decode(),
    }
    given = [(headers[name], right) for name, right in expected.items() if name in names and name in headers]
    return bool(given) and all(
        hmac.compare_digest(sent.encode("utf-8", "replace"), right.encode()) for sent, right in given
    )
