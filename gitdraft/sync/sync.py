"""Talking to a remote: fetch, bring together, push; again where it moved in between, a bounded number of times.

Each step stands for itself, so an interruption between any two leaves what the next run goes on from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitdraft.errors import Moved, RepositoryError
from gitdraft.git.remotes import add_refspecs, clone_repository, fetch_refs, find_remote, remote_names
from gitdraft.model.occasions import OperationMetadata
from gitdraft.store.remote_tracking import canonical_refspec, draft_refspecs
from gitdraft.store.repository import Store, open_store
from gitdraft.store.transaction import CommittedPlan, begin, commit_plan
from gitdraft.sync.pull import DraftSync, PullReport, plan_pull
from gitdraft.sync.push import PushReport, pack, push

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class SyncReport:
    """The pulls that moved something, in order, and the push that ended it (``None``: it was not to be)."""

    remote: str
    pulls: tuple[PullReport, ...]
    push: PushReport | None = None
    notices: tuple[str, ...] = ()

    @property
    def drafts(self) -> tuple[DraftSync, ...]:
        """The drafts that are not as they were, sorted. One that was brought together and then pushed is told as
        brought together."""
        found = {draft.id: draft for report in self.pulls for draft in report.drafts}
        for draft in self.push.drafts if self.push else ():
            if draft.id not in found or draft.outcome in ("refused", "broken"):
                found[draft.id] = draft
        return tuple(found[name] for name in sorted(found))

    @property
    def is_clean(self) -> bool:
        """Whether all drafts that both sides have could be brought together. (How they stand on canonical is for
        the rebase to say.)"""
        last = self.pulls[-1].drafts if self.pulls else ()
        held = any(draft.outcome in ("conflict", "refused") for draft in last)
        return not held and (self.push is None or self.push.is_done)


def fetch(store: Store, remote: str | None = None) -> str:
    """Bring what the remote has, moving nothing but what remembers where it stands; the remote's name."""
    name = find_remote(store.git, store.canonical_branch, remote)
    fetch_refs(store.git, name, (canonical_refspec(store, name), *draft_refspecs(store, name)))
    return name


def pull(
    store: Store,
    metadata: Callable[[], OperationMetadata],
    remote: str | None = None,
    *,
    dry_run: bool = False,
) -> SyncReport:
    """Fetch and bring together, in one operation. ``occasion`` gives each operation its own.

    Raises what ``plan_pull`` does, and RepositoryError (``remote``) when the remote cannot be reached.
    """
    name = fetch(store, remote)
    if dry_run:
        return SyncReport(name, (plan_pull(begin(store, metadata()), name).report,))
    written = _pull(store, metadata, name)
    return SyncReport(name, (written.report,), notices=written.notices)


def push_drafts(
    store: Store, names: Sequence[str] = (), remote: str | None = None, *, dry_run: bool = False
) -> SyncReport:
    """Give canonical and all drafts, or the drafts named, to the remote; what it changed is not taken in.

    Raises Moved when the remote moved each time between the fetch and the push.
    """
    name = find_remote(store.git, store.canonical_branch, remote)
    for attempt in range(ROUNDS):
        fetch(store, name)
        shipment = pack(store, name, names)
        if dry_run:
            return SyncReport(name, (), shipment.report(name))
        try:
            return SyncReport(name, (), push(store, name, shipment))
        except Moved:
            if attempt == ROUNDS - 1:
                raise
    raise AssertionError("the loop returns or raises")


def sync(store: Store, metadata: Callable[[], OperationMetadata], remote: str | None = None) -> SyncReport:
    """Pull, then push, until the remote stood still in between. Raises Moved after ``ROUNDS`` rounds."""
    name = find_remote(store.git, store.canonical_branch, remote)
    pulls: list[PullReport] = []
    notices: tuple[str, ...] = ()
    for attempt in range(ROUNDS):
        fetch(store, name)
        written = _pull(store, metadata, name)
        pulls.append(written.report)
        notices += written.notices
        try:
            return SyncReport(name, tuple(pulls), push(store, name, pack(store, name)), notices)
        except Moved:
            if attempt == ROUNDS - 1:
                raise
    raise AssertionError("the loop returns or raises")


def preview_sync(
    store: Store, metadata: Callable[[], OperationMetadata], remote: str | None = None
) -> SyncReport:
    """What ``sync`` would do, by what the remote has now; united and rebased drafts would be pushed as well."""
    name = fetch(store, remote)
    pulled = plan_pull(begin(store, metadata()), name).report
    return SyncReport(name, (pulled,), pack(store, name).report(name))


def clone(
    url: str, start: Path, name: str, metadata: Callable[[Store], OperationMetadata]
) -> SyncReport | None:
    """`git clone` into ``name``, seen from ``start``, then every draft of the remote's as a draft here; ``None`` when the repository is not set up
    for gitdraft. Plain `git fetch` brings drafts from then on."""
    clone_repository(url, start, name)
    try:
        store = open_store(start / name)
    except RepositoryError as error:
        if error.code != "not-initialised":
            raise
        return None
    follow_drafts_of_remotes(store)
    return pull(store, lambda: metadata(store))


def follow_drafts_of_remotes(store: Store) -> None:
    """Have plain `git fetch` bring the drafts of every remote that there is, the closed ones too."""
    for remote in remote_names(store.git):
        add_refspecs(store.git, remote, draft_refspecs(store, remote))


def _pull(store: Store, metadata: Callable[[], OperationMetadata], remote: str) -> CommittedPlan[PullReport]:
    return commit_plan(store, metadata(), "pull", lambda transaction: plan_pull(transaction, remote))
