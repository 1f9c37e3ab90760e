"""Undo: the refs of an operation put back where they were, by compare-and-swap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gitdraft.errors import Moved, NotFound, StateRefused
from gitdraft.git.refs import read_ref
from gitdraft.model.names import RefName
from gitdraft.model.operations import PURGE, Operation
from gitdraft.model.view_reports import UndoReport
from gitdraft.store.operation_log import Entry, find_entry, read_log
from gitdraft.store.repository import Store
from gitdraft.store.transaction import Plan, Transaction


def plan_undo(transaction: Transaction, operation_id: str | None = None) -> Plan[UndoReport]:
    """Takes back the operation, or the latest that is not taken back yet. To redo, undo the undo by its id.

    Raises NotFound when there is none, StateRefused for a purge, whose record is all that is left of it, Moved when one of its refs has moved since, naming what moved it.
    """
    store = transaction.store
    entry = _latest(read_log(store.git)) if operation_id is None else find_entry(store.git, operation_id)
    operation = entry.operation
    if operation.command == PURGE:
        raise StateRefused(
            f"a purge is for good: {operation.summary} ({operation.id})",
            code="not-undoable",
            context={"operation": operation.id},
            hint="gitdraft operations lists the earlier ones; gitdraft undo ID takes one back",
        )
    for move in operation.moves:
        current = read_ref(store.git, move.name)
        if current != move.new:
            later = _mover(store, entry, move.name)
            raise Moved(
                f"{move.name} has moved since operation {operation.id}",
                context={"ref": move.name, "expected": move.new, "actual": current},
                hint=f"gitdraft undo {later.id} first ({later.summary})" if later else None,
            )
    back = tuple(replace(move, old=move.new, new=move.old) for move in operation.moves)
    report = UndoReport(operation, back)
    return Plan(report, transaction.buffer, back, f"undo {operation.summary}", undoes=operation.id)


def _latest(log: Iterable[Entry]) -> Entry:
    undone_ids: set[str] = set()
    for entry in log:
        operation = entry.operation
        if operation.id in undone_ids:
            continue
        if operation.undoes is None:
            return entry
        undone_ids.add(operation.undoes)
    raise NotFound("there is nothing to undo", code="nothing-to-undo")


def _mover(store: Store, undone: Entry, ref: RefName) -> Operation | None:
    """Returns the latest operation after ``undone`` that moved ``ref``; ``None`` when plain git did."""
    for entry in read_log(store.git):
        if entry.commit == undone.commit:
            return None
        if any(move.name == ref for move in entry.operation.moves):
            return entry.operation
    return None
