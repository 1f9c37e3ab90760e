"""Pulling: what the remote has, as it was last fetched, brought together with what is here, in one operation.

Canonical goes forward only. A draft that only the remote changed is taken, one that both changed is united, and
then the open drafts are rebased. What cannot be brought together stays as it is on both sides, and is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from gitdraft.errors import InvalidInput, MissingObject, RepositoryError, StateRefused
from gitdraft.git.history import commits_between, is_ancestor, merge_base
from gitdraft.git.objects import ObjectBuffer
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.entities import EntityRef
from gitdraft.model.merge import Conflict
from gitdraft.model.operations import RefMove
from gitdraft.model.reports import RebaseReport
from gitdraft.rebase.draft_merge import is_edited, merge_changes
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.rebase.sides import Side, has_same_content, is_same_draft
from gitdraft.rebase.stack import PendingDrafts
from gitdraft.store.remote_tracking import (
    Tracked,
    relation,
    seen_canonical,
    synced_ref,
    tracked_drafts,
)
from gitdraft.store.repository import CLOSED, Store
from gitdraft.store.snapshots import EmptyCanonical, Snapshot, take_snapshot
from gitdraft.store.transaction import Plan, Transaction, blocked_moves
from gitdraft.sync.divergence import Sides, merge_sides, read_remote_side, read_sides

Outcome: TypeAlias = Literal[
    "equal", "pulled", "pushed", "united", "deleted", "kept", "conflict", "broken", "refused"
]
MERGED = DraftStatus.MERGED


@dataclass(frozen=True, slots=True)
class DraftSync:
    """What became of one draft.

    ``commits`` counts those that were taken or given; ``reason`` is for people. With a `conflict` the draft stands
    here and there as it did; the ``canonical`` value of each is the remote's.
    """

    id: str
    outcome: Outcome
    tip: str | None = None
    commits: int = 0
    entities: tuple[EntityRef, ...] = ()
    conflicts: tuple[tuple[EntityRef, Conflict], ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PullReport:
    """What a pull did: canonical before and after, the drafts that are not as they were, how the open ones then
    fared in the rebase (``None``: there is no canonical yet)."""

    remote: str
    before: str | None
    canonical: str | None
    commits: int
    drafts: tuple[DraftSync, ...]
    rebase: RebaseReport | None


@dataclass(frozen=True, slots=True)
class _Brought:
    """One draft after the pull: what to report, the tip to have here (``None``: none) and whether it is closed;
    ``synced`` is the remote's tip that it then has in it. ``beside`` is a draft that is split off."""

    report: DraftSync | None
    tip: str | None
    closed: bool
    synced: str | None
    beside: tuple[str, str] | None = None


def plan_pull(transaction: Transaction, remote: str) -> Plan[PullReport]:
    """Bring together what is here with what was last fetched from ``remote``.

    Raises StateRefused when canonical has commits here that the remote's has not, and the other way round
    (``canonical-diverged``), or when the two have no commit in common (``unrelated-history``).
    """
    store, buffer = transaction.store, transaction.buffer
    before, far = store.canonical_tip(), seen_canonical(store, remote)
    after = _forward(store, remote, before, far)
    canonical = EmptyCanonical(buffer) if after is None else take_snapshot(buffer, after)
    puller = _Puller(transaction, canonical, remote, far is not None)
    moves = {store.canonical_ref: RefMove(store.canonical_ref, before, after)}
    reports: list[DraftSync] = []
    for tracked in tracked_drafts(store, remote).values():
        brought = puller.bring(tracked)
        changes = _moves(store, remote, tracked, brought)
        blocked = blocked_moves(store.git, changes, buffer)
        if blocked:
            reason = next(iter(blocked.values())).message
            reports.append(DraftSync(tracked.id, "refused", tracked.tip_here, reason=reason))
            continue
        moves |= {move.name: move for move in changes}
        if brought.report is not None:
            reports.append(brought.report)
    plan = _rebase(transaction, canonical, moves)
    commits = 0 if after is None else len(commits_between(buffer, before or "", after))
    report = PullReport(remote, before, after, commits, tuple(reports), plan.report if plan else None)
    told = _summary(report)
    moved = tuple(move for move in moves.values() if move.old != move.new)
    return Plan(report, buffer, moved, told, may_stay=plan.may_stay if plan else frozenset())


