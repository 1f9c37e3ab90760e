"""A pull request that was merged on the forge: its draft is merged, and what the merge left out is kept as a new one."""

from __future__ import annotations

from gitdraft.drafts.edit import OPEN, find_draft_with_status
from gitdraft.drafts.lifecycle import branch_moves
from gitdraft.errors import GitdraftError, RepositoryError
from gitdraft.forge.branch import DraftBranch, has_in_draft, record, seen_prefix
from gitdraft.forge.context import ForgeContext
from gitdraft.forge.remarks import take_remarks
from gitdraft.forge.take_in import plan_take_in
from gitdraft.git.history import is_ancestor
from gitdraft.git.remotes import fetch_refs
from gitdraft.lazy_dataclass import replace
from gitdraft.model.drafts import DraftStatus, with_status
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefMove
from gitdraft.model.pull_requests import Problem, PullReport, PullRequest
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.store.drafts import read_header
from gitdraft.store.remote_tracking import seen_canonical
from gitdraft.store.replay import commit_draft, header_file, tip_of
from gitdraft.store.repository import closed_ref
from gitdraft.store.snapshots import take_snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.lost_merges import MERGED_AS


def follow_merge(context: ForgeContext, draft_id: str, pull: PullRequest) -> PullReport:
    """Marks a draft merged by the commit that the forge names, once canonical has it; what the branch had then is taken in
    first, and what was said of it after."""
    store = context.store
    branch = _merged_branch(context, context.branch(draft_id), pull)
    report = PullReport(draft_id, branch.name, "not-held", pull, url=pull.url)
    commit = _merge_commit(context, pull)
    if commit is None:
        problem = Problem(
            "pr/merge-not-fetched", f"{store.canonical_branch} here lacks the commit that merged it"
        )
        return replace(report, problems=(problem,))
    draft = store.find_draft(draft_id)
    problems: list[Problem] = []
    if branch.has_news and not has_in_draft(store, branch, draft):
        try:
            context.operate("save", lambda transaction: plan_take_in(transaction, branch))
        except GitdraftError as error:
            if isinstance(error, RepositoryError):
                raise
            problems.append(Problem(error.code, error.message))
    lacking, kept_as = context.operate(
        "merge", lambda transaction: plan_merged(transaction, draft_id, commit, pull)
    )
    # on what it was closed as: canonical has its changes by now
    take_remarks(context, store.find_draft(draft_id), pull)
    record(store, draft_id, None)
    if lacking:
        names = tuple(map(str, lacking))
        message = f"the merge made {', '.join(names)} otherwise than the draft"
        problems.append(
            Problem("pr/merged-otherwise", f"{message}; draft {kept_as} keeps what it lacks", names)
        )
    if kept_as is not None:
        context.operate("rebase", lambda transaction: plan_rebase(transaction, [kept_as]))
    return replace(report, outcome="merged", done=("merged",), problems=tuple(problems), kept_as=kept_as)


def plan_merged(
    transaction: Transaction, draft_id: str, commit: Oid, pull: PullRequest
) -> Plan[tuple[tuple[EntityRef, ...], str | None]]:
    """Plans a draft as merged by a commit of canonical. The report is what that commit lacks of the draft, and the id of the
    new draft that holds it (``None``: it has everything)."""
    store, buffer, metadata = transaction.store, transaction.buffer, transaction.metadata
    draft = find_draft_with_status(transaction, draft_id, OPEN)
    canonical = take_snapshot(buffer, commit, transaction.canonical.configuration)
    base = take_snapshot(buffer, draft.base, canonical.configuration)
    view = EffectiveView(buffer, canonical, draft, base)
    lacking = tuple(
        entity
        for entity in view.changed()
        if (applied := view.applied_change(entity)) is None or not applied.is_absorbed
    )
    header = read_header(buffer, draft)
    reason = f"merged as {commit[:12]}, #{pull.number}"
    merged = with_status(header, DraftStatus.MERGED, metadata, reason)
    tip = commit_draft(
        transaction, tip_of(draft), draft_id, header_file(merged), f"Merged\n\n{MERGED_AS}{commit}"
    )
    moves = list(branch_moves(draft, closed_ref(draft_id), tip))
    kept_as = None
    if lacking:
        kept_as = _free_id(transaction, draft_id)
        left = with_status(header, DraftStatus.DRAFT, metadata, f"left out when #{pull.number} was merged")
        rest = commit_draft(
            transaction, tip_of(draft), kept_as, header_file(left), "Draft: what the merge left out"
        )
        moves.append(RefMove(store.draft_ref(kept_as), None, rest.commit))
    return Plan((lacking, kept_as), buffer, tuple(moves), f"{draft_id}: {reason}")


def _merged_branch(context: ForgeContext, branch: DraftBranch, pull: PullRequest) -> DraftBranch:
    """Returns the branch as it was merged: forges keep the head where the branch itself is gone."""
    if not pull.head_commit or branch.head == pull.head_commit:
        return branch
    store, settings = context.store, context.settings
    if not store.git.has(pull.head_commit):
        place = RefName(f"{seen_prefix(settings.remote)}{branch.draft}")
        try:
            source = context.forge.head_refs.format(pull.number)
            fetch_refs(store.git, settings.remote, [f"+{source}:{place}"], settings.login)
        except RepositoryError:
            return branch
    if not store.git.has(pull.head_commit):
        return branch
    return DraftBranch(branch.draft, pull.head_commit, branch.ours, branch.recorded)


def _merge_commit(context: ForgeContext, pull: PullRequest) -> Oid | None:
    """Returns the commit that merged it, or where the forge does not name it, canonical's tip; ``None`` where canonical does
    not have it, here or on the remote."""
    store = context.store
    seen = seen_canonical(store, context.settings.remote)
    commit = pull.merge_commit or seen
    if commit is None or not store.git.has(commit):
        return None
    tips = [tip for tip in (store.canonical_tip(), seen) if tip is not None]
    return commit if any(is_ancestor(store.git, commit, tip) for tip in tips) else None


def _free_id(transaction: Transaction, draft_id: str) -> str:
    store, stem = transaction.store, draft_id[:55].rstrip("-")
    names = (f"{stem}-{number}" for number in range(2, 10_000))
    return next(name for name in names if store.draft_tip(name) is None)
