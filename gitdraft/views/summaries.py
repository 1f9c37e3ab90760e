"""The drafts, listed by what the index knows of them, and a draft's own commits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from gitdraft.git.history import first_parents
from gitdraft.git.objects import Commit
from gitdraft.index.draft_line_tables import LineRow
from gitdraft.index.draft_lines import draft_lines, read_line
from gitdraft.index.rebase_states import known_rebase_states
from gitdraft.lazy_dataclass import replace
from gitdraft.model.drafts import DraftHeader, DraftStatus
from gitdraft.model.names import Oid
from gitdraft.model.natural import natural_key
from gitdraft.model.rebase_states import BROKEN, CLEAN, CLOSED, UNKNOWN, RebaseState
from gitdraft.model.reports import DraftSummary
from gitdraft.store.drafts import StoredDraft, read_draft
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import EmptyCanonical
from gitdraft.views.draft_problems import foreign_problem, merge_problems

STATUSES = {status.value: status for status in DraftStatus}


def summarise_drafts(store: Store, status: DraftStatus | None = None) -> list[DraftSummary]:
    """Returns the open drafts, or those of the given status, open or closed; sorted by id. None is judged: how they stand is
    what is known."""
    if status is not None and not status.is_open:
        return _summarise_closed(store, status)
    lines = [row for row in draft_lines(store) if status is None or row.status == status.value]
    if not lines:
        return []
    canonical = store.canonical_or_empty()
    rebase_states = None if isinstance(canonical, EmptyCanonical) else known_rebase_states(store, canonical)
    return [_summary(store, row, rebase_states) for row in lines]


def summarise_some(
    store: Store,
    tips: Mapping[str, Oid],
    rebase_states: Mapping[str, RebaseState] | None,
    names: Collection[str],
) -> list[DraftSummary]:
    """Returns these open drafts, read one by one."""
    rows = (read_line(store, name, store.draft_ref(name), tips[name]) for name in names)
    return [_summary(store, row, rebase_states) for row in rows]


def sort_summaries(summaries: Sequence[DraftSummary], by: str) -> list[DraftSummary]:
    """Returns the drafts, sorted by `id`, `updated` or `created` (the latest first), `title` or `status` (from `draft`
    on); malformed ones come last."""
    summaries = sorted(summaries, key=lambda summary: natural_key(summary.id))
    if by == "id":
        return summaries
    broken = [summary for summary in summaries if summary.header is None]
    headers = {summary.id: summary.header for summary in summaries if summary.header is not None}
    drafts = [summary for summary in summaries if summary.header is not None]
    if by == "updated":
        drafts.sort(key=lambda summary: summary.updated_at or "", reverse=True)
    elif by == "created":
        drafts.sort(key=lambda summary: headers[summary.id].created_at, reverse=True)
    elif by == "title":
        drafts.sort(key=lambda summary: natural_key(headers[summary.id].title.casefold()))
    else:
        order = list(DraftStatus)
        drafts.sort(key=lambda summary: order.index(headers[summary.id].status))
    return drafts + broken


def draft_history(store: Store, draft: StoredDraft) -> list[Commit]:
    """Returns the draft's own commits, newest first."""
    commits = []
    for commit in first_parents(store.git, draft.tip):
        if commit.oid == draft.start:
            break
        commits.append(commit)
    return commits


def summary_of(store: Store, draft: StoredDraft, state: RebaseState) -> DraftSummary:
    """Returns one draft that was judged, open or closed. Raises InvalidInput or RepositoryError where it cannot be read."""
    row = read_line(store, draft.id, draft.ref, draft.tip)
    return _line_summary(row, CLOSED if store.is_closed(draft) else state)


def _summarise_closed(store: Store, status: DraftStatus) -> list[DraftSummary]:
    rows = draft_lines(store, is_closed=True)
    summaries = [_line_summary(row, CLOSED) for row in rows if row.status == status.value]
    if status is DraftStatus.MERGED:
        lost = {problem.draft: problem for problem in merge_problems(store)}
        summaries = [replace(s, problems=(lost[s.id],)) if s.id in lost else s for s in summaries]
    return summaries


def _summary(store: Store, row: LineRow, rebase_states: Mapping[str, RebaseState] | None) -> DraftSummary:
    """Returns an open draft; without ``rebase_states`` it is not known how it stands."""
    if row.reason is not None:
        return _line_summary(row, BROKEN)
    if row.is_foreign:
        draft = read_draft(store.git, row.name, store.draft_ref(row.name), row.tip)
        if problem := foreign_problem(store, draft):
            return replace(_line_summary(row, BROKEN), problems=(problem,))
    return _line_summary(row, UNKNOWN if rebase_states is None else rebase_states.get(row.name, CLEAN))


def _line_summary(row: LineRow, state: RebaseState) -> DraftSummary:
    return DraftSummary(
        row.name, row.tip, row.base, _header(row), row.changes, state, row.updated_at, row.reason
    )


def _header(row: LineRow) -> DraftHeader | None:
    if row.status is None:
        return None
    return DraftHeader(
        row.title or "",
        row.description or "",
        row.author or "",
        row.source or "",
        STATUSES[row.status],
        row.created_at or "",
        Oid(row.created_from or ""),
    )
