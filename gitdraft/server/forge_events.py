"""`POST /webhooks/{github,gitlab,gitea}`: a forge tells of pull requests; they and their drafts are brought together.

The answer comes at once; `pr sync` is done behind it, one at a time, for all that came meanwhile. A repeated delivery, and
the event of a commit or a comment of gitdraft's own, does nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gitdraft.api.repository import Repository
from gitdraft.errors import GitdraftError, StateRefused
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.pull_requests import Heard
from gitdraft.server import response_models
from gitdraft.server.access import Caller
from gitdraft.server.logs import Log
from gitdraft.server.responses import WRITING, errors
from gitdraft.server.service import Service
from gitdraft.server.webhooks import SignedRoute, signed_document


class Headers(NamedTuple):
    """The headers in which a forge says what happened, signs it, and numbers what it delivers."""

    events: tuple[str, ...]
    signatures: tuple[str, ...]
    deliveries: tuple[str, ...]


FORGES: Mapping[str, Headers] = {
    "github": Headers(("x-github-event",), ("x-hub-signature-256",), ("x-github-delivery",)),
    "gitlab": Headers(("x-gitlab-event",), ("x-gitlab-token",), ("idempotency-key", "webhook-id")),
    "gitea": Headers(
        ("x-forgejo-event", "x-gitea-event"),
        ("x-forgejo-signature", "x-gitea-signature"),
        ("x-forgejo-delivery", "x-gitea-delivery"),
    ),
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


def wrong_signature() -> StateRefused:
    """What a forge hears whose secret is another."""
    return StateRefused("the event is not signed with the secret of this service", code="wrong-signature")


class ForgeRoute(SignedRoute):
    """A signed route, whose signature is that of the forge in its path."""

    def signatures(self, request: Request) -> Sequence[str]:
        forge = FORGES.get(request.path_params["forge"])
        return () if forge is None else forge.signatures

    def not_signed(self) -> GitdraftError:
        return wrong_signature()


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
    headers = FORGES[forge]
    document = await signed_document(request, headers.signatures, wrong_signature())
    event = _header(request, headers.events) or ""
    syncs: PullSyncs = request.app.state.pull_syncs
    delivery = _header(request, headers.deliveries)
    heard = Heard()
    if not syncs.knows(delivery):
        heard = await service.readers.run(
            lambda repository: repository.drafts.pull_requests.hear(event, document), service.settings.timeout
        )
        syncs.ask(heard, delivery)
    return JSONResponse({"event": event, "drafts": list(heard.drafts)}, 202)


@dataclass(slots=True)
class PullSyncs:
    """What is still to be synced, and the task that does it. A delivery that could not be heard, or whose sync failed, may come
    again."""

    service: Service
    log: Log
    _drafts: dict[str, None] = field(default_factory=dict)
    _is_canonical: bool = False
    _deliveries: dict[str, None] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    def knows(self, delivery: str | None) -> bool:
        """Returns whether a delivery came before, and was heard."""
        return delivery in self._deliveries

    def ask(self, heard: Heard, delivery: str | None) -> None:
        """Has these drafts synced, after those that are on their way, and remembers the delivery."""
        if delivery is not None:
            self._deliveries[delivery] = None
            if len(self._deliveries) > MOST_REMEMBERED:
                del self._deliveries[next(iter(self._deliveries))]
        self._drafts |= dict.fromkeys(heard.drafts)
        self._is_canonical |= heard.is_canonical
        if self._is_due() and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run())

    def start(self) -> Callable[[Repository, str], None]:
        """Returns what has the pull request of a draft, where it has one, follow a step of the draft; for any thread."""
        loop = asyncio.get_running_loop()

        def follow(repository: Repository, draft: str) -> None:
            if draft in repository.drafts.pull_requests.recorded():
                loop.call_soon_threadsafe(self.ask, Heard((draft,)), None)

        return follow

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
