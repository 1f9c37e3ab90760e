"""What plain git did to canonical, written down in the operation log, so that the log has every move once."""

from __future__ import annotations

from gitdraft.git.known_refs import read_ref
from gitdraft.git.lock_records import recorded_locks, wait_for_locks
from gitdraft.git.locks import writers_lock
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.refs import lock_files, move_refs
from gitdraft.git.swap_history import require_no_interrupted_swap
from gitdraft.model.names import Oid
from gitdraft.model.operations import OBSERVED, Operation, OperationMetadata, RefMove
from gitdraft.store.operation_log import DONE, LOG, append_entry, read_log
from gitdraft.store.recovery import recover
from gitdraft.store.repository import Store
from gitdraft.store.signatures import signature


def record_observed(store: Store, metadata: OperationMetadata) -> bool:
    """Appends an entry `observed` where canonical is not where the log left it, after what was interrupted is finished. Returns whether
    it did; before the log's first move of canonical there is nothing to compare with. No ref moves but the log's two."""
    git = store.git
    if _observed_move(store) is None and read_ref(git, LOG) == read_ref(git, DONE):
        return False
    with writers_lock(git):
        require_no_interrupted_swap(git)
        recover(git)
        move = _observed_move(store)
        if move is None:
            return False
        short = "nothing" if move.new is None else move.new[:10]
        operation = Operation(
            metadata.operation,
            OBSERVED,
            f"plain git took {store.canonical_branch} to {short}",
            metadata.actor,
            metadata.at,
            (move,),
        )
        head, done, buffer = read_ref(git, LOG), read_ref(git, DONE), ObjectBuffer(git)
        entry = append_entry(buffer, head, operation, signature(metadata))
        moves = [RefMove(LOG, head, entry.commit), RefMove(DONE, done, entry.commit)]
        files = lock_files(git, moves)
        with recorded_locks(git.common, files):
            wait_for_locks(git.common, files)
            buffer.flush()
            for each in moves:  # the log first: an entry that is not done is finished by whoever comes next
                move_refs(git, [each])
        return True


def _observed_move(store: Store) -> RefMove | None:
    """Returns the move from where the log left canonical to where it is; ``None`` where it is there."""
    left: Oid | None
    for entry in read_log(store.git):
        for move in entry.operation.moves:
            if move.name == store.canonical_ref:
                left, tip = move.new, store.canonical_tip()
                return None if left == tip else RefMove(store.canonical_ref, left, tip)
    return None
