"""Pull: what was last fetched from the remote is merged into this repository, in one operation.

Canonical moves by fast-forward only. A draft that only the remote changed is taken over, one that both sides changed is
merged, and then the open drafts are rebased. What cannot be merged stays as it is on both sides, and is reported.
"""

from __future__ import annotations

from gitdraft.errors import InvalidInput, PolicyViolation, RepositoryError
from gitdraft.git.history import commits_between, merge_base
from gitdraft.git.known_refs import read_ref
from gitdraft.git.objects import ObjectBuffer
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefMove
from gitdraft.model.reports import RebaseReport
from gitdraft.model.sync_reports import DraftSync, PullReport
from gitdraft.rebase.draft_merge import is_edited, merge_changes
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.rebase.sides import Side, has_same_content, is_same_draft
from gitdraft.rebase.stack import PendingDrafts
from gitdraft.store.remote_tracking import (
    TrackedDraft,
    last_canonical_ref,
    relation,
    synced_ref,
    tracked_drafts,
)
from gitdraft.store.replay import commit_draft, tip_of
from gitdraft.store.repository import Store, closed_ref
from gitdraft.store.snapshots import EmptyCanonical, Snapshot, take_snapshot
from gitdraft.store.transaction import Plan, Transaction, blocked_moves
from gitdraft.sync.divergence import (
    Sides,
    merge_sides,
    read_remote_side,
    read_sides,
    remarks_of_both,
)
from gitdraft.sync.follow_remote import follow_remote, is_rewritten, seen_remote
from gitdraft.validation.configuration_step import readable_configuration
from gitdraft.validation.step import violations_of_step

MERGED = DraftStatus.MERGED


@dataclass(frozen=True, slots=True)
class _PulledDraft:
    """One draft after the pull: what to report, its new local tip (``None``: none) and whether it is closed. ``synced``
    is the remote's tip that it then contains, ``split_off`` the id and tip of a draft that is made of its edits."""

    report: DraftSync | None
    tip: Oid | None
    closed: bool
    synced: Oid | None
    split_off: tuple[str, Oid] | None = None


def plan_pull(transaction: Transaction, remote: str) -> Plan[PullReport]:
    """Plans to merge what was last fetched from ``remote`` into this repository.

    Raises StateRefused when local canonical and the remote's each have commits that the other lacks
    (``canonical-diverged``; ``remote-rewritten`` where the remote's history was rewritten), or have no commit in common
    (``unrelated-history``). Where all that is here was the remote's, canonical follows a rewritten history.
    """
    store, buffer = transaction.store, transaction.buffer
    before, seen = store.canonical_tip(), seen_remote(store, remote)
    after = follow_remote(store, before, seen)
    canonical, is_readable = _read_canonical(store, buffer, after)
    puller = _Puller(transaction, canonical, remote, seen is not None)
    moves = {store.canonical_ref: RefMove(store.canonical_ref, before, after)}
    rewritten = is_rewritten(store.git, before, after)
    reports: list[DraftSync] = []
    for tracked in tracked_drafts(store, remote).values():
        pulled = puller.pull(tracked)
        changes = _moves(store, remote, tracked, pulled)
        blocked = blocked_moves(store.git, changes, buffer)
        if blocked:
            reason = next(iter(blocked.values())).message
            reports.append(DraftSync(tracked.id, "refused", tracked.local_tip, reason=reason))
            continue
        moves |= {move.name: move for move in changes}
        if pulled.report is not None:
            reports.append(pulled.report)
    plan = _rebase(transaction, canonical, moves, everything=rewritten) if is_readable else None
    start = merge_base(store.git, before, after) if before and after and rewritten else before
    commits = 0 if after is None else len(commits_between(buffer, start or Oid(""), after))
    last = last_canonical_ref(remote)
    moves[last] = RefMove(last, read_ref(store.git, last), None if seen is None else seen.tip)
    violations = () if after is None or after == before else violations_of_step(store, buffer, before, after)
    rebased = plan.report if plan else None
    report = PullReport(remote, before, after, commits, tuple(reports), rebased, violations)
    moved = tuple(move for move in moves.values() if move.old != move.new)
    return Plan(report, buffer, moved, _summary(report), may_stay=plan.may_stay if plan else frozenset())


