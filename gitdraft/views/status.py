"""Where the repository stands. (A module of its own, because `status` is what is asked most.)"""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.index.shared_entities import count_overlapping_drafts
from gitdraft.store.operation_log import pending_entry
from gitdraft.store.repository import Store


@dataclass(frozen=True, slots=True)
class RepositoryStatus:
    """Where the repository stands: canonical, the last rebase, the open drafts, an interrupted operation, and how many
    other drafts touch what the current one does (``None``: there is no current one, or it is not known)."""

    canonical: str
    tip: str | None
    rebased: str | None
    open: int
    pending: str | None
    overlapping: int | None


def repository_status(store: Store, current: str | None) -> RepositoryStatus:
    """Where the repository stands; reads refs, and the index for the ``current`` draft, alone."""
    pending = pending_entry(store.git)
    number = len(store.open_drafts())
    return RepositoryStatus(
        store.canonical_branch,
        store.canonical_tip(),
        store.rebased_tip(),
        number,
        pending.operation.summary if pending else None,
        count_overlapping_drafts(store, current, number) if current is not None and number > 1 else None,
    )
