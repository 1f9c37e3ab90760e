"""The revisions of an entity: listed, counted, read, expected."""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.documents.parsing import parse_document
from gitdraft.errors import Moved, NotFound, StateRefused
from gitdraft.index.revisions import entity_history
from gitdraft.model.entities import EntityRef
from gitdraft.model.revisions import Revision
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.model.values import JSON
from gitdraft.store.redirects import past_tombstone
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot
from gitdraft.workflow.refusing import deleted


def revisions(store: Store, entity: EntityRef) -> tuple[Revision, ...]:
    """The revisions of the entity at canonical's tip, oldest first; none for one that never was.

    Raises NotFound for an unknown type, RepositoryError (``shallow``) where the beginning of history is not
    there to be counted from.
    """
    return entity_history(store.snapshot(), store.git, entity)


def revision_number(store: Store, entity: EntityRef) -> int:
    """The number of the entity's latest revision; 0 when there is none. Raises what ``revisions`` does."""
    known = revisions(store, entity)
    return known[-1].number if known else 0


def refuse_other_revision(store: Store, entity: EntityRef, expected: int | None) -> None:
    """Raise Moved (``revision-mismatch``) when the entity is at another revision than the expected one, if one
    is."""
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
    """The revision with this number among those of the entity. Raises NotFound."""
    if 1 <= number <= len(known):
        return known[number - 1]
    there = f"its revisions are 1 to {len(known)}" if known else "it has none"
    raise NotFound(
        f"'{entity}' has no revision {number}: {there}",
        context={"entity": str(entity), "revision": number, "latest": len(known)},
        hint=f"gitdraft revision list {entity}",
    )


def content_at(store: Store, entity: EntityRef, number: int) -> JSON:
    """The entity as a revision left it.

    Raises NotFound for an unknown number, StateRefused (``no-content``) where it left a tombstone or nothing,
    (``entity-deleted``) for what canonical has erased since.
    """
    onto = store.snapshot()
    if is_erased(onto, entity):
        raise deleted(entity, onto.tombstone(entity))
    revision = find_revision(revisions(store, entity), entity, number)
    if revision.content is None:
        raise StateRefused(
            f"revision {number} of '{entity}' has no content ({revision.edit_type})",
            code="no-content",
            context={"entity": str(entity), "revision": number, "edit_type": revision.edit_type},
            hint=f"gitdraft revision list {entity}",
        )
    return read_content(store.snapshot(), entity, revision.content)


def is_erased(onto: Snapshot, entity: EntityRef) -> bool:
    """Whether canonical has erased the entity; what it was is shown by no command."""
    return isinstance(past_tombstone(onto.source, onto.tombstone_blob(entity)), ErasedTombstone)


def read_content(onto: Snapshot, entity: EntityRef, blob: str) -> JSON:
    """The document in a blob that was the entity's file. Raises InvalidInput where it is none."""
    limits = onto.configuration.limits
    return parse_document(onto.source.read_blob(blob), limits=limits, source=f"{entity} in {blob[:10]}")
