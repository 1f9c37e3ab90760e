"""The one module that moves refs: a verb plans with a transaction, and the plan is committed.

git never moves two refs together when the process is killed, not even in one `update-ref` transaction. So nothing
depends on that: the intent is written first, as an entry of the operation log that holds every move, then the refs
move, then the entry is marked done. Killed before the entry is in the log, nothing has happened. Killed after, the next
writer finishes the entry that is not marked (``recover``). Every step can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Generic, TypeVar

from gitdraft.errors import Moved, StateRefused
from gitdraft.git.locks import WritersLock, writers_lock
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.refs import clear_stale_lock, move_refs, read_ref
from gitdraft.git.repository import GitRepository
from gitdraft.git.worktrees import Checkout, checkouts, follow, obstacles
from gitdraft.model.names import Oid
from gitdraft.model.operations import Operation, OperationMetadata, RefMove
from gitdraft.store.operation_log import DONE, LOG, Entry, append_entry, pending_entry
from gitdraft.store.repository import Store
from gitdraft.store.signatures import signature
from gitdraft.store.snapshots import Snapshot

Report = TypeVar("Report")

ATTEMPTS = 5


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
    """Returns a transaction on canonical at its present tip. Nothing is locked."""
    return Transaction(store, metadata, ObjectBuffer(store.git))


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
    store: Store, metadata: OperationMetadata, command: str, verb: Callable[[Transaction], Plan[Report]]
) -> CommittedPlan[Report]:
    """Plans a verb under the writers' lock and carries the plan out as one operation named ``command``.

    gitdraft's own writers wait for each other. Where plain git moves a ref between the plan and its compare-and-swap,
    the verb is planned again, ``ATTEMPTS`` times. Raises Moved after that, StateRefused (``worktree-in-the-way``,
    ``checked-out``) when a checked-out branch would move over local changes, and whatever ``verb`` raises. In all
    these cases no ref has moved.
    """
    with writers_lock(store.git) as lock:
        return commit_plan_locked(store, lock, metadata, command, verb)


def commit_plan_locked(
    store: Store,
    lock: WritersLock,
    metadata: OperationMetadata,
    command: str,
    verb: Callable[[Transaction], Plan[Report]],
) -> CommittedPlan[Report]:
    """Does what ``commit_plan`` does, for a caller that holds the writers' lock already."""
    return _commit(store.git, lock, metadata, command, lambda: verb(begin(store, metadata)))


def write(
    git: GitRepository, metadata: OperationMetadata, command: str, make_plan: Callable[[], Plan[Report]]
) -> CommittedPlan[Report]:
    """Does what ``commit_plan`` does, in a repository that is not set up for gitdraft yet (`init`)."""
    with writers_lock(git) as lock:
        return _commit(git, lock, metadata, command, make_plan)


def move_tracking_refs(git: GitRepository, moves: Sequence[RefMove]) -> None:
    """Moves refs that mirror a remote, after a push. They get no entry in the operation log: undo cannot take a push
    back."""
    with writers_lock(git) as lock:
        recover(git, lock)
        move_refs(git, moves, lock=lock)


def blocked_moves(
    git: GitRepository, moves: Sequence[RefMove], buffer: ObjectBuffer
) -> dict[str, StateRefused]:
    """Returns the refs that cannot move because they are checked out, each with the reason.

    git compares the files, so ``buffer`` is flushed where a checked-out ref is among the ``moves``.
    """
    checked_out = _checked_out(git, moves)
    if checked_out:
        buffer.flush()
    refusals = ((move.name, _obstacle(checkout, move)) for checkout, move in checked_out)
    return {name: refusal for name, refusal in refusals if refusal is not None}


def recover(git: GitRepository, lock: WritersLock) -> tuple[str, ...]:
    """Finishes the operation that was interrupted, if there is one. Returns notices for the user.

    A ref that is at neither the old nor the new value of its move was moved by another program since, and stays.
    """
    entry = pending_entry(git)
    if entry is None:
        return ()
    operation = entry.operation
    moves = [move for move in operation.moves if read_ref(git, move.name) == move.old]
    foreign = [move.name for move in operation.moves if read_ref(git, move.name) not in (move.old, move.new)]
    move_refs(git, moves, lock=lock)
    for checkout, _ in _checked_out(git, operation.moves):
        # left by the `git read-tree` of the operation that was killed
        clear_stale_lock(checkout.git_dir / "index.lock", lock)
    _finish(git, lock, entry)
    finished = f"finished the interrupted operation {operation.id} ({operation.summary})"
    return (finished, *(f"{name} has moved since and was left where it is" for name in foreign))


