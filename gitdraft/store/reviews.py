"""Comments and reviews as they lie in a draft's branch: files that are never edited, each with a name of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gitdraft.errors import InvalidInput
from gitdraft.formats.reviews import COMMENTS, REVIEWS, read_comment, read_review, remark_id
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import changed_entries, find
from gitdraft.model.names import Oid
from gitdraft.model.reviews import Comment, Remarks, Review, UnreadableRemark, moment
from gitdraft.store.drafts import StoredDraft, foreign_files

FOLDERS = (COMMENTS, REVIEWS)


class RemarkFile(NamedTuple):
    """An entry below the folders of comments and reviews; ``id`` is ``None`` for one that can be none."""

    path: str
    oid: Oid
    id: str | None


def remark_files(source: ObjectSource, draft: StoredDraft, folder: str) -> Iterator[RemarkFile]:
    """Yields what the draft has below a folder of remarks; what plain git left of other drafts in its base is none of it."""
    entry = find(source, draft.tree, folder.rstrip("/"))
    if entry is None:
        return
    if not entry.is_tree:
        yield RemarkFile(folder.rstrip("/"), entry.oid, None)
        return
    foreign = {} if draft.start == draft.base else foreign_files(source, draft.start)
    for path, below in changed_entries(source, None, entry.oid, folder):
        if foreign.get(path) != below.oid and not (below.is_tree and path.startswith(folder)):
            yield RemarkFile(path, below.oid, remark_id(path) if below.is_file else None)


def read_remarks(source: ObjectSource, draft: StoredDraft) -> Remarks:
    """Returns all that is said of the draft, the oldest first. A file that cannot be read is among the ``unreadable``, and
    keeps none of the others."""
    remarks: list[Comment | Review] = []
    unreadable: list[UnreadableRemark] = []
    for folder in FOLDERS:
        for file in remark_files(source, draft, folder):
            try:
                remarks.append(read_remark(source, file))
            except InvalidInput as error:
                reason = error.message.removeprefix(f"{file.path}: ")
                unreadable.append(UnreadableRemark(file.path, reason))
    remarks.sort(key=moment)
    comments = tuple(remark for remark in remarks if isinstance(remark, Comment))
    reviews = tuple(remark for remark in remarks if isinstance(remark, Review))
    return Remarks(comments, reviews, tuple(unreadable))


def count_remarks(source: ObjectSource, draft: StoredDraft) -> tuple[int, int]:
    """Returns how many comments and reviews lie there; nothing of them is read."""
    entries = (find(source, draft.tree, folder.rstrip("/")) for folder in FOLDERS)
    comments, reviews = (
        0 if entry is None or not entry.is_tree else len(source.read_tree(entry.oid)) for entry in entries
    )
    return comments, reviews


def merged_remarks(
    source: ObjectSource, target: StoredDraft, synced: StoredDraft | None, sides: Sequence[StoredDraft]
) -> dict[str, bytes | None]:
    """Returns what gives ``target`` the remarks of both sides of a draft: each has a name of its own, so none is in another's
    way. One that both had (``synced``) and that a side has no more is gone."""
    both = [_oids(source, side) for side in sides]
    before = {} if synced is None else _oids(source, synced)
    merged = {
        path: oid
        for side in both
        for path, oid in side.items()
        if path not in before or all(path in other for other in both)
    }
    known = _oids(source, target)
    files: dict[str, bytes | None] = {path: None for path in known if path not in merged}
    return files | {path: source.read_blob(oid) for path, oid in merged.items() if path not in known}


def _oids(source: ObjectSource, draft: StoredDraft) -> dict[str, Oid]:
    return {
        file.path: file.oid
        for folder in FOLDERS
        for file in remark_files(source, draft, folder)
        if file.id is not None
    }


def read_remark(source: ObjectSource, file: RemarkFile) -> Comment | Review:
    """Returns the comment or the verdict in a file. Raises InvalidInput for what is none."""
    if file.id is None:
        raise InvalidInput(f"{file.path}: expected a file ID.json, and no link or folder")
    read = read_comment if file.path.startswith(COMMENTS) else read_review
    return read(file.id, source.read_blob(file.oid))
