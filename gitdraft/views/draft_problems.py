"""What plain git has done to drafts: files edited on their branches, merges taken back, branches deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.model.draft_problems import DraftProblem
from gitdraft.model.drafts import DraftHeader, DraftStatus
from gitdraft.model.names import Oid
from gitdraft.model.progress import reported
from gitdraft.store.drafts import StoredDraft, read_draft
from gitdraft.store.lost_branches import LostBranch
from gitdraft.store.operation_log import read_log
from gitdraft.store.outside_files import FOREIGN_FILES, foreign_files, take_in_hint
from gitdraft.store.repository import Store
from gitdraft.views.lost_merges import LostMerge, TooMany, lost_merge, lost_merges

LEFT = "merge-left-canonical"
REVERTED = "merge-reverted"
BRANCH_GONE = "branch-gone"
DRAFTS_AT_MOST = 20
COMMITS_AT_MOST = 200
OPERATIONS_AT_MOST = 20


class KnownProblems(NamedTuple):
    """The problems that are known at once, and what was not looked at for them (empty: at everything)."""

    problems: tuple[DraftProblem, ...]
    not_looked_at: tuple[str, ...]


def known_problems(store: Store, drafts: Mapping[str, Oid], current: str | None) -> KnownProblems:
    """Returns the problems that are known at once: of the open ``drafts``, and of the merged ones, where they are few (of the
    ``current`` one always), and the branches that the latest operations knew."""
    looked_at, skipped = drafts, []
    if len(drafts) > DRAFTS_AT_MOST:
        looked_at = {} if current is None or current not in drafts else {current: drafts[current]}
        skipped.append("open drafts")
    foreign = (_foreign_problem_at(store, draft_id, tip) for draft_id, tip in looked_at.items())
    merges: tuple[DraftProblem, ...] = ()
    try:
        merges = tuple(merge_problems(store, drafts_at_most=DRAFTS_AT_MOST, commits_at_most=COMMITS_AT_MOST))
    except TooMany:
        skipped.append("merged drafts")
    branches = tuple(branch_problems(store, OPERATIONS_AT_MOST))
    if next(islice(read_log(store.git), OPERATIONS_AT_MOST, None), None) is not None:
        skipped.append("earlier operations")
    problems = (*(problem for problem in foreign if problem is not None), *merges, *branches)
    return KnownProblems(problems, tuple(skipped))


def all_problems(store: Store) -> tuple[DraftProblem, ...]:
    """Returns every problem of every draft."""
    drafts = reported(store.open_drafts().items(), "reading what drafts changed")
    foreign = (_foreign_problem_at(store, draft_id, tip) for draft_id, tip in drafts)
    edited = (problem for problem in foreign if problem is not None)
    return (*edited, *merge_problems(store), *branch_problems(store))


def problems_of(store: Store, draft: StoredDraft, header: DraftHeader) -> tuple[DraftProblem, ...]:
    """Returns the problems of one draft."""
    if header.status is DraftStatus.MERGED:
        lost = lost_merge(store, draft)
        return () if lost is None else (_merge_problem(store, draft.id, lost),)
    problem = foreign_problem(store, draft)
    return () if problem is None else (problem,)


def foreign_problem(store: Store, draft: StoredDraft) -> DraftProblem | None:
    """Returns the problem of an open draft whose branch changes files beside its folder."""
    tip = store.canonical_tip()
    if tip is None or store.is_closed(draft):
        return None
    paths = tuple(file.path for file in foreign_files(store.git, draft, tip))
    if not paths:
        return None
    shown = ", ".join(paths[:3]) + (", …" if paths[3:] else "")
    message = f"{shown}: changed on the draft's branch, outside of .gitdraft/, where no merge takes it from"
    return DraftProblem(draft.id, FOREIGN_FILES, message, take_in_hint(store.git, draft), paths)


def merge_problems(
    store: Store, *, drafts_at_most: int | None = None, commits_at_most: int | None = None
) -> Iterator[DraftProblem]:
    """Yields the problem of each merged draft whose merge canonical does not have any more."""
    lost = lost_merges(store, drafts_at_most=drafts_at_most, commits_at_most=commits_at_most)
    for draft_id, merge in lost.items():
        yield _merge_problem(store, draft_id, merge)


def branch_problems(store: Store, operations_at_most: int | None = None) -> Iterator[DraftProblem]:
    """Yields the problem of each draft whose branch is gone."""
    for branch in store.lost_branches(operations_at_most):
        yield _branch_problem(branch)


def _foreign_problem_at(store: Store, draft_id: str, tip: Oid) -> DraftProblem | None:
    try:
        return foreign_problem(store, read_draft(store.git, draft_id, store.draft_ref(draft_id), tip))
    except (InvalidInput, RepositoryError):
        return None  # malformed: it is told elsewhere


def _merge_problem(store: Store, draft_id: str, lost: LostMerge) -> DraftProblem:
    hint = f"gitdraft reopen {draft_id} makes it a draft again, its changes as they were"
    canonical = store.canonical_branch
    if lost.commit is None:
        return DraftProblem(draft_id, LEFT, f"it says merged, but its merge left {canonical}", hint)
    by = "" if lost.reverted_by is None else f" by {lost.reverted_by[:12]}"
    message = f"it says merged, but its merge {lost.commit[:12]} was reverted on {canonical}{by}"
    return DraftProblem(draft_id, REVERTED, message, hint)


def _branch_problem(branch: LostBranch) -> DraftProblem:
    message = f"its branch is gone; the operation log saw it at {branch.tip[:12]} on {branch.at}"
    return DraftProblem(branch.id, BRANCH_GONE, message, f"gitdraft reopen {branch.id} restores it")
