"""Values that gitdraft.yaml declares unique and that two open drafts give to different entities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from gitdraft.documents.pointers import format_pointer
from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.formats.configuration import Configuration
from gitdraft.index import draft_tables as tables
from gitdraft.index.affected import affected_in
from gitdraft.index.database import open_index
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.overlaps import ValueClash
from gitdraft.store.affected import AffectedDrafts
from gitdraft.store.drafts import read_draft
from gitdraft.store.repository import Store
from gitdraft.validation.rules.references import values_of
from gitdraft.views.effective_view import open_view

Clashes = Mapping[EntityRef, tuple[ValueClash, ...]]


def find_value_clashes(store: Store, affected_drafts: AffectedDrafts) -> Clashes:
    """Returns the clashes of each entity to which an open draft gives a value that another draft gives to another
    entity. Branches that cannot be read are left out."""
    configuration = affected_drafts.canonical.configuration
    holders: defaultdict[EntityRef, list[tuple[str, EntityRef, str]]] = defaultdict(list)
    for name, tip in _candidates(store, affected_drafts, configuration).items():
        for value, entity, pointer in _new_values(store, name, tip):
            holders[value].append((name, entity, pointer))
    clashes: defaultdict[EntityRef, list[ValueClash]] = defaultdict(list)
    for places in holders.values():
        for draft, entity, pointer in places:
            clashes[entity] += [
                ValueClash(draft, pointer, other_draft, other)
                for other_draft, other, _ in places
                if other_draft != draft and other != entity
            ]
    return {entity: tuple(sorted(set(several))) for entity, several in clashes.items() if several}


def _candidates(
    store: Store, affected_drafts: AffectedDrafts, configuration: Configuration
) -> dict[str, Oid]:
    """Returns the open drafts, name to tip, that may give a value which another may give too."""
    types = [name for name, entity_type in configuration.entities.items() if entity_type.unique]
    if not types:
        return {}
    with open_index(store.git.common) as index:
        is_indexed = affected_in(index, store, affected_drafts).is_indexed
        tips = index.read(lambda connection: tables.tips_sharing_names(connection, types))
    return store.open_drafts() if tips is None or not is_indexed else tips


def _new_values(store: Store, name: str, tip: Oid) -> Iterator[tuple[EntityRef, EntityRef, str]]:
    """Yields the unique values that the draft gives to entities which do not have them on canonical."""
    try:
        view = open_view(store, read_draft(store.git, name, store.draft_ref(name), tip))
        for entity in view.changed():
            before = {value for value, _ in values_of(view.underlying(), entity)}
            for value, tokens in values_of(view, entity):
                if value not in before:
                    yield value, entity, format_pointer(tokens)
    except (InvalidInput, RepositoryError):
        return  # a branch that is no draft; list and rebase report it
