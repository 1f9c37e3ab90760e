"""Merging a draft by its pull request: the forge merges the head that the draft holds, and the draft follows."""

from __future__ import annotations

from gitdraft.drafts.edit import find_draft_with_status
from gitdraft.drafts.lifecycle import require_mergeable
from gitdraft.errors import Moved, StateRefused
from gitdraft.forge.branch import DraftBranch, fetch_branches, has_in_draft
from gitdraft.forge.context import ForgeContext
from gitdraft.forge.follow import no_pull_request
from gitdraft.forge.markdown import plain_lines, title_of
from gitdraft.forge.merged import follow_merge
from gitdraft.forge.publish import publish
from gitdraft.formats.trailers import append_trailers
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.pull_requests import MergeMethod, MergeRequest, PullReport, PullRequest
from gitdraft.store.drafts import StoredDraft, read_header
from gitdraft.store.remote_tracking import seen_canonical_ref
from gitdraft.store.replay import DRAFT_TRAILER, TIP_TRAILER
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.effective_view import open_view
from gitdraft.views.reviews import Given, require_approved


@dataclass(frozen=True, slots=True)
class MergeOptions:
    """How a pull request is merged, and which verdicts count (``None``: all)."""

    method: MergeMethod = "squash"
    auto: bool = False
    given: Given | None = None


def merge_pull(context: ForgeContext, draft_id: str, options: MergeOptions) -> PullReport:
    """Merges the pull request of a submitted draft, whose branch was fetched.

    Raises NotFound (``no-pull-request``), Moved (``head-not-seen``) where there are commits that the draft does not hold yet, what
    keeps a draft from being merged, and what the forge refuses.
    """
    store = context.store
    draft = store.find_draft(draft_id)
    pull = context.find_pull(draft)
    if pull is None:
        raise no_pull_request(draft_id)
    if pull.state == "merged":
        return follow_merge(context, draft_id, pull)
    if pull.state == "closed":
        raise StateRefused(
            f"the pull request of draft '{draft_id}' is closed",
            code="pull-request-closed",
            context={"draft": draft_id, "number": pull.number},
            hint=f"gitdraft pr open {draft_id}",
        )
    _require_seen(context, draft, context.branch(draft_id), pull)
    context.operate("merge", lambda transaction: _plan_check(transaction, draft_id, options.given))
    pull = publish(context, draft, pull).pull
    branch = context.branch(draft_id)
    assert branch.head is not None
    header = read_header(store.git, draft)
    message = append_trailers(
        plain_lines(header.description), {DRAFT_TRAILER: draft_id, TIP_TRAILER: draft.tip}
    )
    title = (
        f"{title_of(header.title)} (#{pull.number})" if options.method == "squash" else title_of(header.title)
    )
    request = MergeRequest(branch.head, options.method, title, message.strip(), options.auto)
    try:
        context.forge.merge(pull, request)
    except Moved as error:
        raise _not_seen(draft_id, error.message) from error
    pull = context.forge.get(pull.number)
    if pull.state != "merged":
        return PullReport(
            draft_id, branch.name, "auto-merge", pull, ("to be merged by the forge",), url=pull.url
        )
    fetch_branches(store, context.settings)
    context.follow(seen_canonical_ref(store, context.settings.remote))
    return follow_merge(context, draft_id, pull)


def _plan_check(transaction: Transaction, draft_id: str, given: Given | None) -> Plan[None]:
    """Plans nothing. Raises what keeps the draft from being merged."""
    draft = find_draft_with_status(transaction, draft_id, (DraftStatus.SUBMITTED,))
    require_mergeable(transaction, draft)
    require_approved(
        transaction.buffer, draft, open_view(transaction.store, draft, transaction.buffer), given
    )
    return Plan(None, transaction.buffer, ())


def _require_seen(context: ForgeContext, draft: StoredDraft, branch: DraftBranch, pull: PullRequest) -> None:
    is_held = not branch.has_news or has_in_draft(context.store, branch, draft)
    if not is_held or branch.head != pull.head_commit:
        raise _not_seen(draft.id, f"{branch.name} has commits that draft '{draft.id}' does not hold yet")


def _not_seen(draft_id: str, message: str) -> Moved:
    return Moved(
        message, code="head-not-seen", context={"draft": draft_id}, hint=f"gitdraft pr sync {draft_id}"
    )
