"""A draft follows what became of its pull request on the forge, and the pull request what became of the draft here."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from gitdraft.drafts.edit import OPEN
from gitdraft.drafts.lifecycle import plan_reject, plan_reopen
from gitdraft.errors import ConflictError, GitdraftError, Moved, NotFound, RepositoryError, StateRefused
from gitdraft.forge.branch import DraftBranch, has_in_draft, record
from gitdraft.forge.context import ForgeContext
from gitdraft.forge.markdown import prose
from gitdraft.forge.merged import follow_merge
from gitdraft.forge.publish import close, not_held, publish
from gitdraft.forge.remarks import take_remarks
from gitdraft.forge.take_in import news_files, plan_take_in
from gitdraft.git.plain_merge import plain_merge
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.pull_requests import Outcome, Problem, PullReport, PullRequest
from gitdraft.store.drafts import StoredDraft, read_header
from gitdraft.views.effective_view import open_view

CLOSED_THERE = "closed on "


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for besides following: that a pull request be opened where there is none, labels, and that a branch that
    gitdraft did not make be taken over."""

    opens: bool = False
    adopts: bool = False
    labels: tuple[str, ...] = ()


def follow_pull(context: ForgeContext, draft_id: str, wishes: Wishes) -> PullReport:
    """Does what is needed for one draft, whose branch and canonical were fetched. Raises NotFound, Moved (``branch-not-ours``)
    and what the forge refuses."""
    store = context.store
    draft = store.find_draft(draft_id)
    branch = context.branch(draft_id)
    pull = context.find_pull(draft)
    report = PullReport(draft_id, branch.name, "none", pull, url=None if pull is None else pull.url)
    header = read_header(store.git, draft)
    is_known = branch.recorded is not None
    if pull is not None and pull.state == "merged":
        if (
            header.status is DraftStatus.MERGED
            or pull.base != store.canonical_branch
            or not (is_known or branch.ours)
        ):
            return replace(report, outcome="merged" if header.status is DraftStatus.MERGED else "none")
        return follow_merge(context, draft_id, pull)
    if not header.status.is_open:
        return _follow_closed_here(context, draft, pull, report)
    if pull is None or pull.state == "closed":
        if pull is not None and is_known and not wishes.opens:
            return _reject(context, draft_id, pull, report)
        if not wishes.opens:
            return report
    elif _is_absorbed(context, draft, branch):
        why = f"{prose(store.canonical_branch)} has all of it already."
        return replace(report, outcome="absorbed", done=tuple(close(context, pull, branch, why)))
    return _follow_open(context, draft, pull, wishes)


def _follow_open(
    context: ForgeContext, draft: StoredDraft, pull: PullRequest | None, wishes: Wishes
) -> PullReport:
    """Takes in what others did, then brings branch and pull request to where the draft is."""
    store, branch = context.store, context.branch(draft.id)
    done: list[str] = []
    outcome: Outcome = "unchanged"
    if branch.has_news and not has_in_draft(store, branch, draft):
        _require_ours(branch, wishes)
        try:
            context.operate("save", lambda transaction: plan_take_in(transaction, branch))
        except (StateRefused, ConflictError) as error:
            return _report_held_back(context, branch, pull, error)
        assert branch.head is not None
        record(store, draft.id, branch.head)
        done.append("took in commits")
        outcome = "taken-in"
        draft = store.find_draft(draft.id)
    if pull is not None:
        done += take_remarks(context, draft, pull)
        draft = store.find_draft(draft.id)
    was_open = pull is not None and pull.state == "open"
    published = publish(context, draft, pull, wishes.labels)
    done += published.done
    if "opened" in published.done or "reopened" in published.done:
        outcome = "opened" if "opened" in published.done else "reopened"
    elif was_open and published.done and outcome == "unchanged":
        outcome = "updated"
    problems: tuple[Problem, ...] = ()
    conflicts = _conflicts(context, draft)
    if conflicts:
        outcome = "conflict"
        problems = (Problem("rebase-conflict", f"in conflict with {store.canonical_branch}", conflicts),)
    return PullReport(
        draft.id, branch.name, outcome, published.pull, tuple(done), problems, url=published.pull.url
    )


def _require_ours(branch: DraftBranch, wishes: Wishes) -> None:
    if branch.ours is None and branch.recorded is None and not wishes.adopts:
        raise Moved(
            f"there is a branch {branch.name} that gitdraft did not make",
            code="branch-not-ours",
            context={"draft": branch.draft, "branch": branch.name},
            hint=f"gitdraft pr sync --adopt {branch.draft} takes in what it has",
        )


