"""Modules: entities that say which others belong together."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.errors import InvalidInput, NotFound
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Live
from gitdraft.store.references import places
from gitdraft.store.snapshots import Snapshot


def modules_of(snapshot: Snapshot) -> dict[EntityRef, EntityRef]:
    """Returns the module of each entity that one names, and of the modules themselves; of several, the first by name."""
    rule = snapshot.configuration.modules
    known: dict[EntityRef, EntityRef] = {}
    if rule is None or rule.type not in snapshot.configuration.entities:
        return known
    for module in sorted(entity for entity, _ in snapshot.entities((rule.type,))):
        known[module] = module
        for member in named_members(snapshot, module):
            known.setdefault(member, module)
    return known


def named_members(snapshot: Snapshot, module: EntityRef) -> Iterator[EntityRef]:
    """Yields the entities that a module names as its members, that are there: a value is `type/key`, or a key of a type that
    `references:` declares for its place, or of the one type that has it."""
    rule = snapshot.configuration.modules
    try:
        state = snapshot.state(module)
    except (InvalidInput, NotFound):
        return
    if rule is None or not isinstance(state, Live):
        return
    entity_type = snapshot.configuration.entities[rule.type]
    for pattern in rule.members:
        declared = [r for r in entity_type.references if r.pattern == pattern and not r.members]
        types = [name for r in declared for name in r.types] or [*snapshot.configuration.entities]
        for _, value in places(state.document, pattern):
            if isinstance(value, str):
                yield from _entities(snapshot, value, types)


def _entities(snapshot: Snapshot, value: str, types: list[str]) -> Iterator[EntityRef]:
    name, slash, key = value.partition("/")
    possible = [EntityRef(kind, value) for kind in types]
    if slash and name in snapshot.configuration.entities:
        possible.insert(0, EntityRef(name, key))
    existing = [entity for entity in possible if snapshot.blob(entity) is not None]
    if existing:
        yield existing[0]
