"""The refs of a push, as git tells its hooks on standard input."""

from __future__ import annotations

import os
from collections.abc import Iterable

from gitdraft.model.names import Oid, RefName
from gitdraft.validation.receive import RefUpdate

NOTHING = "0" * 40


def received(lines: Iterable[bytes]) -> tuple[RefUpdate, ...]:
    """The refs of a push as git names them to pre-receive: `OLD NEW REF`, a line each."""
    found = []
    for line in lines:
        old, new, ref = os.fsdecode(line).rstrip("\n").split(" ", 2)
        found.append(RefUpdate(RefName(ref), _oid(old), _oid(new)))
    return tuple(found)


def pushed(lines: Iterable[bytes]) -> tuple[RefUpdate, ...]:
    """The refs of a push as git names them to pre-push: `FROM NEW TO OLD`, a line each; by their names there."""
    found = []
    for line in lines:
        # FROM may be any expression, with spaces too
        _, new, ref, old = os.fsdecode(line).rstrip("\n").rsplit(" ", 3)
        found.append(RefUpdate(RefName(ref), _oid(old), _oid(new)))
    return tuple(found)


def _oid(text: str) -> Oid | None:
    return None if text == NOTHING else Oid(text)
