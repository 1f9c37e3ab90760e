"""Canonical's redirects, without reading again the tombstones that were read before.

The index keeps the redirects of a type for one tree of tombstones; the difference to another tree is read, and kept
where that tree is stored. Without an index all tombstones are read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeAlias

from gitdraft.formats.paths import parse_marker_path, tombstone_path
from gitdraft.formats.tombstones import read_tombstone
from gitdraft.git.cache import remembered
from gitdraft.git.trees import changed_files, find
from gitdraft.index.database import Index, open_index
from gitdraft.index.redirect_tables import read_redirects, write_redirects
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.store.redirects import TOMBSTONES
from gitdraft.store.snapshots import Snapshot

Redirects: TypeAlias = Mapping[EntityRef, EntityRef]


def redirect_targets(
    canonical: Snapshot, type_name: str, targets: Collection[str] | None = None
) -> Redirects:
    """Returns the redirects of a type, by source, in the order of their tombstones: all, or those to the keys ``targets``.

    Raises InvalidInput naming a malformed tombstone.
    """
    folder = find(canonical.source, canonical.tree, f"{TOMBSTONES}/{type_name}")
    if folder is None or not folder.is_tree:
        return {}
    with open_index(canonical.source.common) as index:
        known = look_up(index, canonical, type_name, folder.oid, targets)
    redirects = {
        EntityRef(type_name, key): EntityRef(type_name, target)
        for key, target in known.items()
        if target is not None and (targets is None or target in targets)
    }
    return dict(sorted(redirects.items(), key=lambda pair: tombstone_path(pair[0])))


def look_up(
    index: Index, canonical: Snapshot, type_name: str, tree: Oid, targets: Collection[str] | None = None
) -> Mapping[str, str | None]:
    """Returns the targets by key in ``tree``, the type's tombstones; ``None`` for a key that is no redirect any more.

    Redirects to other ``targets`` may be among them. The index is updated to the tree where that is stored.
    """
    known = index.read(lambda connection: read_redirects(connection, type_name, targets))
    if known is not None and not canonical.source.has(known.tree):
        known = None
    before = None if known is None else known.tree
    changes = _changes(canonical, type_name, before, tree)
    if before != tree and canonical.source.has(tree):
        index.write(lambda connection: write_redirects(connection, type_name, before, tree, changes))
    return changes if known is None else {**known.targets, **changes}


def redirect_sources(canonical: Snapshot, target: EntityRef) -> tuple[EntityRef, ...]:
    """Returns the entities that canonical redirects to ``target``, in the order of their tombstones."""
    return tuple(redirect_targets(canonical, target.type, (target.key,)))


@remembered(16)
def _changes(canonical: Snapshot, type_name: str, before: Oid | None, after: Oid) -> Mapping[str, str | None]:
    """Returns the redirects that differ between two trees of tombstones: the target by key, ``None`` for none."""
    targets: dict[str, str | None] = {}
    for change in changed_files(canonical.source, before, after):
        path = f"{TOMBSTONES}/{type_name}/{change.path}"
        entity = parse_marker_path(path)
        if entity is None:
            continue
        tombstone = (
            None
            if change.new is None
            else read_tombstone(canonical.source.read_blob(change.new), source=path)
        )
        targets[entity.key] = tombstone.redirects_to if isinstance(tombstone, RedirectTombstone) else None
    return targets
