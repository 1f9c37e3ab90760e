"""Push: local commits and drafts that the remote lacks, as long as they contain what the remote has.

The remote's refs move by compare-and-swap: each must still be where it was last fetched. Canonical goes first, by
fast-forward only. A merged draft is closed on the remote once the commit that merged it has arrived there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gitdraft.errors import InvalidInput, Moved, RepositoryError, StateRefused
from gitdraft.git.history import commits_between, is_ancestor
from gitdraft.git.known_refs import read_ref
from gitdraft.git.remotes import Pushed, RefUpdate, push_refs
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.drafts import DraftStatus
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefMove
from gitdraft.model.sync_reports import CanonicalPush, DraftSync, PushReport
from gitdraft.store.drafts import StoredDraft, read_draft, read_header
from gitdraft.store.remote_tracking import (
    TrackedDraft,
    last_canonical_ref,
    relation,
    seen_canonical,
    seen_canonical_ref,
    seen_closed_ref,
    seen_drafts_ref,
    synced_ref,
    tracked_drafts,
)
from gitdraft.store.repository import CLOSED, Store, closed_ref
from gitdraft.store.transaction import move_tracking_refs
from gitdraft.sync.follow_remote import follow_remote, is_rewritten, seen_remote
from gitdraft.sync.outgoing import check_outgoing_canonical


@dataclass(frozen=True, slots=True)
class _DraftPush:
    """A draft to be pushed: the updates of its refs, which are made all or none, and the report of their success."""

    tracked: TrackedDraft
    updates: tuple[RefUpdate, ...]
    report: DraftSync


@dataclass(frozen=True, slots=True)
class PreparedPush:
    """What is to be pushed, and the drafts that are kept back, each with the reason."""

    canonical: CanonicalPush | None
    drafts: tuple[_DraftPush, ...]
    kept_back: tuple[DraftSync, ...]

    def report(self, remote: str) -> PushReport:
        """Returns the report of the push if the remote accepted everything."""
        return PushReport(remote, self.canonical, (*(d.report for d in self.drafts), *self.kept_back))


def prepare_push(store: Store, remote: str, names: Sequence[str] = ()) -> PreparedPush:
    """Returns what there is to push, compared with what was last fetched: canonical and all drafts, or only the drafts
    named.

    Raises NotFound for an unknown name, StateRefused (``canonical-diverged``, ``remote-rewritten``) when the remote's
    canonical has commits that local canonical lacks, or has given up some that are here.
    """
    remote_canonical = seen_canonical(store, remote)
    canonical = None if names else _canonical_push(store, remote, store.canonical_tip())
    known = tracked_drafts(store, remote)
    for name in names:
        if name not in known:
            store.find_draft(name)
    drafts: list[_DraftPush] = []
    kept_back: list[DraftSync] = []
    for draft_id in names or known:
        push = _draft_push(
            store, remote, known[draft_id], named=bool(names), emptied=remote_canonical is None
        )
        if isinstance(push, _DraftPush):
            drafts.append(push)
        elif push is not None:
            kept_back.append(push)
    return PreparedPush(canonical, tuple(drafts), tuple(kept_back))


def push(store: Store, remote: str, prepared: PreparedPush) -> PushReport:
    """Pushes, and moves the remote-tracking refs of what arrived; where the disk refuses these, the report says so.

    Raises Moved when the remote has moved since it was fetched, with nothing lost on either side; RepositoryError
    (``remote``) when it cannot be reached. Once canonical has arrived, drafts that cannot be pushed are reported as refused.
    """
    said: list[str] = []
    notices: list[str] = []
    canonical = prepared.canonical
    if canonical is not None and canonical.reason is None:
        update = RefUpdate(store.canonical_ref, canonical.tip, forward=True)
        done = push_refs(store.git, remote, [[update]])
        said += done.said
        _require_unmoved(done, remote)
        if done.refused:
            canonical = replace(canonical, reason=next(iter(done.refused.values())))
        else:
            tips = {
                seen_canonical_ref(store, remote): canonical.tip,
                last_canonical_ref(remote): canonical.tip,
            }
            notices += _track(store, remote, tips)
    held: list[_DraftPush] = []
    drafts = list(prepared.drafts)
    if canonical is not None and canonical.reason is not None:
        held = [draft for draft in drafts if draft.report.reason == DraftStatus.MERGED.value]
        drafts = [draft for draft in drafts if draft not in held]
    try:
        done = push_refs(store.git, remote, [draft.updates for draft in drafts]) if drafts else Pushed()
    except RepositoryError as error:
        if canonical is None or canonical.reason is not None:
            raise
        refused: dict[str, str] = {update.ref: error.message for draft in drafts for update in draft.updates}
        done = Pushed(refused=refused)  # canonical has arrived, and the report says so
    notices += _track_drafts(store, remote, drafts, done)
    _require_unmoved(done, remote)
    reports = [_report(draft, done) for draft in drafts]
    reason = f"{store.canonical_branch} was not pushed"
    reports += [DraftSync(d.tracked.id, "refused", d.report.tip, reason=reason) for d in held]
    said += [line for line in done.said if line not in said]
    return PushReport(remote, canonical, (*reports, *prepared.kept_back), tuple(said), tuple(notices))


def _canonical_push(store: Store, remote: str, local_tip: Oid | None) -> CanonicalPush | None:
    """Returns what to push of canonical. Raises as ``follow_remote`` does, and StateRefused where the remote has taken back what
    is here: a push would bring it there again."""
    seen = seen_remote(store, remote)
    if local_tip is None:
        return None
    if seen is None:
        return _checked(store, None, CanonicalPush(local_tip, 1))
    after = follow_remote(store, local_tip, seen)
    if is_rewritten(store.git, local_tip, after):
        raise StateRefused(
            f"{remote} has rewritten the history of {store.canonical_branch}",
            code="remote-rewritten",
            context={"local": local_tip, "remote": seen.tip},
            hint="gitdraft pull follows it: nothing here is one's own",
        )
    if after != local_tip or local_tip == seen.tip:
        return None
    commits = commits_between(store.git, seen.tip, local_tip)
    return _checked(store, seen.tip, CanonicalPush(local_tip, len(commits)))


def _checked(store: Store, seen: Oid | None, canonical: CanonicalPush) -> CanonicalPush:
    """Returns the push of canonical, with the reason to keep it back where it breaks what the remote has, as the pre-push
    hook finds it."""
    problems = check_outgoing_canonical(store, seen, canonical.tip)
    if not problems:
        return canonical
    number = f"{len(problems)} violation{'s' * (len(problems) > 1)}"
    where = (
        f"gitdraft validate {seen[:12]}..{store.canonical_branch}"
        if seen
        else "gitdraft validate --canonical"
    )
    return replace(canonical, reason=f"it breaks canonical, {number}: {where} lists them")


def _draft_push(
    store: Store, remote: str, tracked: TrackedDraft, *, named: bool, emptied: bool
) -> _DraftPush | DraftSync | None:
    """Returns what is to be pushed of the draft, a report of why it is kept back, or ``None`` when there is nothing to
    do. ``named``: the user named it; ``emptied``: the remote has no canonical branch."""
    tip = tracked.local_tip
    match relation(store.git, tracked):
        case "equal" | "behind":
            if tip is None or not _is_half_moved(tracked):
                return None
        case "diverged":
            reason = f"{remote} has changes to it that are not here: gitdraft sync"
            return DraftSync(tracked.id, "kept", tip, reason=reason)
        case "deleted there":
            if not named and not emptied:
                return None
        case "ahead" | "deleted here":
            pass
    closed = tip is not None and tip == tracked.local.closed
    moves = {
        RefName(store.drafts_ref + tracked.id): (tracked.remote.open, None if closed else tip),
        closed_ref(tracked.id): (tracked.remote.closed, tip if closed else None),
    }
    updates = tuple(RefUpdate(ref, new, old) for ref, (old, new) in moves.items() if old != new)
    if tip is None:
        return _DraftPush(tracked, updates, DraftSync(tracked.id, "deleted", None, reason="deleted here"))
    try:
        draft = read_draft(store.git, tracked.id, store.draft_ref(tracked.id), tip)
        status = read_header(store.git, draft).status
    except (InvalidInput, RepositoryError) as error:
        return DraftSync(tracked.id, "broken", tip, reason=error.message)
    canonical_tip = store.canonical_tip()
    if canonical_tip is not None and not is_ancestor(store.git, draft.base, canonical_tip):
        reason = (
            f"it stands on history that {store.canonical_branch} has no more: gitdraft rebase {tracked.id}"
        )
        return DraftSync(tracked.id, "kept", tip, reason=reason)
    commits = _count_new(store, draft, tracked)
    report = DraftSync(tracked.id, "pushed", tip, commits, reason=status.value if closed else None)
    return _DraftPush(tracked, updates, report)


def _is_half_moved(tracked: TrackedDraft) -> bool:
    """Returns whether the remote has the draft both among the branches and among the closed drafts, since a push was
    interrupted."""
    return tracked.local_tip == tracked.remote_tip and None not in (
        tracked.remote.open,
        tracked.remote.closed,
    )


def _count_new(store: Store, draft: StoredDraft, tracked: TrackedDraft) -> int:
    """Returns how many of the draft's commits the remote lacks."""
    commits = [commit.oid for commit in commits_between(store.git, draft.start, draft.tip)]
    known = tracked.remote_tip
    return len(commits) - 1 - commits.index(known) if known in commits else len(commits)


