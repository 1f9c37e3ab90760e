"""Canonical follows a remote: fetched, moved forward, the open drafts rebased; one operation."""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.errors import StateRefused
from gitdraft.git.commands import run_git
from gitdraft.git.history import is_ancestor
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.refs import read_ref
from gitdraft.model.occasions import Occasion
from gitdraft.model.operations import RefMove
from gitdraft.model.reports import RebaseReport
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import take_snapshot
from gitdraft.store.writing import Plan
from gitdraft.workflow.rebasing import plan_rebase


@dataclass(frozen=True, slots=True)
class FollowReport:
    """Where canonical is, and the rebase; ``moved`` is false when the remote had nothing new."""

    canonical: str
    rebase: RebaseReport
    moved: bool


def fetch_canonical(store: Store, remote: str) -> str:
    """The commit that canonical is at on the remote; its objects are fetched.

    Raises RepositoryError (``git``) when the remote cannot be reached, or has no such branch.
    """
    tracking = f"refs/remotes/{remote}/{store.canonical}"
    # no tags, no submodules, nothing that the remote's configuration would add
    run_git(
        store.git.path,
        [
            *("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"),
            *("--", remote, f"+{store.canonical_ref}:{tracking}"),
        ],
        settings={"http.lowSpeedLimit": "100", "http.lowSpeedTime": "30"},  # bytes a second, seconds
        environment={"GIT_DIR": str(store.git.path)},
    )
    fetched = read_ref(store.git, tracking)
    assert fetched is not None
    return fetched


def plan_follow(store: Store, occasion: Occasion, fetched: str) -> Plan[FollowReport]:
    """Canonical moved forward to the fetched commit, and the open drafts rebased onto it.

    Raises StateRefused (``diverged``) when canonical has commits here that the remote has not.
    """
    buffer = ObjectBuffer(store.git)
    tip = store.canonical_tip()
    if tip is not None and is_ancestor(store.git, fetched, tip):
        rebase = plan_rebase(store, occasion, buffer=buffer)
        report = FollowReport(tip, rebase.report, moved=False)
        return Plan(report, buffer, rebase.moves, rebase.summary, may_stay=rebase.may_stay)
    if tip is not None and not is_ancestor(store.git, tip, fetched):
        raise StateRefused(
            f"{store.canonical} has commits that the remote has not, and the other way round",
            code="diverged",
            context={"canonical": tip, "fetched": fetched},
            hint="git merge the two, or git push",
        )
    onto = take_snapshot(buffer, fetched, store.snapshot(buffer).configuration)
    rebase = plan_rebase(store, occasion, buffer=buffer, onto=onto)
    moves = (RefMove(store.canonical_ref, tip, fetched), *rebase.moves)
    report = FollowReport(fetched, rebase.report, moved=True)
    return Plan(
        report, buffer, moves, f"{store.canonical} follows to {fetched[:10]}", may_stay=rebase.may_stay
    )
