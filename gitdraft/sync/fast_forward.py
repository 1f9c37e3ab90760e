"""Canonical fast-forwards to where its remote was last seen. It never moves otherwise."""

from __future__ import annotations

from gitdraft.git.history import is_ancestor
from gitdraft.git.refs import read_ref
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefMove
from gitdraft.model.sync_reports import Forwarding, ForwardState
from gitdraft.model.violations import Violation
from gitdraft.store.repository import Store
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.validation.step import violations_of_step


def plan_fast_forward(transaction: Transaction, upstream: RefName) -> Plan[Forwarding]:
    """Plans to move canonical to the ref ``upstream``, if that is a fast-forward.

    What that breaks is reported: canonical follows its remote nevertheless. A worktree that has canonical checked out follows. Where local changes are in the way, committing the plan raises
    StateRefused.
    """
    store = transaction.store
    local, remote = store.canonical_tip(), read_ref(store.git, upstream)
    state = _state(store, local, remote)
    moves: tuple[RefMove, ...] = ()
    violations: tuple[Violation, ...] = ()
    if state == "forwarded":
        moves = (RefMove(store.canonical_ref, local, remote),)
        violations = () if remote is None else violations_of_step(store, transaction.buffer, local, remote)
    report = Forwarding(state, upstream, local, remote, violations)
    summary = f"{store.canonical_branch} forward to {upstream.removeprefix('refs/remotes/')}"
    return Plan(report, transaction.buffer, moves, summary)


def _state(store: Store, local: Oid | None, remote: Oid | None) -> ForwardState:
    if local == remote:
        return "equal"
    if remote is None:
        return "ahead"
    if local is None or is_ancestor(store.git, local, remote):
        return "forwarded"
    return "ahead" if is_ancestor(store.git, remote, local) else "diverged"
