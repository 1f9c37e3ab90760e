"""The body of a request: read after its token is known, within bounds of size and time, parsed beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, ClassVar, TypeVar

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from gitdraft.api.inputs import largest_document, parse_json_text
from gitdraft.api.repository import Repository
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.model.tokens import Grant
from gitdraft.server.access import no_token, require_role, unknown
from gitdraft.server.idempotency import answer_once
from gitdraft.server.paths import with_slashes
from gitdraft.server.service import Service, caller_of, token_of

Result = TypeVar("Result")
JSON_TYPES = ("application/json", "application/json-patch+json")
FORM_TYPE = "application/x-www-form-urlencoded"
LARGEST_FORM = 1 << 20  # bytes
DEEPEST_BODY = 220
SMALL = 64 << 10  # bytes of a body without documents
QUICK = 16 << 10  # bytes that are parsed at once
MOST_MEMBERS = 100  # of the outermost object: each one too many is an error to be written
WRITING = ("POST", "PUT", "PATCH", "DELETE")


class BodyRefused(HTTPException):
    """A body that is not read on; carries the error."""

    def __init__(self, error: GitdraftError) -> None:
        super().__init__(400)
        self.error = error


class StrictRequest(Request):
    """A request whose body is bounded in size and time, and JSON as strict as everywhere else. ``holder`` is who has it kept:
    a good token, or nobody in particular."""

    largest: int = SMALL
    holder: str = ""
    taken: int = 0
    refusal: GitdraftError | None = None
    media_types: tuple[str, ...] = JSON_TYPES

    async def body(self) -> bytes:
        if self.refusal is None and not hasattr(self, "_body"):
            try:
                self._body = await self._read()
            except GitdraftError as error:
                self.refusal = error
        if self.refusal is not None:
            raise BodyRefused(self.refusal)
        return self._body

    async def json(self) -> Any:
        body = await self.body()
        parse = partial(parse_json_text, body, "body", most=len(body), depth=DEEPEST_BODY)
        try:
            value = await apart(self, len(body), parse)
        except GitdraftError as error:
            raise BodyRefused(error) from None
        if isinstance(value, dict) and len(value) > MOST_MEMBERS:
            raise BodyRefused(InvalidInput(f"a body of {len(value):,} members", context={"path": ""}))
        return value

    def give_back(self) -> None:
        """Says that nothing of the body is needed any more."""
        self._service.give_back(self.holder, self.taken)
        self.taken = 0

    @property
    def _service(self) -> Service:
        service: Service = self.app.state.service
        return service

    async def _read(self) -> bytes:
        length = self.headers.get("content-length", "0")
        if length.isdigit() and int(length) > self.largest:
            raise _too_large(self.largest)
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            raise _unsupported("a body is sent as it is, without Content-Encoding")
        pieces: list[bytes] = []
        try:
            async with asyncio.timeout(self._service.settings.body_timeout):
                async for piece in self.stream():
                    self._service.hold(self.holder, len(piece))
                    self.taken += len(piece)
                    if self.taken > self.largest:
                        raise _too_large(self.largest)
                    pieces.append(piece)
        except (TimeoutError, ClientDisconnect):
            raise InvalidInput("the body did not come in time", code="request-timeout") from None
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self.taken and media_type not in self.media_types:
            raise _unsupported(f"expected one of {', '.join(self.media_types)}")
        return b"".join(pieces)


async def apart(request: Request, size: int, act: Callable[[], Result]) -> Result:
    """Returns what is made of so many bytes: of many beside the event loop, in the caller's turn."""
    if size <= QUICK:
        return act()
    service: Service = request.app.state.service
    caller = caller_of(request, request.holder if isinstance(request, StrictRequest) else None)
    return await service.readers.run(lambda _: act(), service.settings.timeout, caller)


class StrictRoute(APIRoute):
    """A route that reads a body so, from callers whose token is good. Its bodies are small."""

    is_replayed: ClassVar[bool] = True  # whether a repeat with the same Idempotency-Key gets the first answer

    @property
    def parameters(self) -> frozenset[str]:
        """What may stand in the query."""
        return frozenset(field.alias for field in self.dependant.query_params)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler: Callable[[Request], Awaitable[Response]] = super().get_route_handler()

        async def strict(request: Request) -> Response:
            request.scope["path_params"] = with_slashes(request.scope["path_params"])
            own = StrictRequest(request.scope, request.receive)
            try:
                if request.method in WRITING:
                    await self.admit(own)
                return await self.answer(own, handler)
            finally:
                own.give_back()

        return strict

    async def admit(self, request: StrictRequest) -> None:
        """Looks at the token, before anything of the body is read. Raises StateRefused (``no-token``), NotFound."""
        token = token_of(request)
        if token is None:
            raise no_token()
        service: Service = request.app.state.service

        def look(repository: Repository) -> int:
            grant = repository.tokens.find(token)
            if grant is None:
                raise unknown()
            return self.largest_body(service, repository, grant)

        request.largest = await service.readers.run(look, service.settings.timeout)
        request.holder = token

    async def answer(
        self, request: StrictRequest, handler: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        """Answers the request, or repeats what it was answered before."""
        key = request.headers.get("idempotency-key")
        if key is None or request.method != "POST" or not self.is_replayed:
            return await handler(request)
        return await answer_once(request, key, handler)

    def largest_body(self, _service: Service, _repository: Repository, _grant: Grant) -> int:
        """Returns how many bytes a body may have. Raises StateRefused (``permission-denied``)."""
        return SMALL


class DocumentRoute(StrictRoute):
    """A route whose body has an entity, or a patch of one."""

    def largest_body(self, service: Service, repository: Repository, _grant: Grant) -> int:
        return min(2 * largest_document(repository.session.store) + SMALL, service.settings.bounds.bytes)


class FormRoute(StrictRoute):
    """A route that only reads, and is asked by form: without a token, where everybody may read."""

    is_replayed: ClassVar[bool] = False

    async def admit(self, request: StrictRequest) -> None:
        request.media_types = (FORM_TYPE,)
        if token_of(request) is None and request.app.state.service.settings.public_reading:
            request.largest = LARGEST_FORM
        else:
            await super().admit(request)

    def largest_body(self, _service: Service, _repository: Repository, _grant: Grant) -> int:
        return LARGEST_FORM


class ImportRoute(StrictRoute):
    """A route whose body has many entities, from those who may send so much."""

    def largest_body(self, service: Service, _repository: Repository, grant: Grant) -> int:
        require_role(grant, "maintainer", "contributor")
        return service.settings.bounds.bytes


def _too_large(most: int) -> InvalidInput:
    return InvalidInput(f"a body of more than {most:,} bytes", code="too-large", context={"max_bytes": most})


def _unsupported(why: str) -> InvalidInput:
    return InvalidInput(why, code="unsupported-media-type")
