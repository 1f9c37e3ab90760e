"""The one module that moves refs: a verb plans with a transaction, and the plan is committed.

git never moves two refs together when the process is killed, not even in one `update-ref` transaction. So nothing
depends on that: the intent is written first, as an entry of the operation log that holds every move, then the refs
move, then the entry is marked done. Killed before the entry is in the log, nothing has happened. Killed after, the next
writer finishes the entry that is not marked (``recover``). Every step can be repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from gitdraft.errors import GitdraftError, Moved, StateRefused, ValidationTooLong
from gitdraft.git.known_refs import read_ref
from gitdraft.git.lock_records import has_records, recorded_locks, wait_for_locks
from gitdraft.git.locks import writers_lock
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.refs import lock_files, move_refs
from gitdraft.git.repository import GitRepository
from gitdraft.git.signing import Signer
from gitdraft.git.swap_history import require_no_interrupted_swap
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.names import Oid
from gitdraft.model.operations import HOOKS, PURGE, Operation, OperationMetadata, RefMove
from gitdraft.store.checkout_moves import is_moving
from gitdraft.store.checkouts import IndexLocks, blocked_checkouts, move_checkouts, moving_checkouts
from gitdraft.store.operation_log import DONE, LOG, append_entry
from gitdraft.store.recovery import recover, take_back
from gitdraft.store.repository import CLOSED, Store, is_bookkeeping
from gitdraft.store.signatures import signature
from gitdraft.store.snapshots import Snapshot

Report = TypeVar("Report")

FREE_ATTEMPTS = 3  # without the lock; after so many lost races the plan is made under it
ATTEMPTS = 8
PATIENT_ATTEMPTS = 2  # after so many lost races, nobody can commit while the plan is made
FIRST_PAUSE = 0.02  # seconds


@dataclass(frozen=True)
class Transaction:
    """What every verb plans with: the repository, who acts when, the objects that are not written yet, and canonical at
    its tip.

    A verb that is planned again, because another writer was faster, gets a new transaction.
    """

    store: Store
    metadata: OperationMetadata
    buffer: ObjectBuffer

    @cached_property
    def canonical(self) -> Snapshot:
        """Canonical at its tip, read once."""
        return self.store.snapshot(self.buffer)


def begin(store: Store, metadata: OperationMetadata) -> Transaction:
    """Returns a transaction on canonical at its present tip, for a plan that is not carried out: it signs nothing. Nothing
    is locked."""
    return Transaction(store, metadata, ObjectBuffer(store.git))


def signing_buffer(git: GitRepository, metadata: OperationMetadata) -> ObjectBuffer:
    """Returns a buffer whose commits on canonical are signed where git is configured to."""
    return ObjectBuffer(git, Signer(git, may_prompt=metadata.may_prompt))


@dataclass(frozen=True, slots=True)
class Plan(Generic[Report]):
    """What a verb would do: its report, the objects it needs and the refs it moves. Nothing is written yet.

    A plan without moves has nothing to do. The refs in ``may_stay`` are left where they are, with a notice, when they
    are checked out in a worktree whose local changes are in the way; any other such ref refuses the whole plan.
    ``undoes`` is the id of the operation that this one takes back.
    """

    report: Report
    buffer: ObjectBuffer
    moves: tuple[RefMove, ...]
    summary: str = ""
    undoes: str | None = None
    may_stay: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CommittedPlan(Generic[Report]):
    """A plan that was carried out: its report, the id of the operation (``None``: there was nothing to do), and notices
    for the user (an interrupted operation was finished, a stale lock was cleared, a ref was left where it is)."""

    report: Report
    operation: str | None
    notices: tuple[str, ...] = field(default=())


def commit_plan(
    store: Store,
    metadata: OperationMetadata,
    command: str,
    verb: Callable[[Transaction], Plan[Report]],
    require: Callable[[], None] | None = None,
) -> CommittedPlan[Report]:
    """Plans a verb and carries the plan out as one operation named ``command``.

    The plan is made while others may write; the writers' lock is taken to compare and to write, so that no plan, however
    long it takes, keeps the others waiting. Where somebody has moved meanwhile what the plan was made from, the verb is
    planned again, after ``FREE_ATTEMPTS`` lost races under the lock. ``require`` refuses by raising, under the lock.

    Raises Moved after ``ATTEMPTS`` races with plain git, StateRefused (``worktree-in-the-way``, ``checked-out``) when a
    checked-out branch would move over local changes, and whatever ``verb`` raises. In all these cases no ref has moved.
    """
    notices: list[str] = []
    for _ in range(FREE_ATTEMPTS):
        notices += _settle(store.git)
        basis = _find_basis(store)
        try:
            plan = verb(Transaction(store, metadata, signing_buffer(store.git, metadata)))
        except ValidationTooLong:
            raise
        except GitdraftError:
            if _find_basis(store) != basis:
                continue  # it may have read one half before, the other after
            raise
        if not plan.moves:
            return CommittedPlan(plan.report, None, tuple(notices))
        with writers_lock(store.git):
            notices += _recover(store.git, command)
            if not _holds(store, basis, plan):
                continue
            if require is not None:
                require()
            with IndexLocks(store.git, metadata.operation) as locks, suppress(Moved):
                stayed = _carry_out(store.git, locks, Step(metadata, command, plan))
                operation = None if _is_bookkeeping(plan) else metadata.operation
                return CommittedPlan(plan.report, operation, (*notices, *stayed))
    with writers_lock(store.git):
        committed = commit_plan_locked(store, metadata, command, verb)
    return replace(committed, notices=(*notices, *committed.notices))


def commit_plan_locked(
    store: Store,
    metadata: OperationMetadata,
    command: str,
    verb: Callable[[Transaction], Plan[Report]],
) -> CommittedPlan[Report]:
    """Does what ``commit_plan`` does, for a caller that holds the writers' lock already."""

    def make_plan() -> Plan[Report]:
        return verb(Transaction(store, metadata, signing_buffer(store.git, metadata)))

    return _plan_and_commit(store.git, metadata, command, make_plan)


