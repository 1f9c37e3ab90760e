"""Drafts as they lie in git: a branch whose commits have the base's tree plus one folder, `.gitdraft`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gitdraft.documents.parse import Limits, parse_json
from gitdraft.errors import InvalidInput, MissingObject, RepositoryError
from gitdraft.formats.changes import read_change
from gitdraft.formats.drafts import read_draft_header
from gitdraft.formats.paths import parse_change_path
from gitdraft.formats.records import require_known_format
from gitdraft.git.cache import remembered
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import find, walk_files
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.changes import ChangeKind, Rename
from gitdraft.model.drafts import DraftHeader, is_same_draft
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import DraftId, Oid, RefName
from gitdraft.store.snapshots import file_oid

OVERLAY = ".gitdraft"
HEADER_PATH = f"{OVERLAY}/draft.json"
CHANGES = f"{OVERLAY}/changes"
RESOLUTIONS = f"{OVERLAY}/resolutions"


@dataclass(frozen=True, slots=True)
class ChangeFile:
    """Where a draft's change to one entity is kept.

    Of a renaming ``target`` is the entity under its new name (``None`` where the file does not say it), and ``patch`` the file of
    what is edited of it too.
    """

    entity: EntityRef
    kind: ChangeKind
    path: str
    oid: Oid
    target: EntityRef | None = None
    patch: ChangeFile | None = None

    @property
    def entities(self) -> tuple[EntityRef, ...]:
        """The entities that the change is about: the one, and what a renaming makes of it."""
        return (self.entity,) if self.target is None else (self.entity, self.target)

    @property
    def contents(self) -> dict[str, Oid]:
        """The files that hold the change, path to object."""
        return {self.path: self.oid} if self.patch is None else {self.path: self.oid, **self.patch.contents}


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft as of one tip.

    ``start`` is the canonical commit below its own commits: the nearest first-parent ancestor whose `.gitdraft/draft.json` is
    absent or another draft's. ``base`` is the one that its changes were made on, as its commits record it (the start,
    where they record none); the two differ where plain git has moved the commits. ``files`` are its changes, sorted by
    path, one an entity.
    """

    id: DraftId
    ref: RefName
    tip: Oid
    tree: Oid
    base: Oid
    files: tuple[ChangeFile, ...]
    start: Oid

    def is_on(self, commit: Oid) -> bool:
        """Returns whether the draft's commits stand on this canonical commit, and were made on it."""
        return self.base == self.start == commit

    def file(self, entity: EntityRef) -> ChangeFile | None:
        """Returns the change to this entity, be it under its new name; ``None`` when the draft does not touch it."""
        return next((file for file in self.files if entity in file.entities), None)


def read_draft(source: ObjectSource, draft_id: str, ref: RefName, tip: Oid) -> StoredDraft:
    """Returns the draft at ``tip``, contents of its files unread. Raises RepositoryError (``malformed-draft``) when
    the branch is not one of a draft's form, NewerFormat where a later gitdraft wrote it in one that is not known here."""
    tree = source.read_lineage(tip).tree
    try:
        files = tuple(_files(source, draft_id, tree))
    except RepositoryError:
        header = file_oid(source, tree, HEADER_PATH)
        if header is not None:
            require_known_format(parse_json(source.read_blob(header), source=HEADER_PATH), HEADER_PATH)
        raise
    if not files and find(source, tree, OVERLAY) is None:
        raise _malformed(draft_id, f"its tip has no {OVERLAY} folder")
    start, base = find_base(source, draft_id, tip)
    foreign = {} if start == base else foreign_files(source, start)
    files = _paired(source, draft_id, (file for file in files if foreign.get(file.path) != file.oid))
    return StoredDraft(DraftId(draft_id), ref, tip, tree, base, files, start)


class DraftBase(NamedTuple):
    """The ``start`` and the ``base`` of a draft, as in a ``StoredDraft``."""

    start: Oid
    base: Oid


def find_base(source: ObjectSource, draft_id: str, tip: Oid) -> DraftBase:
    """Returns where the draft whose last commit is ``tip`` starts, and what it was made on: what its commits record; where none
    does, what those recorded that the operation log last saw with the same changes. Raises RepositoryError
    (``malformed-draft``) when it does not start at a canonical commit."""
    lineage = last = source.read_lineage(tip)
    recorded = lineage.recorded_base
    name, tree = lineage.recorded_draft, lineage.tree
    while True:
        if not lineage.parents:
            raise _malformed(draft_id, "it does not start at a canonical commit")
        below = lineage.parents[0]
        if below == recorded:
            return DraftBase(below, below)
        lineage = source.read_lineage(below)
        says_so = recorded is not None and (lineage.recorded_base, lineage.recorded_draft) == (recorded, name)
        if not says_so and not _is_of_draft(source, file_oid(source, tree, HEADER_PATH), lineage.tree):
            break
        if recorded is None:
            recorded, name = lineage.recorded_base, lineage.recorded_draft
    if recorded is None:
        recorded = _logged_base(source, draft_id, last.tree)
    return DraftBase(below, recorded if recorded is not None and _is_commit(source, recorded) else below)


