"""The revisions of an entity: listed, read, compared, and required."""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.documents.diff import diff
from gitdraft.documents.parse import read_document
from gitdraft.documents.pointers import parse_pointer
from gitdraft.documents.serialise import content_hash
from gitdraft.errors import InvalidInput, Moved, NotFound, StateRefused
from gitdraft.index.revisions import content_hashes, entity_history
from gitdraft.lazy_regex import regex
from gitdraft.model.changes import Patch
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.outcomes import ChangeStatus
from gitdraft.model.reports import EntityDiff
from gitdraft.model.revisions import Envelope, Expected, Revision
from gitdraft.model.tombstones import DeletedTombstone, ErasedTombstone, RedirectTombstone
from gitdraft.model.values import JSON
from gitdraft.store.redirects import readable_tombstone
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import Snapshot
from gitdraft.views.effective_view import open_view
from gitdraft.views.entity_names import find_entity, only_entity, possible_entities
from gitdraft.views.guards import entity_deleted

NAMED = regex(r"(-?[0-9]{1,9})(?:-([0-9a-f]{12,40}))?")


def revisions(store: Store, entity: EntityRef) -> tuple[Revision, ...]:
    """Returns the revisions of the entity at canonical's tip, oldest first; none for an entity that never existed.

    Raises NotFound for an unknown type, RepositoryError (``shallow``) in a clone without the whole history.
    """
    return entity_history(store.snapshot(), store.git, entity)


def find_in_history(store: Store, text: str) -> EntityRef:
    """Returns the entity that ``text`` names: one that is on canonical, as itself or by its tombstone, or else one that plain
    git removed.

    Raises as ``find_entity`` does.
    """
    view = open_view(store, None)
    try:
        return find_entity(view, text)
    except NotFound:
        possible = possible_entities(view.canonical.configuration, text)
        once = [entity for entity in possible if revisions(store, entity)]
        if not once:
            raise
        return only_entity(text, once)


def latest_revision(store: Store, entity: EntityRef) -> Revision | None:
    """Returns the entity's latest revision; ``None`` when there is none. Raises as ``revisions`` does."""
    known = revisions(store, entity)
    return known[-1] if known else None


def is_revision(expected: Expected, actual: Revision | None) -> bool:
    """Returns whether a revision, ``None`` for none, is the one that is named. Raises InvalidInput for what is no revision."""
    number, commit = _parse(expected)
    if actual is None:
        return number == 0
    return number == actual.number and actual.commit.startswith(commit)


def _parse(expected: Expected) -> tuple[int, str]:
    named = NAMED.fullmatch(str(expected))
    if named is None:
        raise InvalidInput(
            f"'{expected}' is no revision",
            context={"revision": str(expected)},
            hint="a revision is a number, or number and commit: 3-1a2b3c4d5e6f",
        )
    return int(named[1]), named[2] or ""


def require_revision(store: Store, entity: EntityRef, expected: Expected | None) -> None:
    """Raises Moved (``revision-mismatch``) when the entity is not at the ``expected`` revision, if one is given."""
    if expected is None:
        return
    latest = latest_revision(store, entity)
    if not is_revision(expected, latest):
        actual = "0" if latest is None else latest.text
        raise Moved(
            f"'{entity}' is at revision {actual}, not {expected}",
            code="revision-mismatch",
            context={"entity": str(entity), "expected": str(expected), "actual": actual},
            hint=None if latest is None else f"gitdraft revision list {entity} shows what came since",
        )


def find_revision(known: Sequence[Revision], entity: EntityRef, named: Expected) -> Revision:
    """Returns the revision that is named among the entity's ``known`` ones. Raises NotFound, also where the revision of that
    number is another commit."""
    number, _ = _parse(named)
    if 1 <= number <= len(known) and is_revision(named, known[number - 1]):
        return known[number - 1]
    extent = f"its revisions are 1 to {len(known)}" if known else "it has none"
    if 1 <= number <= len(known):
        extent = f"that number is {known[number - 1].text}"
    raise NotFound(
        f"'{entity}' has no revision {named}: {extent}",
        context={"entity": str(entity), "revision": named, "latest": len(known)},
        hint=f"gitdraft revision list {entity}",
    )


