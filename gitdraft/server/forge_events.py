"""`POST /webhooks/{github,gitlab,gitea}`: a forge tells of pull requests; they and their drafts are brought together.

The answer comes at once; `pr sync` is done behind it, one at a time, for all that came meanwhile. A repeated delivery, and
the event of a commit or a comment of gitdraft's own, does nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import field
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gitdraft.api.inputs import parse_json_text
from gitdraft.api.repository import Repository
from gitdraft.errors import GitdraftError
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.pull_requests import Heard
from gitdraft.server import response_models
from gitdraft.server.access import Caller, unknown
from gitdraft.server.bodies import StrictRequest, StrictRoute
from gitdraft.server.logs import Log
from gitdraft.server.responses import WRITING, errors
from gitdraft.server.service import Service
from gitdraft.server.webhooks import MOST_BYTES, is_signed

EVENTS: Mapping[str, tuple[str, ...]] = {
    "github": ("x-github-event",),
    "gitlab": ("x-gitlab-event",),
    "gitea": ("x-forgejo-event", "x-gitea-event"),
}
SIGNATURES: Mapping[str, tuple[str, ...]] = {
    "github": ("x-hub-signature-256",),
    "gitlab": ("x-gitlab-token",),
    "gitea": ("x-forgejo-signature", "x-gitea-signature"),
}
DELIVERIES: Mapping[str, tuple[str, ...]] = {
    "github": ("x-github-delivery",),
    "gitlab": ("idempotency-key", "webhook-id"),
    "gitea": ("x-forgejo-delivery", "x-gitea-delivery"),
}
MOST_REMEMBERED = 1000
LONGEST_SYNC = 3600.0  # seconds
BODY = {
    "requestBody": {
        "required": True,
        "description": "An event of the forge, signed.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


class ForgeRoute(StrictRoute):
    """A route of which the forge's signature of the body is the caller's right; a body without one is not read."""

    is_replayed = False

    async def admit(self, request: StrictRequest) -> None:
        service: Service = request.app.state.service
        names = SIGNATURES.get(request.path_params["forge"], ())
        if service.settings.webhook_secret is None or not any(name in request.headers for name in names):
            raise unknown()
        request.largest = MOST_BYTES


router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=ForgeRoute)


@router.post(
    "/{forge}",
    status_code=202,
    response_model=response_models.Heard,
    responses=errors(*WRITING),
    openapi_extra=BODY,
)
async def receive_event(forge: str, request: Request) -> Response:
    """Sync the pull requests that an event is about, soon."""
    service: Service = request.app.state.service
    secret = service.settings.webhook_secret
    body = await request.body()
    if secret is None or not is_signed(body, request.headers, secret.encode(), SIGNATURES[forge]):
        raise unknown()
    event = _header(request, EVENTS[forge]) or ""
    document = parse_json_text(body, "body", most=len(body), depth=100)
    syncs: PullSyncs = request.app.state.pull_syncs
    delivery = _header(request, DELIVERIES[forge])
    heard = Heard()
    if delivery is None or syncs.is_new(delivery):
        heard = await service.readers.run(
            lambda repository: repository.drafts.pull_requests.hear(event, document), service.settings.timeout
        )
        syncs.ask(heard)
    return JSONResponse({"event": event, "drafts": list(heard.drafts)}, 202)


@dataclass(slots=True)
class PullSyncs:
    """What is still to be synced, and the task that does it. A delivery whose sync failed may come again."""

    service: Service
    log: Log
    _drafts: dict[str, None] = field(default_factory=dict)
    _is_canonical: bool = False
    _deliveries: dict[str, None] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    def is_new(self, delivery: str) -> bool:
        """Returns whether a delivery comes for the first time, and remembers it."""
        if delivery in self._deliveries:
            return False
        self._deliveries[delivery] = None
        if len(self._deliveries) > MOST_REMEMBERED:
            del self._deliveries[next(iter(self._deliveries))]
        return True

    def ask(self, heard: Heard) -> None:
        """Has these drafts synced, after those that are on their way."""
        self._drafts |= dict.fromkeys(heard.drafts)
        self._is_canonical |= heard.is_canonical
        if self._is_due() and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Begins nothing more."""
        self._drafts, self._is_canonical = {}, False

    def _is_due(self) -> bool:
        return bool(self._drafts) or self._is_canonical

    async def _run(self) -> None:
        while self._is_due():
            named = None if self._is_canonical else list(self._drafts)
            self._drafts, self._is_canonical = {}, False
            try:
                done = await self.service.syncers.run(partial(self._sync, named), LONGEST_SYNC)
            except Exception as error:
                self._deliveries.clear()
                said = error.message if isinstance(error, GitdraftError) else type(error).__name__
                self.log({"level": "error", "message": "pull requests", "error": said})
            else:
                self.log({"level": "info", "message": "pull requests", "outcomes": done})

    def _sync(self, named: list[str] | None, repository: Repository) -> dict[str, Any]:
        caller = Caller(repository, self.service.settings, self.service.identity(repository), None)
        synced = caller.acting().automatic().drafts.pull_requests.sync(named)
        return {pull.draft: pull.outcome for pull in synced.pulls}


def _header(request: Request, names: tuple[str, ...]) -> str | None:
    return next((request.headers[name] for name in names if name in request.headers), None)
