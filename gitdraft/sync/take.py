"""A draft that only the remote has, taken over alone."""

from __future__ import annotations

from gitdraft.model.names import RefName
from gitdraft.model.operations import RefMove
from gitdraft.store.remote_tracking import TrackedDraft, default_remote, synced_ref, tracked_drafts
from gitdraft.store.repository import Store
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.sync.divergence import read_remote_side


def remote_draft(store: Store, draft_id: str) -> tuple[str, TrackedDraft] | None:
    """Returns the remote that canonical follows and its open draft of this id, as it was last fetched; ``None`` where there is
    none, or where the draft is here too."""
    remote = default_remote(store)
    tracked = None if remote is None else tracked_drafts(store, remote).get(draft_id)
    if remote is None or tracked is None or tracked.is_closed_remotely:
        return None
    return (remote, tracked) if tracked.local_tip is None and tracked.remote_tip is not None else None


def plan_take(transaction: Transaction, remote: str, tracked: TrackedDraft) -> Plan[str]:
    """Plans to have the remote's draft here, at the remote's tip. Raises InvalidInput or RepositoryError for one that is
    malformed. The report is the remote's name."""
    store = transaction.store
    tip = read_remote_side(store, remote, tracked, transaction.canonical).draft.tip
    moves = (
        RefMove(RefName(store.drafts_ref + tracked.id), None, tip),
        RefMove(RefName(synced_ref(remote) + tracked.id), tracked.synced, tip),
    )
    moved = tuple(move for move in moves if move.old != move.new)
    return Plan(remote, transaction.buffer, moved, f"{tracked.id}: taken from {remote}")
