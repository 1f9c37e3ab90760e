"""The form of a draft's branch, which plain git can have damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from gitdraft.errors import InvalidInput, NewerFormat, RepositoryError
from gitdraft.formats.changes import read_resolutions
from gitdraft.formats.configuration import Configuration
from gitdraft.formats.reviews import COMMENTS, REVIEWS
from gitdraft.git.history import commits_between
from gitdraft.git.objects import ObjectSource
from gitdraft.git.trees import changed_entries, walk_files
from gitdraft.model.names import Oid, RefName
from gitdraft.store.change_files import read_change_file
from gitdraft.store.drafts import HEADER_PATH, OVERLAY, StoredDraft, foreign_files, read_draft, read_header
from gitdraft.store.repository import git_tree
from gitdraft.store.reviews import FOLDERS, read_remark, remark_files
from gitdraft.store.stacks import ONTO, PARENT_PATH, parent_of

RESOLUTIONS = f"{OVERLAY}/resolutions/"


def check_draft_form(
    source: ObjectSource, draft_id: str, ref: RefName, tip: Oid, configuration: Configuration
) -> Iterator[str]:
    """Yields the reasons why the branch is no draft, a sentence each. Raises NewerFormat for one of a later gitdraft's.

    Whether its changes apply to canonical, and whether they are valid, is not checked.
    """
    try:
        draft = read_draft(source, draft_id, ref, tip)
        read_header(source, draft)
    except NewerFormat:
        raise
    except (InvalidInput, RepositoryError) as error:
        yield error.message.removeprefix(f"draft '{draft_id}' is malformed: ")
        return
    yield from _check_commits(source, draft)
    yield from _check_files(source, draft, configuration)


def _check_commits(source: ObjectSource, draft: StoredDraft) -> Iterator[str]:
    """Yields a reason for each commit whose tree differs from that of its start by more than the draft's folder."""
    base = git_tree(source, draft.start)
    for commit in commits_between(source, draft.start, draft.tip):
        entries = {e.name: e for e in source.read_tree(commit.tree) if e.name != OVERLAY}
        if entries == {e.name: e for e in source.read_tree(base)}:
            continue
        paths = [path for path, entry in changed_entries(source, base, commit.tree) if not entry.is_tree]
        outside = [path for path in paths if not path.startswith(f"{OVERLAY}/")]
        what = outside[0] if outside else "a file"
        verb = "changed" if outside else "removed"
        yield f"{what} is {verb} outside {OVERLAY}/ in commit {commit.oid[:10]}"


def _check_files(source: ObjectSource, draft: StoredDraft, configuration: Configuration) -> Iterator[str]:
    known = {HEADER_PATH, *(path for file in draft.files for path in file.contents)}
    foreign = {} if draft.start == draft.base else foreign_files(source, draft.start)
    overlay = next(entry for entry in source.read_tree(draft.tree) if entry.name == OVERLAY)
    for path, entry in changed_entries(source, None, overlay.oid, f"{OVERLAY}/"):
        if foreign.get(path) == entry.oid:
            continue  # another draft's, which plain git has brought onto canonical
        if not entry.is_tree and not (
            entry.is_file and (path in known or path.startswith((RESOLUTIONS, f"{ONTO}/", COMMENTS, REVIEWS)))
        ):
            yield f"{path} is no file of a draft"
    yield from _flaw(PARENT_PATH, lambda: parent_of(source, draft))
    for file in draft.files:
        yield from _flaw(file.path, partial(read_change_file, source, file, configuration))
    for folder in FOLDERS:
        for remark in remark_files(source, draft, folder):
            yield from _flaw(remark.path, partial(read_remark, source, remark))
    for path, oid in walk_files(source, draft.tree, RESOLUTIONS):
        yield from _flaw(path, partial(read_resolutions, source.read_blob(oid), source=path))


def _flaw(path: str, read: Callable[[], object]) -> Iterator[str]:
    """Yields why a file cannot be read."""
    try:
        read()
    except NewerFormat:
        raise
    except InvalidInput as error:
        yield error.message if path in error.message else f"{path}: {error.message}"
