"""The entities that several open drafts change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby

from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.index import draft_tables as tables
from gitdraft.index.affected import affected_in
from gitdraft.index.database import open_index
from gitdraft.model.entities import EntityRef
from gitdraft.store.affected import AffectedDrafts
from gitdraft.store.drafts import read_draft
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import EmptyCanonical

MOST_NEW = 1000
SharedEntities = dict[EntityRef, dict[str, str]]


def find_shared_entities(
    store: Store, affected_drafts: AffectedDrafts, entities: Collection[EntityRef] | None = None
) -> SharedEntities:
    """The open drafts that change one of these entities, or without ``entities`` each that more than one draft
    changes: entity to name to tip, sorted. Branches that cannot be read are left out."""
    with open_index(store.git.common) as index:
        is_indexed = affected_in(index, store, affected_drafts).is_indexed
        found = index.read(
            lambda connection: (
                tables.shared_changes(connection)
                if entities is None
                else tables.changes_of(connection, entities)
            )
        )
    if found is None or not is_indexed:
        found = sorted(_looked_at(store, entities))
    sharing = {
        entity: {name: tip for _, name, tip in rows} for entity, rows in groupby(found, lambda row: row[0])
    }
    return {entity: drafts for entity, drafts in sharing.items() if entities is not None or len(drafts) > 1}


def count_overlapping_drafts(store: Store, draft_id: str, number_open: int) -> int | None:
    """How many other open drafts change an entity that this one changes; ``None`` without an index, and while it would
    have to be made of more than ``MOST_NEW`` drafts first. ``number_open`` is how many drafts are open."""
    with open_index(store.git.common) as index:
        held = index.read(tables.count_drafts)
        if held is None or number_open - held > MOST_NEW:
            return None
        canonical = store.canonical_or_empty()
        if isinstance(canonical, EmptyCanonical):
            return None
        is_indexed = affected_in(index, store, AffectedDrafts(store.git, canonical)).is_indexed
        return (
            index.read(lambda connection: tables.count_sharing(connection, draft_id)) if is_indexed else None
        )


def _looked_at(store: Store, entities: Collection[EntityRef] | None) -> Iterator[tuple[EntityRef, str, str]]:
    for name, tip in store.open_drafts().items():
        for entity in _changed(store, name, tip):
            if entities is None or entity in entities:
                yield entity, name, tip


def _changed(store: Store, name: str, tip: str) -> Iterable[EntityRef]:
    try:
        return [file.entity for file in read_draft(store.git, name, store.draft_ref(name), tip).files]
    except (InvalidInput, RepositoryError):
        return []  # a branch that is no draft; list and rebase tell of it
