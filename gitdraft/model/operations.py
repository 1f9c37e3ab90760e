"""Entries of the operation log. (RFC 6902's "operation" is a ``PatchOp``.)"""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.model.actors import Actor

PURGE = "entity purge"  # the command that cannot be taken back


@dataclass(frozen=True, slots=True)
class RefMove:
    """A ref from its old to its new value, oids both; ``None`` means that the ref does not exist."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that moved refs: who, when (RFC 3339, UTC), which command, every ref with both values.

    ``undoes`` is the id of the operation that this one takes back.
    """

    id: str
    command: str
    summary: str
    actor: Actor
    at: str
    moves: tuple[RefMove, ...]
    undoes: str | None = None
