"""Canonical at one commit: its configuration and its entities, read from blobs alone.

Before the first commit there is no commit and no tree, so an ``EmptyCanonical`` is another type: who can do without
a commit says so in its signature, everybody else takes a ``Snapshot``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitdraft.documents.parse import read_document
from gitdraft.errors import InvalidInput, NotFound
from gitdraft.formats.configuration import CONFIGURATION_PATH, Configuration
from gitdraft.formats.keys import fold_key
from gitdraft.formats.paths import protection_path, tombstone_path
from gitdraft.formats.protections import read_protection
from gitdraft.formats.tombstones import read_tombstone
from gitdraft.git.cache import remembered
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import find, walk_files
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.protections import Protection
from gitdraft.model.tombstones import DeletedTombstone, ErasedTombstone, RedirectTombstone, Tombstone
from gitdraft.model.values import JSON
from gitdraft.store.configurations import read_configuration


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Canonical as of ``commit``, whose root tree is ``tree``."""

    source: ObjectSource
    commit: Oid
    tree: Oid
    configuration: Configuration

    def blob(self, entity: EntityRef) -> Oid | None:
        """Returns the oid of the entity's file, ``None`` when there is none. Raises NotFound for an unknown type."""
        return file_oid(self.source, self.tree, self.configuration.path_of(entity))

    def content(self, entity: EntityRef) -> bytes | None:
        """Returns the bytes of the entity's file, ``None`` when there is none."""
        oid = self.blob(entity)
        return None if oid is None else self.source.read_blob(oid)

    def document(self, entity: EntityRef) -> JSON:
        """Returns the entity. Raises NotFound when there is none, InvalidInput when its file is not a document."""
        blob = self.blob(entity)
        if blob is None:
            raise NotFound(f"unknown entity '{entity}'", context={"entity": str(entity)})
        return self._read(entity, blob)

    def tombstone_blob(self, entity: EntityRef) -> Oid | None:
        """Returns the oid of the entity's tombstone, ``None`` when there is none."""
        if not _has_folder(self, f"tombstones/{entity.type}"):
            return None
        return file_oid(self.source, self.tree, tombstone_path(entity))

    def tombstone(self, entity: EntityRef) -> Tombstone | None:
        """Returns the entity's tombstone, ``None`` when there is none."""
        oid = self.tombstone_blob(entity)
        if oid is None:
            return None
        return read_tombstone(self.source.read_blob(oid), source=tombstone_path(entity))

    def holds(self, entity: EntityRef) -> bool:
        """Returns whether the entity is there, as itself or as a redirect; a malformed tombstone counts."""
        if self.blob(entity) is not None:
            return True
        try:
            return isinstance(self.tombstone(entity), RedirectTombstone)
        except InvalidInput:
            return True

    def protection(self, entity: EntityRef) -> Protection | None:
        """Returns how the entity is protected, ``None`` when it is not."""
        if not _has_folder(self, f"protection/{entity.type}"):
            return None
        path = protection_path(entity)
        oid = file_oid(self.source, self.tree, path)
        return None if oid is None else read_protection(self.source.read_blob(oid), source=path)

    def state(self, entity: EntityRef) -> EntityState:
        """Returns what canonical holds under the entity's name: a document, a tombstone, or nothing."""
        blob = self.blob(entity)
        if blob is not None:
            return Live(self._read(entity, blob))
        match self.tombstone(entity):
            case None:
                return Absent()
            case RedirectTombstone(redirects_to=target):
                return Redirected(EntityRef(entity.type, target))
            case DeletedTombstone() | ErasedTombstone():
                return Deleted()

    def entities(self, types: tuple[str, ...] | None = None) -> Iterator[tuple[EntityRef, Oid]]:
        """Yields the live entities with their blobs, type by type in the configuration's order, by path within a type."""
        return entities_in(self.source, self.tree, self.configuration, types)

    def _read(self, entity: EntityRef, blob: Oid) -> JSON:
        content, limits = self.source.read_blob(blob), self.configuration.limits
        return read_document(content, limits=limits, source=self.configuration.path_of(entity))


class EmptyCanonical(NamedTuple):
    """Canonical before its first commit: the default configuration (or that of a later commit), no entity, no tree."""

    source: ObjectSource
    configuration: Configuration = Configuration()

    @property
    def tree(self) -> None:
        """No tree: everything in another one is new."""
        return None

    def blob(self, entity: EntityRef) -> None:
        """Returns no file."""

    def tombstone_blob(self, entity: EntityRef) -> None:
        """Returns no tombstone."""

    def tombstone(self, entity: EntityRef) -> None:
        """Returns no tombstone."""

    def protection(self, entity: EntityRef) -> None:
        """Returns no protection."""


@remembered(4096)
def _has_folder(snapshot: Snapshot, path: str) -> bool:
    return find(snapshot.source, snapshot.tree, path) is not None


@remembered(16)
def folded_keys(snapshot: Snapshot, type_name: str) -> dict[str, str]:
    """Returns the keys of a type by their folded form, under which they must be unique."""
    return {fold_key(entity.key): entity.key for entity, _ in snapshot.entities((type_name,))}


@remembered(16)
def keys_sharing_a_file(snapshot: Snapshot, type_name: str) -> dict[str, str]:
    """Returns the keys of a type that differ from another one in case alone, each with that one."""
    by_folded: dict[str, str] = {}
    sharing: dict[str, str] = {}
    for entity, _ in snapshot.entities((type_name,)):
        other = by_folded.setdefault(fold_key(entity.key), entity.key)
        if other != entity.key:
            sharing[entity.key] = other
            sharing.setdefault(other, entity.key)
    return sharing


def entities_in(
    source: ObjectSource, tree: Oid, configuration: Configuration, types: tuple[str, ...] | None = None
) -> Iterator[tuple[EntityRef, Oid]]:
    """Yields the live entities in a root tree with their blobs, type by type in the configuration's order, by path within a
    type."""
    for name, entity_type in configuration.entities.items():
        if types is not None and name not in types:
            continue
        for path, oid in walk_files(source, tree, entity_type.path.folder):
            entity = configuration.entity_at(path)
            if entity is not None and entity.type == name:
                yield entity, oid


def take_snapshot(source: ObjectSource, commit: Oid, fallback: Configuration | None = None) -> Snapshot:
    """Returns canonical at ``commit``.

    A commit from before gitdraft.yaml was written is read with ``fallback`` (the configuration of canonical's
    tip), so that a branch that left canonical before gitdraft was adopted can still become a draft.
    """
    tree = source.read_lineage(commit).tree
    oid = file_oid(source, tree, CONFIGURATION_PATH)
    if oid is None:
        return Snapshot(source, commit, tree, fallback or Configuration())
    return Snapshot(source, commit, tree, read_configuration(source, oid))


def file_oid(source: ObjectSource, tree: Oid | None, path: str) -> Oid | None:
    """Returns the blob at ``path``, ``None`` when there is none or it is no regular file (a link is never followed)."""
    entry = find(source, tree, path)
    return entry.oid if entry is not None and entry.is_file else None
