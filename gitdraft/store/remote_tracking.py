"""How the local drafts relate to a remote's, as far as was last fetched.

Read from refs alone: the remote-tracking refs (which plain `git fetch` moves too), and for each draft a ref of
gitdraft's own, `refs/gitdraft/synced/<remote>/<id>`, at the remote's tip that the local draft contains.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from gitdraft.errors import NotFound, RepositoryError
from gitdraft.git.history import commits_between, is_ancestor
from gitdraft.git.known_refs import list_refs, read_ref
from gitdraft.git.own_branch import BRANCHES
from gitdraft.git.repository import GitRepository
from gitdraft.git.settings import find_remote
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import DraftId, Oid, RefName
from gitdraft.store.drafts import find_base
from gitdraft.store.repository import CLOSED, Store

SYNCED = "refs/gitdraft/synced/"

Relation: TypeAlias = Literal["equal", "ahead", "behind", "diverged", "deleted here", "deleted there"]


@dataclass(frozen=True, slots=True)
class Tips:
    """A draft's tip among the branches and among the closed drafts. It should have one of the two."""

    open: Oid | None = None
    closed: Oid | None = None


@dataclass(frozen=True, slots=True)
class TrackedDraft:
    """A draft in this repository and on a remote. ``synced`` is the remote's tip that the local draft contains."""

    id: DraftId
    local: Tips
    remote: Tips
    synced: Oid | None
    is_closed_remotely: bool = False

    @property
    def local_tip(self) -> Oid | None:
        """The draft's tip in this repository, ``None`` when it has none."""
        return self.local.open or self.local.closed

    @property
    def remote_tip(self) -> Oid | None:
        """The draft's tip on the remote, ``None`` when it has none."""
        return self.remote.closed if self.is_closed_remotely else self.remote.open


def default_remote(store: Store) -> str | None:
    """Returns the remote that `sync` uses by default, ``None`` when there is none."""
    try:
        return find_remote(store.git, store.canonical_branch)
    except NotFound:
        return None


def relations(store: Store, remote: str) -> dict[str, Relation]:
    """Returns how each local draft relates to the remote's, as last fetched, by id."""
    return {name: relation(store.git, tracked) for name, tracked in tracked_drafts(store, remote).items()}


def tracked_drafts(store: Store, remote: str) -> dict[str, TrackedDraft]:
    """Returns every draft that is in this repository, was last seen on the remote, or was ever synced with it, by id and
    sorted."""
    local_open, local_closed = store.open_drafts(), store.closed_drafts()
    remote_open = _by_id(store.git, seen_drafts_ref(store, remote))
    remote_closed = _by_id(store.git, seen_closed_ref(remote))
    synced = _by_id(store.git, synced_ref(remote))
    drafts = {}
    for name in sorted({*local_open, *local_closed, *remote_open, *remote_closed, *synced}):
        local = Tips(local_open.get(name), local_closed.get(name))
        seen = Tips(remote_open.get(name), remote_closed.get(name))
        drafts[name] = TrackedDraft(DraftId(name), local, seen, synced.get(name), _is_closed(store.git, seen))
    return drafts


def relation(git: GitRepository, tracked: TrackedDraft) -> Relation:
    """Returns how the local draft relates to the remote's.

    Somebody without gitdraft may have moved the branch onto the remote's. So a tip whose first-parent line contains the
    other tip is ahead, unless it contains it because the other side went back. (What `git merge` joined has still to be
    merged by gitdraft.)
    """
    local, remote, synced = tracked.local_tip, tracked.remote_tip, tracked.synced
    if local == remote:
        return "equal"
    if remote is None:
        return "deleted there" if local == synced else "ahead"
    if local is None:
        return "deleted here" if remote == synced else "behind"
    if remote == synced:
        return "ahead"
    if local == synced:
        return "behind"
    if _continues(git, tracked.id, local, remote) and not (synced and is_ancestor(git, remote, synced)):
        return "ahead"
    if _continues(git, tracked.id, remote, local) and not (synced and is_ancestor(git, local, synced)):
        return "behind"
    return "diverged"


def canonical_relation(store: Store, remote: str) -> Relation:
    """Returns how local canonical relates to the remote's, as last fetched."""
    local, seen = store.canonical_tip(), seen_canonical(store, remote)
    if local == seen:
        return "equal"
    if seen is None or (local is not None and is_ancestor(store.git, seen, local)):
        return "ahead"
    return "behind" if local is None or is_ancestor(store.git, local, seen) else "diverged"


def seen_canonical(store: Store, remote: str) -> Oid | None:
    """Returns the remote's canonical commit as last fetched."""
    return read_ref(store.git, seen_canonical_ref(store, remote))


def seen_canonical_ref(store: Store, remote: str) -> RefName:
    """Returns the name of the remote-tracking ref of canonical."""
    return RefName(f"refs/remotes/{remote}/{store.canonical_branch}")


def last_canonical_ref(remote: str) -> RefName:
    """Returns the name of our own ref at the remote's canonical commit that was last pulled or pushed: bare repositories have
    no reflog that would say it."""
    return RefName(f"refs/gitdraft/remotes/{remote}/canonical")


def seen_drafts_ref(store: Store, remote: str) -> str:
    """Returns the prefix of the remote-tracking refs of draft branches."""
    return f"refs/remotes/{remote}/{store.drafts_ref.removeprefix(BRANCHES)}"


def seen_closed_ref(remote: str) -> str:
    """Returns the prefix of the refs that track the remote's closed drafts."""
    return f"refs/gitdraft/remotes/{remote}/closed/"


def is_synced_ref(ref: str) -> bool:
    """Returns whether the ref says which of a remote's tips a local draft contains."""
    return ref.startswith(SYNCED)


def synced_ref(remote: str) -> str:
    """Returns the prefix of the refs that say which of the remote's tips each local draft contains."""
    return f"{SYNCED}{remote}/"


def draft_refspecs(store: Store, remote: str) -> tuple[str, str]:
    """Returns the refspecs that fetch the remote's drafts, open and closed."""
    return (
        f"+{store.drafts_ref}*:{seen_drafts_ref(store, remote)}*",
        f"+{CLOSED}*:{seen_closed_ref(remote)}*",
    )


def canonical_refspec(store: Store, remote: str) -> str:
    """Returns the refspec that fetches canonical. It is a pattern, since git refuses to fetch a branch that is not
    there."""
    return f"+{store.canonical_ref}*:{seen_canonical_ref(store, remote)}*"


def _continues(git: GitRepository, draft_id: str, later: Oid, earlier: Oid) -> bool:
    """Returns whether ``later`` continues the draft's line of commits from ``earlier``."""
    if not is_ancestor(git, earlier, later):
        return False
    try:
        start = find_base(git, draft_id, later).start
    except RepositoryError:
        return True  # malformed: reading the draft reports it
    return any(commit.oid == earlier for commit in commits_between(git, start, later))


def _is_closed(git: GitRepository, tips: Tips) -> bool:
    """Returns whether the draft is closed. With both tips it was moved by half: it was reopened when the open one
    continues the closed one."""
    if tips.open is None or tips.closed is None:
        return tips.closed is not None
    return not is_ancestor(git, tips.closed, tips.open)


def _by_id(git: GitRepository, prefix: str) -> dict[str, Oid]:
    return {name.removeprefix(prefix): oid for name, oid in list_refs(git, prefix).items()}