def content_at(store: Store, entity: EntityRef, number: Expected) -> JSON:
    """Returns the content of the entity at a revision.

    Raises NotFound for an unknown number, StateRefused (``no-content``) where it has a tombstone or nothing, and
    (``entity-deleted``) for an entity that canonical has erased since.
    """
    canonical, known = store.snapshot(), revisions(store, entity)
    if is_erased(canonical, entity, known):
        raise entity_deleted(entity, canonical.tombstone(entity))
    revision = find_revision(known, entity, number)
    if revision.content is None:
        raise StateRefused(
            f"revision {number} of '{entity}' has no content ({revision.edit_type})",
            code="no-content",
            context={"entity": str(entity), "revision": number, "edit_type": revision.edit_type},
            hint=f"gitdraft revision list {entity}",
        )
    return read_content(canonical, entity, revision.content)


def is_erased(canonical: Snapshot, entity: EntityRef, known: Sequence[Revision] = ()) -> bool:
    """Returns whether canonical has erased the entity; no command shows the content it had.

    It stays erased where plain git removed the tombstone; ``known`` are its revisions, oldest first.
    """
    tombstone = canonical.tombstone_blob(entity)
    if tombstone is None and canonical.blob(entity) is None:
        last = next((r for r in reversed(known) if r.content is not None or r.tombstone is not None), None)
        tombstone = None if last is None or last.content is not None else last.tombstone
    return isinstance(readable_tombstone(canonical.source, tombstone), ErasedTombstone)


def read_content(canonical: Snapshot, entity: EntityRef, blob: Oid) -> JSON:
    """Returns the document in a blob that was the entity's file. Raises InvalidInput where it is no document."""
    limits = canonical.configuration.limits
    return read_document(canonical.source.read_blob(blob), limits=limits, source=f"{entity} in {blob[:10]}")


def envelope(
    canonical: Snapshot, entity: EntityRef, revision: Revision, known: Sequence[Revision]
) -> Envelope:
    """Returns a revision, of those ``known`` of the entity, with the entity as it left it.

    An unreadable tombstone, made by hand, is a deletion without content; the content of an entity that canonical has
    erased is shown by no revision. Raises InvalidInput where the file of the revision is no document.
    """
    hidden = is_erased(canonical, entity, known)
    if revision.content is not None:
        content = (
            _id_alone(canonical, entity) if hidden else read_content(canonical, entity, revision.content)
        )
        return Envelope(revision, content)
    tombstone = readable_tombstone(canonical.source, revision.tombstone)
    match tombstone:
        case RedirectTombstone(redirects_to=target):
            return Envelope(
                revision,
                _id_alone(canonical, entity),
                deleted=hidden,
                redirects_to=None if hidden else target,
            )
        case DeletedTombstone() if not hidden:
            return Envelope(revision, tombstone.entity, deleted=True, deletion=tombstone)
        case _:
            return Envelope(revision, _id_alone(canonical, entity), deleted=True, deletion=tombstone)


def revision_hashes(
    canonical: Snapshot, entity: EntityRef, shown: Sequence[Revision], known: Sequence[Revision]
) -> list[str | None]:
    """Returns the content hash of each envelope of the revisions ``shown``, of those ``known``; ``None`` where its file is no
    document."""
    hidden = is_erased(canonical, entity, known)
    files = {} if hidden else content_hashes(canonical, (r.content for r in shown if r.content is not None))
    return [
        content_hash(envelope(canonical, entity, revision, known).entity)
        if hidden or revision.content is None
        else files.get(revision.content)
        for revision in shown
    ]


def revision_diff(
    canonical: Snapshot, entity: EntityRef, old: Revision, new: Revision, known: Sequence[Revision]
) -> EntityDiff:
    """Returns the difference of the entity's file between two of the ``known`` revisions; a deletion or a redirect has no file.

    Raises InvalidInput where a file is no document, StateRefused for an entity that canonical has erased.
    """
    if is_erased(canonical, entity, known):
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
