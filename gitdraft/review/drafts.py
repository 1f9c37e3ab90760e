"""The page of all drafts: found, sorted, a page at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from gitdraft.errors import NotFound
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.pages import DraftsQuery
from gitdraft.model.reports import DraftSummary
from gitdraft.model.reviews import person
from gitdraft.store.repository import Store
from gitdraft.views.summaries import DraftFilter, summarise_drafts

A_PAGE = 50


@dataclass(frozen=True, slots=True)
class DraftsPage:
    """A page of drafts, of ``total`` that match; ``counts`` are the open ones by what they wait for."""

    query: DraftsQuery
    drafts: Sequence[DraftSummary]
    total: int
    before: int
    next: str | None
    counts: Mapping[str, int]


def drafts_page(
    store: Store, query: DraftsQuery, mail: str | None, only: Collection[str] | None = None
) -> DraftsPage:
    """Returns the drafts that match; ``mail`` is whose `mine` are, ``only`` the drafts that capabilities see. Raises
    NotFound where ``after`` is none of them."""
    chosen = None if query.status == "open" else DraftStatus(query.status)
    summaries = [
        summary
        for summary in summarise_drafts(store, DraftFilter(chosen), query.sort)
        if only is None or summary.id in only
    ]
    counts: Counter[str] = Counter()
    if chosen is None:
        counts.update(state for summary in summaries for state in _waits(summary))
    matching = [summary for summary in summaries if _matches(summary, query, mail)]
    start = 0
    if query.after:
        start = next((i for i, summary in enumerate(matching, 1) if summary.id == query.after), 0)
        if not start:
            raise NotFound("there is no such place in the list", context={"after": query.after})
    shown = matching[start : start + A_PAGE]
    following = shown[-1].id if start + A_PAGE < len(matching) else None
    return DraftsPage(query, shown, len(matching), start, following, counts)


def _waits(summary: DraftSummary) -> tuple[str, ...]:
    status = summary.rebase_state.status
    if status in ("conflict", "invalid", "broken"):
        return (status,)
    return ("ready",) if is_ready(summary) else ()


def is_ready(summary: DraftSummary) -> bool:
    """Returns whether the draft is submitted and clean on canonical's tip."""
    header = summary.header
    return (
        header is not None
        and header.status is DraftStatus.SUBMITTED
        and summary.rebase_state.status == "clean"
    )


def _matches(summary: DraftSummary, query: DraftsQuery, mail: str | None) -> bool:
    header = summary.header
    if query.conflict and summary.rebase_state.status != "conflict":
        return False
    if query.ready and not is_ready(summary):
        return False
    author = "" if header is None else header.author
    if query.mine and (mail is None or person(author) != mail):
        return False
    text = " ".join((summary.id, author, "" if header is None else header.title)).casefold()
    return all(word in text for word in query.words.casefold().split())
