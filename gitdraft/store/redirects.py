"""Canonical's tombstones and redirects, read from one small tree a type, never from the entities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitdraft.errors import InvalidInput
from gitdraft.formats.paths import parse_marker_path
from gitdraft.formats.tombstones import read_tombstone
from gitdraft.git.cache import remembered
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import find, walk_files
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.tombstones import RedirectTombstone, Tombstone
from gitdraft.store.snapshots import Snapshot

TOMBSTONES = "tombstones"
PROTECTION = "protection"


def tombstones(snapshot: Snapshot, type_name: str) -> Iterator[tuple[EntityRef, Tombstone]]:
    """Yields the tombstones of a type, sorted by path. Raises InvalidInput naming a file that is none."""
    folder = f"{TOMBSTONES}/{type_name}"
    for path, oid in _files(snapshot, folder):
        entity = parse_marker_path(path)
        if entity is not None:
            yield entity, read_tombstone(snapshot.source.read_blob(oid), source=path)


def readable_tombstone(source: ObjectSource, blob: Oid | None) -> Tombstone | None:
    """Returns the tombstone in a blob of any commit; ``None`` where there is none, or one written by hand that is malformed."""
    if blob is None:
        return None
    try:
        return read_tombstone(source.read_blob(blob), source=TOMBSTONES)
    except InvalidInput:
        return None


def marker_files(snapshot: Snapshot, folder: str) -> Iterator[tuple[str, EntityRef | None]]:
    """Yields the files below `tombstones` or `protection`, each with its entity; ``None`` for a file that is no entity's."""
    for path, _ in _files(snapshot, folder):
        yield path, parse_marker_path(path)


@remembered(16)
def redirects(snapshot: Snapshot, type_name: str) -> Mapping[EntityRef, RedirectTombstone]:
    """Returns the redirects of a type by the entity that is redirected. Raises InvalidInput naming a malformed tombstone."""
    pairs = tombstones(snapshot, type_name)
    return {entity: tombstone for entity, tombstone in pairs if isinstance(tombstone, RedirectTombstone)}


def _files(snapshot: Snapshot, folder: str) -> Iterator[tuple[str, Oid]]:
    if find(snapshot.source, snapshot.tree, folder) is None:
        return iter(())
    return walk_files(snapshot.source, snapshot.tree, folder)
