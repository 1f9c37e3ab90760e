"""Drafts as they lie in git: a branch whose commits have the base's tree plus one folder, `.gitdraft`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from gitdraft.errors import RepositoryError
from gitdraft.formats.drafts import read_draft_header
from gitdraft.formats.paths import parse_change_path
from gitdraft.git.cache import remembered
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import find, walk_files
from gitdraft.model.changes import ChangeKind
from gitdraft.model.drafts import DraftHeader
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import DraftId, Oid, RefName
from gitdraft.store.snapshots import file_oid

OVERLAY = ".gitdraft"
HEADER_PATH = f"{OVERLAY}/draft.json"
CHANGES = f"{OVERLAY}/changes"


@dataclass(frozen=True, slots=True)
class ChangeFile:
    """Where a draft's change to one entity is kept."""

    entity: EntityRef
    kind: ChangeKind
    path: str
    oid: Oid


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft as of one tip.

    ``base`` is the nearest ancestor without a `.gitdraft` folder. ``files`` are its changes, sorted by path, one an entity.
    """

    id: DraftId
    ref: RefName
    tip: Oid
    tree: Oid
    base: Oid
    files: tuple[ChangeFile, ...]

    def file(self, entity: EntityRef) -> ChangeFile | None:
        """Returns the change to this entity, ``None`` when the draft does not touch it."""
        return next((file for file in self.files if file.entity == entity), None)


def read_draft(source: ObjectSource, draft_id: str, ref: RefName, tip: Oid) -> StoredDraft:
    """Returns the draft at ``tip``, contents of its files unread. Raises RepositoryError (``malformed-draft``) when
    the branch is not one of a draft's form."""
    lineage = source.read_lineage(tip)
    files = tuple(change_files(source, draft_id, lineage.tree))
    twice = {a.entity for a, b in pairwise(files) if a.entity == b.entity}
    if twice:
        raise _malformed(draft_id, f"two change files for {min(twice)}")
    if files and lineage.parents:  # so the tip is one of the draft's commits
        return StoredDraft(
            DraftId(draft_id), ref, tip, lineage.tree, find_base(source, draft_id, lineage.parents[0]), files
        )
    base = find_base(source, draft_id, tip)
    if base == tip:
        raise _malformed(draft_id, f"its tip has no {OVERLAY} folder")
    return StoredDraft(DraftId(draft_id), ref, tip, lineage.tree, base, files)


def find_base(source: ObjectSource, draft_id: str, tip: Oid) -> Oid:
    """Returns the nearest ancestor of ``tip``, by first parents, that has no `.gitdraft` folder."""
    oid = tip
    while _is_draft_commit(source, oid):
        parents = source.read_lineage(oid).parents
        if not parents:
            raise _malformed(draft_id, "it does not start at a canonical commit")
        oid = parents[0]
    return oid


@remembered(4096)
def _is_draft_commit(source: ObjectSource, oid: Oid) -> bool:
    return find(source, source.read_lineage(oid).tree, OVERLAY) is not None


def read_header(source: ObjectSource, draft: StoredDraft) -> DraftHeader:
    """Returns what draft.json says. Raises RepositoryError when it is missing, InvalidInput when it is malformed."""
    oid = file_oid(source, draft.tree, HEADER_PATH)
    if oid is None:
        raise _malformed(draft.id, f"it has no {HEADER_PATH}")
    return read_draft_header(source.read_blob(oid), source=HEADER_PATH)


def change_files(source: ObjectSource, draft_id: str, tree: Oid) -> Iterator[ChangeFile]:
    """Yields the changes in a draft's tree, sorted by path. Raises RepositoryError for a file that is none."""
    for path, oid in walk_files(source, tree, CHANGES):
        parsed = parse_change_path(path)
        if parsed is None:
            raise _malformed(draft_id, f"{path} is not a change file")
        entity, kind = parsed
        yield ChangeFile(entity, kind, path, oid)


def _malformed(draft_id: str, why: str) -> RepositoryError:
    return RepositoryError(
        f"draft '{draft_id}' is malformed: {why}",
        code="malformed-draft",
        context={"draft": draft_id},
        hint=f"look at it with: git log --stat draft/{draft_id}",
    )
