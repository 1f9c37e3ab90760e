"""Canonical alone follows its remote, for the watcher and webhooks: forward, or onto a rewritten history."""

from __future__ import annotations

from contextlib import suppress

from gitdraft.errors import InvalidInput, StateRefused
from gitdraft.git.known_refs import read_ref
from gitdraft.git.settings import remote_names
from gitdraft.lazy_dataclass import replace
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefMove
from gitdraft.model.sync_reports import Forwarding, ForwardState
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.store.remote_tracking import last_canonical_ref, seen_canonical_ref
from gitdraft.store.repository import Store
from gitdraft.store.snapshots import take_snapshot
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.sync.follow_remote import follow_remote, is_rewritten, remote_of
from gitdraft.sync.rewritten import RemoteCanonical
from gitdraft.validation.step import violations_of_step


def plan_fast_forward(transaction: Transaction, upstream: RefName) -> Plan[Forwarding]:
    """Plans to move canonical to where its remote was last seen, the ref ``upstream``, as ``follow_remote`` says.

    What that breaks is reported: canonical follows its remote nevertheless. The drafts leave a history that the remote has
    given up in the same operation. A worktree that has canonical checked out follows. Where local changes are in the way,
    committing the plan raises StateRefused.
    """
    store, buffer = transaction.store, transaction.buffer
    local, tip = store.canonical_tip(), read_ref(store.git, upstream)
    name = remote_of(upstream, remote_names(store.git))
    try:
        after = follow_remote(store, local, None if tip is None else RemoteCanonical(name, upstream, tip))
    except StateRefused as error:
        return Plan(Forwarding("diverged", upstream, local, tip, refusal=error), buffer, ())
    last = last_canonical_ref(name)
    moves = [RefMove(store.canonical_ref, local, after)]
    if tip is not None and upstream == seen_canonical_ref(store, name):
        moves.append(RefMove(last, read_ref(store.git, last), tip))
    state = _state(store, local, tip, after)
    report = Forwarding(state, upstream, local, tip)
    may_stay = frozenset[str]()
    if after is not None and after != local:
        report = replace(report, violations=violations_of_step(store, buffer, local, after))
    if after is not None and state == "rewritten":
        with suppress(InvalidInput):  # gitdraft.yaml cannot be read, which is reported
            drafts = plan_rebase(transaction, everything=True, canonical=take_snapshot(buffer, after))
            moves += drafts.moves
            may_stay = drafts.may_stay
    summary = f"{store.canonical_branch} forward to {upstream.removeprefix('refs/remotes/')}"
    real = tuple(move for move in moves if move.old != move.new)
    return Plan(report, buffer, real, summary, may_stay=may_stay)


def _state(store: Store, local: Oid | None, remote: Oid | None, after: Oid | None) -> ForwardState:
    if after != local:
        return "rewritten" if is_rewritten(store.git, local, after) else "forwarded"
    return "equal" if local == remote else "ahead"
