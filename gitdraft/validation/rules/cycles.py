"""Inheritance in a circle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gitdraft.documents.cycles import way_back
from gitdraft.errors import InvalidInput
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
    _circles: dict[EntityRef, frozenset[EntityRef]] = field(default_factory=dict)

    def parents(self, entity: EntityRef) -> tuple[EntityRef, ...]:
        """The entities that this one names as its parents, in its order."""
        if entity not in self._parents:
            self._parents[entity] = self._read(entity)
        return self._parents[entity]

    def set_parents(self, entity: EntityRef, parents: tuple[EntityRef, ...]) -> None:
        """Take the parents of an entity from somebody who has read it."""
        self._parents[entity] = parents

    def cycle(self, entity: EntityRef) -> frozenset[EntityRef]:
        """All entities that this one inherits from and that inherit from it; itself only where it does so."""
        if entity not in self._circles:
            for component in self._components(entity):
                is_circle = len(component) > 1 or component[0] in self.parents(component[0])
                circle = frozenset(component) if is_circle else frozenset()
                self._circles.update(dict.fromkeys(component, circle))
        return self._circles[entity]

    def shortest_cycle(self, entity: EntityRef) -> tuple[EntityRef, ...]:
        """The shortest way up from the entity to itself, both ends named; () where there is none."""
        circle = self.cycle(entity)
        return way_back({member: circle.intersection(self.parents(member)) for member in circle}, entity)

    def _read(self, entity: EntityRef) -> tuple[EntityRef, ...]:
        kind = self.view.canonical.configuration.entities.get(entity.type)
        if kind is None:
            return ()
        try:
            match self.view.state(entity):
                case Live(document=document):
                    return declared_in(kind, document).parents
                case Redirected(target=target):
                    return (target,)
        except InvalidInput:  # told where the entity itself is checked
            pass
        return ()

    def _components(self, start: EntityRef) -> Iterator[list[EntityRef]]:
        """The strongly connected components above ``start`` that are not known yet (Tarjan 1972, without recursion:
        a hierarchy may be deep)."""
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
            elif parent not in numbers and parent not in self._circles:
                numbers[parent] = lowest[parent] = len(numbers)
                places[parent] = len(open_)
                open_.append(parent)
                path.append((parent, iter(self.parents(parent))))


def check_cycle(hierarchy: InheritanceGraph, entity: EntityRef) -> Iterator[Violation]:
    """No entity inherits from itself; told at each that does, with the shortest way round."""
    way = hierarchy.shortest_cycle(entity)
    if way:
        kind = hierarchy.view.canonical.configuration.entities[entity.type]
        pointer = kind.inherits.parents if kind.inherits is not None else ""
        told = " → ".join(map(str, way))
        yield Violation(entity, pointer, "inheritance/cycle", f"it inherits from itself: {told}")