def _forward(store: Store, remote: str, here: str | None, there: str | None) -> str | None:
    """Where canonical goes. Raises StateRefused unless one of the two has the other in it."""
    if here is None or there is None:
        return here or there
    if is_ancestor(store.git, here, there):
        return there
    if is_ancestor(store.git, there, here):
        return here
    if merge_base(store.git, here, there) is None:
        raise StateRefused(
            f"{store.canonical_branch} and {remote}'s {store.canonical_branch} have no commit in common",
            code="unrelated-history",
            context={"here": here, "there": there},
            hint=f"git remote get-url {remote} says where it leads",
        )
    raise StateRefused(
        f"{store.canonical_branch} has commits that {remote}'s has not, and lacks some of its",
        code="canonical-diverged",
        context={"here": here, "there": there},
        hint=f"git merge {remote}/{store.canonical_branch} brings them together; or gitdraft undo takes back what was "
        "done here, to be done again after the pull",
    )


def _moves(store: Store, remote: str, tracked: Tracked, brought: _Brought) -> list[RefMove]:
    """The refs of one draft that move."""
    open_tip, closed_tip = (None, brought.tip) if brought.closed else (brought.tip, None)
    wanted = [
        (store.drafts_ref + tracked.id, tracked.here.open, open_tip),
        (CLOSED + tracked.id, tracked.here.closed, closed_tip),
        (synced_ref(remote) + tracked.id, tracked.synced, brought.synced),
    ]
    if brought.beside is not None:
        name, tip = brought.beside
        wanted.append((store.drafts_ref + name, None, tip))
    return [RefMove(*move) for move in wanted if move[1] != move[2]]


def _rebase(
    transaction: Transaction, canonical: Snapshot | EmptyCanonical, moves: dict[str, RefMove]
) -> Plan[RebaseReport] | None:
    """The rebase of the open drafts as they are after ``moves``, which go on to where it brings them."""
    if isinstance(canonical, EmptyCanonical):
        return None
    store = transaction.store
    prefix = store.drafts_ref
    moved = {
        move.name.removeprefix(prefix): move.new for move in moves.values() if move.name.startswith(prefix)
    }
    plan = plan_rebase(transaction, canonical=canonical, pending=PendingDrafts(moved))
    pulled = set(moves)
    for move in plan.moves:
        known = moves.get(move.name)
        moves[move.name] = move if known is None else replace(move, old=known.old)
    return replace(plan, may_stay=plan.may_stay - pulled)


