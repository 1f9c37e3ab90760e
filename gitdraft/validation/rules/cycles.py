"""Cycles of inheritance."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.documents.cycles import way_back
from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import Live, Redirected
from gitdraft.model.violations import Violation
from gitdraft.store.inheritance import declared_in
from gitdraft.views.effective_view import EffectiveView


@dataclass(slots=True)
class InheritanceGraph:
    """Who inherits from whom in a view, each entity read once; a redirect inherits from its target."""

    view: EffectiveView
    _parents: dict[EntityRef, tuple[EntityRef, ...]] = field(default_factory=dict)
    _cycles: dict[EntityRef, frozenset[EntityRef]] = field(default_factory=dict)

    def parents(self, entity: EntityRef) -> tuple[EntityRef, ...]:
        """Returns the parents that the entity names, in its order."""
        if entity not in self._parents:
            self._parents[entity] = self._read(entity)
        return self._parents[entity]

    def set_parents(self, entity: EntityRef, parents: tuple[EntityRef, ...]) -> None:
        """Sets the parents of an entity that a caller has already read."""
        self._parents[entity] = parents

    def cycle(self, entity: EntityRef) -> frozenset[EntityRef]:
        """Returns the entities that this one inherits from and that inherit from it; itself only where it is one."""
        if entity not in self._cycles:
            for component in self._components(entity):
                is_cycle = len(component) > 1 or component[0] in self.parents(component[0])
                cycle = frozenset(component) if is_cycle else frozenset()
                self._cycles.update(dict.fromkeys(component, cycle))
        return self._cycles[entity]

    def shortest_cycle(self, entity: EntityRef) -> tuple[EntityRef, ...]:
        """Returns the shortest path from the entity through its parents to itself, both ends named; () without one."""
        cycle = self.cycle(entity)
        return way_back({member: cycle.intersection(self.parents(member)) for member in cycle}, entity)

    def _read(self, entity: EntityRef) -> tuple[EntityRef, ...]:
        entity_type = self.view.canonical.configuration.entities.get(entity.type)
        if entity_type is None:
            return ()
        try:
            match self.view.state(entity):
                case Live(document=document):
                    return declared_in(entity_type, document).parents
                case Redirected(target=target):
                    return (target,)
        except InvalidInput:  # reported where the entity itself is checked
            pass
        return ()

    def _components(self, start: EntityRef) -> Iterator[list[EntityRef]]:
        """Yields the strongly connected components above ``start`` that are not known yet.

        The algorithm is Tarjan's (1972), without recursion: a hierarchy may be deep.
        """
        numbers: dict[EntityRef, int] = {start: 0}
        lowest = {start: 0}
        path, open_ = [(start, iter(self.parents(start)))], [start]
        places = {start: 0}  # of those in open_
        while path:
            entity, above = path[-1]
            parent = next(above, None)
            if parent is None:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[entity])
                if lowest[entity] == numbers[entity]:
                    component = open_[places[entity] :]
                    del open_[places[entity] :]
                    for member in component:
                        del places[member]
                    yield component
            elif parent in places:
                lowest[entity] = min(lowest[entity], numbers[parent])
            elif parent not in numbers and parent not in self._cycles:
                numbers[parent] = lowest[parent] = len(numbers)
                places[parent] = len(open_)
                open_.append(parent)
                path.append((parent, iter(self.parents(parent))))


def check_cycle(hierarchy: InheritanceGraph, entity: EntityRef) -> Iterator[Violation]:
    """Yields a violation for an entity that inherits from itself, with the shortest cycle."""
    cycle = hierarchy.shortest_cycle(entity)
    if cycle:
        entity_type = hierarchy.view.canonical.configuration.entities[entity.type]
        pointer = entity_type.inherits.parents if entity_type.inherits is not None else ""
        path = " → ".join(map(str, cycle))
        yield Violation(entity, pointer, "inheritance/cycle", f"it inherits from itself: {path}")
