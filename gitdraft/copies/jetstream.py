"""A stream of NATS JetStream, made with one subject of the same name. A message is taken only after the one that it follows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from gitdraft.copies.libraries import require_library, unreachable
from gitdraft.copies.streams import Message, Overtaken, differs, read_message
from gitdraft.errors import without_credentials

if TYPE_CHECKING:
    from nats.js import JetStreamContext

Result = TypeVar("Result")
TIMEOUT = 30  # seconds
WRONG_LAST_SEQUENCE = 10071  # JSStreamWrongLastSequenceErrF of the server


class JetStream:
    """A stream on the server at a URL (`nats://user:password@host:4222`), made where it is not there."""

    def __init__(self, url: str, name: str) -> None:
        require_library("nats", "feed")
        self.target = without_credentials(url)
        self.name = name
        self._url = url

    def last(self) -> Message | None:
        """Returns the last message. Raises as ``Stream.last``."""
        return self._talk(self._last)[1]

    def append(self, after: int, messages: list[Message]) -> None:
        """Appends messages one by one. Raises as ``Stream.append``."""
        self._talk(lambda stream: self._append(stream, after, messages))

    async def _last(self, stream: JetStreamContext) -> tuple[int, Message | None]:
        """Returns the sequence number of the subject's last message, 0 without one, and the message."""
        from nats.js.errors import NotFoundError

        try:
            state = (await stream.stream_info(self.name)).state
        except NotFoundError:
            await stream.add_stream(name=self.name, subjects=[self.name])
            return 0, None
        try:
            known = await stream.get_last_msg(self.name, self.name)
        except NotFoundError:
            if state.last_seq:
                raise differs(self, "its messages are gone, so how far it came is not known") from None
            return 0, None
        message = read_message((known.data or b"").decode("utf-8", "replace"))
        if message is None or known.seq is None:
            raise differs(self, f"its message {known.seq} is no operation")
        return known.seq, message

    async def _append(self, stream: JetStreamContext, after: int, messages: list[Message]) -> None:
        from nats.js.errors import APIError

        sequence, last = await self._last(stream)
        if after != (0 if last is None else last.number):
            raise Overtaken
        for message in messages:
            headers = {
                "Nats-Msg-Id": f"{message.number}-{message.id}",
                "Nats-Expected-Last-Subject-Sequence": str(sequence),
            }
            try:
                taken = await stream.publish(
                    self.name, message.data.encode(), stream=self.name, headers=headers
                )
            except APIError as error:
                if error.err_code == WRONG_LAST_SEQUENCE:
                    raise Overtaken from None
                raise
            if taken.duplicate:  # it is there, published by somebody else
                raise Overtaken
            sequence = taken.seq

    def _talk(self, say: Callable[[JetStreamContext], Awaitable[Result]]) -> Result:
        """Runs what is said to the server over a connection of its own."""
        import nats
        from nats.errors import Error

        async def run() -> Result:
            connection = await nats.connect(
                self._url,
                connect_timeout=TIMEOUT,
                max_reconnect_attempts=1,
                reconnect_time_wait=0.1,
                error_cb=_ignore,
            )
            try:
                return await say(connection.jetstream(timeout=TIMEOUT))
            finally:
                await connection.close()

        try:
            return asyncio.run(run())
        except (TimeoutError, Error, OSError) as error:
            raise unreachable(self.target, error) from error


async def _ignore(_error: Exception) -> None:
    """Drops what the library would log: the call that failed raises it."""
