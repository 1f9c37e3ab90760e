"""`GET /api/v2/operations`: what happened, as pages and as a stream of events."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse

from gitdraft.api.feed import Feed
from gitdraft.errors import GitdraftError, RepositoryError
from gitdraft.formats.reports.feed import event_json
from gitdraft.model.feed import FeedEvent
from gitdraft.server import report_models
from gitdraft.server.access import Caller, is_named
from gitdraft.server.bodies import StrictRoute
from gitdraft.server.dependencies import Call, Calling
from gitdraft.server.responses import READING, errors
from gitdraft.server.service import PAUSE

router = APIRouter(prefix="/api/v2", tags=["operations"], route_class=StrictRoute)
STREAM = "text/event-stream"
HEARTBEAT = 15.0  # seconds
CHECK = 5.0  # seconds between two looks at the token
PIECE = 100  # events at once
MOST_STREAMS = 200
MOST_OF_CALLER = 50
Cursor = Annotated[
    str | None,
    Query(
        max_length=100,
        description="`next` of the answer before, the id of an event, or the number of an operation.",
    ),
]


@router.get(
    "/operations",
    response_model=report_models.Operations,
    responses={200: {"content": {STREAM: {}}}, **errors(410, *READING)},
)
async def list_operations(
    call: Calling,
    after: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    accept: Annotated[str | None, Header()] = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=100)] = None,
) -> Response:
    """What happened after a cursor, the oldest first; without one from the beginning. With `Accept: text/event-stream` it goes
    on as it happens, without a cursor from now: the events are `operation` and `canonical-moved`."""
    if accept is not None and STREAM in accept:
        return await _stream(call, last_event_id or after)

    def act(caller: Caller) -> Response:
        events = Feed(caller.repository.session).after(after, limit)
        operations = [event_json(event) for event in events if event.name == "operation"]
        moves = [event_json(event) for event in events if event.name == "canonical-moved"]
        end = events[-1].cursor if events else after or Feed(caller.repository.session).now()
        return JSONResponse({"operations": operations, "canonical_moved": moves, "next": end})

    return await call.read(is_named, act)


async def _stream(call: Call, cursor: str | None) -> Response:
    """The events as they happen, until the client or the service goes, or the token is good no more."""
    service = call.service

    def begin(caller: Caller) -> str:
        feed = Feed(caller.repository.session)
        if cursor is None:
            return feed.now()
        feed.after(cursor, 1)  # a cursor that is gone is said before the stream begins
        return cursor

    with _counted(call):
        place = await call.read(is_named, begin)

    async def events() -> AsyncIterator[str]:
        last, seen = place, ""
        # it ends where the token was revoked, the log rewritten, the last place taken: the client asks again, and is told
        with suppress(GitdraftError), _counted(call):
            said = checked = time.monotonic()
            yield ": here\n\n"
            while not service.is_closing:
                stands = await service.pulse.feel(service)
                if stands != seen or time.monotonic() - checked >= CHECK:
                    seen, checked = stands, time.monotonic()
                    fresh = await _after(call, last)
                    for event in fresh:
                        last, said = event.cursor, checked
                        yield f"id: {last}\nevent: {event.name}\ndata: {json.dumps(event_json(event))}\n\n"
                    if len(fresh) == PIECE:
                        seen = ""
                        continue
                if time.monotonic() - said >= HEARTBEAT:
                    said = time.monotonic()
                    yield ": still here\n\n"
                await asyncio.sleep(PAUSE)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events(), media_type=STREAM, headers=headers)


@contextmanager
def _counted(call: Call) -> Iterator[None]:
    """Counts a stream of the caller, one that begins too. Raises RepositoryError (``busy``) where there are too many."""
    streams = call.service.streams
    if streams.total() >= MOST_STREAMS or streams[call.caller] >= MOST_OF_CALLER:
        raise RepositoryError("too many streams", code="busy")
    streams[call.caller] += 1
    try:
        yield
    finally:
        streams[call.caller] -= 1
        streams += Counter()  # without those that have none


async def _after(call: Call, cursor: str) -> Sequence[FeedEvent]:
    return await call.read(is_named, lambda caller: Feed(caller.repository.session).after(cursor, PIECE))
