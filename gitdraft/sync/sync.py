"""Synchronisation with a remote: fetch, pull, push; repeated, up to ``ROUNDS`` times, when the remote moved in between.

Each step is complete in itself, so after an interruption the next run continues from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from gitdraft.errors import InvalidInput, Moved, RepositoryError
from gitdraft.formats.attributes import ATTRIBUTES_PATH
from gitdraft.git.drivers import install_drivers
from gitdraft.git.remotes import add_refspecs, fetch_refs
from gitdraft.git.settings import find_remote, remote_names
from gitdraft.git.swap_history import require_no_interrupted_swap
from gitdraft.lazy_dataclass import replace
from gitdraft.model.operations import OperationMetadata
from gitdraft.model.sync_reports import PullReport, SetUp, SyncReport
from gitdraft.store.remote_tracking import canonical_refspec, draft_refspecs
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import EmptyCanonical, Snapshot, file_oid
from gitdraft.store.transaction import CommittedPlan, begin, commit_plan
from gitdraft.sync.pull import plan_pull
from gitdraft.sync.push import prepare_push, push

ROUNDS = 5


def fetch(store: Store, remote: str | None = None) -> str:
    """Fetches canonical and all drafts, which moves remote-tracking refs only. Returns the remote's name."""
    require_no_interrupted_swap(store.git)
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
    """Fetches, and merges what came, in one operation with the ``metadata`` of now.

    Raises what ``plan_pull`` does, and RepositoryError (``remote``) when the remote cannot be reached.
    """
    name = fetch(store, remote)
    if dry_run:
        return SyncReport(name, (plan_pull(begin(store, metadata()), name).report,))
    committed = _pull(store, metadata, name)
    return _with_set_up(SyncReport(name, (committed.report,), None, committed.notices), store)


def push_drafts(
    store: Store, names: Sequence[str] = (), remote: str | None = None, *, dry_run: bool = False
) -> SyncReport:
    """Pushes canonical and all drafts, or only the drafts named. Nothing is pulled.

    Raises Moved when the remote moved between fetch and push each time, ``ROUNDS`` times.
    """
    name = find_remote(store.git, store.canonical_branch, remote)
    for attempt in range(ROUNDS):
        fetch(store, name)
        prepared = prepare_push(store, name, names)
        if dry_run:
            return SyncReport(name, (), prepared.report(name))
        try:
            pushed = push(store, name, prepared)
            return SyncReport(name, (), pushed, pushed.notices)
        except Moved:
            if attempt == ROUNDS - 1:
                raise
    raise AssertionError("the loop returns or raises")


def sync(store: Store, metadata: Callable[[], OperationMetadata], remote: str | None = None) -> SyncReport:
    """Pulls, then pushes, until the remote did not move in between. ``metadata`` is called for each operation. Raises
    Moved after ``ROUNDS`` rounds."""
    name = find_remote(store.git, store.canonical_branch, remote)
    pulls: list[PullReport] = []
    notices: tuple[str, ...] = ()
    for attempt in range(ROUNDS):
        fetch(store, name)
        committed = _pull(store, metadata, name)
        pulls.append(committed.report)
        notices += committed.notices
        try:
            pushed = push(store, name, prepare_push(store, name))
            report = SyncReport(name, tuple(pulls), pushed, (*notices, *pushed.notices))
            return _with_set_up(report, store)
        except Moved:
            if attempt == ROUNDS - 1:
                raise
        except RepositoryError as error:
            if committed.operation is not None:
                error.message = f"what {name} had is taken in; the push failed: {error.message}"
            raise
    raise AssertionError("the loop returns or raises")


def preview_sync(
    store: Store, metadata: Callable[[], OperationMetadata], remote: str | None = None
) -> SyncReport:
    """Returns what ``sync`` would do, after a fetch. Drafts that it would merge or rebase would be pushed as well."""
    name = fetch(store, remote)
    pulled = plan_pull(begin(store, metadata()), name).report
    return SyncReport(name, (pulled,), prepare_push(store, name).report(name))


def _with_set_up(report: SyncReport, store: Store) -> SyncReport:
    """Sets the clone up. What the disk refuses of that is said: what was pulled stands."""
    try:
        return replace(report, set_up=set_up(store))
    except RepositoryError as error:
        notice = f"git's configuration is not complete: {error.message}; gitdraft pull completes it"
        return replace(report, notices=(*report.notices, notice))


def set_up(store: Store) -> tuple[SetUp, ...]:
    """Gives this clone's configuration what it lacks for gitdraft, and returns what that was: the refspecs by which plain
    `git fetch` fetches the drafts, and the drivers by which git merges entities, where canonical's .gitattributes names
    them."""
    done: list[SetUp] = []
    if follow_drafts_of_remotes(store):
        done.append("drafts")
    with suppress(InvalidInput):  # gitdraft.yaml cannot be read, which the pull reports
        if names_drivers(store.canonical_or_empty()) and install_drivers(store.git):
            done.append("drivers")
    return tuple(done)


def names_drivers(canonical: Snapshot | EmptyCanonical) -> bool:
    """Returns whether canonical's .gitattributes has git merge entities by gitdraft's rules."""
    file = file_oid(canonical.source, canonical.tree, ATTRIBUTES_PATH)
    return file is not None and b"merge=gitdraft" in canonical.source.read_blob(file)


def follow_drafts_of_remotes(store: Store) -> bool:
    """Configures plain `git fetch` to fetch the drafts, open and closed, of every remote there is. Returns whether it did
    not do so before."""
    added = [
        add_refspecs(store.git, remote, draft_refspecs(store, remote)) for remote in remote_names(store.git)
    ]
    return any(added)


def _pull(store: Store, metadata: Callable[[], OperationMetadata], remote: str) -> CommittedPlan[PullReport]:
    return commit_plan(store, metadata(), "pull", lambda transaction: plan_pull(transaction, remote))
