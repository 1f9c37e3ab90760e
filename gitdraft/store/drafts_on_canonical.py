"""Drafts that lie on canonical: plain git has merged their branches, so that `.gitdraft/` stands among the entities.

Which drafts they are, and which file is whose, is read from canonical's own commits since the folder came, so it holds
with a draft's branch gone, after a squash, a cherry-pick, or a merge that was made elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.formats.drafts import read_draft_header
from gitdraft.formats.keys import slug
from gitdraft.formats.trailers import read_trailers
from gitdraft.git.objects import Commit, ObjectSource
from gitdraft.git.trees import find, walk_files
from gitdraft.git.values import BASE_TRAILER
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.lazy_regex import regex
from gitdraft.model.drafts import DraftHeader, DraftStatus, is_same_draft
from gitdraft.model.names import DraftId, Oid
from gitdraft.model.operations import Actor, utc
from gitdraft.store.drafts import HEADER_PATH, OVERLAY, find_base
from gitdraft.store.snapshots import EmptyCanonical, Snapshot

TAKEN_TRAILER = "Gitdraft-Adopted"
BASE = regex(rf"^\s*{BASE_TRAILER}: ([0-9a-f]{{40}})$", re.MULTILINE)  # in the text of a squash too
NAMED = regex(r"^\s*Gitdraft-Draft: ([a-z0-9][a-z0-9-]{0,62})$", re.MULTILINE)
UNNAMED = DraftId("unnamed")

Files = Mapping[str, Oid]


@dataclass(frozen=True, slots=True)
class DraftOnCanonical:
    """A draft that plain git has merged.

    ``files`` are its files below `.gitdraft/`, draft.json aside, by path. ``base`` is the canonical commit that its changes
    were made on. ``header`` is ``None`` where nothing says whose the files are; where their draft.json did not come with
    them (a cherry-pick of a later commit, a squash on top of another draft) it is made of the commit that brought them, and
    ``is_partial``. ``id`` is what the draft was called when it was made.
    """

    id: DraftId
    header: DraftHeader | None
    base: Oid | None
    files: Files
    is_partial: bool = False


@dataclass(slots=True)
class _Draft:
    """A draft as far as canonical's commits have brought it. ``name`` is what their trailers call it."""

    header: DraftHeader | None
    base: Oid | None = None
    files: dict[str, Oid] = field(default_factory=dict)
    name: str | None = None
    is_partial: bool = False

    @property
    def id(self) -> DraftId:
        if self.header is None:
            return UNNAMED
        return DraftId(self.header.id or slug(self.header.title) or "draft")


@dataclass(frozen=True, slots=True)
class _Overlay:
    """What a commit has below `.gitdraft/`."""

    header: Oid | None
    files: Files


NOTHING = _Overlay(None, {})


def drafts_on_canonical(canonical: Snapshot | EmptyCanonical) -> tuple[DraftOnCanonical, ...]:
    """Returns the drafts that lie on canonical, those that came first, first; nothing where it has no `.gitdraft/`, which
    one look at its tree tells."""
    if isinstance(canonical, EmptyCanonical) or find(canonical.source, canonical.tree, OVERLAY) is None:
        return ()
    source = canonical.source
    drafts: list[_Draft] = []
    before = NOTHING
    for commit in reversed(list(_commits_with_overlay(source, canonical.commit))):
        overlay = _overlay(source, commit.tree)
        _follow(source, drafts, commit, before, overlay)
        before = overlay
    header = _read_header(source, before.header)
    present = [d for d in drafts if d.files or (header is not None and _is_same(d, header))]
    drafts = present or drafts[-1:]
    known = {path for draft in drafts for path in draft.files}
    strays = {path: oid for path, oid in before.files.items() if path not in known}
    if not drafts:
        drafts = [_Draft(None, None, strays)]
    else:
        drafts[-1].files.update(strays)
    return tuple(DraftOnCanonical(d.id, d.header, d.base, d.files, d.is_partial) for d in drafts)