def _read_canonical(
    store: Store, buffer: ObjectBuffer, commit: Oid | None
) -> tuple[Snapshot | EmptyCanonical, bool]:
    """Returns canonical at ``commit``, and whether its gitdraft.yaml can be read: where not, it is read as it was before the
    pull, and no draft can be judged."""
    if commit is None:
        return EmptyCanonical(buffer), True
    try:
        return take_snapshot(buffer, commit), True
    except InvalidInput:
        tree, configuration = buffer.read_lineage(commit).tree, readable_configuration(store)
        return Snapshot(buffer, commit, tree, configuration), False


def _moves(store: Store, remote: str, tracked: TrackedDraft, pulled: _PulledDraft) -> list[RefMove]:
    """Returns the moves of one draft's refs."""
    open_tip, closed_tip = (None, pulled.tip) if pulled.closed else (pulled.tip, None)
    moves = [
        RefMove(RefName(store.drafts_ref + tracked.id), tracked.local.open, open_tip),
        RefMove(closed_ref(tracked.id), tracked.local.closed, closed_tip),
        RefMove(RefName(synced_ref(remote) + tracked.id), tracked.synced, pulled.synced),
    ]
    if pulled.split_off is not None:
        name, tip = pulled.split_off
        moves.append(RefMove(RefName(store.drafts_ref + name), None, tip))
    return [move for move in moves if move.old != move.new]


def _rebase(
    transaction: Transaction,
    canonical: Snapshot | EmptyCanonical,
    moves: dict[RefName, RefMove],
    *,
    everything: bool,
) -> Plan[RebaseReport] | None:
    """Plans the rebase of the open drafts as they are after ``moves``, and puts its moves into ``moves``."""
    if isinstance(canonical, EmptyCanonical):
        return None
    store = transaction.store
    prefix = store.drafts_ref
    moved = {
        move.name.removeprefix(prefix): move.new for move in moves.values() if move.name.startswith(prefix)
    }
    plan = plan_rebase(transaction, everything=everything, canonical=canonical, pending=PendingDrafts(moved))
    pulled = set(moves)
    for move in plan.moves:
        known = moves.get(move.name)
        moves[move.name] = move if known is None else replace(move, old=known.old)
    return replace(plan, may_stay=plan.may_stay - pulled)


