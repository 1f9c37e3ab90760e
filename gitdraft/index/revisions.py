"""An entity's revisions, read once from canonical's history, then from the index and the commits since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gitdraft.documents.parse import read_document
from gitdraft.documents.serialise import content_hash
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import CONFIGURATION_PATH, Configuration
from gitdraft.formats.paths import protection_path, tombstone_path
from gitdraft.formats.protections import read_protection
from gitdraft.formats.trailers import read_trailers
from gitdraft.git.cache import remembered
from gitdraft.git.objects import ObjectSource
from gitdraft.git.path_history import PathCommit, path_history
from gitdraft.git.repository import GitRepository
from gitdraft.index.database import open_index
from gitdraft.index.edit_types import EntityFiles, EntityVersion, StoredState, edit_type
from gitdraft.index.revision_tables import History, read_hashes, read_history, write_hashes, write_history
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import utc
from gitdraft.model.protections import ProtectionKind
from gitdraft.model.revisions import Revision
from gitdraft.model.tombstones import DeletedTombstone, ErasedTombstone, RedirectTombstone
from gitdraft.store.redirects import readable_tombstone
from gitdraft.store.replay import DRAFT_TRAILER
from gitdraft.store.snapshots import Snapshot, take_snapshot

MOST_STEPS = 20_000
MARK = "Gitdraft-"


def entity_history(canonical: Snapshot, git: GitRepository, entity: EntityRef) -> tuple[Revision, ...]:
    """Returns the revisions of the entity up to the snapshot, oldest first.

    Raises NotFound for an unknown type, RepositoryError (``shallow``) in a clone without the whole history.
    """
    tip = canonical.commit
    with open_index(git.common) as index:
        known = index.read(lambda connection: read_history(connection, entity))
        if known is not None and known.reflects == tip:
            return known.revisions
        revisions = None if known is None else _catch_up(git, tip, entity, known)
        if revisions is None:
            known, revisions = None, read_all(canonical, git, tip, entity)
        if not revisions:  # anybody may ask for any name
            return ()
        history, before = History(tip, revisions), known
        index.write(lambda connection: write_history(connection, entity, history, before))
        return revisions


def _catch_up(git: GitRepository, tip: Oid, entity: EntityRef, known: History) -> tuple[Revision, ...] | None:
    """Returns the known revisions and those since.

    It is ``None`` where canonical's history was rewritten, and where the entity's file may have another path.
    """
    if not git.has(known.reflects) or not _is_on_line(git, known.reflects, tip):
        return None
    known_path = path_at(git, known.reflects, entity)
    if known_path is None:
        return None
    commits = list(path_history(git, tip, _paths(entity, [known_path]), known.reflects))[::-1]
    paths = paths_of(git, commits, entity, known_path)
    if any(path != known_path for path in paths):
        return None
    return known.revisions + tuple(
        trace(git, entity, commits, paths, known.revisions[-1] if known.revisions else None)
    )


def read_all(canonical: Snapshot, git: GitRepository, tip: Oid, entity: EntityRef) -> tuple[Revision, ...]:
    """Returns the revisions up to the commit ``tip``, read from git's history alone."""
    now = canonical.configuration.path_of(entity)
    commits = list(path_history(git, tip, _paths(entity, [now])))[::-1]
    places = paths_of(git, commits, entity, now)
    if any(place != now for place in places):
        commits = list(path_history(git, tip, _paths(entity, {now, *places})))[::-1]
        places = paths_of(git, commits, entity, now)
    return tuple(trace(git, entity, commits, places))


def content_hashes(canonical: Snapshot, blobs: Iterable[Oid]) -> dict[str, str]:
    """Returns the content hash of each blob that is a document by the snapshot's limits; the others are left out."""
    asked = list(dict.fromkeys(blobs))
    with open_index(canonical.source.common) as index:
        known = index.read(lambda connection: read_hashes(connection, asked)) or {}
        new: dict[str, str] = {}
        for blob in asked:
            if blob in known:
                continue
            try:
                content = canonical.source.read_blob(blob)
                new[blob] = content_hash(
                    read_document(content, limits=canonical.configuration.limits, source=blob)
                )
            except InvalidInput:
                continue
        if new:
            index.write(lambda connection: write_hashes(connection, new))
    return known | new


