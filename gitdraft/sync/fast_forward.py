"""Canonical goes forward to where its remote was last seen, and only forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gitdraft.git.history import is_ancestor
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.refs import read_ref
from gitdraft.model.operations import RefMove
from gitdraft.store.repository import Store
from gitdraft.store.transaction import Plan


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


def plan_forward(store: Store, upstream: str) -> Plan[Forwarding]:
    """Canonical moved forward to the ref ``upstream``, if that is a fast-forward. A worktree that has it checked
    out follows; ``write`` refuses where local changes are in the way."""
    here, there = store.canonical_tip(), read_ref(store.git, upstream)
    state = _state(store, here, there)
    moves: tuple[RefMove, ...] = ()
    if state == "forwarded":
        moves = (RefMove(store.canonical_ref, here, there),)
    report = Forwarding(state, upstream, here, there)
    summary = f"{store.canonical_branch} forward to {upstream.removeprefix('refs/remotes/')}"
    return Plan(report, ObjectBuffer(store.git), moves, summary)


def _state(
    store: Store, here: str | None, there: str | None
) -> Literal["forwarded", "equal", "ahead", "diverged"]:
    if here == there:
        return "equal"
    if there is None:
        return "ahead"
    if here is None or is_ancestor(store.git, here, there):
        return "forwarded"
    return "ahead" if is_ancestor(store.git, there, here) else "diverged"
