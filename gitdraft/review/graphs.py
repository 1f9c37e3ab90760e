"""Which entities a graph has, and what leads from one to another, as a view has them and as it was without its draft."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from gitdraft.documents.inheritance import AffectedEntity, MemberChange, named_by
from gitdraft.errors import GitdraftError
from gitdraft.index.effective import Hierarchy, ask_hierarchy
from gitdraft.index.redirects import redirect_sources
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.graphs import Graph, GraphEdge, GraphKind, GraphNode
from gitdraft.model.natural import natural_entity_key
from gitdraft.model.outcomes import Absent, ChangeStatus, Deleted, Redirected
from gitdraft.model.progress import Progress, silent
from gitdraft.review.names import Names
from gitdraft.store.inheritance import inheriting_types
from gitdraft.store.redirects import redirects
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.inheritance import inheritance_impact, overlaid

MOST_DRAWN = 60  # entities of a picture on a page
MOST_NOTED = 3  # changes of members that are named beside an affected entity
SIGNS = {ChangeStatus.ADDED: "+", ChangeStatus.DELETED: "−", ChangeStatus.MODIFIED: "~"}
Neighbours: TypeAlias = Callable[[EntityRef], Iterable[EntityRef]]
Pair: TypeAlias = tuple[EntityRef, EntityRef]
"""An entity and one that is below it."""


@dataclass(slots=True)
class GraphBuilder:
    """What makes graphs of a view. Of those around an entity at most ``most`` entities are in one (0: all)."""

    view: EffectiveView
    most: int = 0
    _names: Names = field(init=False)

    def __post_init__(self) -> None:
        self._names = Names(self.view)

    def inheritance(self, around: EntityRef | None = None, progress: Progress = silent) -> Graph:
        """Returns who inherits from whom: all, or the entities above and below one."""
        view = self.view

        def ask(canonical: Hierarchy) -> Graph:
            drafted = overlaid(canonical, view) if view.changed() else canonical
            entities, left_out = self._heirs(canonical, drafted, around)
            before, after = (
                {(parent, entity) for entity in entities for parent in named_by(hierarchy.node(entity))}
                for hierarchy in (canonical, drafted)
            )
            return self._graph("inheritance", entities, before, after, left_out)

        return ask_hierarchy(view.canonical, ask, progress)

    def impact(self, progress: Progress = silent) -> Graph:
        """Returns the entities whose members the view's draft changes, and through whom."""
        affected = inheritance_impact(self.view, progress).entities
        kept = affected[: self.most] if self.most else affected
        pairs = {pair for each in kept for pair in pairwise(each.way)}
        notes = {each.entity: _note(each) for each in kept}
        entities = {entity for each in kept for entity in each.way}
        return self._graph("impact", entities, pairs, pairs, len(affected) - len(kept), notes)

    def redirects(self, around: EntityRef | None = None) -> Graph:
        """Returns what redirects where: all of it, or what leads to and from an entity."""
        view, types = self.view, self.view.canonical.configuration.entities
        drafted = {e: t for e in view.changed() if (t := self._target(e)) is not None}
        if around is None:
            known = {
                e: EntityRef(name, to.redirects_to)
                for name in types
                for e, to in redirects(view.canonical, name).items()
            }
        else:
            known = self._redirects_around(around)
        before = {(target, entity) for entity, target in known.items()}
        undone = {
            entity for entity in view.changed() if entity in known and drafted.get(entity) != known[entity]
        }
        after = {(t, e) for e, t in known.items() if e not in undone} | {(t, e) for e, t in drafted.items()}
        if around is not None:
            after = {pair for pair in after if pair in before or around in pair}
        entities = {entity for pair in before | after for entity in pair}
        return self._graph("redirects", entities, before, after)

    def modules(
        self, before: Mapping[EntityRef, Sequence[EntityRef]], after: Mapping[EntityRef, Sequence[EntityRef]]
    ) -> Graph:
        """Returns which entities belong to which modules, by the members of each on canonical and in the view."""
        was, now = ({(m, e) for m, members in each.items() for e in members} for each in (before, after))
        entities = {*before, *after, *(entity for pair in was | now for entity in pair)}
        return self._graph("modules", entities, was, now)

    def _heirs(
        self, canonical: Hierarchy, drafted: Hierarchy, around: EntityRef | None
    ) -> tuple[set[EntityRef], int]:
        view = self.view
        if around is None:
            types = inheriting_types(view.canonical.configuration)
            listed = {line.entity for line in view.entities(types)}
            named = {p for e in listed for h in (canonical, drafted) for p in named_by(h.node(e))}
            return listed | named, 0

        def above(entity: EntityRef) -> Iterator[EntityRef]:
            for hierarchy in (drafted, canonical):
                yield from named_by(hierarchy.node(entity))

        def below(entity: EntityRef) -> Iterator[EntityRef]:
            for hierarchy in (drafted, canonical):
                yield from hierarchy.children(entity)

        reached = {around} | set(_reached(around, above))
        heirs = [entity for entity in _reached(around, below) if entity not in reached]
        most = max(0, self.most - len(reached)) if self.most else len(heirs)
        return reached | set(heirs[:most]), max(0, len(heirs) - most)

    def _redirects_around(self, around: EntityRef) -> dict[EntityRef, EntityRef]:
        canonical = self.view.canonical
        known: dict[EntityRef, EntityRef] = {}
        entity: EntityRef | None = around
        while entity is not None and entity not in known:
            state = canonical.state(entity)
            target = state.target if isinstance(state, Redirected) else None
            if target is not None:
                known[entity] = target
            entity = target
        for entity in _reached(around, lambda target: redirect_sources(canonical, target)):
            state = canonical.state(entity)
            if isinstance(state, Redirected) and (not self.most or len(known) < self.most):
                known[entity] = state.target
        return known

    def _target(self, entity: EntityRef) -> EntityRef | None:
        try:
            state = self.view.state(entity)
        except GitdraftError:
            return None
        return state.target if isinstance(state, Redirected) else None

    def _graph(
        self,
        kind: GraphKind,
        entities: Iterable[EntityRef],
        before: set[Pair],
        after: set[Pair],
        left_out: int = 0,
        notes: Mapping[EntityRef, str] | None = None,
    ) -> Graph:
        known = set(entities)
        ordered = sorted(known, key=natural_entity_key)
        pairs = [pair for pair in before | after if pair[0] in known and pair[1] in known]
        pairs.sort(key=lambda pair: (natural_entity_key(pair[0]), natural_entity_key(pair[1])))
        edges = tuple(GraphEdge(*pair, _status_of(pair, before, after)) for pair in pairs)
        nodes = tuple(self._node(entity, (notes or {}).get(entity, "")) for entity in ordered)
        return Graph(kind, nodes, edges, left_out)

    def _node(self, entity: EntityRef, note: str) -> GraphNode:
        named = self._names.entity(entity)
        label = None if named.label == entity.key else named.label
        try:
            line = self.view.line(entity)
            state = self.view.state(entity)
        except GitdraftError:
            return GraphNode(entity, label, note=note or "unreadable")
        if isinstance(state, Redirected) and line.status is ChangeStatus.UNCHANGED:
            note = note or "redirected"
        if isinstance(state, Absent | Deleted) and line.status is ChangeStatus.UNCHANGED:
            note = note or ("deleted" if isinstance(state, Deleted) else "not there")
        return GraphNode(entity, label, line.status, note)


def _status_of(pair: Pair, before: set[Pair], after: set[Pair]) -> ChangeStatus:
    if pair not in after:
        return ChangeStatus.DELETED
    return ChangeStatus.UNCHANGED if pair in before else ChangeStatus.ADDED


def _reached(start: EntityRef, neighbours: Neighbours) -> Iterator[EntityRef]:
    """Yields the entities that are reached from one, the nearest first, without itself."""
    visited, waiting = {start}, deque([start])
    while waiting:
        for entity in neighbours(waiting.popleft()):
            if entity not in visited:
                visited.add(entity)
                waiting.append(entity)
                yield entity


def _note(affected: AffectedEntity) -> str:
    """Returns the first changes of an entity's members in words."""
    said = [_change_text(change) for change in affected.changes[:MOST_NOTED]]
    more = len(affected.changes) - len(said)
    return ", ".join([*said, *([f"{more:,} more"] if more else [])])


def _change_text(change: MemberChange) -> str:
    return f"{SIGNS[change.status]} {change.name}"