def _report(draft: _DraftPush, done: Pushed) -> DraftSync:
    refused = [done.refused[update.ref] for update in draft.updates if update.ref in done.refused]
    if not refused:
        return draft.report
    return DraftSync(draft.tracked.id, "refused", draft.report.tip, reason=refused[0])


def _require_unmoved(done: Pushed, remote: str) -> None:
    if done.elsewhere:
        first = min(done.elsewhere)
        raise Moved(
            f"{first} was moved on {remote} by somebody else",
            context={"refs": sorted(done.elsewhere), "remote": remote},
            hint="gitdraft sync takes that in first",
        )


def _track_drafts(store: Store, remote: str, drafts: Sequence[_DraftPush], done: Pushed) -> list[str]:
    tips: dict[RefName, Oid | None] = {}
    prefixes = ((store.drafts_ref, seen_drafts_ref(store, remote)), (CLOSED, seen_closed_ref(remote)))
    for draft in drafts:
        for update in draft.updates:
            if update.ref in done.moved:
                prefix, seen_prefix = next(pair for pair in prefixes if update.ref.startswith(pair[0]))
                tips[RefName(seen_prefix + update.ref.removeprefix(prefix))] = update.new
        if all(update.ref in done.moved for update in draft.updates):
            tips[RefName(synced_ref(remote) + draft.tracked.id)] = draft.tracked.local_tip
    return _track(store, remote, tips)


def _track(store: Store, remote: str, tips: Mapping[RefName, Oid | None]) -> list[str]:
    """Moves the remote-tracking refs to where the remote's refs now are. (Plain `git push` does so only for the refs
    that it is configured to fetch.) Returns a notice where that fails: what was pushed has arrived."""
    moves = [RefMove(name, read_ref(store.git, name), oid) for name, oid in tips.items()]
    moves = [move for move in moves if move.old != move.new]
    try:
        if moves:
            move_tracking_refs(store.git, moves)
    except RepositoryError as error:
        return [f"pushed, and not noted here: {error.message}; gitdraft pull notes what {remote} has"]
    return []
