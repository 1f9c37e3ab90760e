"""Pushing: what is here and the remote has not, if all that the remote has is in it.

The remote's refs move by compare-and-swap: what was last seen there must still be there. Canonical goes first and
only forward; a draft that was merged is closed on the remote once the commit that merged it is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitdraft.errors import InvalidInput, Moved, RepositoryError, StateRefused
from gitdraft.git.history import commits_between, is_ancestor
from gitdraft.git.refs import read_ref
from gitdraft.git.remotes import Pushed, RefUpdate, push_refs
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.operations import RefMove
from gitdraft.store.drafts import StoredDraft, read_draft, read_header
from gitdraft.store.remote_tracking import (
    Tracked,
    relation,
    seen_canonical,
    seen_canonical_ref,
    seen_closed_ref,
    seen_drafts_ref,
    synced_ref,
    tracked_drafts,
)
from gitdraft.store.repository import CLOSED, Store
from gitdraft.store.transaction import move_tracking_refs
from gitdraft.sync.pull import DraftSync


@dataclass(frozen=True, slots=True)
class CanonicalPush:
    """Canonical's commits that the remote has not; ``reason`` says why it would not take them."""

    tip: str
    commits: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PushReport:
    """What a push did: canonical (``None``: the remote has it all), the drafts given or kept back, and what the
    remote said."""

    remote: str
    canonical: CanonicalPush | None
    drafts: tuple[DraftSync, ...]
    said: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether nothing was kept back or refused."""
        held = self.canonical is not None and self.canonical.reason is not None
        return not held and all(draft.outcome in ("pushed", "deleted", "broken") for draft in self.drafts)


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A draft to be pushed: the refs that move together, and what to report when they did."""

    tracked: Tracked
    updates: tuple[RefUpdate, ...]
    report: DraftSync


@dataclass(frozen=True, slots=True)
class Shipment:
    """What is to be pushed, and the drafts that stay behind, each with the reason."""

    canonical: CanonicalPush | None
    far: str | None
    parcels: tuple[_Parcel, ...]
    behind: tuple[DraftSync, ...]

    def report(self, remote: str) -> PushReport:
        """The push as it would go if the remote took everything."""
        return PushReport(remote, self.canonical, (*(p.report for p in self.parcels), *self.behind))


def pack(store: Store, remote: str, names: Sequence[str] = ()) -> Shipment:
    """What there is to push, by what was last fetched: canonical and all drafts, or the drafts named.

    Raises NotFound for a name that is no draft here, StateRefused (``canonical-behind``) when the remote's
    canonical has commits that are not here.
    """
    here, far = store.canonical_tip(), seen_canonical(store, remote)
    canonical = None if names else _canonical(store, remote, here, far)
    known = tracked_drafts(store, remote)
    for name in names:
        if name not in known:
            store.find_draft(name)
    parcels: list[_Parcel] = []
    behind: list[DraftSync] = []
    for draft_id in names or known:
        found = _parcel(store, remote, known[draft_id], named=bool(names), emptied=far is None)
        if isinstance(found, _Parcel):
            parcels.append(found)
        elif found is not None:
            behind.append(found)
    return Shipment(canonical, far, tuple(parcels), tuple(behind))


def push(store: Store, remote: str, shipment: Shipment) -> PushReport:
    """Push it and remember what arrived. Raises Moved when the remote is no longer where it was last seen, with
    nothing lost on either side; RepositoryError (``remote``) when it cannot be reached."""
    said: list[str] = []
    canonical = shipment.canonical
    if canonical is not None:
        update = RefUpdate(store.canonical_ref, canonical.tip, forward=True)
        done = push_refs(store.git, remote, [[update]])
        said += done.said
        _require_unmoved(done, remote)
        if done.refused:
            canonical = CanonicalPush(canonical.tip, canonical.commits, next(iter(done.refused.values())))
        else:
            _remember(store, {seen_canonical_ref(store, remote): canonical.tip})
    held: list[_Parcel] = []
    going = list(shipment.parcels)
    if canonical is not None and canonical.reason is not None:
        held = [parcel for parcel in going if parcel.report.reason == DraftStatus.MERGED.value]
        going = [parcel for parcel in going if parcel not in held]
    done = push_refs(store.git, remote, [parcel.updates for parcel in going]) if going else Pushed()
    _remember_drafts(store, remote, going, done)
    _require_unmoved(done, remote)
    reports = [_report(parcel, done) for parcel in going]
    reports += [
        DraftSync(p.tracked.id, "refused", p.report.tip, reason=f"{store.canonical_branch} was not pushed")
        for p in held
    ]
    said += [line for line in done.said if line not in said]
    return PushReport(remote, canonical, (*reports, *shipment.behind), tuple(said))


