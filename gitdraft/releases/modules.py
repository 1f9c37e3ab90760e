"""Modules: entities that say which others belong together."""

from __future__ import annotations

from collections.abc import Container, Iterator

from gitdraft.errors import InvalidInput, NotFound
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Live
from gitdraft.store.references import Tokens, places, resolve
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.effective_view import EffectiveView


def modules_of(snapshot: Snapshot) -> dict[EntityRef, EntityRef]:
    """Returns the module of each entity that one names, and of the modules themselves; of several, the first by name."""
    rule = snapshot.configuration.modules
    known: dict[EntityRef, EntityRef] = {}
    if rule is None or rule.type not in snapshot.configuration.entities:
        return known
    view = EffectiveView(snapshot.source, snapshot)
    for module in sorted(entity for entity, _ in snapshot.entities((rule.type,))):
        known[module] = module
        for candidates, _ in named_members(view, module):
            if view.holds(candidates[0]):
                known.setdefault(candidates[0], module)
    return known


def named_members(view: EffectiveView, module: EntityRef) -> Iterator[tuple[tuple[EntityRef, ...], Tokens]]:
    """Yields what a module names as its members, and where: the entity, or those that it may be where none of them is there.

    A value is `type/key`, or a key of a type that `references:` declares for its place, or of the first type that has it. An
    entity that is no module names none, nor does one whose file is no document.
    """
    configuration = view.canonical.configuration
    rule = configuration.modules
    if rule is None or module.type != rule.type:
        return
    try:
        state = view.state(module)
    except (InvalidInput, NotFound):
        return
    if not isinstance(state, Live):
        return
    entity_type = configuration.entities[rule.type]
    for pattern in rule.members:
        declared = [r for r in entity_type.references if r.pattern == pattern and not r.members]
        types = tuple(name for r in declared for name in r.types) or tuple(configuration.entities)
        for tokens, value in places(state.document, pattern):
            if isinstance(value, str):
                yield resolve(_candidates(types, value, configuration.entities), view.holds), tokens


def _candidates(types: tuple[str, ...], value: str, known: Container[str]) -> tuple[EntityRef, ...]:
    name, slash, key = value.partition("/")
    if slash and name in known:
        return (EntityRef(name, key),)
    return tuple(EntityRef(kind, value) for kind in types)