@dataclass(slots=True)
class _Puller:
    """One pull of many drafts."""

    transaction: Transaction
    canonical: Snapshot | EmptyCanonical
    remote: str
    has_canonical: bool
    taken: set[str] = field(default_factory=set)

    @property
    def store(self) -> Store:
        """The repository that pulls."""
        return self.transaction.store

    def bring(self, tracked: Tracked) -> _Brought:
        """What becomes of the draft. What is malformed stays where it is."""
        here, there = tracked.tip_here, tracked.tip_there
        closed = here is not None and here == tracked.here.closed
        stays = _Brought(None, here, closed, tracked.synced)
        try:
            match relation(self.store.git, tracked):
                case "equal":
                    closed = tracked.is_closed_there
                    return replace(stays, closed=closed, synced=there)
                case "ahead":
                    return self._ahead(tracked, stays)
                case "behind":
                    return self._behind(tracked)
                case "deleted here":
                    return stays
                case "deleted there":
                    return self._deleted(tracked, stays)
                case "diverged":
                    return self._both_versions(tracked, stays)
        except MissingObject:
            raise
        except (InvalidInput, RepositoryError) as error:
            return replace(stays, report=DraftSync(tracked.id, "broken", here, reason=error.message))

    def _ahead(self, tracked: Tracked, stays: _Brought) -> _Brought:
        if tracked.tip_there is None and tracked.synced is not None and self.has_canonical:
            reason = f"deleted on {self.remote}, changed here since"
            return replace(stays, report=DraftSync(tracked.id, "kept", stays.tip, reason=reason))
        return replace(stays, synced=tracked.tip_there or tracked.synced)

    def _behind(self, tracked: Tracked) -> _Brought:
        there = read_remote_side(self.store, self.remote, tracked, self.canonical)
        tip = there.draft.tip
        commits = _count(self.transaction.buffer, there, tracked.tip_here)
        report = DraftSync(tracked.id, "pulled", tip, commits)
        if tracked.tip_here is None and tracked.synced is not None:
            reason = f"deleted here, changed on {self.remote} since"
            report = replace(report, outcome="kept", reason=reason)
        elif tracked.is_closed_there:
            report = replace(report, reason=there.header.status.value)
        return _Brought(report, tip, tracked.is_closed_there, tip)

    def _deleted(self, tracked: Tracked, stays: _Brought) -> _Brought:
        """A remote that has no canonical branch has lost, or never had, all of it: nothing is deleted for that."""
        if not self.has_canonical:
            return stays
        report = DraftSync(tracked.id, "deleted", None, reason=f"deleted on {self.remote}")
        return _Brought(report, None, False, None)

    def _both_versions(self, tracked: Tracked, stays: _Brought) -> _Brought:
        sides = read_sides(self.store, self.remote, tracked, self.canonical)
        here, there = sides.here, sides.there
        if not is_same_draft(here, there):
            if has_same_content(here, there):
                report = DraftSync(tracked.id, "pulled", there.draft.tip, reason="the same here")
                return _Brought(report, there.draft.tip, tracked.is_closed_there, there.draft.tip)
            reason = f"another draft of this name is on {self.remote}: {self._rename(tracked.id)}"
            return replace(stays, report=DraftSync(tracked.id, "refused", stays.tip, reason=reason))
        if MERGED in (here.header.status, there.header.status):
            return self._merged(tracked, sides)
        merge = merge_changes(self.store.git, sides.synced, here, there)
        if merge is None or merge.conflicts:
            report = DraftSync(tracked.id, "conflict", stays.tip, conflicts=merge.conflicts if merge else ())
            if merge is None:
                report = replace(
                    report, reason=f"settle the conflict with {self.store.canonical_branch} first"
                )
            return replace(stays, report=report)
        merged = merge_sides(self.transaction, self.remote, sides, merge)
        tip = merged.tip.commit
        report = DraftSync(
            tracked.id,
            "pulled" if tip == there.draft.tip else "united",
            tip,
            _count(self.transaction.buffer, here, sides.synced.draft.tip if sides.synced else None),
            merged.entities,
            reason="; ".join(merged.lost) or None,
        )
        return _Brought(report, tip, not merged.header.status.is_open, there.draft.tip)

    def _merged(self, tracked: Tracked, sides: Sides) -> _Brought:
        """Merged on one side, so it is closed; what the other side edited meanwhile goes on as a draft of its own."""
        closed, other = sides.there, sides.here
        if closed.header.status is not MERGED:
            closed, other = other, closed
        tip = closed.draft.tip
        if other.header.status is MERGED or not is_edited(sides.synced, other):
            report = DraftSync(tracked.id, "pulled", tip, reason=closed.header.status.value)
            return _Brought(report, tip, True, sides.there.draft.tip)
        name = self._free_id(tracked.id)
        reason = f"merged meanwhile; what was edited since is now draft {name}"
        report = DraftSync(tracked.id, "united", tip, reason=reason)
        return _Brought(report, tip, True, sides.there.draft.tip, (name, other.draft.tip))

    def _rename(self, draft_id: str) -> str:
        prefix = self.store.drafts_ref.removeprefix("refs/heads/")
        return f"git branch -m {prefix}{draft_id} {prefix}{self._free_id(draft_id)}, then pull again"

    def _free_id(self, draft_id: str) -> str:
        known = tracked_drafts(self.store, self.remote).keys() | self.taken
        stem = draft_id[:55].rstrip("-")
        name = next(name for number in range(2, len(known) + 3) if (name := f"{stem}-{number}") not in known)
        self.taken.add(name)
        return name


def _count(buffer: ObjectBuffer, side: Side, known: str | None) -> int:
    """The side's commits that ``known`` has not."""
    commits = commits_between(buffer, side.draft.base, side.draft.tip)
    oids = [commit.oid for commit in commits]
    return len(oids) - 1 - oids.index(known) if known in oids else len(oids)


def _summary(report: PullReport) -> str:
    changed = sum(d.outcome in ("pulled", "united", "deleted") for d in report.drafts)
    return f"pull from {report.remote}: {changed} draft{'s' * (changed != 1)}" + (
        f", {report.commits} commit{'s' * (report.commits != 1)}" if report.commits else ""
    )
