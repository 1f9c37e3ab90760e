"""`operation.json`: one entry of the operation log."""

from __future__ import annotations

from typing import Any

from gitdraft.documents.parse import Limits
from gitdraft.documents.serialise import dump_json
from gitdraft.formats.records import Record
from gitdraft.model.names import RefName
from gitdraft.model.operations import Actor, Operation, RefMove

LIMITS = Limits(max_bytes=1 << 30)


def read_operation(content: bytes, source: str) -> Operation:
    """Returns the entry. Raises InvalidInput naming the member that is wrong."""
    record = Record.parse(content, source, LIMITS)
    automatic = record.members.get("automatic", False)
    if not isinstance(automatic, bool):
        raise record.refused("automatic", "expected true or false")
    number = record.members.get("number", 0)
    if isinstance(number, bool) or not isinstance(number, int) or number < ("number" in record.members):
        raise record.refused("number", "expected a number of at least 1")
    actor = Record(record.members.get("actor"), source, "/actor")
    return Operation(
        id=record.filled("id"),
        command=record.filled("command"),
        summary=record.text("summary"),
        actor=Actor(actor.filled("name"), actor.text("email")),
        at=record.time("at"),
        moves=tuple(_move(move) for move in record.records("moves")),
        undoes=record.optional_text("undoes"),
        may_stay=record.texts("may_stay") if "may_stay" in record.members else (),
        is_automatic=automatic,
        number=number,
    )


def write_operation(operation: Operation) -> bytes:
    """Returns the file."""
    return dump_json(operation_json(operation))


def operation_json(operation: Operation) -> dict[str, Any]:
    """Returns the entry as JSON. A ref that an operation made has no old value, one that it removed no new one."""
    value: dict[str, Any] = {
        "id": operation.id,
        "command": operation.command,
        "summary": operation.summary,
        "actor": {"name": operation.actor.name, "email": operation.actor.email},
        "at": operation.at,
        "moves": [
            {
                "ref": move.name,
                **({} if move.old is None else {"old": move.old}),
                **({} if move.new is None else {"new": move.new}),
            }
            for move in operation.moves
        ],
    }
    if operation.undoes is not None:
        value["undoes"] = operation.undoes
    if operation.may_stay:
        value["may_stay"] = list(operation.may_stay)
    if operation.is_automatic:
        value["automatic"] = True
    if operation.number:
        value["number"] = operation.number
    return value


def _move(record: Record) -> RefMove:
    old = record.oid("old") if "old" in record.members else None
    new = record.oid("new") if "new" in record.members else None
    return RefMove(RefName(record.filled("ref")), old, new)
