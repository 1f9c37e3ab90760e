"""The events that a service gives out."""

from __future__ import annotations

from typing import Literal

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid
from gitdraft.model.operations import Operation


@dataclass(frozen=True, slots=True)
class CanonicalMoved:
    """Canonical went from one commit to another; ``None`` where it is not there."""

    old: Oid | None
    new: Oid | None


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """Something that happened; ``cursor`` is the place behind it."""

    cursor: str
    content: Operation | CanonicalMoved

    @property
    def name(self) -> Literal["operation", "canonical-moved"]:
        """The kind of event, as streams and webhooks call it."""
        return "operation" if isinstance(self.content, Operation) else "canonical-moved"