def _report_held_back(
    context: ForgeContext, branch: DraftBranch, pull: PullRequest | None, error: GitdraftError
) -> PullReport:
    """Reports, here and on the forge, what of the branch could not be taken in; it is left alone."""
    files = tuple(news_files(error))
    problem = Problem(error.code, error.message, files)
    done = not_held(context, pull, branch, problem) if pull is not None else []
    outcome: Outcome = "conflict" if isinstance(error, ConflictError) else "not-held"
    url = None if pull is None else pull.url
    return PullReport(branch.draft, branch.name, outcome, pull, tuple(done), (problem,), url=url)


def _follow_closed_here(
    context: ForgeContext, draft: StoredDraft, pull: PullRequest | None, report: PullReport
) -> PullReport:
    """Follows a draft that is merged, rejected or withdrawn here: its pull request is closed, or it is open again because
    that was reopened."""
    store, branch = context.store, context.branch(draft.id)
    last = read_header(store.git, draft).history[-1]
    was_closed_there = (last.reason or "").startswith(CLOSED_THERE)
    if pull is None or pull.state == "closed":
        if branch.recorded is not None and not was_closed_there:
            record(store, draft.id, None)
        return report
    if was_closed_there and branch.recorded is not None:
        context.operate("reopen", lambda transaction: plan_reopen(transaction, draft.id))
        reopened = _follow_open(context, store.find_draft(draft.id), pull, Wishes())
        return replace(reopened, outcome="reopened" if reopened.is_clean else reopened.outcome)
    reason = f": {prose(last.reason)}" if last.reason else ""
    why = f"The draft is {last.status.value}{reason}"
    return replace(report, outcome="closed", done=tuple(close(context, pull, branch, why)))


def _reject(context: ForgeContext, draft_id: str, pull: PullRequest, report: PullReport) -> PullReport:
    """Rejects a draft whose pull request somebody closed on the forge, after what was said of it."""
    take_remarks(context, context.store.find_draft(draft_id), pull)
    by = context.forge.closed_by(pull)
    reason = f"{CLOSED_THERE}{urlsplit(pull.url).netloc}, #{pull.number}{f', by {by}' if by else ''}"
    context.operate("reject", lambda transaction: plan_reject(transaction, draft_id, reason, OPEN))
    return replace(report, outcome="rejected", done=("rejected",))


def _is_absorbed(context: ForgeContext, draft: StoredDraft, branch: DraftBranch) -> bool:
    """Whether canonical has all that the draft changes, or all that its branch has where nothing of it is left."""
    store, tip = context.store, context.store.canonical_tip()
    if tip is None or (branch.has_news and not has_in_draft(store, branch, draft)):
        return False
    view = open_view(store, draft)
    if not draft.files:
        held = branch.head is not None and plain_merge(store.git, tip, branch.head)
        return bool(held) and held == store.git.read_lineage(tip).tree
    applied = [view.applied_change(entity) for entity in view.changed()]
    return all(change is not None and change.is_absorbed for change in applied)


def _conflicts(context: ForgeContext, draft: StoredDraft) -> tuple[str, ...]:
    view = open_view(context.store, draft)
    return tuple(
        f"{entity} {conflict.path}".strip()
        for entity in view.changed()
        if (applied := view.applied_change(entity)) is not None
        for conflict in applied.report.conflicts
    )


def close_pulls(context: ForgeContext, drafts: Sequence[str]) -> list[PullReport]:
    """Closes the pull requests of drafts, which stay as they are. Raises NotFound (``no-pull-request``)."""
    reports = []
    for draft_id in drafts:
        branch, pull = context.branch(draft_id), context.find_pull(context.store.find_draft(draft_id))
        if pull is None:
            raise no_pull_request(draft_id)
        done = tuple(close(context, pull, branch, None))
        reports.append(
            PullReport(draft_id, branch.name, "closed", context.forge.get(pull.number), done, url=pull.url)
        )
    return reports


def no_pull_request(draft_id: str) -> NotFound:
    """Returns the refusal for a draft without a pull request."""
    return NotFound(
        f"draft '{draft_id}' has no pull request",
        code="no-pull-request",
        context={"draft": draft_id},
        hint=f"gitdraft pr open {draft_id}",
    )


def add_progress(error: RepositoryError, done: int, total: int) -> None:
    """Has an error say how many drafts were done before."""
    if total > 1:
        error.message = f"{error.message}; {done} of {total} drafts are done"
    error.context |= {"done": done, "total": total}
