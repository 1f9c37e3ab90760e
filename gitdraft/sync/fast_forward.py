"""Canonical goes forward to where its remote was last seen, and only forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gitdraft.git.history import is_ancestor
from gitdraft.git.refs import read_ref
from gitdraft.model.operations import RefMove
from gitdraft.store.repository import Store
from gitdraft.store.transaction import Plan, Transaction


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Canonical here (``before``) and on the remote (``remote_tip``, ``None``: there is no such branch).

    It is ``forwarded`` to it, at the same commit (``equal``), ``ahead`` of it, or has ``diverged``, and then
    it stays.
    """

    state: Literal["forwarded", "equal", "ahead", "diverged"]
    upstream: str
    before: str | None
    remote_tip: str | None


def plan_fast_forward(transaction: Transaction, upstream: str) -> Plan[Forwarding]:
    """Canonical moved forward to the ref ``upstream``, if that is a fast-forward. A worktree that has it checked
    out follows; ``write`` refuses where local changes are in the way."""
    store = transaction.store
    local, remote = store.canonical_tip(), read_ref(store.git, upstream)
    state = _state(store, local, remote)
    moves: tuple[RefMove, ...] = ()
    if state == "forwarded":
        moves = (RefMove(store.canonical_ref, local, remote),)
    report = Forwarding(state, upstream, local, remote)
    summary = f"{store.canonical_branch} forward to {upstream.removeprefix('refs/remotes/')}"
    return Plan(report, transaction.buffer, moves, summary)


def _state(
    store: Store, local: str | None, tlocal: str | None
) -> Literal["forwarded", "equal", "ahead", "diverged"]:
    if local == tlocal:
        return "equal"
    if tlocal is None:
        return "ahead"
    if local is None or is_ancestor(store.git, local, tlocal):
        return "forwarded"
    return "ahead" if is_ancestor(store.git, tlocal, local) else "diverged"
