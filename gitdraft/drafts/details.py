"""One draft: how it stands on canonical's tip, change by change. It is judged, and the lists remember it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from gitdraft.errors import GitdraftError
from gitdraft.lazy_dataclass import replace
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.outcomes import AppliedChange, ChangeReport, ChangeStatus
from gitdraft.model.rebase_states import CLOSED
from gitdraft.model.reports import DraftDetails, DraftSummary
from gitdraft.rebase.judgement import judged_state, outcome_of
from gitdraft.rebase.stack import require_not_stacked
from gitdraft.store.drafts import read_header
from gitdraft.store.repository import Store
from gitdraft.validation.validator import Validator
from gitdraft.views.draft_problems import problems_of
from gitdraft.views.effective_view import EffectiveView, open_view
from gitdraft.views.guards import require_unprotected
from gitdraft.views.reviews import Given, review_of
from gitdraft.views.summaries import summary_of


def draft_details(store: Store, draft_id: str, given: Given | None = None) -> DraftDetails:
    """Returns a draft with its changes as applied to canonical's tip, and validated there; of verdicts those count that were
    ``given``, or all. Raises NotFound for an unknown one."""
    draft = store.find_draft(draft_id)
    header = read_header(store.git, draft)
    view = open_view(store, draft)
    problems = problems_of(store, draft, header)
    review = review_of(store, draft, given)
    if store.is_closed(draft):
        summary = replace(summary_of(store, draft, CLOSED), problems=problems, review=review)
        return DraftDetails(summary, header, _shown(view, outcome_of(view, draft, ()).changes))
    violations = Validator(view.canonical).judge_draft(view)
    outcome = outcome_of(view, draft, violations)
    state = judged_state(store.git, view.canonical, outcome, violations)
    changed = set(view.changed())
    summary = replace(summary_of(store, draft, state), problems=problems, review=review)
    return DraftDetails(
        summary,
        header,
        _shown(view, outcome.changes),
        tuple((c.entity, conflict) for c in outcome.changes for conflict in c.report.conflicts),
        tuple(violation for violation in violations if violation.entity not in changed),
        tuple(_blocks(store, view, summary)),
    )


def _blocks(store: Store, view: EffectiveView, summary: DraftSummary) -> Iterator[tuple[str, str]]:
    """Yields what keeps an open draft from being merged: the code that merging would end with, and why, as a clause."""
    assert view.draft is not None
    assert summary.header is not None
    if summary.header.status is not DraftStatus.SUBMITTED:
        yield "wrong-status", "it is not submitted"
    if not summary.changes:
        yield "empty-draft", "it changes nothing"
    yield from ((problem.code, problem.message) for problem in summary.problems)
    checks: list[Callable[[], None]] = [partial(require_not_stacked, store, view.draft)]
    checks += [partial(require_unprotected, view.canonical, entity) for entity in view.changed()]
    for check in checks:
        try:
            check()
        except GitdraftError as error:
            yield error.code, error.message
    state = summary.rebase_state
    match state.status:
        case "conflict":
            yield "rebase-conflict", f"it is in conflict with canonical in {state.conflict_count} places"
        case "invalid":
            yield "data-policy-violation", "what it makes of canonical breaks a rule"
        case "broken":
            yield "patch-target-not-found", "a change does not apply"
    if summary.review is not None and summary.review.blocks is not None:
        yield "approval-needed", summary.review.blocks


def _shown(
    view: EffectiveView, changes: Iterable[AppliedChange]
) -> tuple[tuple[ChangeReport, ChangeStatus], ...]:
    shown = [(change.report, view.show(change.entity)) for change in changes]
    return tuple(
        (
            report
            if entity.target is None or report.renamed_to
            else replace(report, redirects_to=entity.target),
            entity.status,
        )
        for report, entity in shown
    )
