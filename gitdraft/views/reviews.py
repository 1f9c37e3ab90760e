"""How far a draft is reviewed, and whether that lets it be merged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeAlias

from gitdraft.errors import InvalidInput, RepositoryError, StateRefused
from gitdraft.formats.review_rule import ReviewRule
from gitdraft.git.objects import ObjectSource
from gitdraft.index.database import open_index
from gitdraft.index.rebase_states import known_rebase_states
from gitdraft.index.review_tables import ReviewRow, read_review_rows, write_review_rows
from gitdraft.lazy_dataclass import replace
from gitdraft.model.drafts import DraftHeader
from gitdraft.model.names import RefName
from gitdraft.model.reports import DraftSummary
from gitdraft.model.reviews import JudgedReview, Remarks, Review, ReviewState, person, persons
from gitdraft.store.drafts import StoredDraft, read_draft, read_header
from gitdraft.store.repository import Store, closed_ref
from gitdraft.store.reviews import count_remarks, read_remarks
from gitdraft.store.snapshots import EmptyCanonical
from gitdraft.views.change_hash import change_hash, looked_at
from gitdraft.views.effective_view import EffectiveView

MOST_MADE = 1000  # hashes for a list, about a second
Given: TypeAlias = Callable[[str, tuple[Review, ...]], Collection[str]]
"""Returns, of the verdicts in the files of the draft with this id, the ids of those that were given through the service."""


def review_of(store: Store, draft: StoredDraft, given: Given | None = None) -> ReviewState:
    """Returns how far the draft is reviewed, by the rule of canonical's tip. Only verdicts that were ``given`` count; without
    that all in the draft's files do."""
    rule = store.snapshot().configuration.review
    return _review_state(store.git, draft, change_hash(looked_at(store, draft)), rule, given)


def with_reviews(
    store: Store, summaries: Sequence[DraftSummary], given: Given | None = None
) -> list[DraftSummary]:
    """Returns the drafts of a list, open or closed, with how far each is reviewed. Hashes that were made once are in the
    index, and of those that were not so many are made that a list need not wait; a draft that cannot be read has none."""
    canonical = store.canonical_or_empty()
    if isinstance(canonical, EmptyCanonical) or not summaries:
        return list(summaries)
    rule = canonical.configuration.review
    readable = [summary for summary in summaries if summary.header is not None]
    halves = {
        is_closed: [s for s in readable if (s.rebase_state.status == "closed") == is_closed]
        for is_closed in (False, True)
    }
    if halves[False]:
        known_rebase_states(store, canonical)  # forgets the hashes that canonical has touched
    reviewed: dict[str, DraftSummary] = {}
    for is_closed, half in halves.items():
        for row, summary in _review_rows(store, half, is_closed=is_closed):
            state = ReviewState(row.change_hash, row.comments, (), *rule)
            if row.reviews:
                draft = read_draft(store.git, row.name, _ref(store, row.name, is_closed=is_closed), row.tip)
                state = _review_state(store.git, draft, row.change_hash, rule, given)
            reviewed[summary.id] = replace(summary, review=state)
    return [reviewed.get(summary.id, summary) for summary in summaries]


def _review_rows(
    store: Store, summaries: Sequence[DraftSummary], *, is_closed: bool
) -> Iterator[tuple[ReviewRow, DraftSummary]]:
    """Yields what lists say of the reviews of these drafts, each as the index has it or read afresh."""
    if not summaries:
        return
    with open_index(store.git.common) as index:
        known = index.read(lambda connection: read_review_rows(connection, is_closed=is_closed)) or {}
        fresh: list[ReviewRow] = []
        for summary in summaries:
            row = known.get(summary.id)
            if row is None or row.tip != summary.tip:
                if len(fresh) == MOST_MADE:
                    continue
                ref = _ref(store, summary.id, is_closed=is_closed)
                try:
                    draft = read_draft(store.git, summary.id, ref, summary.tip)
                    current = change_hash(looked_at(store, draft))
                except (InvalidInput, RepositoryError):
                    continue
                row = ReviewRow(summary.id, summary.tip, current, *count_remarks(store.git, draft))
                fresh.append(row)
            yield row, summary
        if fresh:
            index.write(lambda connection: write_review_rows(connection, fresh, is_closed=is_closed))


def _ref(store: Store, draft_id: str, *, is_closed: bool) -> RefName:
    return closed_ref(draft_id) if is_closed else store.draft_ref(draft_id)


def _review_state(
    source: ObjectSource, draft: StoredDraft, current: str, rule: ReviewRule, given: Given | None
) -> ReviewState:
    remarks = read_remarks(source, draft)
    ids = None if given is None else given(draft.id, remarks.reviews)
    return judge_reviews(remarks, read_header(source, draft), current, rule, ids)


def judge_reviews(
    remarks: Remarks,
    header: DraftHeader,
    current: str,
    rule: ReviewRule,
    given: Collection[str] | None = None,
) -> ReviewState:
    """Returns the verdicts with whether they hold for the changes whose hash is ``current``, and count.

    Of each person the last one that is ``given`` counts, where it holds, where ``rule`` names the person or nobody, and
    where that is not the draft's author.
    """
    last: dict[str, Review] = {}
    for review in remarks.reviews:
        if given is None or review.id in given:
            last[person(review.by)] = review
    author = persons(header.author)
    may = {who for who in last if who not in author and (not rule.by or who in rule.by)}
    judged = tuple(
        JudgedReview(
            review,
            holds := review.of == current,
            holds and person(review.by) in may and last[person(review.by)] is review,
        )
        for review in remarks.reviews
    )
    return ReviewState(current, len(remarks.comments), judged, *rule, remarks.unreadable)


def require_approved(
    source: ObjectSource, draft: StoredDraft, view: EffectiveView, given: Given | None = None
) -> None:
    """Raises StateRefused (``approval-needed``) where the review that canonical's gitdraft.yaml asks for is not there."""
    rule = view.canonical.configuration.review
    if not rule.approvals:
        return
    state = _review_state(source, draft, change_hash(view), rule, given)
    if state.blocks is not None:
        raise StateRefused(
            f"draft '{draft.id}' may not be merged: {state.blocks}",
            code="approval-needed",
            context={
                "draft": draft.id,
                "change_hash": state.change_hash,
                "needed": state.needed,
                "approved_by": list(state.approved_by),
                "refused_by": list(state.refused_by),
                **({"by": list(state.by)} if state.by else {}),
            },
            hint=f"gitdraft show {draft.id}, then gitdraft approve {draft.id}, by somebody else than its author",
        )
