"""What there is to see of revisions: what each left of its entity, and what became of that from one to another."""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.documents.diffing import diff
from gitdraft.documents.pointers import parse_pointer
from gitdraft.documents.serialising import content_hash
from gitdraft.index.hashes import content_hashes
from gitdraft.model.changes import Patch
from gitdraft.model.entities import EntityRef
from gitdraft.model.reports import ChangeStatus, EntityDiff
from gitdraft.model.revisions import Envelope, Revision
from gitdraft.model.tombstones import DeletedTombstone, RedirectTombstone
from gitdraft.model.values import JSON
from gitdraft.store.redirects import past_tombstone
from gitdraft.store.snapshots import Snapshot
from gitdraft.workflow.refusing import deleted
from gitdraft.workflow.revising import is_erased, read_content


def envelope(onto: Snapshot, entity: EntityRef, revision: Revision) -> Envelope:
    """The revision with what it left of the entity.

    A tombstone that cannot be read, made by hand, is a deletion without content; what canonical has erased is not
    shown again by any revision. Raises InvalidInput where the file of then is no document.
    """
    if is_erased(onto, entity):
        return Envelope(revision, _id_alone(onto, entity), deleted=revision.content is None)
    if revision.content is not None:
        return Envelope(revision, read_content(onto, entity, revision.content))
    match past_tombstone(onto.source, revision.tombstone):
        case RedirectTombstone(redirects_to=target):
            return Envelope(revision, _id_alone(onto, entity), redirects_to=target)
        case DeletedTombstone(entity=content):
            return Envelope(revision, content, deleted=True)
        case _:
            return Envelope(revision, _id_alone(onto, entity), deleted=True)


def revision_hashes(onto: Snapshot, entity: EntityRef, known: Sequence[Revision]) -> list[str | None]:
    """The content hash of each revision's envelope; ``None`` where the file of then is no document."""
    hidden = is_erased(onto, entity)
    files = {} if hidden else content_hashes(onto, (r.content for r in known if r.content is not None))
    return [
        content_hash(envelope(onto, entity, revision).entity)
        if hidden or revision.content is None
        else files.get(revision.content)
        for revision in known
    ]


def revision_diff(onto: Snapshot, entity: EntityRef, old: Revision, new: Revision) -> EntityDiff:
    """What became of the entity's file from one revision to another; a deletion or a redirect leaves none.

    Raises InvalidInput where the file of then is no document, StateRefused for what canonical has erased.
    """
    if is_erased(onto, entity):
        raise deleted(entity, onto.tombstone(entity))
    before, after = (
        None if side.content is None else onto.source.read_blob(side.content) for side in (old, new)
    )
    status, patch = _judge(onto, entity, old.content, new.content)
    return EntityDiff(entity, status, onto.configuration.path_of(entity), before, after, patch)


def _judge(onto: Snapshot, entity: EntityRef, old: str | None, new: str | None) -> tuple[ChangeStatus, Patch]:
    if old == new:
        return ChangeStatus.UNCHANGED, ()
    if new is None:
        return ChangeStatus.DELETED, ({"op": "remove", "path": ""},)
    after = read_content(onto, entity, new)
    if old is None:
        return ChangeStatus.ADDED, ({"op": "add", "path": "", "value": after},)
    return ChangeStatus.MODIFIED, diff(read_content(onto, entity, old), after)


def _id_alone(onto: Snapshot, entity: EntityRef) -> dict[str, JSON]:
    """The entity as nothing but its id, in the member where its type has it, if that is one at the top."""
    tokens = parse_pointer(onto.configuration.entities[entity.type].id_pointer or "/id")
    return {tokens[0] if len(tokens) == 1 else "id": entity.key}
