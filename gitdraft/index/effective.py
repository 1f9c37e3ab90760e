"""The hierarchy of canonical, and the effective members of its entities.

The index knows, of every entity that inherits, what it says itself and what comes of that. When canonical moves, what
changed is read; where an entity says something else of its parents or members, it and all that inherit from it are
computed anew, and nothing else. Without an index the entities on the way are read.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from gitdraft.documents.inheritance import Effective, Node, effective_members, heirs, named_by
from gitdraft.formats.paths import parse_marker_path
from gitdraft.git.cache import remembered
from gitdraft.git.trees import changed_files
from gitdraft.index import effective_tables as tables
from gitdraft.index.database import Index, open_index
from gitdraft.index.effective_tables import HeirState
from gitdraft.index.references import is_written
from gitdraft.model.entities import EntityRef
from gitdraft.model.progress import Progress, silent
from gitdraft.store.inheritance import canonical_node, inheriting_types
from gitdraft.store.redirects import TOMBSTONES
from gitdraft.store.snapshots import Snapshot

Answer = TypeVar("Answer")
MOST_NODES = 100_000  # entities kept in memory while members are computed


class Hierarchy(Protocol):
    """Who inherits from whom in one state of the entities."""

    def node(self, entity: EntityRef) -> Node:
        """What the entity is and says itself."""

    def children(self, entity: EntityRef) -> Iterable[EntityRef]:
        """The entities that name this one as a parent, or redirect to it."""

    def effective(self, entity: EntityRef) -> Effective:
        """The members of the entity; none of one that is not live."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """As the index has it."""

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
class Unkept:
    """As the snapshot's files have it."""

    canonical: Snapshot

    def node(self, entity: EntityRef) -> Node:
        return _node(self.canonical, entity)

    def children(self, entity: EntityRef) -> Iterable[EntityRef]:
        return _all_children(self.canonical).get(entity, ())

    def effective(self, entity: EntityRef) -> Effective:
        return effective_members(entity, self.node)


@dataclass(slots=True)
class Overlaid:
    """Another hierarchy with the entities ``changed`` as ``read`` has them; for an entity's members those on its way
    alone are read."""

    below: Hierarchy
    changed: Collection[EntityRef]
    read: Callable[[EntityRef], Node]
    _children: Mapping[EntityRef, list[EntityRef]] | None = field(default=None, init=False)

    def node(self, entity: EntityRef) -> Node:
        return self.read(entity) if entity in self.changed else self.below.node(entity)

    def children(self, entity: EntityRef) -> Iterable[EntityRef]:
        if self._children is None:
            self._children = _children((other, self.read(other)) for other in self.changed)
        yield from (child for child in self.below.children(entity) if child not in self.changed)
        yield from self._children.get(entity, ())

    def effective(self, entity: EntityRef) -> Effective:
        return effective_members(entity, self.node)


def ask_hierarchy(
    canonical: Snapshot, question: Callable[[Hierarchy], Answer], progress: Progress = silent
) -> Answer:
    """The answer to a question about canonical's hierarchy, all from one state of the index, which is brought up to
    date before; without one from the snapshot."""
    with open_index(canonical.source.common) as index:
        after = _state_of(canonical)
        if is_written(canonical) and catch_up(index, canonical, progress):
            found = index.read(
                lambda connection: (
                    (question(_Kept(connection)),) if tables.read_state(connection) == after else None
                )
            )
            if found is not None:
                return found[0]
    return question(Unkept(canonical))


def catch_up(index: Index, canonical: Snapshot, progress: Progress = silent) -> bool:
    """Bring the tables to a written snapshot; whether they reflect it now."""
    state, after = index.read(tables.read_state), _state_of(canonical)
    if state == after:
        return True
    is_near = state is not None and state.declared == after.declared and canonical.source.has(state.tree)
    before = state if is_near else None
    return bool(index.write(lambda connection: _bring(connection, canonical, before, after, progress)))


def _bring(
    connection: sqlite3.Connection,
    canonical: Snapshot,
    before: HeirState | None,
    after: HeirState,
    progress: Progress,
) -> bool:
    if not tables.write_state(connection, before, after):
        return False
    says_else = []
    for done, (entity, node) in enumerate(_changed_since(canonical, None if before is None else before.tree)):
        progress(done, 0)
        if tables.write_node(connection, entity, node):
            says_else.append(entity)
    kept = _Kept(connection)
    stale = tables.all_heirs(connection) if before is None else heirs(says_else, kept.children)
    tables.write_effective(connection, _computed(stale, kept, progress))
    return True


def _computed(
    entities: Collection[EntityRef], kept: _Kept, progress: Progress
) -> Iterator[tuple[EntityRef, Effective]]:
    for done, entity in enumerate(entities):
        progress(done, len(entities))
        yield entity, effective_members(entity, kept.node)


def _changed_since(canonical: Snapshot, tree: str | None) -> Iterator[tuple[EntityRef, Node]]:
    """The entities that inherit, or are inherited from, and that the snapshot has otherwise than ``tree``, each once."""
    for name in inheriting_types(canonical.configuration):
        entity_type = canonical.configuration.entities[name]
        told = set()
        for change in changed_files(canonical.source, tree, canonical.tree, entity_type.path.folder):
            entity = canonical.configuration.entity_at(change.path)
            if entity is not None and entity.type == name:
                told.add(entity)
                yield entity, canonical_node(canonical, entity, change.new)
        for change in changed_files(canonical.source, tree, canonical.tree, f"{TOMBSTONES}/{name}"):
            entity = parse_marker_path(change.path)
            if entity is not None and entity not in told:
                yield entity, canonical_node(canonical, entity)


@remembered(MOST_NODES)
def _node(canonical: Snapshot, entity: EntityRef) -> Node:
    return canonical_node(canonical, entity)


@remembered(2)
def _all_children(canonical: Snapshot) -> Mapping[EntityRef, list[EntityRef]]:
    return _children(_changed_since(canonical, None))


def _children(nodes: Iterable[tuple[EntityRef, Node]]) -> Mapping[EntityRef, list[EntityRef]]:
    found: defaultdict[EntityRef, list[EntityRef]] = defaultdict(list)
    for entity, node in nodes:
        for parent in named_by(node):
            found[parent].append(entity)
    return found


def _state_of(canonical: Snapshot) -> HeirState:
    types = [
        canonical.configuration.entities[name] for name in sorted(inheriting_types(canonical.configuration))
    ]
    said = [(k.name, k.path.text, k.nested, k.schema, k.references, k.inherits) for k in types]
    return HeirState(canonical.tree, repr((said, canonical.configuration.limits)))
