"""The latest revision of each entity of an export, looked up for many entities by one walk over history."""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.git.path_history import path_history
from gitdraft.index.histories import entity_histories
from gitdraft.index.revisions import entity_history
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.rdf.subjects import Version
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot

AT_ONCE = 20_000  # entities; what is kept of a walk is as much as they need
FEW = 5  # entities, whose histories the index has


class Versions:
    """The latest revisions up to a commit of canonical of entities that are asked for in the order in which they are given."""

    def __init__(self, store: Store, canonical: Snapshot, entities: Sequence[EntityRef]) -> None:
        self._git = store.git
        self._canonical = canonical
        self._entities = entities
        self._known: dict[EntityRef, Version] = {}
        self._read_to = 0
        self._configured: list[Oid] | None = None
        self._is_indexed = len(entities) <= FEW and canonical.commit == store.canonical_tip()

    def latest(self, entity: EntityRef, index: int) -> Version | None:
        """Returns the latest revision of the entity, which is that number ``index`` of those given; ``None`` where canonical
        never had it. Raises RepositoryError (``shallow``)."""
        if self._is_indexed:
            revisions = entity_history(self._canonical, self._git, entity)
            return Version(revisions[-1].number, revisions[-1].at) if revisions else None
        if index >= self._read_to:
            self._read(index)
        return self._known.get(entity)

    def _read(self, index: int) -> None:
        tip = self._canonical.commit
        if self._configured is None:
            commits = path_history(self._git, tip, (CONFIGURATION_PATH,))
            self._configured = [commit.oid for commit in commits]
        batch = self._entities[index : index + AT_ONCE]
        self._read_to = index + len(batch)
        histories = entity_histories(self._git, tip, batch, self._configured)
        self._known = {step.entity: Version(step.revision.number, step.revision.at) for step in histories}
