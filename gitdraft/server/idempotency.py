"""A request that is sent again with the same `Idempotency-Key` gets the first answer, for a day."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

from fastapi import Request, Response

from gitdraft.api.answers import Answers, KeptAnswer, RequestId
from gitdraft.api.repository import Repository
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.server.error_handlers import error_answer
from gitdraft.server.service import Service, token_of

LONGEST_KEY = 200
KEPT_HEADERS = ("cache-control", "content-type", "etag", "location")
PASSING = (401, 403, 408, 413, 415, 429)  # nothing was done: the same request may be answered otherwise later

_in_hand: WeakValueDictionary[RequestId, asyncio.Lock] = WeakValueDictionary()


async def answer_once(
    request: Request, key: str, handler: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Returns the answer of the handler, or the one that it gave the first time. Raises InvalidInput for a key that is too
    long, and for one that came with another body (``idempotency-key-reused``)."""
    if not key or len(key) > LONGEST_KEY:
        raise InvalidInput(
            f"an Idempotency-Key has 1 to {LONGEST_KEY} characters", context={"path": "/Idempotency-Key"}
        )
    service: Service = request.app.state.service
    content = hashlib.sha256(str(request.query_params).encode() + b"\0" + await request.body()).digest()
    name = RequestId(token_of(request) or "", f"{request.method} {request.url.path}", key)
    async with _in_hand.setdefault(name, asyncio.Lock()):

        def find(repository: Repository) -> KeptAnswer | None:
            return Answers(repository.session).find(name, content)

        kept = await service.readers.run(find, service.settings.timeout)
        if kept is not None:
            return Response(kept.body, kept.status, dict(kept.headers))
        answer = await _answer(request, handler)
        if answer.status_code < 500 and answer.status_code not in PASSING:
            headers = tuple((n, answer.headers[n]) for n in KEPT_HEADERS if n in answer.headers)
            fresh = KeptAnswer(answer.status_code, headers, bytes(answer.body))

            def keep(repository: Repository) -> None:
                Answers(repository.session).keep(name, content, fresh)

            await asyncio.shield(service.readers.run(keep, service.settings.timeout))
        return answer


async def _answer(request: Request, handler: Callable[[Request], Awaitable[Response]]) -> Response:
    try:
        return await handler(request)
    except GitdraftError as error:
        answer = error_answer(error)
        if answer.status_code >= 500:
            raise
        return answer