def _follow(
    source: ObjectSource, drafts: list[_Draft], commit: Commit, before: _Overlay, after: _Overlay
) -> None:
    """Brings ``drafts`` up to a commit of canonical, which had ``before`` and has ``after``."""
    taken = read_trailers(commit.message).get(TAKEN_TRAILER)
    if taken is not None:  # by `gitdraft adopt`, which leaves the others as they are
        names = [draft.id for draft in drafts]
        if taken in names:
            del drafts[names.index(DraftId(taken))]
        return
    merged = [m for parent in commit.parents[1:] if (m := _merged(source, parent, after)) is not None]
    for draft in merged:
        _enter(drafts, draft)
    new = {path: oid for path, oid in after.files.items() if before.files.get(path) != oid}
    for draft in merged:
        new = {path: oid for path, oid in new.items() if draft.files.get(path) != oid}
    header = _read_header(source, after.header)
    is_another = header is not None and not any(_is_same(draft, header) for draft in drafts)
    named, recorded = NAMED.search(commit.message), BASE.search(commit.message)
    name = named[1] if named else None
    base = Oid(recorded[1]) if recorded else None
    named_draft = next((d for d in drafts if name is not None and name in (d.id, d.name)), None)
    if header is not None and is_another:
        _enter(drafts, _Draft(header, base or header.created_from, new, name))
    elif new and named_draft is not None:
        named_draft.files.update(new)
        named_draft.base = base or named_draft.base
    elif new and name is not None:
        drafts.append(_partial(commit, DraftId(name), base, new))
    elif header is not None and not merged:
        _enter(drafts, _Draft(header, base, new, name))
    if not is_another and not merged:  # what a person has taken out by hand is not there any more
        gone = before.files.keys() - after.files.keys()
        for draft in drafts:
            draft.files = {path: oid for path, oid in draft.files.items() if path not in gone}


def _enter(drafts: list[_Draft], draft: _Draft) -> _Draft:
    """Adds the draft, or what it has newly, to ``drafts``. Returns it as it stands there."""
    assert draft.header is not None
    for known in drafts:
        if _is_same(known, draft.header):
            known.header, known.base = draft.header, draft.base or known.base
            known.name, known.is_partial = draft.name or known.name, False
            known.files.update(draft.files)
            return known
    drafts.append(draft)
    return draft


def _partial(commit: Commit, name: DraftId, base: Oid | None, files: dict[str, Oid]) -> _Draft:
    """Returns the draft that a commit's trailers name, whose draft.json did not come along."""
    base = base or (commit.parents[0] if commit.parents else commit.oid)
    author = Actor(commit.author.name, commit.author.email).text
    at = utc(commit.author.seconds)
    header = DraftHeader(commit.subject or name, "", author, "git", DraftStatus.DRAFT, at, base, id=name)
    return _Draft(header, base, files, name, is_partial=True)


def _merged(source: ObjectSource, parent: Oid, after: _Overlay) -> _Draft | None:
    """Returns the draft whose branch a merge has joined, with those of its files that the merge has too."""
    overlay = _overlay(source, source.read_lineage(parent).tree)
    header = _read_header(source, overlay.header)
    files = {path: oid for path, oid in overlay.files.items() if after.files.get(path) == oid}
    if header is None or not (files or overlay.header == after.header):
        return None
    try:
        base = find_base(source, header.id or "", parent).base
    except RepositoryError:
        base = header.created_from
    return _Draft(header, base, files)


def _commits_with_overlay(source: ObjectSource, tip: Oid) -> Iterator[Commit]:
    """Yields the commits with a `.gitdraft/`, by first parents, newest first, down to the first that has none."""
    oid: Oid | None = tip
    while oid is not None:
        commit = source.read_commit(oid)
        if find(source, commit.tree, OVERLAY) is None:
            return
        yield commit
        oid = commit.parents[0] if commit.parents and not source.is_cut_off(oid) else None


def _overlay(source: ObjectSource, tree: Oid) -> _Overlay:
    files = dict(walk_files(source, tree, OVERLAY))
    return _Overlay(files.pop(HEADER_PATH, None), files)


def _read_header(source: ObjectSource, oid: Oid | None) -> DraftHeader | None:
    if oid is None:
        return None
    try:
        return read_draft_header(source.read_blob(oid), source=HEADER_PATH)
    except InvalidInput:
        return None


def _is_same(draft: _Draft, header: DraftHeader) -> bool:
    if draft.is_partial:
        return draft.id == header.id
    return draft.header is not None and is_same_draft(draft.header, header)
