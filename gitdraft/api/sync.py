"""Drafts across clones: pull, push, sync, clone, and how this clone stands to its remote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gitdraft.api.session import metadata_of
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import RefName

if TYPE_CHECKING:
    from gitdraft.api.session import Clock, Identity, Session
    from gitdraft.git.fetch import Fetch
    from gitdraft.model.sync_reports import Forwarding, SyncReport
    from gitdraft.store.remote_tracking import Relation
    from gitdraft.store.repository import Store


@dataclass(frozen=True, slots=True)
class Tracking:
    """How canonical and the drafts stand to a remote's, as far as was last seen."""

    remote: str
    canonical: Relation
    drafts: Mapping[str, Relation]


def tracking(store: Store) -> Tracking | None:
    """Returns how this clone stands to the remote that canonical follows; ``None`` without one."""
    from gitdraft.store.remote_tracking import canonical_relation, default_remote, relations

    remote = default_remote(store)
    if remote is None:
        return None
    return Tracking(remote, canonical_relation(store, remote), relations(store, remote))


def pull(session: Session, remote: str | None = None, *, dry_run: bool = False) -> SyncReport:
    """Fetches, and merges what the remote has into what is here, in one operation.

    Raises StateRefused (``canonical-diverged``, ``unrelated-history``), RepositoryError (``remote``).
    """
    from gitdraft.sync.sync import pull

    report = pull(session.store, session.metadata, remote, dry_run=dry_run)
    session.notify_all(report.notices)
    return report


def push(
    session: Session, drafts: Sequence[str] = (), remote: str | None = None, *, dry_run: bool = False
) -> SyncReport:
    """Gives canonical and all drafts, or those named, to the remote; what somebody else changed there is never
    overwritten. Raises Moved when the remote moved each time between the fetch and the push."""
    from gitdraft.sync.sync import push_drafts

    report = push_drafts(session.store, drafts, remote, dry_run=dry_run)
    session.notify_all(report.notices)
    return report


def sync(session: Session, remote: str | None = None, *, dry_run: bool = False) -> SyncReport:
    """Pulls, then pushes, until the remote stood still in between; with ``dry_run`` it fetches and says what would be
    done."""
    from gitdraft.sync.sync import preview_sync, sync

    report = (preview_sync if dry_run else sync)(session.store, session.metadata, remote)
    session.notify_all(report.notices)
    return report


def forward(session: Session, upstream: RefName) -> Forwarding:
    """Moves canonical forward to where its remote's branch (the ref ``upstream``) was last seen, where it can."""
    from gitdraft.sync.fast_forward import plan_fast_forward

    return session.run("fetch", lambda transaction: plan_fast_forward(transaction, upstream))


@dataclass(frozen=True, slots=True)
class RunningFetch:
    """A `git fetch` that is on its way, from the remote that canonical follows."""

    remote: str
    upstream: RefName
    fetch: Fetch

    def is_done(self) -> bool:
        """Returns whether git has ended. Raises RepositoryError (``fetch``), with git's own words, when it failed."""
        return self.fetch.is_done()

    def stop(self) -> None:
        """Ends it, done or not."""
        self.fetch.stop()


def start_fetch(store: Store) -> RunningFetch:
    """Has git fetch, in a process of its own, from the remote that canonical follows; nobody waits for it. Raises NotFound
    (``no-remote``), RepositoryError when git cannot be started."""
    from gitdraft.git.fetch import Fetch, find_upstream

    upstream = find_upstream(store.git, store.canonical_ref)
    return RunningFetch(upstream.remote, upstream.ref, Fetch(store.git, upstream.remote))


def clone(url: str, parent: Path, name: str, identity: Identity, clock: Clock) -> SyncReport | None:
    """Clones a repository with its drafts into the folder ``name`` of ``parent``; returns what became of the drafts,
    ``None`` for a repository without a gitdraft.yaml. Raises RepositoryError (``remote``)."""
    from gitdraft.sync.clone import clone

    return clone(url, parent, name, lambda store: metadata_of(store.git, identity, clock()))
