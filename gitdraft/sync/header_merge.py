"""The three-way merge of a draft's header: its title, description, status and history, member by member."""

from __future__ import annotations

from typing import TypeVar

from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.drafts import DraftHeader, DraftStatus, StatusChange, with_status
from gitdraft.model.operations import OperationMetadata

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
    """One side's header, and whether that side changed an entity since both sides had the same."""

    header: DraftHeader
    edited: bool


def merge_headers(
    synced: DraftHeader | None, local: HeaderSide, remote: HeaderSide, metadata: OperationMetadata
) -> tuple[DraftHeader, tuple[str, ...]]:
    """Returns the merged header, and the local texts that the remote's replace, as sentences for the user.

    ``synced`` is the header that both sides last had, ``None`` when it is not known.
    """
    base = synced or remote.header
    title, lost_title = _merge_member(base.title, local.header.title, remote.header.title)
    description, lost_description = _merge_member(
        base.description, local.header.description, remote.header.description
    )
    status = merge_statuses(base.status, local, remote)
    history = _merge_histories(local.header.history, remote.header.history)
    merged = replace(remote.header, title=title, description=description, history=history)
    last = history[-1].status if history else remote.header.status
    if last is status:
        merged = replace(merged, status=status)
    else:
        merged = with_status(merged, status, metadata, "merged with other changes")
    lost = (("title", lost_title), ("description", lost_description))
    return merged, tuple(f"{name} was: {text}" for name, text in lost if text is not None)


def merge_statuses(synced: DraftStatus, local: HeaderSide, remote: HeaderSide) -> DraftStatus:
    """Returns the status of the merged draft.

    A side that validated, submitted, rejected or withdrew the draft judged its own version. If the other side edited
    the draft meanwhile, the merged draft is a `draft` again. A merged draft stays merged.
    """
    sides = (local, remote)
    changed = {side.header.status for side in sides} - {synced}
    status = min(changed or {synced}, key=STRONGEST_FIRST.index)
    if remote.header.status in CLOSED_BY_HAND and status in CLOSED_BY_HAND:
        status = remote.header.status
    unseen = any(side.edited for side in sides if side.header.status is not status)
    unseen = unseen or (local.edited and remote.edited and status not in CLOSED_BY_HAND)
    return DraftStatus.DRAFT if unseen and status is not DraftStatus.MERGED else status


def _merge_member(synced: Value, local: Value, remote: Value) -> tuple[Value, Value | None]:
    """Returns the merged value, and the local one where both sides changed it to different values."""
    if local in (synced, remote):
        return remote, None
    if remote == synced:
        return local, None
    return remote, local


def _merge_histories(
    local: tuple[StatusChange, ...], remote: tuple[StatusChange, ...]
) -> tuple[StatusChange, ...]:
    """Returns the steps of both sides, by time."""
    extra = [step for step in local if step not in remote]
    return tuple(sorted((*remote, *extra), key=lambda step: step.at)) if extra else remote
