"""The drafts follow canonical after plain git has moved it, without being asked: no file of a worktree is touched."""

from __future__ import annotations

from gitdraft.git.head import head_branch
from gitdraft.git.worktrees import checkouts
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.outcomes import ChangeReport
from gitdraft.model.reports import DraftReport
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.store.affected import is_touched
from gitdraft.store.drafts_on_canonical import drafts_on_canonical
from gitdraft.store.snapshots import Snapshot, take_snapshot
from gitdraft.store.transaction import Plan, Transaction


@dataclass(frozen=True, slots=True)
class CatchUpReport:
    """What became of the drafts: how many moved; those that this move of canonical left in conflict, invalid or broken;
    the ids of those that stay because they are checked out, and of those that plain git has merged."""

    rebased: int
    troubled: tuple[DraftReport, ...]
    checked_out: tuple[str, ...]
    on_canonical: tuple[str, ...] = ()


def plan_catch_up(transaction: Transaction) -> Plan[CatchUpReport]:
    """Plans the rebase of all open drafts onto canonical's tip, but for those that are checked out somewhere: their
    files would have to follow, and nobody asked for that."""
    store, buffer = transaction.store, transaction.buffer
    if store.canonical_tip() is None:
        return Plan(CatchUpReport(0, (), ()), buffer, ())
    canonical = transaction.canonical
    plan = plan_rebase(transaction)
    checked_out = {checkout.branch for checkout in checkouts(store.git)} | {head_branch(store.git)}
    moves = tuple(move for move in plan.moves if move.name not in checked_out)
    drafts = plan.report.drafts
    since = plan.report.since
    before = None if since is None else take_snapshot(buffer, since, canonical.configuration)
    report = CatchUpReport(
        sum(draft.moved and store.draft_ref(draft.id) not in checked_out for draft in drafts),
        tuple(draft for draft in drafts if not draft.moved and _is_new_trouble(draft, before, canonical)),
        tuple(draft.id for draft in drafts if draft.moved and store.draft_ref(draft.id) in checked_out),
        tuple(draft.id for draft in drafts_on_canonical(canonical)),
    )
    return Plan(report, buffer, moves, plan.summary, may_stay=plan.may_stay)


def _is_new_trouble(draft: DraftReport, before: Snapshot | None, canonical: Snapshot) -> bool:
    """Whether this move of canonical may have caused the draft's trouble: older trouble was reported before."""
    if before is None or not draft.changes:
        return before is None
    return any(
        _is_affected(change, before, canonical) for change in draft.changes if change.status != "clean"
    )


def _is_affected(change: ChangeReport, before: Snapshot, canonical: Snapshot) -> bool:
    return change.status != "conflict" or is_touched(change.entity, before, canonical)
