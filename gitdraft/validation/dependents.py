"""What a change of some entities can have made wrong, or right, in others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from gitdraft.errors import InvalidInput
from gitdraft.index.references import referrers_of
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, Deleted, Live, Redirected
from gitdraft.validation.rules.cycles import InheritanceGraph
from gitdraft.validation.rules.references import readable_redirect_sources, targets_of
from gitdraft.views.effective_view import EffectiveView


def dependents_by_name(
    before: EffectiveView, after: EffectiveView, changed: Iterable[EntityRef]
) -> Iterator[EntityRef]:
    """Those that name a changed entity which came or went, and those that redirect to one, through other redirects
    too."""
    waiting = []
    for entity in changed:
        was, now = _presence(before, entity), _presence(after, entity)
        if was != now and not {was, now} <= {"live", "redirected"}:
            yield from (referrer for referrer, _ in referrers_of(after.canonical, entity))
        if (was, now) != ("live", "live"):
            waiting.append(entity)
    seen = set(waiting)
    while waiting:
        for source in readable_redirect_sources(after.canonical, waiting.pop()):
            yield source
            if source not in seen:
                seen.add(source)
                waiting.append(source)


def dependents_in_cycles(
    before: InheritanceGraph, after: InheritanceGraph, changed: Iterable[EntityRef]
) -> Iterator[EntityRef]:
    """Those that inherit in a circle through a changed entity, or did."""
    for entity in changed:
        if before.parents(entity) != after.parents(entity):
            yield from before.cycle(entity) | after.cycle(entity)


def orphaned_dependents(
    before: EffectiveView, after: EffectiveView, changed: Collection[EntityRef]
) -> Iterator[EntityRef]:
    """Those that a changed entity names, or named, but not both."""
    for entity in changed:
        yield from targets_of(before, entity) ^ targets_of(after, entity)


def _presence(view: EffectiveView, entity: EntityRef) -> str:
    """What those see of the entity that name it."""
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
