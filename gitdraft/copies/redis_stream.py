"""A stream of Redis, whose ids are the numbers of the operations: `<number>-0`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitdraft.copies.libraries import require_library, unreachable
from gitdraft.copies.streams import EVENT, Message, Overtaken, differs, read_message
from gitdraft.errors import InvalidInput, without_credentials

if TYPE_CHECKING:
    from redis.client import Pipeline

TIMEOUT = 30.0  # seconds without an answer


class RedisStream:
    """A stream on the server at a URL, as redis-py takes it (`redis://user:password@host:6379/0`)."""

    def __init__(self, url: str, name: str) -> None:
        require_library("redis", "feed")
        import redis

        self.target = without_credentials(url)
        self.name = name
        try:
            self._client = redis.Redis.from_url(
                url, decode_responses=True, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
            )
        except ValueError as error:
            raise InvalidInput(f"'{self.target}': {error}", context={"url": self.target}) from None

    def last(self) -> Message | None:
        """Returns the last message. Raises as ``Stream.last``."""
        import redis

        try:
            with self._client.pipeline() as pipeline:
                pipeline.watch(self.name)  # type: ignore[no-untyped-call]
                return self._last(pipeline)
        except redis.RedisError as error:
            raise unreachable(self.target, error) from error

    def append(self, after: int, messages: list[Message]) -> None:
        """Appends messages, all or none. Raises as ``Stream.append``."""
        import redis

        try:
            with self._client.pipeline() as pipeline:
                pipeline.watch(self.name)  # type: ignore[no-untyped-call]
                last = self._last(pipeline)
                if after != (0 if last is None else last.number):
                    raise Overtaken
                pipeline.multi()
                for message in messages:
                    pipeline.xadd(self.name, {"event": EVENT, "data": message.data}, f"{message.number}-0")
                pipeline.execute()
        except redis.WatchError:
            raise Overtaken from None
        except redis.RedisError as error:
            raise unreachable(self.target, error) from error

    def _last(self, pipeline: Pipeline) -> Message | None:
        """Returns the last message, as the watched pipeline sees it."""
        entries = pipeline.xrevrange(self.name, count=1)
        if not entries:
            if pipeline.exists(self.name):
                raise differs(self, "its messages are gone, so how far it came is not known")
            return None
        ((place, fields),) = entries
        place, data = str(place), str((fields or {}).get("data", ""))
        message = read_message(data)
        if message is None or place != f"{message.number}-0":
            raise differs(self, f"its message {place} is no operation")
        return message
