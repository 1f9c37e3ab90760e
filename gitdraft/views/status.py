"""`gitdraft status`. It is a module of its own because it is asked most, and imports little."""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.index.shared_entities import count_overlapping_drafts
from gitdraft.model.names import Oid
from gitdraft.store.operation_log import pending_entry
from gitdraft.store.repository import Store


@dataclass(frozen=True, slots=True)
class RepositoryStatus:
    """The state of the repository.

    ``canonical`` is the branch, ``tip`` its commit, ``rebased`` the commit last processed, ``open`` the number of open
    drafts, ``pending`` the summary of an interrupted operation, ``overlapping`` how many other drafts change an entity
    that the current one changes (``None``: there is no current one, or it is not known).
    """

    canonical: str
    tip: Oid | None
    rebased: str | None
    open: int
    pending: str | None
    overlapping: int | None


def repository_status(store: Store, current: str | None) -> RepositoryStatus:
    """Returns the state of the repository; reads only refs, and the index for the ``current`` draft."""
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
