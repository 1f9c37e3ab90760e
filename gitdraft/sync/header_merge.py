"""What a draft says of itself, where two clones said different things: member by member, against what both had."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from gitdraft.model.drafts import DraftHeader, DraftStatus, StatusChange, with_status
from gitdraft.model.occasions import OperationMetadata

Value = TypeVar("Value")

CLOSED_BY_HAND = (DraftStatus.REJECTED, DraftStatus.WITHDRAWN)
STRONGEST_FIRST = (
    DraftStatus.MERGED,
    DraftStatus.DRAFT,
    *CLOSED_BY_HAND,
    DraftStatus.SUBMITTED,
    DraftStatus.VALIDATED,
)


@dataclass(frozen=True, slots=True)
class HeaderSide:
    """One side's header, and whether that side changed an entity since both had the same."""

    header: DraftHeader
    edited: bool


def merge_headers(
    synced: DraftHeader | None, here: HeaderSide, there: HeaderSide, metadata: OperationMetadata
) -> tuple[DraftHeader, tuple[str, ...]]:
    """The united header, and the texts of this side that had to give way to the remote's, to be told."""
    base = synced or there.header
    title, lost_title = _merge_member(base.title, here.header.title, there.header.title)
    description, lost = _merge_member(base.description, here.header.description, there.header.description)
    status = merge_statuses(base.status, here, there)
    history = _merge_histories(here.header.history, there.header.history)
    merged = replace(there.header, title=title, description=description, history=history)
    last = history[-1].status if history else there.header.status
    if last is status:
        merged = replace(merged, status=status)
    else:
        merged = with_status(merged, status, metadata, "united with other changes")
    told = (("title", lost_title), ("description", lost))
    return merged, tuple(f"{name} was: {text}" for name, text in told if text is not None)


def merge_statuses(synced: DraftStatus, here: HeaderSide, there: HeaderSide) -> DraftStatus:
    """The status of the united draft.

    What somebody validated, submitted, rejected or withdrew was what that side had: with an edit that the other
    side made, it is a `draft` again. Merged stays merged.
    """
    given = {side.header.status for side in (here, there)} - {synced}
    status = min(given or {synced}, key=STRONGEST_FIRST.index)
    if there.header.status in CLOSED_BY_HAND and status in CLOSED_BY_HAND:
        status = there.header.status
    sides = (here, there)
    unseen = any(side.edited for side in sides if side.header.status is not status)
    unseen = unseen or (here.edited and there.edited and status not in CLOSED_BY_HAND)
    return DraftStatus.DRAFT if unseen and status is not DraftStatus.MERGED else status


def _merge_member(synced: Value, here: Value, there: Value) -> tuple[Value, Value | None]:
    """The value that stands, and this side's where both sides wrote something else."""
    if here in (synced, there):
        return there, None
    if there == synced:
        return here, None
    return there, here


def _merge_histories(
    here: tuple[StatusChange, ...], there: tuple[StatusChange, ...]
) -> tuple[StatusChange, ...]:
    """The remote's steps, and this side's that it has not, in the order of time."""
    extra = [step for step in here if step not in there]
    return tuple(sorted((*there, *extra), key=lambda step: step.at)) if extra else there
