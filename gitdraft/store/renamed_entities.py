"""Entities that canonical renamed since a draft's base: plain git has no word for it, so it is seen in the content (E5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gitdraft.documents.merge.followers import is_unchanged
from gitdraft.documents.merge.renames import find_renames
from gitdraft.documents.parse import Limits, read_document
from gitdraft.documents.pointers import Tokens, get, parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.git.cache import remembered
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import changed_files
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import MergeRules
from gitdraft.model.names import Oid
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.values import ABSENT, JSON
from gitdraft.store.snapshots import Snapshot

MOST_ENTITIES = 10_000
"""With more entities of a type removed, or added, none counts as renamed: reading them would take too long."""


@dataclass(frozen=True, slots=True)
class RenamedEntity:
    """Where canonical has an entity by now. ``is_same`` says that nothing but its id changed, and that did; members that
    follow canonical do not count (C1)."""

    entity: EntityRef
    is_same: bool


def renamed_to(entity: EntityRef, base: Snapshot, canonical: Snapshot) -> RenamedEntity | None:
    """Returns where ``canonical`` has the entity of ``base`` by now; ``None`` where it was not renamed.

    Its file is gone, and no tombstone is in its place but a redirect to where it is.
    """
    types = (base.configuration.entities, canonical.configuration.entities)
    if base.tree == canonical.tree or any(entity.type not in known for known in types):
        return None
    if canonical.blob(entity) is not None or base.blob(entity) is None:
        return None
    end = _end_of_redirects(canonical, entity)
    renamed = None if end is None else _renamed(base, canonical, entity.type).get(entity.key)
    return renamed if renamed is not None and end in (entity, renamed.entity) else None


def _end_of_redirects(canonical: Snapshot, entity: EntityRef) -> EntityRef | None:
    """Returns the entity itself where there is nothing in its place, else the live one to which the redirects from it
    lead; ``None`` where it was deleted, or they lead to none."""
    seen = [entity]
    try:
        while isinstance(tombstone := canonical.tombstone(seen[-1]), RedirectTombstone):
            target = EntityRef(entity.type, tombstone.redirects_to)
            if target in seen:
                return None
            if canonical.blob(target) is not None:
                return target
            seen.append(target)
    except InvalidInput:  # a damaged tombstone is told elsewhere
        return None
    return entity if tombstone is None and len(seen) == 1 else None


class _Form(NamedTuple):
    """How the documents of the type are read on one side: the limits, where the id is (empty: there is none), and how they
    merge."""

    limits: Limits
    id_tokens: Tokens
    rules: MergeRules


class _Content(NamedTuple):
    """An entity's document without its id, and whether the id is its key, or the type has none."""

    document: JSON
    has_own_id: bool


Files = tuple[tuple[str, Oid], ...]
"""Entity files of one type, by key."""


@remembered(64)
def _renamed(base: Snapshot, canonical: Snapshot, type_name: str) -> Mapping[str, RenamedEntity]:
    """Returns the renamed entities of the type by their former keys."""
    removed: dict[str, Oid] = {}
    added: dict[str, Oid] = {}
    for change in changed_files(base.source, base.tree, canonical.tree):
        if change.new is None and change.old is not None:
            entity = base.configuration.entity_at(change.path)
            if entity is not None and entity.type == type_name and canonical.blob(entity) is None:
                removed[entity.key] = change.old
        elif change.old is None and change.new is not None:
            entity = canonical.configuration.entity_at(change.path)
            if entity is not None and entity.type == type_name and base.blob(entity) is None:
                added[entity.key] = change.new
    if not removed or not added or max(len(removed), len(added)) > MOST_ENTITIES:
        return {}
    forms = (_form(snapshot, type_name) for snapshot in (base, canonical))
    files = (tuple(sorted(side.items())) for side in (removed, added))
    pairs = _pairs(canonical.source, *files, *forms)
    return {old: RenamedEntity(EntityRef(type_name, new), is_same) for old, (new, is_same) in pairs.items()}


@remembered(8)
def _pairs(
    source: ObjectSource, removed: Files, added: Files, before: _Form, after: _Form
) -> Mapping[str, tuple[str, bool]]:
    """Returns the former keys with the new ones, and whether nothing else changed: R10's measure, the ids aside. Drafts on
    many bases ask about the same files."""
    old, new = _contents(source, removed, before), _contents(source, added, after)
    pairs = find_renames(
        {key: content.document for key, content in old.items()},
        {key: content.document for key, content in new.items()},
    )
    return {one: (other, _is_same(old[one], new[other], after.rules)) for one, other in pairs.items()}


def _form(snapshot: Snapshot, type_name: str) -> _Form:
    entity_type = snapshot.configuration.entities[type_name]
    tokens = parse_pointer(entity_type.id_pointer) if entity_type.id_pointer else ()
    return _Form(snapshot.configuration.limits, tokens, entity_type.merge_rules)


def _contents(source: ObjectSource, files: Files, form: _Form) -> dict[str, _Content]:
    contents = {}
    for key, oid in files:
        try:
            document = read_document(source.read_blob(oid), limits=form.limits, source=key)
        except InvalidInput:
            continue  # what is no document was renamed from nothing
        has_own_id = not form.id_tokens or get(document, form.id_tokens) == key
        contents[key] = _Content(without_id(document, form.id_tokens), has_own_id)
    return contents


def without_id(document: JSON, tokens: Tokens) -> JSON:
    """Returns the document without the member at these tokens; without any, the document."""
    if not tokens or not isinstance(document, dict) or get(document, tokens) is ABSENT:
        return document
    first, *rest = tokens
    if not rest:
        return {name: value for name, value in document.items() if name != first}
    return {**document, first: without_id(document[first], tuple(rest))}


def _is_same(before: _Content, after: _Content, rules: MergeRules) -> bool:
    return after.has_own_id and is_unchanged(before.document, after.document, rules)
