"""The latest revision of each entity of an export, looked up for many entities by one walk over history."""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.git.path_history import path_history
from gitdraft.git.repository import GitRepository
from gitdraft.index.histories import entity_histories
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.rdf.subjects import Version

AT_ONCE = 20_000  # entities; what is kept of a walk is as much as they need


class Versions:
    """The latest revisions up to a commit of entities that are asked for in the order in which they are given."""

    def __init__(self, git: GitRepository, tip: Oid, entities: Sequence[EntityRef]) -> None:
        self._git = git
        self._tip = tip
        self._entities = entities
        self._known: dict[EntityRef, Version] = {}
        self._read_to = 0
        self._configured: list[Oid] | None = None

    def latest(self, entity: EntityRef, index: int) -> Version | None:
        """Returns the latest revision of the entity, which is that number ``index`` of those given; ``None`` where canonical
        never had it. Raises RepositoryError (``shallow``)."""
        if index >= self._read_to:
            self._read(index)
        return self._known.get(entity)

    def _read(self, index: int) -> None:
        if self._configured is None:
            commits = path_history(self._git, self._tip, (CONFIGURATION_PATH,))
            self._configured = [commit.oid for commit in commits]
        batch = self._entities[index : index + AT_ONCE]
        self._read_to = index + len(batch)
        histories = entity_histories(self._git, self._tip, batch, self._configured)
        self._known = {step.entity: Version(step.revision.number, step.revision.at) for step in histories}