def trace(
    source: ObjectSource,
    entity: EntityRef,
    commits: Sequence[PathCommit],
    places: Sequence[str],
    last: Revision | None = None,
) -> Iterator[Revision]:
    """The revisions that the commits made, oldest first, after ``last``; ``places`` says for each where the
    entity's file belongs then.

    A commit that left the three files with the content they had, wherever they lie, is none.
    """
    paths = tombstone_path(entity), protection_path(entity)
    before, number = EntityVersion(), 0
    oids: dict[str, Oid | None] = {}
    if last is not None:
        before, number = _condition(source, _files_of(last)), last.number
        oids = dict.fromkeys(places, last.content)
        oids |= {paths[0]: last.tombstone, paths[1]: last.protection}
    for commit, place in zip(commits, places, strict=True):
        oids.update((change.path, change.new) for change in commit.changes)
        files = EntityFiles(oids.get(place), *map(oids.get, paths))
        if files == before.files:
            continue
        after = _condition(source, files)
        number += 1
        trailers = read_trailers(commit.message) if MARK in commit.message else {}
        yield Revision(
            number,
            commit.oid,
            commit.by,
            utc(commit.seconds),
            edit_type(before, after, trailers),
            files.content,
            files.tombstone,
            files.protection,
            trailers.get(DRAFT_TRAILER),
        )
        before = after


def paths_of(git: GitRepository, commits: Sequence[PathCommit], entity: EntityRef, now: str) -> list[str]:
    """Where the entity's file belongs after each commit (oldest first), as the gitdraft.yaml of then says.

    Before the first that says, as that one does; where none does, ``now``.
    """
    paths: list[str | None] = []
    current: str | None = None
    for commit in commits:
        if any(change.path == CONFIGURATION_PATH for change in commit.changes):
            current = path_at(git, commit.oid, entity) or current
        paths.append(current)
    first = next((path for path in paths if path is not None), now)
    return [path or first for path in paths]


def path_at(git: GitRepository, commit: Oid, entity: EntityRef) -> str | None:
    """Where the entity's file belongs as of a commit; ``None`` where its gitdraft.yaml does not say."""
    configuration = configuration_at(git, commit)
    entity_type = None if configuration is None else configuration.entities.get(entity.type)
    return None if entity_type is None else entity_type.path.path_of(entity.key)


@remembered(1024)
def configuration_at(git: GitRepository, commit: Oid) -> Configuration | None:
    """Returns gitdraft.yaml as of a commit; ``None`` where it has mistakes."""
    try:
        return take_snapshot(git, commit).configuration
    except InvalidInput:
        return None


def _paths(entity: EntityRef, places: Iterable[str]) -> tuple[str, ...]:
    return (*places, tombstone_path(entity), protection_path(entity), CONFIGURATION_PATH)


def _is_on_line(git: GitRepository, commit: Oid, tip: Oid) -> bool:
    """Whether the commit is among the first parents of ``tip``, near enough for the walk to be worth it."""
    oid = tip
    for _ in range(MOST_STEPS):
        if oid == commit:
            return True
        parents = git.read_lineage(oid).parents
        if not parents or not git.has(parents[0]):
            return False
        oid = parents[0]
    return False


def _files_of(revision: Revision) -> EntityFiles:
    return EntityFiles(revision.content, revision.tombstone, revision.protection)


def _condition(source: ObjectSource, files: EntityFiles) -> EntityVersion:
    state: StoredState = "absent"
    if files.content is not None:
        state = "live"
    elif files.tombstone is not None:
        state = _gone(source, files.tombstone)
    protection = None if files.protection is None else _protected(source, files.protection)
    return EntityVersion(files, state, protection)


@remembered(1024)
def _gone(source: ObjectSource, tombstone: Oid) -> StoredState:
    """What a tombstone makes of the entity; one that cannot be read, made by hand, has it deleted."""
    match readable_tombstone(source, tombstone):
        case RedirectTombstone():
            return "redirect"
        case ErasedTombstone():
            return "erased"
        case DeletedTombstone() | None:
            return "deleted"


@remembered(1024)
def _protected(source: ObjectSource, protection: Oid) -> ProtectionKind:
    try:
        return read_protection(source.read_blob(protection), source="protection").kind
    except InvalidInput:
        return "locked"
