"""Where drafts stand on a remote, as far as was last seen, and what was last brought together with it.

Read from refs alone: where the remote's branches are (`git fetch` moves those too), and a ref of our own for each
draft, `refs/gitdraft/synced/<remote>/<id>`: the remote's tip that the draft here has in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from gitdraft.errors import NotFound, RepositoryError
from gitdraft.git.history import commits_between, is_ancestor
from gitdraft.git.refs import list_refs, read_ref
from gitdraft.git.remotes import find_remote
from gitdraft.git.repository import GitRepository
from gitdraft.store.drafts import find_base
from gitdraft.store.repository import BRANCHES, CLOSED, Store

Relation: TypeAlias = Literal["equal", "ahead", "behind", "diverged", "deleted here", "deleted there"]


@dataclass(frozen=True, slots=True)
class Places:
    """A draft's tip among the branches and among the closed drafts; it should have one of them."""

    open: str | None = None
    closed: str | None = None


@dataclass(frozen=True, slots=True)
class Tracked:
    """A draft here and there; ``synced`` is the remote's tip that the draft here has in it."""

    id: str
    here: Places
    there: Places
    synced: str | None
    is_closed_there: bool = False

    @property
    def tip_here(self) -> str | None:
        """The draft's tip in this repository."""
        return self.here.open or self.here.closed

    @property
    def tip_there(self) -> str | None:
        """The draft's tip on the remote."""
        return self.there.closed if self.is_closed_there else self.there.open


def usual_remote(store: Store) -> str | None:
    """The remote that `sync` would talk to, ``None`` when there is none."""
    try:
        return find_remote(store.git, store.canonical_branch)
    except NotFound:
        return None


def relations(store: Store, remote: str) -> dict[str, Relation]:
    """How the drafts stand to the remote's, as far as was last seen."""
    return {name: relation(store.git, tracked) for name, tracked in tracked_drafts(store, remote).items()}


def tracked_drafts(store: Store, remote: str) -> dict[str, Tracked]:
    """Every draft that is here, was last seen on the remote, or was ever brought together with it; sorted."""
    here, closed_here = store.open_drafts(), store.closed_drafts()
    there = _by_id(store.git, seen_drafts_ref(store, remote))
    closed_there = _by_id(store.git, seen_closed_ref(remote))
    synced = _by_id(store.git, synced_ref(remote))
    found = {}
    for name in sorted({*here, *closed_here, *there, *closed_there, *synced}):
        far = Places(there.get(name), closed_there.get(name))
        found[name] = Tracked(
            name,
            Places(here.get(name), closed_here.get(name)),
            far,
            synced.get(name),
            _is_closed(store.git, far),
        )
    return found


def relation(git: GitRepository, tracked: Tracked) -> Relation:
    """How the draft here stands to the remote's.

    Somebody without gitdraft may have moved the branch onto the remote's: a tip that has the other one on its line
    is ahead, unless it has it because the other side went back. (What git merged is still to be united.)
    """
    here, there, synced = tracked.tip_here, tracked.tip_there, tracked.synced
    if here == there:
        return "equal"
    if there is None:
        return "deleted there" if here == synced else "ahead"
    if here is None:
        return "deleted here" if there == synced else "behind"
    if there == synced:
        return "ahead"
    if here == synced:
        return "behind"
    if _goes_on(git, tracked.id, here, there) and not (synced and is_ancestor(git, there, synced)):
        return "ahead"
    if _goes_on(git, tracked.id, there, here) and not (synced and is_ancestor(git, here, synced)):
        return "behind"
    return "diverged"


def canonical_relation(store: Store, remote: str) -> Relation:
    """How canonical stands to the remote's, as far as was last seen."""
    here, there = store.canonical_tip(), seen_canonical(store, remote)
    if here == there:
        return "equal"
    if there is None or (here is not None and is_ancestor(store.git, there, here)):
        return "ahead"
    return "behind" if here is None or is_ancestor(store.git, here, there) else "diverged"


def seen_canonical(store: Store, remote: str) -> str | None:
    """The remote's canonical commit when it was last seen."""
    return read_ref(store.git, seen_canonical_ref(store, remote))


def seen_canonical_ref(store: Store, remote: str) -> str:
    """Where the remote's canonical branch is remembered."""
    return f"refs/remotes/{remote}/{store.canonical_branch}"


def seen_drafts_ref(store: Store, remote: str) -> str:
    """The prefix under which the remote's draft branches are remembered."""
    return f"refs/remotes/{remote}/{store.drafts_ref.removeprefix(BRANCHES)}"


def seen_closed_ref(remote: str) -> str:
    """The prefix under which the remote's closed drafts are remembered."""
    return f"refs/gitdraft/remotes/{remote}/closed/"


def synced_ref(remote: str) -> str:
    """The prefix of our own refs: what of the remote each draft has in it."""
    return f"refs/gitdraft/synced/{remote}/"


def draft_refspecs(store: Store, remote: str) -> tuple[str, str]:
    """What brings the remote's drafts, open and closed."""
    return (
        f"+{store.drafts_ref}*:{seen_drafts_ref(store, remote)}*",
        f"+{CLOSED}*:{seen_closed_ref(remote)}*",
    )


def canonical_refspec(store: Store, remote: str) -> str:
    """What brings the remote's canonical branch, and is no error where it has none yet (hence the pattern)."""
    return f"+{store.canonical_ref}*:{seen_canonical_ref(store, remote)}*"


def _goes_on(git: GitRepository, draft_id: str, later: str, earlier: str) -> bool:
    """Whether ``later`` is on the line of commits that goes on from ``earlier``."""
    if not is_ancestor(git, earlier, later):
        return False
    try:
        base = find_base(git, draft_id, later)
    except RepositoryError:
        return True  # a malformed one; who reads it will say so
    return any(commit.oid == earlier for commit in commits_between(git, base, later))


def _is_closed(git: GitRepository, places: Places) -> bool:
    """One that has both places was moved half: back among the branches, where it goes on from the closed one."""
    if places.open is None or places.closed is None:
        return places.closed is not None
    return not is_ancestor(git, places.closed, places.open)


def _by_id(git: GitRepository, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): oid for name, oid in list_refs(git, prefix).items()}
