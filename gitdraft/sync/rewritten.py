"""A remote whose history was rewritten, by a purge or a force push: what of canonical here was the remote's, and what is
one's own. What was purged there must not come back from here, so the old history is never merged with the new one."""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.errors import StateRefused
from gitdraft.git.commands import run_git
from gitdraft.git.history import is_ancestor
from gitdraft.git.refs import read_ref
from gitdraft.git.trees import changed_files
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.tombstones import ErasedTombstone
from gitdraft.store.remote_tracking import last_canonical_ref, seen_canonical_ref
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import take_snapshot


@dataclass(frozen=True, slots=True)
class LostHistory:
    """A commit ``last`` that was the remote's and is so no more; ``is_all`` says that canonical here has nothing beside."""

    last: Oid
    is_all: bool


def lost_history(store: Store, remote: str, local: Oid, remote_tip: Oid) -> LostHistory | None:
    """Returns what the remote has rewritten of the history that canonical (``local``) still has; ``None`` where it only went
    on from what was last seen of it, or nothing was."""
    git = store.git
    known = [read_ref(git, last_canonical_ref(remote)), _fork_point(store, remote, local)]
    lost = [
        oid for oid in known if oid is not None and git.has(oid) and not is_ancestor(git, oid, remote_tip)
    ]
    for oid in lost:
        if is_ancestor(git, local, oid):
            return LostHistory(oid, is_all=True)
    own = [oid for oid in lost if is_ancestor(git, oid, local)]
    return LostHistory(own[-1], is_all=False) if own else None


def own_commits_on_lost_history(
    store: Store, remote: str, local: Oid, remote_tip: Oid, lost: LostHistory
) -> StateRefused:
    """Returns the refusal of a pull: commits of one's own stand on history that the remote has given up. The hint puts those
    commits alone on the new history, or leaves them out where they hold what was purged."""
    branch = store.canonical_branch
    purged = _purged(store, local, remote_tip, lost.last)
    if purged:
        hint = (
            f"your commits change {', '.join(map(str, purged[:3]))}, which {remote} has erased: make their other changes "
            f"again after git switch {branch} && git reset --hard {remote}/{branch}"
        )
    else:
        hint = (
            f"git rebase --onto {remote}/{branch} {lost.last} {branch} puts your commits on the new history"
        )
    return StateRefused(
        f"{remote} has rewritten the history of {branch}, on which you have commits of your own",
        code="remote-rewritten",
        context={"local": local, "remote": remote_tip, "last": lost.last},
        hint=hint,
    )


def _purged(store: Store, local: Oid, remote_tip: Oid, last: Oid) -> list[EntityRef]:
    """Returns the entities that the commits after ``last`` change, and that the remote has erased."""
    git = store.git
    ours, theirs = take_snapshot(git, local), take_snapshot(git, remote_tip)
    changed = changed_files(git, git.read_commit(last).tree, ours.tree)
    entities = {
        entity for change in changed if (entity := ours.configuration.entity_at(change.path)) is not None
    }
    known = [entity for entity in sorted(entities) if entity.type in theirs.configuration.entities]
    return [entity for entity in known if isinstance(theirs.tombstone(entity), ErasedTombstone)]


def _fork_point(store: Store, remote: str, local: Oid) -> Oid | None:
    """Returns where canonical here left the remote's, as the reflog of the remote-tracking branch has it, where there is
    one."""
    git = store.git
    arguments = ["merge-base", "--fork-point", seen_canonical_ref(store, remote), local]
    done = run_git(git.path, arguments, environment={"GIT_DIR": str(git.path)}, accept=(0, 1, 128))
    text = done.stdout.decode().strip()
    return Oid(text) if text else None
