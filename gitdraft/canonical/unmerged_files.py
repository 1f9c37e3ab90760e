"""Conflicts that git left in entity files: listed by pointer, and resolved one by one.

The conflicts follow from the three blobs of the unmerged path. Answers are stored beside the index until the last one is
given, and then the file is recorded as merged. An answer changes the file only where the conflict is, so edits by hand
elsewhere stay; git's conflict markers stay around what has no answer yet.
"""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path

from gitdraft.documents.conflict_markers import Block, MarkedFile, MarkerForm, read_markers
from gitdraft.documents.edit import edit_json
from gitdraft.documents.merge.declarations import has_followers
from gitdraft.documents.merge.three_way import merge_documents
from gitdraft.documents.merge_file import Versions, parse_versions, present_conflicts
from gitdraft.documents.parse import parse_json
from gitdraft.documents.resolutions import Answer, conflicts_at, pointers_text, resolution_of
from gitdraft.errors import InvalidInput, NotFound, RepositoryError, StateRefused
from gitdraft.git.fetch import find_upstream
from gitdraft.git.kept_files import keep_files
from gitdraft.git.known_refs import read_ref
from gitdraft.git.locks import writers_lock
from gitdraft.git.repository import GitRepository
from gitdraft.git.unmerged import Stages, mark_merged, unmerged_files
from gitdraft.git.worktrees import read_worktree_file, write_worktree_file
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.lists import MergeRules
from gitdraft.model.merge import Conflict, Resolution
from gitdraft.model.names import Oid
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.model.worktree_reports import FileResolveReport, UnmergedFile
from gitdraft.store.merge_resolutions import FileResolutions, read_merge_resolutions, write_merge_resolutions
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import file_oid


@dataclass(frozen=True, slots=True)
class _OpenMerge:
    """The versions of an unmerged file, its type's list rules, the answers so far, and the file's present bytes."""

    stages: Stages
    versions: Versions
    rules: MergeRules
    answers: tuple[Resolution, ...]
    present: bytes | None


def unmerged_entities(store: Store, path: str | None = None) -> list[UnmergedFile]:
    """Returns the unmerged files, or the one at ``path``, sorted by path. Raises StateRefused when ``path`` is not
    unmerged."""
    stages = unmerged_files(store.git)
    chosen = sorted(stages) if path is None else [path]
    configuration = store.snapshot().configuration
    files = []
    for name in chosen:
        entity = configuration.entity_at(name)
        try:
            merge = _open(store, name, _stages_of(stages, name))
        except InvalidInput as error:
            files.append(UnmergedFile(name, entity, reason=error.message))
            continue
        files.append(UnmergedFile(name, entity, merge.versions.merged(merge.rules, merge.answers).conflicts))
    return files


def resolve_file(store: Store, path: str, pointer: str | None, answer: Answer) -> FileResolveReport:
    """Resolves the conflict at ``pointer``, or all open ones, in the unmerged file at ``path``.

    Raises StateRefused when the file is not unmerged, is not JSON by now, or was edited where an answer would change
    it; InvalidInput when a side is not JSON; NotFound when the pointer names no open conflict.
    """
    with writers_lock(store.git):
        unmerged = unmerged_files(store.git)
        merge = _open(store, path, _stages_of(unmerged, path))
        before = merge.versions.merged(merge.rules, merge.answers)
        chosen = _chosen(path, before.conflicts, pointer)
        resolutions = tuple(resolution_of(conflict, answer) for conflict in chosen)
        whole = next((a for c, a in zip(chosen, resolutions, strict=True) if c.is_whole), None)
        answers = (*merge.answers, *resolutions)
        remaining: tuple[Conflict, ...] = ()
        if whole is not None:
            content = _written_whole(store, merge, whole.value)
        else:
            remaining = merge.versions.merged(merge.rules, answers).conflicts
            content = _written(merge, path, before.document, answers)
        kept = {
            name: old
            for name, old in read_merge_resolutions(store.git).items()
            if old.stages == unmerged.get(name)
        }
        if remaining:
            kept[path] = FileResolutions(merge.stages, answers)
        else:
            kept.pop(path, None)
        _record(store.git, path, content, kept, is_merged=not remaining)
        return FileResolveReport(path, chosen, remaining)


def _record(
    git: GitRepository,
    path: str,
    content: bytes | None,
    answers: dict[str, FileResolutions],
    *,
    is_merged: bool,
) -> None:
    """Writes the file, and the answers beside the index or that the file is merged; all of it, or the file is put back."""
    assert git.worktree is not None
    before = keep_files(git.worktree, git.path, [path])
    try:
        write_worktree_file(git, path, content)
        if is_merged:
            mark_merged(git, path)
        else:
            write_merge_resolutions(git, answers)
    except BaseException:
        before.put_back()
        raise
    finally:
        before.drop()
    if is_merged:
        with suppress(RepositoryError):  # answers for a file that is not unmerged are nobody's
            write_merge_resolutions(git, answers)


def path_in_worktree(git: GitRepository, folder: Path, given: str) -> str:
    """Returns the path, relative to the worktree's root, of ``given``, which is relative to ``folder``. Raises NotFound
    outside of the worktree, StateRefused in a bare repository."""
    if git.worktree is None:
        raise StateRefused("a bare repository has no files", code="bare-repository")
    # a link in the last part is not followed: git tracks the link itself
    absolute = os.path.normpath(folder.resolve() / given)
    path = os.path.relpath(absolute, git.worktree.resolve())
    if path.startswith("../") or path == "..":
        raise NotFound(f"'{given}' is outside of the repository", context={"file": given})
    return path