def write(
    git: GitRepository, metadata: OperationMetadata, command: str, make_plan: Callable[[], Plan[Report]]
) -> CommittedPlan[Report]:
    """Does what ``commit_plan`` does, in a repository that is not set up for gitdraft yet (`init`)."""
    with writers_lock(git):
        return _plan_and_commit(git, metadata, command, make_plan)


def move_tracking_refs(git: GitRepository, moves: Sequence[RefMove]) -> None:
    """Moves refs that mirror a remote, after a push. They get no entry in the operation log: undo cannot take a push
    back."""
    with writers_lock(git):
        require_no_interrupted_swap(git)
        recover(git)
        with recorded_locks(git.common, lock_files(git, moves)):
            move_refs(git, moves)


def blocked_moves(
    git: GitRepository, moves: Sequence[RefMove], buffer: ObjectBuffer
) -> dict[str, StateRefused]:
    """Returns the refs that cannot move because they are checked out, each with the reason.

    git compares the files, so ``buffer`` is flushed where a checked-out ref is among the ``moves``.
    """
    if moving_checkouts(git, moves):
        buffer.flush()
    return blocked_checkouts(git, moves, "look")


def _plan_and_commit(
    git: GitRepository, metadata: OperationMetadata, command: str, make_plan: Callable[[], Plan[Report]]
) -> CommittedPlan[Report]:
    """Plans and commits under the writers' lock, which the caller holds."""
    notices = _recover(git, command)
    contested: set[str] = set()
    for attempt in range(ATTEMPTS):
        with IndexLocks(git, metadata.operation) as locks:
            if attempt >= PATIENT_ATTEMPTS:
                for ref in contested:
                    locks.lock_branch(ref)  # whoever commits in a loop would win every race
            plan = make_plan()
            if not plan.moves:
                return CommittedPlan(plan.report, None, notices)
            try:
                stayed = _carry_out(git, locks, Step(metadata, command, plan))
            except Moved as error:
                if attempt == ATTEMPTS - 1:
                    raise
                contested.add(str(error.context.get("ref", "")))
            else:
                operation = None if _is_bookkeeping(plan) else metadata.operation
                return CommittedPlan(plan.report, operation, (*notices, *stayed))
        import random

        time.sleep(random.uniform(0, FIRST_PAUSE * 2**attempt))
    raise AssertionError("the loop returns or raises")


def _recover(git: GitRepository, command: str) -> tuple[str, ...]:
    if command != PURGE:
        require_no_interrupted_swap(git)
    return recover(git)


