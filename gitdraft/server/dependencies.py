"""One request: its body read strictly and within bounds, its work done in a thread, under its token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, HTTPException, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gitdraft.api.inputs import parse_json_text
from gitdraft.api.repository import Repository
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.model.operations import Actor
from gitdraft.model.tokens import Grant
from gitdraft.server.access import Access, Caller, unknown
from gitdraft.server.settings import Settings
from gitdraft.server.workers import Workers

Answer = TypeVar("Answer")
JSON_TYPES = ("application/json", "application/json-patch+json")
DEEPEST_BODY = 220
BEARER = HTTPBearer(auto_error=False, description="A named token, or the capability of a draft.")


class Service:
    """What all requests share."""

    def __init__(self, settings: Settings, environment: dict[str, str]) -> None:
        self.settings = settings
        self.environment = environment
        self.readers = Workers(settings.folder, environment, settings.readers, "reader")
        self.writer = Workers(settings.folder, environment, 1, "writer")
        # waits for others, so nothing else waits for it
        self.fetcher = Workers(settings.folder, environment, 1, "fetcher")
        self.is_closing = False
        self._identity: Actor | None = None

    def identity(self, repository: Repository) -> Actor:
        """Returns whom git was configured for when it was first asked: the service."""
        if self._identity is None:
            self._identity = repository.session.committer()
        return self._identity

    def close(self) -> None:
        """Finish the write in hand; what waits behind it is not begun."""
        self.is_closing = True
        for workers in (self.readers, self.writer, self.fetcher):
            workers.close()


@dataclass(frozen=True, slots=True)
class Call:
    """One request, and the token it came with."""

    service: Service
    token: str | None

    async def read(self, access: Access, action: Callable[[Caller], Answer]) -> Answer:
        """What the action answers to a caller who has this access."""
        return await self._run(self.service.readers, access, action)

    async def write(self, access: Access, action: Callable[[Caller], Answer]) -> Answer:
        """The same for an action that moves refs or keeps tokens."""
        return await self._run(self.service.writer, access, action)

    async def fetch(self, access: Access, action: Callable[[Caller], Answer]) -> Answer:
        """The same for an action that waits for another host."""
        return await self._run(self.service.fetcher, access, action)

    async def _run(self, workers: Workers, access: Access, action: Callable[[Caller], Answer]) -> Answer:
        def act(repository: Repository) -> Answer:
            caller = Caller(
                repository,
                self.service.settings,
                self.service.identity(repository),
                _grant(repository, self.token),
            )
            access(caller)
            return action(caller)

        return await workers.run(act, self.service.settings.timeout)


def find_call(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
) -> Call:
    """The call that a request is. A header of another form than `Bearer TOKEN` is a token that nobody knows."""
    if bearer is None:
        return Call(request.app.state.service, "" if "authorization" in request.headers else None)
    return Call(request.app.state.service, bearer.credentials)


Calling = Annotated[Call, Depends(find_call)]


class BodyRefused(HTTPException):
    """A body that is not read on; carries the error."""

    def __init__(self, error: GitdraftError) -> None:
        super().__init__(400)
        self.error = error


class StrictRequest(Request):
    """A request whose body is bounded in size and time, and JSON as strict as everywhere else."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            try:
                self._body = await _read(self)
            except GitdraftError as error:
                raise BodyRefused(error) from None
        return self._body

    async def json(self) -> Any:
        body = await self.body()
        try:
            return parse_json_text(body, "body", most=len(body), depth=DEEPEST_BODY)
        except InvalidInput as error:
            raise BodyRefused(error) from None


class StrictRoute(APIRoute):
    """A route that reads its body so."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler: Callable[[Request], Awaitable[Response]] = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


async def _read(request: Request) -> bytes:
    settings: Settings = request.app.state.service.settings
    most = settings.bounds.bytes
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _unsupported("a body is sent as it is, without Content-Encoding")
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(settings.body_timeout):
            async for piece in request.stream():
                size += len(piece)
                if size > most:
                    raise _too_large(most)
                pieces.append(piece)
    except TimeoutError:
        raise InvalidInput("the body did not come in time", code="request-timeout") from None
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if size and media_type not in JSON_TYPES:
        raise _unsupported(f"expected one of {', '.join(JSON_TYPES)}")
    return b"".join(pieces)


def _grant(repository: Repository, token: str | None) -> Grant | None:
    if token is None:
        return None
    grant = repository.tokens.find(token)
    if grant is None:
        raise unknown()
    return grant


def _too_large(most: int) -> InvalidInput:
    return InvalidInput(f"a body of more than {most:,} bytes", code="too-large", context={"max_bytes": most})


def _unsupported(why: str) -> InvalidInput:
    return InvalidInput(why, code="unsupported-media-type")
