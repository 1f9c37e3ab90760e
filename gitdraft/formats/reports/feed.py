"""Events as JSON."""

from __future__ import annotations

from gitdraft.formats.operations import operation_json
from gitdraft.formats.reports import Record
from gitdraft.model.feed import FeedEvent
from gitdraft.model.operations import Operation


def event_json(event: FeedEvent) -> Record:
    """Returns what an event says: an operation as the log has it, or where canonical went."""
    content = event.content
    if isinstance(content, Operation):
        return operation_json(content)
    ends = {"from": content.old, "to": content.new}
    return {name: oid for name, oid in ends.items() if oid is not None}
