"""The hierarchy of inheritance on canonical, and the effective members of its entities.

The index keeps, for every entity that inherits, its own declarations and its effective members. When canonical moves,
the changed entities are read; where one declares other parents or members, it and its heirs are computed again, and
nothing else. Without an index the entities on the way are read.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

from gitdraft.documents.inheritance import Effective, Node, effective_members, heirs, named_by
from gitdraft.formats.paths import parse_marker_path
from gitdraft.git.cache import remembered
from gitdraft.git.trees import changed_files
from gitdraft.index import effective_tables as tables
from gitdraft.index.database import Index, open_index
from gitdraft.index.effective_tables import HeirState
from gitdraft.index.references import is_stored
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.progress import Progress, silent
from gitdraft.store.inheritance import canonical_node, inheriting_types
from gitdraft.store.redirects import TOMBSTONES
from gitdraft.store.snapshots import Snapshot

Answer = TypeVar("Answer")
MOST_NODES = 100_000  # entities kept in memory while members are computed


class Hierarchy(Protocol):
    """Who inherits from whom in one state of the entities."""

    def node(self, entity: EntityRef) -> Node:
        """Returns what the entity declares itself."""

    def children(self, entity: EntityRef) -> Iterable[EntityRef]:
        """Returns the entities that name this one as a parent, or redirect to it."""

    def effective(self, entity: EntityRef) -> Effective:
        """Returns the effective members of the entity; none for one that is not live."""


@dataclass(frozen=True, slots=True)
class IndexedHierarchy:
    """The hierarchy as the index has it."""

    connection: sqlite3.Connection
    _nodes: dict[EntityRef, Node] = field(default_factory=dict)

    def node(self, entity: EntityRef) -> Node:
        if entity not in self._nodes:
            if len(self._nodes) >= MOST_NODES:
                self._nodes.clear()
            self._nodes[entity] = tables.read_node(self.connection, entity)
        return self._nodes[entity]

    def children(self, entity: EntityRef) -> Iterable[EntityRef]:
        return tables.read_children(self.connection, entity)

    def effective(self, entity: EntityRef) -> Effective:
        return tables.read_effective(self.connection, entity)


@dataclass(frozen=True, slots=True)
class SnapshotHierarchy:
    """The hierarchy as the snapshot's files have it."""

    canonical: Snapshot

    def node(self, entity: EntityRef) -> Node:
        return _node(self.canonical, entity)

    def children(self, entity: EntityRef) -> Iterable[EntityRef]:
        return _all_children(self.canonical).get(entity, ())

    def effective(self, entity: EntityRef) -> Effective:
        return effective_members(entity, self.node)


@dataclass(slots=True)
class OverlaidHierarchy:
    """A ``lower`` hierarchy with the entities ``changed`` as ``read`` returns them.

    For the members of an entity only its ancestors are read.
    """

    lower: Hierarchy
    changed: Collection[EntityRef]
    read: Callable[[EntityRef], Node]
    _children: Mapping[EntityRef, list[EntityRef]] | None = field(default=None, init=False)

    def node(self, entity: EntityRef) -> Node:
        return self.read(entity) if entity in self.changed else self.lower.node(entity)

    def children(self, entity: EntityRef) -> Iterable[EntityRef]:
        if self._children is None:
            self._children = _children((other, self.read(other)) for other in self.changed)
        yield from (child for child in self.lower.children(entity) if child not in self.changed)
        yield from self._children.get(entity, ())

    def effective(self, entity: EntityRef) -> Effective:
        return effective_members(entity, self.node)


def ask_hierarchy(
    canonical: Snapshot, question: Callable[[Hierarchy], Answer], progress: Progress = silent
) -> Answer:
    """Returns the answer to a question about canonical's hierarchy, all from one state of the index.

    The index is updated first; without one the snapshot answers.
    """
    with open_index(canonical.source.common) as index:
        after = _state_of(canonical)
        if is_stored(canonical) and catch_up(index, canonical, progress):
            answer = index.read(
                lambda connection: (
                    (question(IndexedHierarchy(connection)),)
                    if tables.read_state(connection) == after
                    else None
                )
            )
            if answer is not None:
                return answer[0]
    return question(SnapshotHierarchy(canonical))


def catch_up(index: Index, canonical: Snapshot, progress: Progress = silent) -> bool:
    """Updates the tables to a snapshot that is stored; returns whether they reflect it now."""
    state, after = index.read(tables.read_state), _state_of(canonical)
    if state == after:
        return True
    is_near = state is not None and state.declared == after.declared and canonical.source.has(state.tree)
    before = state if is_near else None
    return bool(index.write(lambda connection: _update(connection, canonical, before, after, progress)))


def _update(
    connection: sqlite3.Connection,
    canonical: Snapshot,
    before: HeirState | None,
    after: HeirState,
    progress: Progress,
) -> bool:
    if not tables.write_state(connection, before, after):
        return False
    changed = []
    for done, (entity, node) in enumerate(_changed_since(canonical, None if before is None else before.tree)):
        progress(done, 0)
        if tables.write_node(connection, entity, node):
            changed.append(entity)
    indexed = IndexedHierarchy(connection)
    stale = tables.all_heirs(connection) if before is None else heirs(changed, indexed.children)
    tables.write_effective(connection, _computed(stale, indexed, progress))
    return True


def _computed(
    entities: Collection[EntityRef], kept: IndexedHierarchy, progress: Progress
) -> Iterator[tuple[EntityRef, Effective]]:
    for done, entity in enumerate(entities):
        progress(done, len(entities))
        yield entity, effective_members(entity, kept.node)


def _changed_since(canonical: Snapshot, tree: Oid | None) -> Iterator[tuple[EntityRef, Node]]:
    """Yields each entity of an inheriting type that differs between ``tree`` and the snapshot, with its node."""
    for name in inheriting_types(canonical.configuration):
        entity_type = canonical.configuration.entities[name]
        seen = set()
        for change in changed_files(canonical.source, tree, canonical.tree, entity_type.path.folder):
            entity = canonical.configuration.entity_at(change.path)
            if entity is not None and entity.type == name:
                seen.add(entity)
                yield entity, canonical_node(canonical, entity, change.new)
        for change in changed_files(canonical.source, tree, canonical.tree, f"{TOMBSTONES}/{name}"):
            entity = parse_marker_path(change.path)
            if entity is not None and entity not in seen:
                yield entity, canonical_node(canonical, entity)


@remembered(MOST_NODES)
def _node(canonical: Snapshot, entity: EntityRef) -> Node:
    return canonical_node(canonical, entity)


@remembered(2)
def _all_children(canonical: Snapshot) -> Mapping[EntityRef, list[EntityRef]]:
    return _children(_changed_since(canonical, None))


def _children(nodes: Iterable[tuple[EntityRef, Node]]) -> Mapping[EntityRef, list[EntityRef]]:
    children: defaultdict[EntityRef, list[EntityRef]] = defaultdict(list)
    for entity, node in nodes:
        for parent in named_by(node):
            children[parent].append(entity)
    return children


def _state_of(canonical: Snapshot) -> HeirState:
    types = [
        canonical.configuration.entities[name] for name in sorted(inheriting_types(canonical.configuration))
    ]
    declared = [(t.name, t.path.text, t.nested, t.schema, t.references, t.inherits) for t in types]
    return HeirState(canonical.tree, repr((declared, canonical.configuration.limits)))
