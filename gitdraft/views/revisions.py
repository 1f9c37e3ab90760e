"""The revisions of an entity: listed, read, compared, and required."""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.documents.diff import diff
from gitdraft.documents.parse import read_document
from gitdraft.documents.pointers import parse_pointer
from gitdraft.documents.serialise import content_hash
from gitdraft.errors import Moved, NotFound, StateRefused
from gitdraft.index.revisions import content_hashes, entity_history
from gitdraft.model.changes import Patch
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.outcomes import ChangeStatus
from gitdraft.model.reports import EntityDiff
from gitdraft.model.revisions import Envelope, Revision
from gitdraft.model.tombstones import DeletedTombstone, ErasedTombstone, RedirectTombstone
from gitdraft.model.values import JSON
from gitdraft.store.redirects import readable_tombstone
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.guards import entity_deleted


def revisions(store: Store, entity: EntityRef) -> tuple[Revision, ...]:
    """Returns the revisions of the entity at canonical's tip, oldest first; none for an entity that never existed.

    Raises NotFound for an unknown type, RepositoryError (``shallow``) in a clone without the whole history.
    """
    return entity_history(store.snapshot(), store.git, entity)


def revision_number(store: Store, entity: EntityRef) -> int:
    """Returns the number of the entity's latest revision; 0 when there is none. Raises as ``revisions`` does."""
    known = revisions(store, entity)
    return known[-1].number if known else 0


def require_revision(store: Store, entity: EntityRef, expected: int | None) -> None:
    """Raises Moved (``revision-mismatch``) when the entity is not at the ``expected`` revision, if one is given."""
    if expected is None:
        return
    actual = revision_number(store, entity)
    if actual != expected:
        raise Moved(
            f"'{entity}' is at revision {actual}, not {expected}",
            code="revision-mismatch",
            context={"entity": str(entity), "expected": expected, "actual": actual},
            hint=f"gitdraft revision list {entity} shows what came since" if actual > expected else None,
        )


def find_revision(known: Sequence[Revision], entity: EntityRef, number: int) -> Revision:
    """Returns the revision with this number among the entity's ``known`` ones. Raises NotFound."""
    if 1 <= number <= len(known):
        return known[number - 1]
    extent = f"its revisions are 1 to {len(known)}" if known else "it has none"
    raise NotFound(
        f"'{entity}' has no revision {number}: {extent}",
        context={"entity": str(entity), "revision": number, "latest": len(known)},
        hint=f"gitdraft revision list {entity}",
    )


def content_at(store: Store, entity: EntityRef, number: int) -> JSON:
    """Returns the content of the entity at a revision.

    Raises NotFound for an unknown number, StateRefused (``no-content``) where it has a tombstone or nothing, and
    (``entity-deleted``) for an entity that canonical has erased since.
    """
    canonical = store.snapshot()
    if is_erased(canonical, entity):
        raise entity_deleted(entity, canonical.tombstone(entity))
    revision = find_revision(revisions(store, entity), entity, number)
    if revision.content is None:
        raise StateRefused(
            f"revision {number} of '{entity}' has no content ({revision.edit_type})",
            code="no-content",
            context={"entity": str(entity), "revision": number, "edit_type": revision.edit_type},
            hint=f"gitdraft revision list {entity}",
        )
    return read_content(store.snapshot(), entity, revision.content)


def is_erased(canonical: Snapshot, entity: EntityRef) -> bool:
    """Returns whether canonical has erased the entity; no command shows the content it had."""
    return isinstance(readable_tombstone(canonical.source, canonical.tombstone_blob(entity)), ErasedTombstone)


def read_content(canonical: Snapshot, entity: EntityRef, blob: Oid) -> JSON:
    """Returns the document in a blob that was the entity's file. Raises InvalidInput where it is no document."""
    limits = canonical.configuration.limits
    return read_document(canonical.source.read_blob(blob), limits=limits, source=f"{entity} in {blob[:10]}")


def envelope(canonical: Snapshot, entity: EntityRef, revision: Revision) -> Envelope:
    """Returns the revision with the entity as it left it.

    An unreadable tombstone, made by hand, is a deletion without content; the content of an entity that canonical has
    erased is shown by no revision. Raises InvalidInput where the file of the revision is no document.
    """
    if is_erased(canonical, entity):
        return Envelope(revision, _id_alone(canonical, entity), deleted=revision.content is None)
    if revision.content is not None:
        return Envelope(revision, read_content(canonical, entity, revision.content))
    match readable_tombstone(canonical.source, revision.tombstone):
        case RedirectTombstone(redirects_to=target):
            return Envelope(revision, _id_alone(canonical, entity), redirects_to=target)
        case DeletedTombstone(entity=content):
            return Envelope(revision, content, deleted=True)
        case _:
            return Envelope(revision, _id_alone(canonical, entity), deleted=True)


def revision_hashes(canonical: Snapshot, entity: EntityRef, known: Sequence[Revision]) -> list[str | None]:
    """Returns the content hash of each revision's envelope; ``None`` where its file is no document."""
    hidden = is_erased(canonical, entity)
    files = {} if hidden else content_hashes(canonical, (r.content for r in known if r.content is not None))
    return [
        content_hash(envelope(canonical, entity, revision).entity)
        if hidden or revision.content is None
        else files.get(revision.content)
        for revision in known
    ]


def revision_diff(canonical: Snapshot, entity: EntityRef, old: Revision, new: Revision) -> EntityDiff:
    """Returns the difference of the entity's file between two revisions; a deletion or a redirect has no file.

    Raises InvalidInput where a file is no document, StateRefused for an entity that canonical has erased.
    """
    if is_erased(canonical, entity):
        raise entity_deleted(entity, canonical.tombstone(entity))
    before, after = (
        None if side.content is None else canonical.source.read_blob(side.content) for side in (old, new)
    )
    status, patch = _compare(canonical, entity, old.content, new.content)
    return EntityDiff(entity, status, canonical.configuration.path_of(entity), before, after, patch)


def _compare(
    canonical: Snapshot, entity: EntityRef, old: Oid | None, new: Oid | None
) -> tuple[ChangeStatus, Patch]:
    if old == new:
        return ChangeStatus.UNCHANGED, ()
    if new is None:
        return ChangeStatus.DELETED, ({"op": "remove", "path": ""},)
    after = read_content(canonical, entity, new)
    if old is None:
        return ChangeStatus.ADDED, ({"op": "add", "path": "", "value": after},)
    return ChangeStatus.MODIFIED, diff(read_content(canonical, entity, old), after)


def _id_alone(canonical: Snapshot, entity: EntityRef) -> dict[str, JSON]:
    """Returns the entity as its id alone, in the member that holds it if that is one at the top, else in `id`."""
    tokens = parse_pointer(canonical.configuration.entities[entity.type].id_pointer or "/id")
    return {tokens[0] if len(tokens) == 1 else "id": entity.key}
