"""Circles among entities that name each other, such as an inheritance that leads back to itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from gitdraft.model.entities import EntityRef

Graph = dict[EntityRef, set[EntityRef]]
Way = tuple[EntityRef, ...]


def cycles(parents: Mapping[EntityRef, Iterable[EntityRef]]) -> list[Way]:
    """Returns the ways from an entity through its parents back to it, first and last the same: ``(A, B, A)``.

    Every entity that is on some circle is on one of the ways, a shortest one; they are sorted by where they begin. What
    leads into a circle is on none. Takes time in proportion to the graph where it has no circle.
    """
    left = _without_ends({entity: set(named) for entity, named in parents.items()})
    left = _reversed(_without_ends(_reversed(left)))
    ways: list[Way] = []
    reported: set[EntityRef] = set()
    for entity in sorted(left):
        if entity not in reported and (way := way_back(left, entity)):
            ways.append(way)
            reported.update(way)
    return ways


def way_back(graph: Mapping[EntityRef, Collection[EntityRef]], start: EntityRef) -> Way:
    """Returns a shortest way from ``start`` to itself; empty where there is none."""
    came_from: dict[EntityRef, EntityRef] = {}
    level = [start]
    while level and start not in came_from:
        deeper = []
        for entity in level:
            for other in sorted(graph.get(entity, ())):
                if other not in came_from:
                    came_from[other] = entity
                    deeper.append(other)
        level = deeper
    if start not in came_from:
        return ()
    way = [start, came_from[start]]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return tuple(reversed(way))


def _without_ends(graph: Graph) -> Graph:
    """Returns the part of the graph from which one can walk for ever."""
    open_ways = {entity: len(named & graph.keys()) for entity, named in graph.items()}
    leading_to = _reversed(graph)
    ends = [entity for entity, number in open_ways.items() if number == 0]
    while ends:
        end = ends.pop()
        del open_ways[end]
        for entity in leading_to.get(end, ()):
            open_ways[entity] -= 1
            if open_ways[entity] == 0:
                ends.append(entity)
    return {entity: graph[entity] & open_ways.keys() for entity in open_ways}


def _reversed(graph: Graph) -> Graph:
    turned: defaultdict[EntityRef, set[EntityRef]] = defaultdict(set)
    for entity, named in graph.items():
        for other in named:
            turned[other].add(entity)
    return dict(turned)
