"""How the open drafts stand on canonical's tip, as far as that is known: nothing is judged here."""

from __future__ import annotations

from collections.abc import Iterable

from gitdraft.git.objects import ObjectSource
from gitdraft.index import draft_tables, rebase_state_tables
from gitdraft.index.affected import affected_in
from gitdraft.index.database import open_index
from gitdraft.model.rebase_states import UNKNOWN, RebaseState
from gitdraft.store.affected import AffectedDrafts
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot

MOST_NEW = 1000  # drafts that a command which only wants to say so reads into the index


def remember_rebase_states(
    source: ObjectSource, canonical: Snapshot, rebase_states: Iterable[tuple[str, RebaseState]]
) -> None:
    """Keeps how drafts, each by its content, were judged to stand on this commit."""
    judged = list(rebase_states)
    if not judged:
        return
    with open_index(source.common) as index:
        index.write(
            lambda connection: rebase_state_tables.write_rebase_states(connection, canonical.tree, judged)
        )


def recall_rebase_states(
    source: ObjectSource, canonical: Snapshot, contents: Iterable[str]
) -> dict[str, RebaseState]:
    """Returns how these drafts, each by its content, were judged to stand on this commit; those that were not are left out."""
    asked = list(contents)
    with open_index(source.common) as index:
        known = index.read(
            lambda connection: rebase_state_tables.rebase_states_at(connection, canonical.tree, asked)
        )
    return known or {}


def known_rebase_states(
    store: Store, canonical: Snapshot, number_open: int | None = None
) -> dict[str, RebaseState] | None:
    """Returns the open drafts that are not known to be clean on canonical's tip, name to how they stand; the others are clean.

    With ``number_open``, the number of drafts, the answer is ``None`` while the index lacks more than ``MOST_NEW`` of them.
    """
    with open_index(store.git.common) as index:
        if number_open is not None:
            held = index.read(draft_tables.count_drafts)
            if number_open - (held or 0) > MOST_NEW:
                return None
        affected = affected_in(index, store, AffectedDrafts(store.git, canonical))
        known = index.read(
            lambda connection: rebase_state_tables.read_rebase_states(connection, canonical.tree)
        )
    if known is None or not affected.is_indexed:
        return dict.fromkeys(affected.affected, UNKNOWN)
    return known