def path_from(git: GitRepository, folder: Path, path: str) -> str:
    """Returns the path in the repository as relative to ``folder``."""
    assert git.worktree is not None
    relative = os.path.relpath(git.worktree.resolve() / path, folder.resolve())
    return f"./{relative}" if relative.startswith("-") else relative


def _stages_of(unmerged: dict[str, Stages], path: str) -> Stages:
    if path not in unmerged:
        raise StateRefused(
            f"'{path}' is not unmerged",
            code="not-in-conflict",
            context={"file": path},
            hint="gitdraft conflicts --file lists the files that are",
        )
    return unmerged[path]


def _open(store: Store, path: str, stages: Stages) -> _OpenMerge:
    configuration = store.snapshot().configuration
    contents = [None if oid is None else store.git.read_blob(oid) for oid in stages]
    versions = parse_versions(contents[0], contents[1], contents[2], configuration.limits)
    entity = configuration.entity_at(path)
    rules = () if entity is None else configuration.entities[entity.type].merge_rules
    if has_followers(rules) and _is_canonicals(store, path, stages[2]):
        versions = replace(versions, theirs_leads=True)
    known = read_merge_resolutions(store.git).get(path)
    answers = known.resolutions if known is not None and known.stages == stages else ()
    present = read_worktree_file(store.git, path)
    if answers and _was_reset(versions, rules, answers, present):
        answers = ()
    return _OpenMerge(stages, versions, rules, answers, present)


def _is_canonicals(store: Store, path: str, blob: Oid | None) -> bool:
    """Whether the blob is what canonical, or the remote's as it was fetched last, has at the path."""
    refs = [store.canonical_ref]
    with suppress(NotFound):
        refs.append(find_upstream(store.git, store.canonical_ref).ref)
    tips = [tip for ref in refs if (tip := read_ref(store.git, ref)) is not None]
    return any(file_oid(store.git, store.git.read_lineage(tip).tree, path) == blob for tip in tips)


def _was_reset(
    versions: Versions, rules: MergeRules, answers: tuple[Resolution, ...], present: bytes | None
) -> bool:
    """Returns whether the file is again as the merge left it (`git checkout --merge`), without the answers."""
    marked = None if present is None else read_markers(present)
    if marked is None or not marked.blocks:
        return False
    unanswered = _blocks(versions, rules, ())
    return _without_ends(marked) == unanswered and unanswered != _blocks(versions, rules, answers)


def _blocks(versions: Versions, rules: MergeRules, answers: tuple[Resolution, ...]) -> list[Block]:
    """Returns the conflicts as the merge driver writes them where only ``answers`` are given."""
    if not versions.merged(rules, answers).conflicts:
        return []
    marked = read_markers(present_conflicts(versions, rules, MarkerForm(), answers))
    assert marked is not None
    return _without_ends(marked)


def _without_ends(marked: MarkedFile) -> list[Block]:
    """Returns the blocks with what may follow a value, which an edit beside it changes, left out."""
    return [
        Block(*(tuple(line.rstrip(b" \t,") for line in side) for side in (block.ours, block.theirs)))
        for block in marked.blocks
    ]


def _chosen(path: str, conflicts: tuple[Conflict, ...], pointer: str | None) -> tuple[Conflict, ...]:
    chosen = conflicts_at(conflicts, pointer)
    if pointer is not None and not chosen:
        raise NotFound(
            f"'{path}' has no conflict at '{pointer}'",
            context={"file": path, "path": pointer},
            hint="it has them at " + pointers_text(conflicts) if conflicts else None,
        )
    return chosen


def _written_whole(store: Store, merge: _OpenMerge, document: Maybe) -> bytes | None:
    """Returns the file for an answer about the whole document, formatted like the side that has it."""
    if document is ABSENT:
        return None
    theirs = merge.stages[2]
    if merge.versions.ours_text is None and theirs is not None:
        return edit_json(store.git.read_blob(theirs), document)
    return merge.versions.written(document)


def _written(merge: _OpenMerge, path: str, before: Maybe, answers: tuple[Resolution, ...]) -> bytes | None:
    """Returns the present file with what the answers change, and markers around the conflicts without an answer."""
    hint = f"git checkout --merge -- {shlex.quote(f':/{path}')} merges it again, by members where gitdraft init set that up"
    text, form = merge.present, None
    if text is not None and (marked := read_markers(text)) is not None and marked.blocks:
        known = _blocks(merge.versions, merge.rules, merge.answers)
        if all(block in known for block in _without_ends(marked)):  # a merge by lines has others
            text, form = _as_ours(marked, merge.versions), marked.form
    try:
        present: JSON = ABSENT if text is None else parse_json(text, source=path)
    except InvalidInput as error:
        raise StateRefused(
            f"the file is no JSON now: {error.message}", code="not-json", context={"file": path}, hint=hint
        ) from error
    after = merge.versions.merged(merge.rules, answers)
    changed = merge_documents(before, present, after.document, merge.rules)
    if changed.conflicts:
        where = ", ".join(f"'{conflict.path}'" for conflict in changed.conflicts)
        raise StateRefused(
            f"'{path}' was edited since, at {where}",
            code="edited-meanwhile",
            context={"file": path},
            hint=hint,
        )
    if changed.document is ABSENT:
        return None
    if text is None:
        return merge.versions.written(after.document)
    content = edit_json(text, changed.document)
    if form is None or not after.conflicts:
        return content
    return present_conflicts(merge.versions, merge.rules, form, answers, (content, changed.document))


def _as_ours(marked: MarkedFile, versions: Versions) -> bytes:
    """Returns the file without markers; one before the end of the file had a line feed added."""
    is_ended = versions.ours_text is None or versions.ours_text.endswith(b"\n")
    return marked.ours if is_ended else marked.ours.rstrip(b"\r\n")
