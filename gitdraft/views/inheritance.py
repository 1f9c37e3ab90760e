"""Inheritance: the members of an entity through its parents (`effective`), and the entities whose members a draft
changes (`impact`)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from functools import cache
from heapq import heappop, heappush
from itertools import chain

from gitdraft.documents.cycles import Way
from gitdraft.documents.inheritance import (
    AffectedEntity,
    Effective,
    EffectiveMembers,
    InheritanceImpact,
    Node,
    Unreadable,
    compare,
    heirs,
)
from gitdraft.errors import InvalidInput
from gitdraft.index.effective import Hierarchy, OverlaidHierarchy, ask_hierarchy
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Absent, ChangeStatus, Deleted, Live
from gitdraft.model.progress import Progress, silent
from gitdraft.store.inheritance import inheriting_types, member_text, node_of
from gitdraft.views.effective_view import EffectiveView, build_entity_view
from gitdraft.views.entity_names import unknown_entity
from gitdraft.views.guards import entity_deleted
from gitdraft.views.redirects import follow


def effective_members(
    view: EffectiveView, entity: EntityRef, progress: Progress = silent
) -> EffectiveMembers:
    """Returns the effective members of an entity of the view; a redirect is followed.

    Raises StateRefused for one that canonical has deleted, InvalidInput (``nothing-inherited``) where
    gitdraft.yaml declares no inheritance for its type.
    """
    entity = follow(view, entity)
    if view.canonical.configuration.entities[entity.type].inherits is None:
        raise InvalidInput(
            f"entities of type '{entity.type}' inherit nothing",
            code="nothing-inherited",
            context={"entity": str(entity)},
            hint=f"`inherits:` of {entity.type} in gitdraft.yaml declares the parents and the members",
        )
    state = view.state(entity)
    if not isinstance(state, Live) and not isinstance(view.canonical.state(entity), Live):
        match state:
            case Deleted():
                raise entity_deleted(entity, view.canonical.tombstone(entity))
            case Absent():
                raise unknown_entity(view, entity)

    def ask(canonical: Hierarchy) -> tuple[Effective, Effective]:
        before = canonical.effective(entity)
        if not view.changed():
            return before, before
        return before, overlaid(canonical, view).effective(entity)

    before, after = ask_hierarchy(view.canonical, ask, progress)
    return EffectiveMembers(entity, tuple(compare(before, after)), after.redirects, after.lost, after.cycles)


def effective_lists(
    view: EffectiveView, entities: Iterable[EntityRef]
) -> dict[EntityRef, dict[str, tuple[str, ...]]]:
    """Returns the effective members of those entities whose type inherits, by the pointer of the list in which they would be
    declared, the nearest first."""
    lists = {}
    for entity, effective in effective_of(view, entities).items():
        kind, members = view.canonical.configuration.entities[entity.type], effective.members
        declared = () if kind.inherits is None else kind.inherits.members
        lists[entity] = {
            pointer: tuple(member_text(kind, pointer, m.name) for m in members if m.requirement == word)
            for pointer, word in declared
        }
    return lists


def effective_of(view: EffectiveView, entities: Iterable[EntityRef]) -> dict[EntityRef, Effective]:
    """Returns the effective members of those entities whose type inherits."""
    types = view.canonical.configuration.entities
    asked = [entity for entity in entities if types[entity.type].inherits is not None]
    if not asked:
        return {}

    def ask(canonical: Hierarchy) -> dict[EntityRef, Effective]:
        hierarchy = overlaid(canonical, view) if view.changed() else canonical
        return {entity: hierarchy.effective(entity) for entity in asked}

    return ask_hierarchy(view.canonical, ask)


def inheritance_impact(view: EffectiveView, progress: Progress = silent) -> InheritanceImpact:
    """Returns the entities whose effective members the view's draft changes."""
    assert view.draft is not None
    entities = ask_hierarchy(
        view.canonical, lambda canonical: tuple(walk_affected(canonical, view)), progress
    )
    return InheritanceImpact(view.draft.id, entities)


def walk_affected(canonical: Hierarchy, view: EffectiveView) -> Iterator[AffectedEntity]:
    """Yields the entities whose members the draft of ``view`` changes, each with the way from what changed to it."""
    drafted = overlaid(canonical, view)
    starts = [entity for entity in drafted.changed if drafted.node(entity) != canonical.node(entity)]
    changes = {}
    for entity in heirs(starts, drafted.children):  # an entity that is no heir any more is a start
        compared = compare(canonical.effective(entity), drafted.effective(entity))
        changed = tuple(change for change in compared if change.status is not ChangeStatus.UNCHANGED)
        if changed:
            changes[entity] = changed
    for way in sorted(_ways(drafted, starts, changes)):
        yield AffectedEntity(way[-1], _status(view, way[-1]), changes[way[-1]], way)


def _ways(drafted: Hierarchy, starts: Iterable[EntityRef], affected: Container[EntityRef]) -> Iterator[Way]:
    """Yields a path to each affected entity, through as few unaffected entities as possible.

    It begins at a start that inherits from no other start, where there is one.
    """
    below = heirs(chain.from_iterable(map(drafted.children, starts)), drafted.children)
    roots = [start for start in starts if start not in below]
    visited: set[EntityRef] = set()
    for group in (
        roots,
        *([start] for start in sorted(below.intersection(starts))),
    ):  # in a cycle all are below
        waiting: list[tuple[int, int, Way]] = [(0, 1, (start,)) for start in sorted(group)]
        while waiting:
            unaffected, steps, way = heappop(waiting)
            if way[-1] in visited:
                continue
            visited.add(way[-1])
            if way[-1] in affected:
                yield way
            for child in drafted.children(way[-1]):
                if child not in visited:
                    heappush(waiting, (unaffected + (child not in affected), steps + 1, (*way, child)))


def _status(view: EffectiveView, entity: EntityRef) -> ChangeStatus:
    if entity not in view.changed():
        return ChangeStatus.UNCHANGED
    try:
        return build_entity_view(entity, view.canonical.state(entity), view.state(entity)).status
    except InvalidInput:  # one of the two is no document
        return ChangeStatus.MODIFIED


def overlaid(canonical: Hierarchy, view: EffectiveView) -> OverlaidHierarchy:
    """Returns the hierarchy of canonical with the changes of the view in it."""
    types = view.canonical.configuration.entities
    heir_types = inheriting_types(view.canonical.configuration)
    changed = frozenset(entity for entity in view.changed() if entity.type in heir_types)

    @cache
    def read(entity: EntityRef) -> Node:
        try:
            return node_of(types[entity.type], view.state(entity))
        except InvalidInput:
            return Unreadable()

    return OverlaidHierarchy(canonical, changed, read)
