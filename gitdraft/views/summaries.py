"""The drafts, listed by what the index knows of them, and a draft's own commits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gitdraft.git.history import first_parents
from gitdraft.git.objects import Commit
from gitdraft.index.draft_line_tables import LineRow
from gitdraft.index.draft_lines import draft_lines, read_line
from gitdraft.index.rebase_states import known_rebase_states
from gitdraft.model.drafts import DraftHeader, DraftStatus
from gitdraft.model.names import Oid
from gitdraft.model.natural import natural_key
from gitdraft.model.rebase_states import BROKEN, CLEAN, CLOSED, UNKNOWN, RebaseState
from gitdraft.model.reports import DraftSummary
from gitdraft.model.reviews import person
from gitdraft.store.drafts import StoredDraft, read_draft
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import EmptyCanonical
from gitdraft.views.draft_problems import foreign_problem, merge_problems

if TYPE_CHECKING:
    from gitdraft.model.draft_problems import DraftProblem
    from gitdraft.model.pages import DraftSort
    from gitdraft.model.rebase_states import RebaseStatus

STATUSES = {status.value: status for status in DraftStatus}
ORDER = {value: place for place, value in enumerate(STATUSES)}


class DraftFilter(NamedTuple):
    """Which drafts are listed: those of this status (``None``: the open ones), that stand so on canonical's tip, whose author is
    this person."""

    status: DraftStatus | None = None
    rebase_status: RebaseStatus | None = None
    author: str | None = None


class _Line(NamedTuple):
    """A draft as the index has it, how it stands, and what plain git has done to it."""

    row: LineRow
    state: RebaseState
    problems: tuple[DraftProblem, ...] = ()


OPEN_ONES = DraftFilter()


def summarise_drafts(
    store: Store, chosen: DraftFilter = OPEN_ONES, sort: DraftSort = "id", limit: int | None = None
) -> list[DraftSummary]:
    """Returns the first ``limit`` of the chosen drafts, all without it; sorted by `id`, by `updated` or `created` (the latest
    first), by `title` or `status` (from `draft` on), malformed ones last. None is judged: how they stand is what is known.

    Nothing is made of a line of the index that is not among them.
    """
    status = chosen.status
    is_closed = status is not None and not status.is_open
    rows: Sequence[LineRow] = draft_lines(store, is_closed=is_closed)
    if status is not None:
        rows = [row for row in rows if row.status == status.value]
    if chosen.author is not None:
        rows = [row for row in rows if row.author is not None and person(row.author) == chosen.author]
    lines = _closed_lines(store, rows) if is_closed else _open_lines(store, rows)
    if chosen.rebase_status is not None:
        lines = [line for line in lines if line.state.status == chosen.rebase_status]
    return [_summary(line) for line in _sorted(lines, sort)[:limit]]


def summarise_some(
    store: Store,
    tips: Mapping[str, Oid],
    rebase_states: Mapping[str, RebaseState] | None,
    names: Collection[str],
) -> list[DraftSummary]:
    """Returns these open drafts, read one by one."""
    rows = (read_line(store, name, store.draft_ref(name), tips[name]) for name in names)
    return [_summary(_open_line(store, row, rebase_states)) for row in rows]


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
    return _summary(_Line(row, CLOSED if store.is_closed(draft) else state))


def _closed_lines(store: Store, rows: Sequence[LineRow]) -> list[_Line]:
    lost: dict[str, DraftProblem] = {}
    if any(row.status == DraftStatus.MERGED.value for row in rows):
        lost = {problem.draft: problem for problem in merge_problems(store)}
    return [_Line(row, CLOSED, (lost[row.name],) if row.name in lost else ()) for row in rows]


def _open_lines(store: Store, rows: Sequence[LineRow]) -> list[_Line]:
    if not rows:
        return []
    canonical = store.canonical_or_empty()
    known = None if isinstance(canonical, EmptyCanonical) else known_rebase_states(store, canonical)
    return [_open_line(store, row, known) for row in rows]


def _open_line(store: Store, row: LineRow, known: Mapping[str, RebaseState] | None) -> _Line:
    """Returns an open draft's line; without ``known`` it is not known how it stands."""
    if row.reason is not None:
        return _Line(row, BROKEN)
    if row.is_foreign:
        draft = read_draft(store.git, row.name, store.draft_ref(row.name), row.tip)
        if problem := foreign_problem(store, draft):
            return _Line(row, BROKEN, (problem,))
    return _Line(row, UNKNOWN if known is None else known.get(row.name, CLEAN))


def _sorted(lines: Sequence[_Line], by: DraftSort) -> list[_Line]:
    lines = sorted(lines, key=lambda line: natural_key(line.row.name))
    if by == "id":
        return lines
    broken = [line for line in lines if line.row.status is None]
    lines = [line for line in lines if line.row.status is not None]
    match by:
        case "updated":
            lines.sort(key=lambda line: line.row.updated_at or "", reverse=True)
        case "created":
            lines.sort(key=lambda line: line.row.created_at or "", reverse=True)
        case "title":
            lines.sort(key=lambda line: natural_key((line.row.title or "").casefold()))
        case "status":
            lines.sort(key=lambda line: ORDER[line.row.status or ""])
    return lines + broken


def _summary(line: _Line) -> DraftSummary:
    row = line.row
    return DraftSummary(
        row.name,
        row.tip,
        row.base,
        _header(row),
        row.changes,
        line.state,
        row.updated_at,
        row.reason,
        line.problems,
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
