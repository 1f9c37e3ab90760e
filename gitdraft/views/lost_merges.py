"""Merged drafts whose merge canonical does not have any more: its history was taken back, or the merge was reverted.

A draft's merge names the draft's last commit (trailer `Gitdraft-Tip`; with `merge: {history: parents}` its second parent,
too), so it is known again after canonical's commits were rebased. A revert names what it reverts, be it git's
(`This reverts commit …`) or gitdraft's (trailer `Gitdraft-Reverts`); a revert of a revert brings the merge back. Where the
words of commits say nothing (the merge was amended or squashed, a revert is part of another commit), what the entities are
does (``merged_changes.py``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gitdraft.errors import InvalidInput, NotFound, RepositoryError
from gitdraft.git.history import commits_since, is_ancestor
from gitdraft.lazy_regex import regex
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.names import Oid
from gitdraft.store.drafts import StoredDraft, read_draft, read_header
from gitdraft.store.repository import Store, closed_ref

TIP = regex(r"^Gitdraft-Tip: ?([0-9a-f]{40})$", re.MULTILINE)
OF_DRAFT = regex(r"^Gitdraft-Draft: ?(\S+)$", re.MULTILINE)
MERGED_AS = "Merged as commit "  # in a draft's last commit, where a forge merged it
AS = regex(rf"^{MERGED_AS}([0-9a-f]{{40}})$", re.MULTILINE)
REVERTS = regex(r"This reverts commit ([0-9a-f]{40})|^Gitdraft-Reverts: ?([0-9a-f]{40})", re.MULTILINE)


class TooMany(Exception):
    """There is more to be read than was asked for."""


class LostMerge(NamedTuple):
    """The merge of a draft that canonical does not have any more.

    ``commit`` is the merge (``None``: it is not among canonical's commits), ``reverted_by`` the commit that reverts it.
    """

    commit: Oid | None = None
    reverted_by: Oid | None = None


def lost_merge(store: Store, draft: StoredDraft) -> LostMerge | None:
    """Returns what became of a merged draft's merge, ``None`` where canonical has it, or cannot say."""
    return _lost_merges(store, {draft.id: draft}, None).get(draft.id)


def lost_merges(
    store: Store, *, drafts_at_most: int | None = None, commits_at_most: int | None = None
) -> dict[str, LostMerge]:
    """Returns the merged drafts that canonical does not have any more, by id.

    Raises TooMany where there are more closed drafts, or more commits since, than that many.
    """
    closed = store.closed_drafts()
    if drafts_at_most is not None and len(closed) > drafts_at_most:
        raise TooMany
    return _lost_merges(store, dict(_merged_drafts(store, closed)), commits_at_most)


def is_merge_lost(store: Store, draft_id: str) -> bool:
    """Returns whether a draft is closed as merged, and canonical does not have its merge any more."""
    tip = store.closed_drafts().get(draft_id)
    return tip is not None and bool(_lost_merges(store, dict(_merged_drafts(store, {draft_id: tip})), None))


def is_reverted(store: Store, commit: Oid) -> bool:
    """Returns whether a commit of canonical is reverted by a later one."""
    tip = store.canonical_tip()
    return tip is not None and _read_history(store, tip, commit, None).reverting(commit) is not None


def _merged_drafts(store: Store, closed: Mapping[str, Oid]) -> Iterator[tuple[str, StoredDraft]]:
    for draft_id, tip in closed.items():
        try:
            draft = read_draft(store.git, draft_id, closed_ref(draft_id), tip)
            if read_header(store.git, draft).status is DraftStatus.MERGED:
                yield draft_id, draft
        except (InvalidInput, RepositoryError):
            continue  # malformed: it is told elsewhere


class _History(NamedTuple):
    """The merges among commits of canonical, by the tips and by the ids and starts of their drafts, and the reverts."""

    by_tip: dict[str, Oid]
    by_start: dict[tuple[str, Oid | None], Oid]
    reverts: Mapping[Oid, list[Oid]]

    def merge_of(self, draft: StoredDraft) -> Oid | None:
        """Returns the draft's merge."""
        return self.by_tip.get(draft.tip) or self.by_start.get((draft.id, draft.start))

    def reverting(self, commit: Oid) -> Oid | None:
        """Returns a commit that reverts ``commit`` and is not reverted itself."""
        return next((by for by in self.reverts.get(commit, ()) if self.reverting(by) is None), None)


def _lost_merges(
    store: Store, drafts: Mapping[str, StoredDraft], commits_at_most: int | None
) -> dict[str, LostMerge]:
    tip = store.canonical_tip()
    if tip is None or not drafts:
        return {}
    from gitdraft.views.merged_changes import merged_changes

    oldest = min(drafts.values(), key=lambda draft: store.git.read_commit(draft.start).committer.seconds)
    history = _read_history(store, tip, oldest.start, commits_at_most)
    lost: dict[str, LostMerge] = {}
    is_shallow = (store.git.common / "shallow").exists()
    for draft_id, draft in drafts.items():
        try:
            changes = merged_changes(store, draft)
            merge = history.merge_of(draft) or _merged_as(store, tip, draft) or changes.found_in(tip)
            if merge is None:
                if not is_shallow:
                    lost[draft_id] = LostMerge()
            elif reverting := history.reverting(merge):
                if not changes.are_in(tip):
                    lost[draft_id] = LostMerge(merge, reverting)
            elif reverting := changes.taken_back_by(merge, tip):
                lost[draft_id] = LostMerge(merge, reverting)
        except (InvalidInput, NotFound):
            continue  # a gitdraft.yaml with mistakes, a type that is gone: nobody can say
    return lost


def _merged_as(store: Store, tip: Oid, draft: StoredDraft) -> Oid | None:
    """Returns the commit of canonical as which a forge merged the draft; ``None`` where there is none."""
    named = AS.search(store.git.read_commit(draft.tip).message)
    merge = None if named is None else Oid(named[1])
    return (
        merge if merge is not None and store.git.has(merge) and is_ancestor(store.git, merge, tip) else None
    )


def _read_history(store: Store, tip: Oid, since: Oid, at_most: int | None) -> _History:
    """Returns the merges and reverts of canonical after ``since``. Raises TooMany where there are more commits than that."""
    by_tip: dict[str, Oid] = {}
    by_start: dict[tuple[str, Oid | None], Oid] = {}
    reverts: defaultdict[Oid, list[Oid]] = defaultdict(list)
    for number, commit in enumerate(commits_since(store.git, tip, since)):
        if at_most is not None and number >= at_most:
            raise TooMany
        if (named := TIP.search(commit.message)) is not None:
            by_tip.setdefault(named[1], commit.oid)
        if len(commit.parents) > 1:
            by_tip.setdefault(commit.parents[1], commit.oid)
        if "Gitdraft-Merged-By:" in commit.message and (of := OF_DRAFT.search(commit.message)) is not None:
            by_start.setdefault((of[1], commit.parents[0] if commit.parents else None), commit.oid)
        for match in REVERTS.finditer(commit.message):
            reverts[Oid(match[1] or match[2])].append(commit.oid)
    return _History(by_tip, by_start, reverts)
