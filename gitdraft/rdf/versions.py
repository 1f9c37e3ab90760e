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

FEW = 5  # entities, whose histories the index has


class Versions:
    """The latest revisions of entities up to a commit of canonical."""

    def __init__(self, store: Store, canonical: Snapshot) -> None:
        self._git = store.git
        self._canonical = canonical
        self._is_tip = canonical.commit == store.canonical_tip()
        self._configured: list[Oid] | None = None
        self._entities: Sequence[EntityRef] = ()
        self._known: dict[EntityRef, Version] | None = None

    def turn_to(self, entities: Sequence[EntityRef]) -> None:
        """Takes the entities that are asked for from now on, which are read when the first one is."""
        self._entities, self._known = entities, None

    def latest(self, entity: EntityRef) -> Version | None:
        """Returns the latest revision of one of the entities; ``None`` where canonical never had it. Raises RepositoryError
        (``shallow``)."""
        if self._is_tip and len(self._entities) <= FEW:
            revisions = entity_history(self._canonical, self._git, entity)
            return Version(revisions[-1].number, revisions[-1].at) if revisions else None
        if self._known is None:
            self._known = self._read()
        return self._known.get(entity)

    def _read(self) -> dict[EntityRef, Version]:
        tip = self._canonical.commit
        if self._configured is None:
            commits = path_history(self._git, tip, (CONFIGURATION_PATH,))
            self._configured = [commit.oid for commit in commits]
        histories = entity_histories(self._git, tip, self._entities, self._configured)
        return {step.entity: Version(step.revision.number, step.revision.at) for step in histories}