def _commit(
    git: GitRepository,
    lock: WritersLock,
    metadata: OperationMetadata,
    command: str,
    make_plan: Callable[[], Plan[Report]],
) -> CommittedPlan[Report]:
    notices = recover(git, lock)
    for attempt in range(ATTEMPTS):
        plan = make_plan()
        if not plan.moves:
            return CommittedPlan(plan.report, None, notices)
        try:
            stayed = _apply(git, lock, metadata, command, plan)
        except Moved:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return CommittedPlan(plan.report, metadata.operation, (*notices, *stayed, *lock.cleared))
    raise AssertionError("the loop returns or raises")


def _apply(
    git: GitRepository, lock: WritersLock, metadata: OperationMetadata, command: str, plan: Plan[Report]
) -> tuple[str, ...]:
    """Logs the intent, moves the refs, marks the entry done. Returns notices about refs that had to stay."""
    for move in plan.moves:
        actual = read_ref(git, move.name)
        if actual != move.old:
            raise Moved(
                f"{move.name} was moved by somebody else",
                context={"ref": move.name, "expected": move.old, "actual": actual},
            )
    plan.buffer.flush()
    moves, stayed = _unblocked_moves(git, plan)
    operation = Operation(
        id=metadata.operation,
        command=command,
        summary=plan.summary or command,
        actor=metadata.actor,
        at=metadata.at,
        moves=moves,
        undoes=plan.undoes,
    )
    head = read_ref(git, LOG)
    commit = append_entry(plan.buffer, head, operation, signature(metadata))
    plan.buffer.flush()
    move_refs(git, [RefMove(LOG, head, commit)], lock=lock)
    try:
        move_refs(git, moves, lock=lock)
    except Moved:
        _roll_back(git, lock, operation, head, commit)
        raise
    _finish(git, lock, Entry(commit, operation))
    return stayed


def _finish(git: GitRepository, lock: WritersLock, entry: Entry) -> None:
    """Lets checked-out worktrees follow their refs, then marks the entry done."""
    for checkout, move in _checked_out(git, entry.operation.moves):
        if move.new is not None and read_ref(git, move.name) == move.new:
            follow(checkout, move.old, move.new)
    move_refs(git, [RefMove(DONE, read_ref(git, DONE), entry.commit)], lock=lock)


def _roll_back(
    git: GitRepository, lock: WritersLock, operation: Operation, head: Oid | None, commit: Oid
) -> None:
    """Puts back the refs that had moved, and the log, after plain git won the race for one ref of several."""
    back = [replace(move, old=move.new, new=move.old) for move in operation.moves]
    move_refs(git, [move for move in back if read_ref(git, move.name) == move.old], lock=lock)
    move_refs(git, [RefMove(LOG, commit, head)], lock=lock)


def _unblocked_moves(git: GitRepository, plan: Plan[Report]) -> tuple[tuple[RefMove, ...], tuple[str, ...]]:
    """Returns the moves that no checked-out worktree blocks, and notices about the others. Raises StateRefused for a
    blocked one that the plan cannot do without."""
    staying: dict[str, str] = {}
    for name, refusal in blocked_moves(git, plan.moves, plan.buffer).items():
        if name not in plan.may_stay:
            raise refusal
        staying[name] = f"{name.removeprefix('refs/heads/')} stayed: {refusal.message}"
    return tuple(m for m in plan.moves if m.name not in staying), tuple(staying.values())


def _obstacle(checkout: Checkout, move: RefMove) -> StateRefused | None:
    if move.new is None:
        return StateRefused(
            f"{move.name.removeprefix('refs/heads/')} is checked out in {checkout.worktree}",
            code="checked-out",
            context={"ref": move.name},
            hint="git switch to another branch there first",
        )
    paths = obstacles(checkout, move.old, move.new)
    if not paths:
        return None
    return StateRefused(
        f"local changes in {checkout.worktree} would be overwritten: {', '.join(paths[:5])}",
        code="worktree-in-the-way",
        context={"worktree": str(checkout.worktree), "paths": paths},
        hint="commit them, or git stash, then try again",
    )


def _checked_out(git: GitRepository, moves: Sequence[RefMove]) -> list[tuple[Checkout, RefMove]]:
    by_name = {move.name: move for move in moves}
    return [(c, by_name[c.branch]) for c in checkouts(git) if c.branch in by_name]
