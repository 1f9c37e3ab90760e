"""The operation log, published to a stream: an entry a message, in order, without a gap, each once.

The number of an entry is its position. No cursor is kept: the stream's own last message says how far it came, and a message
is taken only where the one before it is the last. So two publishers do not get into each other's way, and one that is killed
goes on where it was.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from gitdraft.copies.streams import Message, Overtaken, Stream, differs
from gitdraft.errors import InvalidInput, without_credentials
from gitdraft.formats.operations import operation_json
from gitdraft.lazy_dataclass import replace
from gitdraft.model.copies import FeedReport
from gitdraft.model.names import Oid
from gitdraft.store.operation_log import finished_from, read_entry
from gitdraft.store.repository import Store

AT_ONCE = 500  # messages
SCHEMES = {"redis": "redis", "rediss": "redis", "nats": "nats"}


def open_stream(url: str, name: str) -> Stream:
    """Returns the stream with a name on the server at a URL. Raises InvalidInput, RepositoryError (``not-installed``)."""
    kind = SCHEMES.get(urlsplit(url).scheme)
    if kind == "redis":
        from gitdraft.copies.redis_stream import RedisStream

        return RedisStream(url, name)
    if kind == "nats":
        from gitdraft.copies.jetstream import JetStream

        return JetStream(url, name)
    raise InvalidInput(
        f"'{without_credentials(url)}' names no stream",
        context={"url": without_credentials(url)},
        hint="gitdraft feed redis://127.0.0.1:6379, rediss://… or nats://127.0.0.1:4222",
    )


def publish(store: Store, stream: Stream) -> FeedReport:
    """Publishes the finished operations that a stream does not have. Raises StateRefused (``feed-differs``) where its last message is not of
    this log, and as ``Stream.last`` does."""
    published = 0
    while True:
        last = stream.last()
        number = 0 if last is None else last.number
        entries = finished_from(store.git, number)
        if last is not None:
            if not entries or read_entry(store.git, entries[0][1]).operation.id != last.id:
                raise differs(stream, f"operation {number} of the log is not {last.id}")
            del entries[0]
        try:
            for start in range(0, len(entries), AT_ONCE):
                messages = [_message(store, *entry) for entry in entries[start : start + AT_ONCE]]
                stream.append(number, messages)
                published, number = published + len(messages), messages[-1].number
        except Overtaken:
            continue
        return FeedReport(stream.target, stream.name, published, number)


def _message(store: Store, number: int, commit: Oid) -> Message:
    operation = replace(read_entry(store.git, commit).operation, number=number)
    data = json.dumps(operation_json(operation), ensure_ascii=False, separators=(",", ":"))
    return Message(number, operation.id, data)
