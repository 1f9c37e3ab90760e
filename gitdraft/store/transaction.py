"""The one module that moves refs.

Two refs never move together in git, not even in one `update-ref` transaction, when the process is killed. So
nothing depends on that: the intent is written first, as an entry of the operation log that holds every move,
then the refs move, then the entry is marked done. Killed before the entry is in the log, nothing has happened;
killed after, the next writer finishes what it finds (``recover``). Every step can be repeated.
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
from gitdraft.model.occasions import OperationMetadata
from gitdraft.model.operations import Operation, RefMove
from gitdraft.store.operation_log import DONE, LOG, Entry, append_entry, pending_entry
from gitdraft.store.repository import Store
from gitdraft.store.signatures import signature
from gitdraft.store.snapshots import Snapshot

Report = TypeVar("Report")

ATTEMPTS = 5


@dataclass(frozen=True)
class Transaction:
    """What every verb plans with: the repository, the objects that are not written yet, canonical as it stands, and who
    acts when. A verb that is planned again after a lost race gets a fresh one."""

    store: Store
    metadata: OperationMetadata
    buffer: ObjectBuffer

    @cached_property
    def canonical(self) -> Snapshot:
        """Canonical at its tip, read once."""
        return self.store.snapshot(self.buffer)


def begin(store: Store, metadata: OperationMetadata) -> Transaction:
    """A transaction on canonical as it stands now."""
    return Transaction(store, metadata, ObjectBuffer(store.git))


@dataclass(frozen=True, slots=True)
class Plan(Generic[Report]):
    """What a verb would do: what it says, the objects it needs and the refs it moves. Nothing is written yet.

    A plan without moves has nothing to do. The refs in ``may_stay`` are left where they are, with a notice,
    when they are checked out somewhere with local changes in the way; any other refuses the whole plan.
    """

    report: Report
    buffer: ObjectBuffer
    moves: tuple[RefMove, ...]
    summary: str = ""
    undoes: str | None = None
    may_stay: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Written(Generic[Report]):
    """A plan carried out: its report, the id of the operation (``None``: there was nothing to do), and what
    the user should know besides (an interrupted operation was finished, a stale lock was cleared)."""

    report: Report
    operation: str | None
    notices: tuple[str, ...] = field(default=())


def commit_plan(
    store: Store, metadata: OperationMetadata, command: str, verb: Callable[[Transaction], Plan[Report]]
) -> Written[Report]:
    """Plan a verb and carry the plan out, as ``write`` does."""
    return write(store.git, metadata, command, lambda: verb(begin(store, metadata)))


def write(
    git: GitRepository, metadata: OperationMetadata, command: str, make_plan: Callable[[], Plan[Report]]
) -> Written[Report]:
    """Make the plan under the writers' lock and carry it out.

    gitdraft's own writers wait for each other; where plain git moves a ref between the plan and its
    compare-and-swap, the plan is made anew, ``ATTEMPTS`` times. Raises Moved after that, StateRefused
    (``worktree-in-the-way``) when a checked-out branch would move over local changes, and whatever
    ``make_plan`` raises; in all these cases no ref has moved.
    """
    with writers_lock(git) as lock:
        return commit_plan_locked(git, lock, metadata, command, make_plan)


def commit_plan_locked(
    git: GitRepository,
    lock: WritersLock,
    metadata: OperationMetadata,
    command: str,
    make_plan: Callable[[], Plan[Report]],
) -> Written[Report]:
    """``write``, for one who holds the writers' lock already."""
    notices = recover(git, lock)
    for attempt in range(ATTEMPTS):
        plan = make_plan()
        if not plan.moves:
            return Written(plan.report, None, notices)
        try:
            stayed = _carry_out(git, lock, metadata, command, plan)
        except Moved:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return Written(plan.report, metadata.operation, (*notices, *stayed, *lock.cleared))
    raise AssertionError("the loop returns or raises")


def remember(git: GitRepository, moves: Sequence[RefMove]) -> None:
    """Move refs that only say what is elsewhere (what a push brought to a remote): no entry of the log, since there
    is nothing to take back."""
    with writers_lock(git) as lock:
        recover(git, lock)
        move_refs(git, moves, lock=lock)


def ways_blocked(
    git: GitRepository, moves: Sequence[RefMove], buffer: ObjectBuffer
) -> dict[str, StateRefused]:
    """The refs that a checked-out worktree keeps from moving so, each with what is in the way. (git is asked, so
    what is in the ``buffer`` is written where it concerns one.)"""
    affected = _checked_out(git, moves)
    if affected:
        buffer.flush()
    found = ((move.name, _obstacle(checkout, move)) for checkout, move in affected)
    return {name: refusal for name, refusal in found if refusal is not None}


def recover(git: GitRepository, lock: WritersLock) -> tuple[str, ...]:
    """Finish the operation that was interrupted, if one was. Returns what to tell the user.

    A ref that stands at neither the old nor the new value of its move was moved by somebody else since: it
    stays.
    """
    entry = pending_entry(git)
    if entry is None:
        return ()
    moves = [move for move in entry.operation.moves if read_ref(git, move.name) == move.old]
    foreign = [
        move.name for move in entry.operation.moves if read_ref(git, move.name) not in (move.old, move.new)
    ]
    move_refs(git, moves, lock=lock)
    for checkout, _ in _checked_out(git, entry.operation.moves):
        # left by the `git read-tree` of the operation that was killed
        clear_stale_lock(checkout.git_dir / "index.lock", lock)
    _finish(git, lock, entry)
    told = f"finished the interrupted operation {entry.operation.id} ({entry.operation.summary})"
    return (told, *(f"{name} has moved since and was left where it is" for name in foreign))


def _carry_out(
    git: GitRepository, lock: WritersLock, metadata: OperationMetadata, command: str, plan: Plan[Report]
) -> tuple[str, ...]:
    """Log the intent, move the refs, mark it done. Returns what to tell of refs that had to stay."""
    for move in plan.moves:
        found = read_ref(git, move.name)
        if found != move.old:
            raise Moved(
                f"{move.name} was moved by somebody else",
                context={"ref": move.name, "expected": move.old, "actual": found},
            )
    plan.buffer.flush()
    moves, stayed = _clear_of_obstacles(git, plan)
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
        _take_back(git, lock, operation, head, commit)
        raise
    _finish(git, lock, Entry(commit, operation))
    return stayed


def _finish(git: GitRepository, lock: WritersLock, entry: Entry) -> None:
    for checkout, move in _checked_out(git, entry.operation.moves):
        if move.new is not None and read_ref(git, move.name) == move.new:
            follow(checkout, move.old, move.new)
    move_refs(git, [RefMove(DONE, read_ref(git, DONE), entry.commit)], lock=lock)


def _take_back(
    git: GitRepository, lock: WritersLock, operation: Operation, head: str | None, commit: str
) -> None:
    """Plain git won the race for one ref of several: put back those that had moved, and the log."""
    back = [replace(move, old=move.new, new=move.old) for move in operation.moves]
    move_refs(git, [move for move in back if read_ref(git, move.name) == move.old], lock=lock)
    move_refs(git, [RefMove(LOG, commit, head)], lock=lock)


def _clear_of_obstacles(
    git: GitRepository, plan: Plan[Report]
) -> tuple[tuple[RefMove, ...], tuple[str, ...]]:
    """The moves that no checked-out worktree stands in the way of, and what to tell of the others."""
    staying: dict[str, str] = {}
    for name, refusal in ways_blocked(git, plan.moves, plan.buffer).items():
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
