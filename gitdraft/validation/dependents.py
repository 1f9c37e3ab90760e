"""The entities that a change of other entities can have broken, or mended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from gitdraft.errors import InvalidInput
from gitdraft.index.references import referrers_of_any
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, Live, Redirected
from gitdraft.validation.rules.cycles import InheritanceGraph
from gitdraft.validation.rules.references import readable_redirect_sources, targets_of
from gitdraft.views.effective_view import EffectiveView


def dependents_by_name(
    before: EffectiveView, after: EffectiveView, changed: Iterable[EntityRef]
) -> Iterator[EntityRef]:
    """Yields the entities that refer to a changed entity which appeared or vanished, or redirect to a changed one.

    Redirects to redirects are followed.
    """
    appeared: list[EntityRef] = []
    waiting: set[EntityRef] = set()
    for entity in changed:
        old, new = _presence(before, entity), _presence(after, entity)
        if old != new and not {old, new} <= {"live", "redirected"}:
            appeared.append(entity)
        if (old, new) != ("live", "live"):
            waiting.add(entity)
    yield from (referrer for referrer, _ in referrers_of_any(after.canonical, appeared))
    seen = set(waiting)
    while waiting:
        sources = readable_redirect_sources(after.canonical, waiting)
        yield from sources
        waiting = {*sources} - seen
        seen |= waiting


def dependents_in_cycles(
    before: InheritanceGraph, after: InheritanceGraph, changed: Iterable[EntityRef]
) -> Iterator[EntityRef]:
    """Yields the entities that are, or were, in a cycle of inheritance with a changed entity."""
    for entity in changed:
        if before.parents(entity) != after.parents(entity):
            yield from before.cycle(entity) | after.cycle(entity)


def orphaned_dependents(
    before: EffectiveView, after: EffectiveView, changed: Collection[EntityRef]
) -> Iterator[EntityRef]:
    """Yields the entities to which a changed entity began or ceased to refer."""
    types = {**before.canonical.configuration.entities, **after.canonical.configuration.entities}
    shared = [set(rule.types) for known in types.values() for rule in known.references if len(rule.types) > 1]
    for entity in changed:
        yield from targets_of(before, entity) ^ targets_of(after, entity)
        for names in shared:  # its appearing or vanishing decides which entity the same id stands for
            if entity.type in names:
                yield from (EntityRef(name, entity.key) for name in names - {entity.type})


def _presence(view: EffectiveView, entity: EntityRef) -> str:
    """Returns what an entity is to those that refer to it."""
    if entity.type not in view.canonical.configuration.entities:
        return "absent"
    if view.is_live(entity):
        return "live"
    try:
        match view.state(entity):
            case Live():
                return "live"
            case Redirected():
                return "redirected"
            case Deleted():
                return "deleted"
            case Absent():
                return "absent"
    except InvalidInput:
        return "unreadable"
    raise AssertionError(entity)