@dataclass(slots=True)
class _Puller:
    """One pull of many drafts. ``taken`` are the ids that it has given to drafts that it splits off."""

    transaction: Transaction
    canonical: Snapshot | EmptyCanonical
    remote: str
    has_canonical: bool
    taken: set[str] = field(default_factory=set)

    @property
    def store(self) -> Store:
        """The repository that pulls."""
        return self.transaction.store

    def pull(self, tracked: TrackedDraft) -> _PulledDraft:
        """Returns what becomes of the draft. A malformed one stays where it is."""
        local, remote = tracked.local_tip, tracked.remote_tip
        closed = local is not None and local == tracked.local.closed
        unchanged = _PulledDraft(None, local, closed, tracked.synced)
        try:
            match relation(self.store.git, tracked):
                case "equal":
                    return replace(unchanged, closed=tracked.is_closed_remotely, synced=remote)
                case "ahead":
                    return self._keep_ahead(tracked, unchanged)
                case "behind":
                    return self._take_remote(tracked)
                case "deleted here":
                    return unchanged
                case "deleted there":
                    return self._delete(tracked, unchanged)
                case "diverged":
                    return self._merge(tracked, unchanged)
        except (InvalidInput, PolicyViolation, RepositoryError) as error:
            return replace(unchanged, report=DraftSync(tracked.id, "broken", local, reason=error.message))

    def _keep_ahead(self, tracked: TrackedDraft, unchanged: _PulledDraft) -> _PulledDraft:
        if tracked.remote_tip is None and tracked.synced is not None and self.has_canonical:
            reason = f"deleted on {self.remote}, changed here since"
            return replace(unchanged, report=DraftSync(tracked.id, "kept", unchanged.tip, reason=reason))
        return replace(unchanged, synced=tracked.remote_tip or tracked.synced)

    def _take_remote(self, tracked: TrackedDraft) -> _PulledDraft:
        side = read_remote_side(self.store, self.remote, tracked, self.canonical)
        tip = side.draft.tip
        commits = _count_new(self.transaction.buffer, side, tracked.local_tip)
        report = DraftSync(tracked.id, "pulled", tip, commits)
        if tracked.local_tip is None and tracked.synced is not None:
            reason = f"deleted here, changed on {self.remote} since"
            report = replace(report, outcome="kept", reason=reason)
        elif tracked.is_closed_remotely:
            report = replace(report, reason=side.header.status.value)
        return _PulledDraft(report, tip, tracked.is_closed_remotely, tip)

    def _delete(self, tracked: TrackedDraft, unchanged: _PulledDraft) -> _PulledDraft:
        """A remote without a canonical branch has lost all of its branches, or never had any: nothing is deleted for
        that."""
        if not self.has_canonical:
            return unchanged
        report = DraftSync(tracked.id, "deleted", None, reason=f"deleted on {self.remote}")
        return _PulledDraft(report, None, False, None)

    def _merge(self, tracked: TrackedDraft, unchanged: _PulledDraft) -> _PulledDraft:
        sides = read_sides(self.store, self.remote, tracked, self.canonical)
        local, remote = sides.local, sides.remote
        remote_tip = remote.draft.tip
        if not is_same_draft(local, remote):
            if has_same_content(local, remote):
                report = DraftSync(tracked.id, "pulled", remote_tip, reason="the same here")
                return _PulledDraft(report, remote_tip, tracked.is_closed_remotely, remote_tip)
            reason = f"another draft of this name is on {self.remote}: {self._rename(tracked.id)}"
            return replace(unchanged, report=DraftSync(tracked.id, "refused", unchanged.tip, reason=reason))
        if MERGED in (local.header.status, remote.header.status):
            return self._close_merged(tracked, sides)
        merge = merge_changes(self.store.git, sides.synced, local, remote)
        if merge is None:
            reason = f"resolve the conflict with {self.store.canonical_branch} first"
            return replace(unchanged, report=DraftSync(tracked.id, "conflict", unchanged.tip, reason=reason))
        if merge.conflicts:
            report = DraftSync(tracked.id, "conflict", unchanged.tip, conflicts=merge.conflicts)
            return replace(unchanged, report=report)
        merged = merge_sides(self.transaction, self.remote, sides, merge)
        tip = merged.tip.commit
        report = DraftSync(
            tracked.id,
            "pulled" if tip == remote_tip else "merged",
            tip,
            _count_new(self.transaction.buffer, local, sides.synced.draft.tip if sides.synced else None),
            merged.entities,
            reason="; ".join(merged.lost) or None,
        )
        return _PulledDraft(report, tip, not merged.header.status.is_open, remote_tip)

    def _close_merged(self, tracked: TrackedDraft, sides: Sides) -> _PulledDraft:
        """Closes a draft that one side merged into canonical. What the other side edited meanwhile becomes a draft of
        its own."""
        closed, other = sides.remote, sides.local
        if closed.header.status is not MERGED:
            closed, other = other, closed
        tip, remote_tip = closed.draft.tip, sides.remote.draft.tip
        if remarks := remarks_of_both(self.transaction.buffer, sides, closed.draft):
            message = "Take in what was said meanwhile"
            tip = commit_draft(self.transaction, tip_of(closed.draft), tracked.id, remarks, message).commit
        if other.header.status is MERGED or not is_edited(sides.synced, other):
            report = DraftSync(tracked.id, "pulled", tip, reason=closed.header.status.value)
            return _PulledDraft(report, tip, True, remote_tip)
        name = self._free_id(tracked.id)
        reason = f"merged meanwhile; what was edited since is now draft {name}"
        report = DraftSync(tracked.id, "merged", tip, reason=reason)
        return _PulledDraft(report, tip, True, remote_tip, (name, other.draft.tip))

    def _rename(self, draft_id: str) -> str:
        prefix = self.store.drafts_ref.removeprefix("refs/heads/")
        return f"git branch -m {prefix}{draft_id} {prefix}{self._free_id(draft_id)}, then pull again"

    def _free_id(self, draft_id: str) -> str:
        known = tracked_drafts(self.store, self.remote).keys() | self.taken
        stem = draft_id[:55].rstrip("-")
        name = next(name for number in range(2, len(known) + 3) if (name := f"{stem}-{number}") not in known)
        self.taken.add(name)
        return name


def _count_new(buffer: ObjectBuffer, side: Side, known: Oid | None) -> int:
    """Returns how many of the side's commits come after ``known``; all of them when it is none of them."""
    commits = commits_between(buffer, side.draft.start, side.draft.tip)
    oids = [commit.oid for commit in commits]
    return len(oids) - 1 - oids.index(known) if known in oids else len(oids)


def _summary(report: PullReport) -> str:
    changed = sum(d.outcome in ("pulled", "merged", "deleted") for d in report.drafts)
    return f"pull from {report.remote}: {changed} draft{'s' * (changed != 1)}" + (
        f", {report.commits} commit{'s' * (report.commits != 1)}" if report.commits else ""
    )