def _canonical(store: Store, remote: str, here: str | None, far: str | None) -> CanonicalPush | None:
    if here is None or here == far:
        return None
    if far is None:
        return CanonicalPush(here, 1)
    if is_ancestor(store.git, far, here):
        return CanonicalPush(here, len(commits_between(store.git, far, here)))
    if is_ancestor(store.git, here, far):
        return None
    raise StateRefused(
        f"{remote}'s {store.canonical_branch} has commits that are not here",
        code="canonical-diverged",
        context={"here": here, "there": far},
        hint="gitdraft pull says how to bring them together",
    )


def _parcel(
    store: Store, remote: str, tracked: Tracked, *, named: bool, emptied: bool
) -> _Parcel | DraftSync | None:
    """What is to be pushed of the draft; a report of why it stays; ``None`` where there is nothing to do."""
    tip, there = tracked.tip_here, tracked.there
    match relation(store.git, tracked):
        case "equal" | "behind":
            if tip is None or not _half_moved(tracked):
                return None
        case "diverged":
            reason = f"{remote} has changes to it that are not here: gitdraft sync"
            return DraftSync(tracked.id, "kept", tip, reason=reason)
        case "deleted there":
            if not named and not emptied:
                return None
        case "ahead" | "deleted here":
            pass
    closed = tip is not None and tip == tracked.here.closed
    wanted = {
        store.drafts_ref + tracked.id: (there.open, None if closed else tip),
        CLOSED + tracked.id: (there.closed, tip if closed else None),
    }
    updates = tuple(RefUpdate(ref, new, old) for ref, (old, new) in wanted.items() if old != new)
    if tip is None:
        return _Parcel(tracked, updates, DraftSync(tracked.id, "deleted", None, reason="deleted here"))
    try:
        draft = read_draft(store.git, tracked.id, store.draft_ref(tracked.id), tip)
        status = read_header(store.git, draft).status
    except (InvalidInput, RepositoryError) as error:
        return DraftSync(tracked.id, "broken", tip, reason=error.message)
    told = status.value if closed else None
    return _Parcel(
        tracked, updates, DraftSync(tracked.id, "pushed", tip, _count(store, draft, tracked), reason=told)
    )


def _half_moved(tracked: Tracked) -> bool:
    """Whether the remote has the same draft among the branches and the closed ones: a push was interrupted."""
    return tracked.tip_here == tracked.tip_there and None not in (tracked.there.open, tracked.there.closed)


def _count(store: Store, draft: StoredDraft, tracked: Tracked) -> int:
    commits = [commit.oid for commit in commits_between(store.git, draft.base, draft.tip)]
    known = tracked.tip_there
    return len(commits) - 1 - commits.index(known) if known in commits else len(commits)


def _report(parcel: _Parcel, done: Pushed) -> DraftSync:
    refused = [done.refused[update.ref] for update in parcel.updates if update.ref in done.refused]
    if not refused:
        return parcel.report
    return DraftSync(parcel.tracked.id, "refused", parcel.report.tip, reason=refused[0])


def _require_unmoved(done: Pushed, remote: str) -> None:
    if done.elsewhere:
        first = min(done.elsewhere)
        raise Moved(
            f"{first} was moved on {remote} by somebody else",
            context={"refs": sorted(done.elsewhere), "remote": remote},
            hint="gitdraft sync takes that in first",
        )


def _remember_drafts(store: Store, remote: str, parcels: Sequence[_Parcel], done: Pushed) -> None:
    seen: dict[str, str | None] = {}
    prefixes = ((store.drafts_ref, seen_drafts_ref(store, remote)), (CLOSED, seen_closed_ref(remote)))
    for parcel in parcels:
        for update in parcel.updates:
            if update.ref in done.moved:
                prefix, seen_prefix = next(pair for pair in prefixes if update.ref.startswith(pair[0]))
                seen[seen_prefix + update.ref.removeprefix(prefix)] = update.new
        if all(update.ref in done.moved for update in parcel.updates):
            seen[synced_ref(remote) + parcel.tracked.id] = parcel.tracked.tip_here
    _remember(store, seen)


def _remember(store: Store, seen: dict[str, str | None] | dict[str, str]) -> None:
    """Where the remote's refs are now. (Plain `git push` does so only for those that it is configured to fetch.)"""
    moves = [RefMove(name, read_ref(store.git, name), oid) for name, oid in seen.items()]
    moves = [move for move in moves if move.old != move.new]
    if moves:
        move_tracking_refs(store.git, moves)
