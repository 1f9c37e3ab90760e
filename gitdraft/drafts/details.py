"""One draft: how it stands on canonical's tip, change by change. It is judged, and the lists remember it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gitdraft.model.outcomes import AppliedChange, ChangeReport, ChangeStatus
from gitdraft.model.rebase_states import CLOSED
from gitdraft.model.reports import DraftDetails
from gitdraft.rebase.judgement import judged_state, outcome_of
from gitdraft.store.drafts import read_header
from gitdraft.store.repository import Store
from gitdraft.validation.validator import Validator
from gitdraft.views.draft_problems import problems_of
from gitdraft.views.effective_view import EffectiveView, open_view
from gitdraft.views.summaries import summary_of


def draft_details(store: Store, draft_id: str) -> DraftDetails:
    """Returns a draft with its changes as applied to canonical's tip, and validated there. Raises NotFound for an unknown
    one."""
    draft = store.find_draft(draft_id)
    header = read_header(store.git, draft)
    view = open_view(store, draft)
    problems = problems_of(store, draft, header)
    if store.is_closed(draft):
        summary = replace(summary_of(store, draft, CLOSED), problems=problems)
        return DraftDetails(summary, header, _shown(view, outcome_of(view, draft, ()).changes))
    violations = Validator(view.canonical).judge_draft(view)
    outcome = outcome_of(view, draft, violations)
    state = judged_state(store.git, view.canonical, outcome, violations)
    changed = set(view.changed())
    return DraftDetails(
        replace(summary_of(store, draft, state), problems=problems),
        header,
        _shown(view, outcome.changes),
        tuple((c.entity, conflict) for c in outcome.changes for conflict in c.report.conflicts),
        tuple(violation for violation in violations if violation.entity not in changed),
    )


def _shown(
    view: EffectiveView, changes: Iterable[AppliedChange]
) -> tuple[tuple[ChangeReport, ChangeStatus], ...]:
    return tuple((change.report, view.show(change.entity).status) for change in changes)
