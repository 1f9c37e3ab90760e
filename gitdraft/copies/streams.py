"""A stream that operations are published to, and the messages in it."""

from __future__ import annotations

import json
from typing import NamedTuple, Protocol

from gitdraft.errors import StateRefused

EVENT = "operation"


class Message(NamedTuple):
    """An operation on its way: its number, its id, and all of it as JSON."""

    number: int
    id: str
    data: str


class Overtaken(Exception):
    """Somebody else has published meanwhile."""


class Stream(Protocol):
    """Where a feed goes; ``target`` names its server without credentials."""

    target: str
    name: str

    def last(self) -> Message | None:
        """Returns the last message; ``None`` where there never was one. Raises RepositoryError (``target-unreachable``), StateRefused
        (``feed-differs``) where what was published is not kept."""
        ...

    def append(self, after: int, messages: list[Message]) -> None:
        """Appends messages after that with the number ``after``. Raises Overtaken where another one is the last, else as
        ``last``."""
        ...


def read_message(data: str) -> Message | None:
    """Returns a message as it was published; ``None`` for what is none."""
    try:
        value = json.loads(data)
        return Message(int(value["number"]), str(value["id"]), data)
    except (ValueError, KeyError, TypeError):
        return None


def differs(stream: Stream, why: str) -> StateRefused:
    """Returns the refusal to publish to a stream that is another's."""
    return StateRefused(
        f"the stream '{stream.name}' is not this repository's: {why}",
        code="feed-differs",
        context={"target": stream.target, "stream": stream.name},
        hint="gitdraft feed URL --stream NAME begins another",
    )
