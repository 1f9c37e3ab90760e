"""Where the repository stands. (A module of its own, because `status` is what is asked most.)"""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.store.operation_log import pending_entry
from gitdraft.store.repository import Store


@dataclass(frozen=True, slots=True)
class RepositoryStatus:
    """Where the repository stands: canonical, the last rebase, the open drafts, an interrupted operation."""

    canonical: str
    tip: str | None
    rebased: str | None
    open: int
    pending: str | None


def repository_status(store: Store) -> RepositoryStatus:
    """Where the repository stands; reads refs alone."""
    pending = pending_entry(store.git)
    return RepositoryStatus(
        store.canonical,
        store.canonical_tip(),
        store.rebased_tip(),
        len(store.open_drafts()),
        pending.operation.summary if pending else None,
    )
