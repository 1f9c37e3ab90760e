"""What a failure or a kill left of an operation: finished, or taken back as a whole, never half.

The operation log says what was meant: an entry that `refs/gitdraft/done` does not name was interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.errors import GitdraftError, OperationPending
from gitdraft.git.history import is_ancestor
from gitdraft.git.known_refs import read_ref
from gitdraft.git.lock_records import clear_dead_locks, recorded_locks, wait_for_locks
from gitdraft.git.refs import lock_files, move_refs
from gitdraft.git.repository import GitRepository
from gitdraft.lazy_dataclass import replace
from gitdraft.model.names import Oid
from gitdraft.model.operations import OBSERVED, Operation, RefMove
from gitdraft.store.checkout_moves import finish_move
from gitdraft.store.checkouts import IndexLocks, repair_checkouts
from gitdraft.store.operation_log import DONE, LOG, Entry, pending_entry


def recover(git: GitRepository) -> tuple[str, ...]:
    """Clears the locks that dead writers left, and finishes the operation that was interrupted, if one was; or takes it back,
    where somebody has moved meanwhile what it cannot do without, or its commits are gone. Returns notices for the user.

    The caller holds the writers' lock. Raises RepositoryError (``locked``) where another process keeps a lock.
    """
    notices = [f"removed the lock of a dead process: {path}" for path in clear_dead_locks(git.common)]
    notices += finish_move(git)
    entry = pending_entry(git)
    if entry is None:
        return tuple(notices)
    operation = entry.operation
    if operation.command == OBSERVED:  # what it says had happened before it was written
        move_refs(git, [RefMove(DONE, read_ref(git, DONE), entry.commit)])
        return tuple(notices)
    foreign = [move for move in operation.moves if not _is_at_home(git, move)]
    essential = [move for move in foreign if move.name not in operation.may_stay]
    contents = lock_files(git, [*operation.moves, RefMove(LOG, None, None), RefMove(DONE, None, None)])
    with recorded_locks(git.common, contents), IndexLocks(git, operation.id) as locks:
        wait_for_locks(git.common, contents)
        lost = _lost_moves(git, operation)
        if essential or lost:
            why = f"{essential[0].name} has moved since" if essential else f"commit {lost[0].new} is gone"
            notices += _undo_moves(locks, operation)
            move_refs(git, [RefMove(LOG, entry.commit, _entry_before(git, entry))])
            notices.append(f"took back the interrupted operation {operation.id} ({operation.summary}): {why}")
            return tuple(notices)
        moves = [move for move in operation.moves if read_ref(git, move.name) in (move.old, move.new)]
        notices += repair_checkouts(locks, moves, forwards=True)
        move_refs(git, [move for move in moves if read_ref(git, move.name) == move.old])
        move_refs(git, [RefMove(DONE, read_ref(git, DONE), entry.commit)])
    notices.append(f"finished the interrupted operation {operation.id} ({operation.summary})")
    notices += [f"{move.name} has moved since and was left where it is" for move in foreign]
    return tuple(notices)


def take_back(locks: IndexLocks, entry: Entry, head: Oid | None, cause: BaseException) -> None:
    """Puts refs, indexes and files back to where they were before ``entry``, and the log to ``head``.

    Raises OperationPending from ``cause`` where that fails: the next command finishes the operation, or takes it back.
    """
    git = locks.git
    try:
        _undo_moves(locks, entry.operation)
        for ref in (LOG, DONE):
            if read_ref(git, ref) == entry.commit:
                move_refs(git, [RefMove(ref, entry.commit, head)])
    except (GitdraftError, OSError) as failure:
        try:
            pending = read_ref(git, LOG) == entry.commit
        except GitdraftError:
            pending = True
        if not pending:
            return
        raise OperationPending(
            f"{cause}; the operation is recorded, and could not be taken back: {failure}",
            context={"operation": entry.operation.id},
            hint="the next command finishes it or takes it back; see gitdraft operations",
        ) from cause


def _undo_moves(locks: IndexLocks, operation: Operation) -> list[str]:
    back = [replace(move, old=move.new, new=move.old) for move in operation.moves]
    lost = {move.name for move in _lost_moves(locks.git, operation)}  # nothing says what files were to be
    kept = [move for move in _standing_at(locks.git, back) if move.name not in lost]
    notices = repair_checkouts(locks, kept, forwards=False)
    move_refs(locks.git, [move for move in back if read_ref(locks.git, move.name) == move.old])
    return notices


def _lost_moves(git: GitRepository, operation: Operation) -> list[RefMove]:
    """Returns the moves to commits that are not there: entries had none of them as parents once, and a gc could take them."""
    return [move for move in operation.moves if move.new is not None and not git.has(move.new)]


def _standing_at(git: GitRepository, moves: Sequence[RefMove]) -> list[RefMove]:
    """The moves whose ref stands at one of their two ends; a file of another state is somebody's."""
    return [move for move in moves if read_ref(git, move.name) in (move.old, move.new)]


def _is_at_home(git: GitRepository, move: RefMove) -> bool:
    """Whether the ref stands where the move left or would leave it, or somebody has built on where it leads: not on the start of a
    move that goes back, which is built on where it leads too."""
    actual = read_ref(git, move.name)
    if actual in (move.old, move.new):
        return True
    if actual is None or move.new is None or not is_ancestor(git, move.new, actual):
        return False
    if move.old is None or not is_ancestor(git, move.new, move.old):
        return True
    return not is_ancestor(git, move.old, actual)


def _entry_before(git: GitRepository, entry: Entry) -> Oid:
    return git.read_commit(entry.commit).parents[0]