def _logged_base(source: ObjectSource, draft_id: str, tree: Oid) -> Oid | None:
    from gitdraft.store.logged_bases import logged_tip

    tip = logged_tip(source, draft_id)
    if tip is None or not _is_commit(source, tip):
        return None
    logged = source.read_lineage(tip)
    is_same = find(source, logged.tree, CHANGES) == find(source, tree, CHANGES)
    return logged.recorded_base if is_same else None


def foreign_files(source: ObjectSource, start: Oid) -> dict[str, Oid]:
    """Returns the files of other drafts that plain git has brought onto the canonical commit ``start``, by path. A draft's
    commit that plain git has moved there holds them too."""
    return dict(walk_files(source, source.read_lineage(start).tree, OVERLAY))


@remembered(4096)
def _is_of_draft(source: ObjectSource, header: Oid | None, tree: Oid) -> bool:
    """Whether the draft.json in ``tree`` is that of the draft whose own is ``header``. A damaged one is."""
    other = file_oid(source, tree, HEADER_PATH)
    if other is None or other == header or header is None:
        return other is not None
    try:
        headers = [read_draft_header(source.read_blob(oid), source=HEADER_PATH) for oid in (header, other)]
    except InvalidInput:
        return True
    return is_same_draft(*headers)


def _is_commit(source: ObjectSource, oid: Oid) -> bool:
    try:
        source.read_lineage(oid)
    except MissingObject:
        return False
    return True


def read_header(source: ObjectSource, draft: StoredDraft) -> DraftHeader:
    """Returns what draft.json says. Raises RepositoryError when it is missing, InvalidInput when it is malformed."""
    oid = file_oid(source, draft.tree, HEADER_PATH)
    if oid is None:
        raise _malformed(draft.id, f"it has no {HEADER_PATH}")
    return read_draft_header(source.read_blob(oid), source=HEADER_PATH)


def content_key(source: ObjectSource, draft: StoredDraft) -> str:
    """Returns what stands for all that decides, with canonical, how the draft stands there: its base, its changes, its
    answers to conflicts. Its header and what is said of it are none of that."""
    entries = (find(source, draft.tree, path) for path in (CHANGES, RESOLUTIONS))
    parts = (draft.base, *("" if entry is None else entry.oid for entry in entries))
    from hashlib import sha256

    return sha256(" ".join(parts).encode()).hexdigest()[:40]


def draft_tag(source: ObjectSource, draft: StoredDraft) -> str:
    """Returns a hash of the draft's base, its header and its changes, 40 hexadecimal digits: what has to be the same for a
    precondition to hold."""
    entries = (find(source, draft.tree, path) for path in (HEADER_PATH, CHANGES))
    parts = (draft.base, *("" if entry is None else entry.oid for entry in entries))
    from hashlib import sha256

    return sha256(" ".join(parts).encode()).hexdigest()[:40]


def change_files(source: ObjectSource, draft_id: str, tree: Oid) -> tuple[ChangeFile, ...]:
    """Returns the changes in a draft's tree, sorted by path, one an entity. Raises RepositoryError for a file that is none, or
    one too many."""
    return _paired(source, draft_id, _files(source, draft_id, tree))


def _paired(source: ObjectSource, draft_id: str, files: Iterable[ChangeFile]) -> tuple[ChangeFile, ...]:
    """Returns the changes, each renaming with the new name that it says, and the patch beside it."""
    files = tuple(files)
    patches = {file.entity: file for file in files if file.kind == "patch"}
    renamed = {file.entity for file in files if file.kind == "rename"}
    if renamed:
        files = tuple(
            replace(file, target=_new_name(source, file), patch=patches.get(file.entity))
            if file.kind == "rename"
            else file
            for file in files
            if file.kind != "patch" or file.entity not in renamed
        )
    counts = Counter(entity for file in files for entity in file.entities)
    twice = [entity for entity, number in counts.items() if number > 1]
    if twice:
        raise _malformed(draft_id, f"two change files for {min(twice)}")
    return files


def _new_name(source: ObjectSource, file: ChangeFile) -> EntityRef | None:
    try:
        change = read_change(file.entity, file.kind, source.read_blob(file.oid), Limits())
    except InvalidInput:  # reported where the change is looked at
        return None
    return change.target if isinstance(change, Rename) else None


def _files(source: ObjectSource, draft_id: str, tree: Oid) -> Iterator[ChangeFile]:
    """Yields the change files in a draft's tree, sorted by path."""
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
