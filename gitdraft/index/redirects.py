"""Who redirects where, without reading the tombstones that were read before.

The index knows the redirects of a type as one tree of tombstones has them; the difference from that tree to the one
that is asked about is read, and kept where that tree is stored. Without an index all tombstones are read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gitdraft.formats.paths import parse_marker_path, tombstone_path
from gitdraft.formats.tombstones import read_tombstone
from gitdraft.git.cache import remembered
from gitdraft.git.trees import changed_files, find
from gitdraft.index.database import Index, open_index
from gitdraft.index.redirect_tables import read_redirects, write_redirects
from gitdraft.model.entities import EntityRef
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.store.redirects import TOMBSTONES
from gitdraft.store.snapshots import Snapshot

Targets = Mapping[EntityRef, EntityRef]


def redirect_targets(canonical: Snapshot, type_name: str, targets: Collection[str] | None = None) -> Targets:
    """The redirects of a type to the entities with the keys ``targets``, or all, by the entity that gave way; in the
    order of their tombstones.

    Raises InvalidInput naming a malformed tombstone.
    """
    folder = find(canonical.source, canonical.tree, f"{TOMBSTONES}/{type_name}")
    if folder is None or not folder.is_tree:
        return {}
    with open_index(canonical.source.common) as index:
        found = look_up(index, canonical, type_name, folder.oid, targets)
    redirects = {
        EntityRef(type_name, key): EntityRef(type_name, target)
        for key, target in found.items()
        if target is not None and (targets is None or target in targets)
    }
    return dict(sorted(redirects.items(), key=lambda pair: tombstone_path(pair[0])))


def look_up(
    index: Index, canonical: Snapshot, type_name: str, tree: str, targets: Collection[str] | None = None
) -> Mapping[str, str | None]:
    """The targets by key as ``tree``, the type's tombstones, has them, ``None`` for what is no redirect now; those to
    other ``targets`` may be among them. The index is brought to the tree where that is stored."""
    known = index.read(lambda connection: read_redirects(connection, type_name, targets))
    if known is not None and not canonical.source.has(known.tree):
        known = None
    before = None if known is None else known.tree
    changes = _changes(canonical, type_name, before, tree)
    if before != tree and canonical.source.has(tree):
        index.write(lambda connection: write_redirects(connection, type_name, before, tree, changes))
    return changes if known is None else {**known.targets, **changes}


def redirect_sources(canonical: Snapshot, target: EntityRef) -> tuple[EntityRef, ...]:
    """The entities that canonical redirects to ``target``, in the order of their tombstones."""
    return tuple(redirect_targets(canonical, target.type, (target.key,)))


@remembered(16)
def _changes(canonical: Snapshot, type_name: str, before: str | None, after: str) -> Mapping[str, str | None]:
    """What became of the redirects from one tree of tombstones to another: the target by key, ``None`` for none."""
    found: dict[str, str | None] = {}
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
        found[entity.key] = tombstone.redirects_to if isinstance(tombstone, RedirectTombstone) else None
    return found
