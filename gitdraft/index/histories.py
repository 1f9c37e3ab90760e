"""The revisions of many entities by one walk over canonical's history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from gitdraft.formats.configuration import CONFIGURATION_PATH
from gitdraft.formats.paths import parse_marker_path, protection_path, tombstone_path
from gitdraft.git.path_history import PathCommit, path_history
from gitdraft.git.repository import GitRepository
from gitdraft.git.trees import FileChange
from gitdraft.index.revisions import configuration_at, path_at, paths_of, trace
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.progress import Progress, silent
from gitdraft.model.revisions import Revision
from gitdraft.store.redirects import TOMBSTONES
from gitdraft.store.snapshots import file_oid

MOST_PATHS = 300  # beyond that git walks all of history sooner than it compares so many paths


@dataclass(frozen=True, slots=True)
class EntityRevision:
    """A revision of an entity, the message of its commit, and how many of the commits read are newer."""

    entity: EntityRef
    revision: Revision
    message: str
    newer: int


def entity_histories(
    git: GitRepository,
    tip: Oid,
    entities: Sequence[EntityRef],
    configured: Sequence[Oid],
    progress: Progress = silent,
) -> Iterator[EntityRevision]:
    """Yields the revisions up to ``tip`` of the entities, entity by entity, oldest first.

    ``configured`` are the commits that changed gitdraft.yaml. Raises RepositoryError: ``shallow``.
    """
    paths = _paths(git, (tip, *configured), entities)
    owners = defaultdict(list)
    for entity, own in paths.items():
        for path in own:
            owners[path].append(entity)
    few = len(owners) <= MOST_PATHS
    order: dict[str, int] = {}
    commits_of: defaultdict[EntityRef, list[PathCommit]] = defaultdict(list)
    walked = (*owners, CONFIGURATION_PATH) if few else ()
    for newer, commit in enumerate(path_history(git, tip, walked, kept={*owners, CONFIGURATION_PATH})):
        touched: defaultdict[EntityRef, list[FileChange]] = defaultdict(list)
        for change in commit.changes:
            for entity in owners.get(change.path, entities if change.path == CONFIGURATION_PATH else ()):
                touched[entity].append(change)
        for entity, changes in touched.items():
            commits_of[entity].append(replace(commit, changes=tuple(changes)))
        if touched:
            order[commit.oid] = newer
    for done, entity in enumerate(entities):
        progress(done, len(entities))
        commits = commits_of[entity][::-1]
        messages = {commit.oid: commit.message for commit in commits}
        now = path_at(git, tip, entity) or ""
        for revision in trace(git, entity, commits, paths_of(git, commits, entity, now)):
            yield EntityRevision(entity, revision, messages[revision.commit], order[revision.commit])


def plainly_removed(git: GitRepository, tip: Oid, configured: Sequence[Oid]) -> Iterator[EntityRef]:
    """Yields the entities whose file a commit up to ``tip`` removed without a tombstone, perhaps more than once; ``configured``
    are the commits that changed gitdraft.yaml."""
    snapshots = (configuration_at(git, commit) for commit in (tip, *configured))
    configurations = {id(known): known for known in snapshots if known is not None}.values()
    folders = {declared.path.folder for known in configurations for declared in known.entities.values()}
    if not folders:
        return
    walked = () if "" in folders else sorted(folders)
    for commit in path_history(git, tip, walked, removals=True):
        tree = git.read_lineage(commit.oid).tree
        for change in commit.changes:
            entity = next((e for known in configurations if (e := known.entity_at(change.path))), None)
            if change.new is not None or entity is None:
                continue
            places = (known.path_of(entity) for known in configurations if entity.type in known.entities)
            if not any(file_oid(git, tree, path) for path in (tombstone_path(entity), *places)):
                yield entity


def _paths(
    git: GitRepository, commits: Sequence[Oid], entities: Iterable[EntityRef]
) -> dict[EntityRef, set[str]]:
    """Returns the paths of each entity's files as of any of the commits."""
    return {
        entity: {
            tombstone_path(entity),
            protection_path(entity),
            *(place for commit in commits if (place := path_at(git, commit, entity)) is not None),
        }
        for entity in entities
    }


def tombstone_histories(
    git: GitRepository,
    tip: Oid,
    progress: Progress = silent,
    *,
    with_plain: bool = False,
    also: Iterable[EntityRef] = (),
) -> Iterator[EntityRevision]:
    """Yields the revisions up to ``tip`` of every entity that ever had a tombstone, and of those ``also`` named; ``with_plain`` of
    those whose file plain git removed without one, too."""
    entities = set(also)
    configured = []
    for commit in path_history(git, tip, (TOMBSTONES, CONFIGURATION_PATH)):
        entities.update(e for change in commit.changes if (e := parse_marker_path(change.path)) is not None)
        if any(change.path == CONFIGURATION_PATH for change in commit.changes):
            configured.append(commit.oid)
    if with_plain:
        entities.update(plainly_removed(git, tip, configured))
    yield from entity_histories(git, tip, sorted(entities), configured, progress)
