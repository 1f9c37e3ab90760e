"""Where canonical goes after a fetch: the one answer for pull, push, `watch --fetch` and the webhook.

It goes forward with its remote, and onto a history that the remote has rewritten where all that is here was the remote's.
Otherwise it stays, and the refusal says how to go on.
"""

from __future__ import annotations

from gitdraft.errors import StateRefused
from gitdraft.git.history import commits_since, is_ancestor, merge_base
from gitdraft.git.repository import GitRepository
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid, RefName
from gitdraft.store.remote_tracking import seen_canonical, seen_canonical_ref
from gitdraft.store.repository import CLOSED, Store
from gitdraft.sync.rewritten import (
    LostHistory,
    RemoteCanonical,
    erased_at,
    known_tips,
    lost_history,
    purged_from,
)


def seen_remote(store: Store, remote: str) -> RemoteCanonical | None:
    """Returns the remote's canonical as last fetched; ``None`` where it has none."""
    tip = seen_canonical(store, remote)
    return None if tip is None else RemoteCanonical(remote, seen_canonical_ref(store, remote), tip)


def follow_remote(store: Store, local: Oid | None, remote: RemoteCanonical | None) -> Oid | None:
    """Returns where canonical, which is at ``local``, goes: to the remote's commit, or nowhere else where that is behind.

    Raises StateRefused: ``canonical-diverged`` where both have commits that the other lacks, ``remote-rewritten`` where
    one's own stand on history that the remote has given up, ``remote-not-purged`` where it still has what was purged here,
    ``unrelated-history``.
    """
    if local is None or remote is None:
        return local if remote is None else remote.tip
    git = store.git
    if is_ancestor(git, local, remote.tip):
        return remote.tip
    purged = purged_from(store, remote, local)
    if purged is not None:
        raise _not_purged(store, local, remote, purged)
    lost = lost_history(store, remote, local)
    if lost is not None and lost.is_all:
        return remote.tip
    if lost is not None:
        raise _own_on_lost_history(store, local, remote, lost)
    if is_ancestor(git, remote.tip, local):
        return local
    raise _diverged(store, local, remote)


def is_rewritten(git: GitRepository, before: Oid | None, after: Oid | None) -> bool:
    """Returns whether the step leaves history behind."""
    return before is not None and after is not None and not is_ancestor(git, before, after)


def _not_purged(store: Store, local: Oid, remote: RemoteCanonical, purged: LostHistory) -> StateRefused:
    """Returns the refusal whose hint brings the purge to the remote, after what that has beside the old history."""
    branch, name = store.canonical_branch, remote.remote
    refs = f"{branch} '{store.drafts_ref}*' '{CLOSED}*'"
    hint = f"git push --force {name} {refs} gives it what was purged; it then has to collect its garbage"
    if not purged.is_all:
        target = remote.upstream.removeprefix("refs/remotes/")
        erased = erased_at(store, local, commits_since(store.git, remote.tip, purged.last))
        but = f", without what brings {', '.join(map(str, erased[:3]))} back" if erased else ""
        hint = (
            f"git cherry-pick {purged.last}..{target} takes over what {name} has beside it{but}; then {hint}"
        )
    return StateRefused(
        f"{name} still has the history of {branch} that was purged here",
        code="remote-not-purged",
        context={"local": local, "remote": remote.tip, "last": purged.last},
        hint=_in_worktree(store, hint) if not purged.is_all else hint,
    )


def _own_on_lost_history(
    store: Store, local: Oid, remote: RemoteCanonical, lost: LostHistory
) -> StateRefused:
    """Returns the refusal whose hint puts one's own commits alone on the new history, or leaves them out where they hold
    what was purged."""
    branch, target = store.canonical_branch, remote.upstream.removeprefix("refs/remotes/")
    erased = erased_at(store, remote.tip, commits_since(store.git, local, lost.last))
    hint = f"git rebase --onto {target} {lost.last} {branch} puts your commits on the new history"
    return StateRefused(
        f"{remote.remote} has rewritten the history of {branch}, on which you have commits of your own",
        code="remote-rewritten",
        context={"local": local, "remote": remote.tip, "last": lost.last},
        hint=_without_erased(store, remote, erased) if erased else _in_worktree(store, hint),
    )


def _diverged(store: Store, local: Oid, remote: RemoteCanonical) -> StateRefused:
    """Returns the refusal, which offers a merge only where it is known that the remote went on from there."""
    branch, target = store.canonical_branch, remote.upstream.removeprefix("refs/remotes/")
    context = {"local": local, "remote": remote.tip}
    base = merge_base(store.git, local, remote.tip)
    if base is None:
        return StateRefused(
            f"{branch} and {remote.remote}'s {branch} have no commit in common",
            code="unrelated-history",
            context=context,
            hint=f"git remote get-url {remote.remote} says where it leads",
        )
    erased = erased_at(store, remote.tip, commits_since(store.git, local, remote.tip))
    if erased:
        hint = _without_erased(store, remote, erased)
    elif base in known_tips(store, remote, local):
        hint = (
            f"git merge {target} merges the two; or gitdraft undo takes back what was done here, to be done again after "
            "the pull"
        )
    else:
        hint = (
            f"git log --oneline {target}..{branch} lists what {remote.remote} has not, be it yours or taken back there: "
            f"git rebase -i {target} keeps what you pick"
        )
    return StateRefused(
        f"{branch} has commits that {remote.remote}'s has not, and lacks some of its",
        code="canonical-diverged",
        context=context,
        hint=hint if erased else _in_worktree(store, hint),
    )


def _in_worktree(store: Store, hint: str) -> str:
    """Returns the hint, which a bare repository can follow in a worktree alone."""
    if store.git.worktree is not None:
        return hint
    branch = store.canonical_branch
    return f"git worktree add ../{branch} {branch} && cd ../{branch} first; {hint}"


def _without_erased(store: Store, remote: RemoteCanonical, erased: list[EntityRef]) -> str:
    branch, target = store.canonical_branch, remote.upstream.removeprefix("refs/remotes/")
    names = ", ".join(map(str, erased[:3])) + (" …" if erased[3:] else "")
    follow = f"git switch {branch} && git reset --hard {target}"
    if store.git.worktree is None:
        follow = f"git update-ref {store.canonical_ref} {remote.tip}"
    return f"your commits change {names}, which {remote.remote} has erased: make their other changes again after {follow}"


def remote_of(upstream: RefName, names: list[str]) -> str:
    """Returns the remote whose branch the ref tracks, of these."""
    tracked = upstream.removeprefix("refs/remotes/")
    matching = [name for name in names if tracked.startswith(f"{name}/")]
    return max(matching, key=len, default=tracked.partition("/")[0])
