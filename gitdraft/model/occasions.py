"""Who does something, when, and under which operation: what the doors know and pass down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from gitdraft.model.actors import Actor


@dataclass(frozen=True, slots=True)
class OperationMetadata:
    """The actor, the time and the id of one operation.

    ``actor`` is whom git would write as author, ``committer`` whom as committer (``None``: the same). ``seconds`` is Unix time, ``offset_minutes`` the actor's time zone east of UTC, ``operation`` the id under
    which the operation log and the commit trailers name what is done.
    """

    actor: Actor
    seconds: int
    offset_minutes: int
    operation: str
    committer: Actor | None = None

    @property
    def at(self) -> str:
        """The time as RFC 3339 in UTC, to the second."""
        return utc(self.seconds)


def utc(seconds: int) -> str:
    """A Unix time as RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
