"""The drafts, listed, and one draft with its changes as applied to canonical."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.git.history import first_parents
from gitdraft.git.objects import Commit
from gitdraft.model.draft_problems import DraftProblem
from gitdraft.model.drafts import DraftHeader, DraftStatus
from gitdraft.model.merge import OutcomeStatus
from gitdraft.model.names import Oid, RefName
from gitdraft.model.outcomes import ChangeReport
from gitdraft.model.reports import DraftSummary
from gitdraft.model.violations import Violation
from gitdraft.store.drafts import StoredDraft, read_draft, read_header
from gitdraft.store.outside_files import foreign_violations
from gitdraft.store.repository import Store, closed_ref
from gitdraft.views.draft_problems import foreign_problem, merge_problems, problems_of
from gitdraft.views.effective_view import EffectiveView, open_view


@dataclass(frozen=True, slots=True)
class DraftDetails:
    """A draft with its header, its effective view, its changes as applied to canonical's tip, and what plain git has done to
    it: files beside its folder (``violations``, among the ``problems``), a merge that left canonical."""

    draft: StoredDraft
    header: DraftHeader
    view: EffectiveView
    changes: tuple[ChangeReport, ...]
    violations: tuple[Violation, ...] = ()
    problems: tuple[DraftProblem, ...] = ()

    @property
    def status(self) -> OutcomeStatus:
        """Returns the status of the worst change; validity is not checked."""
        statuses = {change.status for change in self.changes}
        return "broken" if "broken" in statuses else "conflict" if "conflict" in statuses else "clean"


def summarise_drafts(store: Store, status: DraftStatus | None = None) -> list[DraftSummary]:
    """Returns the open drafts, or those of the given status, open or closed; sorted by id."""
    drafts = [(i, store.draft_ref(i), tip) for i, tip in store.open_drafts().items()]
    if status is not None and not status.is_open:
        drafts = [(i, closed_ref(i), tip) for i, tip in store.closed_drafts().items()]
    summaries = [_summary(store, draft_id, ref, tip) for draft_id, ref, tip in drafts]
    if status is DraftStatus.MERGED:
        lost = {problem.draft: problem for problem in merge_problems(store)}
        summaries = [replace(s, problems=(lost[s.id],)) if s.id in lost else s for s in summaries]
    return [s for s in summaries if status is None or (s.header is not None and s.header.status is status)]


def draft_details(store: Store, draft_id: str) -> DraftDetails:
    """Returns a draft with its changes as applied to canonical's tip. Raises NotFound for an unknown one."""
    draft = store.find_draft(draft_id)
    header = read_header(store.git, draft)
    view = open_view(store, draft)
    changes = [view.applied_change(entity) for entity in view.changed()]
    violations = foreign_violations(store.git, draft, view.canonical.commit)
    reports = tuple(change.report for change in changes if change is not None)
    return DraftDetails(draft, header, view, reports, tuple(violations), problems_of(store, draft, header))


def draft_history(store: Store, draft: StoredDraft) -> list[Commit]:
    """Returns the draft's own commits, newest first."""
    commits = []
    for commit in first_parents(store.git, draft.tip):
        if commit.oid == draft.start:
            break
        commits.append(commit)
    return commits


def _summary(store: Store, draft_id: str, ref: RefName, tip: Oid) -> DraftSummary:
    try:
        draft = read_draft(store.git, draft_id, ref, tip)
        header = read_header(store.git, draft)
    except (InvalidInput, RepositoryError) as error:
        return DraftSummary(draft_id, tip, None, None, 0, error.message)
    problem = foreign_problem(store, draft)
    problems = () if problem is None else (problem,)
    return DraftSummary(draft_id, tip, draft.base, header, len(draft.files), problems=problems)
