"""The entities that several open drafts change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby

from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.index import draft_tables as tables
from gitdraft.index.affected import affected_in
from gitdraft.index.database import open_index
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.store.affected import AffectedDrafts
from gitdraft.store.drafts import read_draft
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import EmptyCanonical

MOST_NEW = 1000
SharedEntities = dict[EntityRef, dict[str, Oid]]


def find_shared_entities(
    store: Store, affected_drafts: AffectedDrafts, entities: Collection[EntityRef] | None = None
) -> SharedEntities:
    """Returns the open drafts that change each of ``entities``, or each entity that more than one draft changes.

    The answer is entity to name to tip, sorted. Branches that cannot be read are left out.
    """
    with open_index(store.git.common) as index:
        is_indexed = affected_in(index, store, affected_drafts).is_indexed
        rows = index.read(
            lambda connection: (
                tables.shared_changes(connection)
                if entities is None
                else tables.changes_of(connection, entities)
            )
        )
    if rows is None or not is_indexed:
        rows = sorted(_read_all(store, entities))
    sharing = {
        entity: {name: tip for _, name, tip in group} for entity, group in groupby(rows, lambda row: row[0])
    }
    return {entity: drafts for entity, drafts in sharing.items() if entities is not None or len(drafts) > 1}


def count_overlapping_drafts(store: Store, draft_id: str, number_open: int) -> int | None:
    """Returns how many other open drafts change an entity that this one changes.

    ``number_open`` is how many drafts are open. The answer is ``None`` without an index, and while the index lacks
    more than ``MOST_NEW`` drafts.
    """
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


def _read_all(store: Store, entities: Collection[EntityRef] | None) -> Iterator[tuple[EntityRef, str, Oid]]:
    for name, tip in store.open_drafts().items():
        for entity in _changed(store, name, tip):
            if entities is None or entity in entities:
                yield entity, name, tip


def _changed(store: Store, name: str, tip: Oid) -> Iterable[EntityRef]:
    try:
        draft = read_draft(store.git, name, store.draft_ref(name), tip)
        return [entity for file in draft.files for entity in file.entities]
    except (InvalidInput, RepositoryError):
        return []  # a branch that is no draft; list and rebase report it