def _settle(git: GitRepository) -> tuple[str, ...]:
    """Finishes what a kill left, and waits for who is writing, so that a plan starts from whole operations. Returns notices."""
    if read_ref(git, LOG) == read_ref(git, DONE) and not has_records(git.common) and not is_moving(git):
        return ()
    with writers_lock(git):
        return _recover(git, "")


class _Basis(NamedTuple):
    """What a plan is made from: canonical's tip and the last operation."""

    canonical: Oid | None
    operation: Oid | None


def _find_basis(store: Store) -> _Basis:
    return _Basis(store.canonical_tip(), read_ref(store.git, LOG))


def _holds(store: Store, basis: _Basis, plan: Plan[Report]) -> bool:
    """Returns whether a plan is still right, before its moves are compared one by one.

    One that moves a single draft was made from that draft and canonical. Every other one (a rebase, a merge, an undo) may
    have been made from any ref, so no operation may have come between.
    """
    now = _find_basis(store)
    drafts = {move.name.rpartition("/")[2] for move in plan.moves}
    is_narrow = (
        len(drafts) == 1
        and plan.undoes is None
        and all(move.name.startswith((store.drafts_ref, CLOSED)) for move in plan.moves)
    )
    return now.canonical == basis.canonical if is_narrow else now == basis


def _is_bookkeeping(plan: Plan[Report]) -> bool:
    return all(is_bookkeeping(move.name) for move in plan.moves)


def _carry_out(git: GitRepository, locks: IndexLocks, step: Step[Report]) -> list[str]:
    """Moves the refs of a plan. Returns notices of refs that had to stay. Raises Moved when one is not where the plan has
    it."""
    if not _is_bookkeeping(step.plan):
        return _commit(git, locks, step)
    with recorded_locks(git.common, lock_files(git, step.plan.moves)):
        move_refs(git, step.plan.moves)
    return []


@dataclass(frozen=True, slots=True)
class Step(Generic[Report]):
    """A plan with the name of its command, and who acts when."""

    metadata: OperationMetadata
    command: str
    plan: Plan[Report]


def _commit(git: GitRepository, locks: IndexLocks, step: Step[Report]) -> list[str]:
    """Logs the intent, moves refs, files and indexes, marks it done. Returns notices of refs that had to stay.

    On any failure the intent is taken back before the error goes on. Raises OperationPending where that fails too.
    """
    plan = step.plan
    for move in plan.moves:
        actual = read_ref(git, move.name)
        if actual != move.old:
            raise Moved(
                f"{move.name} was moved by somebody else",
                context={"ref": move.name, "expected": move.old, "actual": actual},
            )
    if moving_checkouts(git, plan.moves):  # of which git compares the files
        plan.buffer.flush()
    contents = lock_files(git, [*plan.moves, RefMove(LOG, None, None), RefMove(DONE, None, None)])
    with recorded_locks(git.common, contents):
        held, refusals = locks.hold(plan.moves, plan.may_stay)
        stayed = _staying(plan, refusals)
        wait_for_locks(git.common, contents)
        moves = tuple(move for move in plan.moves if move.name not in refusals)
        operation = Operation(
            id=step.metadata.operation,
            command=step.command,
            summary=plan.summary or step.command,
            actor=step.metadata.actor,
            at=step.metadata.at,
            moves=moves,
            undoes=plan.undoes,
            may_stay=tuple(sorted(plan.may_stay.intersection(move.name for move in moves))),
            is_automatic=step.metadata.is_automatic or step.command in HOOKS,
        )
        head = read_ref(git, LOG)
        entry = append_entry(plan.buffer, head, operation, signature(step.metadata))
        plan.buffer.flush()
        try:
            move_refs(git, [RefMove(LOG, head, entry.commit)])
            plan.buffer.rewrite_missing()  # the entry leads to them now
            move_checkouts(git, held)
            move_refs(git, moves)
            move_refs(git, [RefMove(DONE, read_ref(git, DONE), entry.commit)])
        except BaseException as error:
            take_back(locks, entry, head, error)
            raise
    return stayed


def _staying(plan: Plan[Report], refusals: Mapping[str, StateRefused]) -> list[str]:
    """Returns what is to be said of the refs that stay. Raises the first refusal of one that may not."""
    for name, refusal in refusals.items():
        if name not in plan.may_stay:
            raise refusal
    return [f"{name.removeprefix('refs/heads/')} stayed: {e.message}" for name, e in refusals.items()]
