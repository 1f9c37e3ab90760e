"""Answers to conflicts: which ones a pointer names, and what an answer keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from gitdraft.errors import InvalidInput
from gitdraft.model.merge import Conflict, Resolution
from gitdraft.model.values import Maybe

Answer: TypeAlias = Callable[[Conflict], Maybe]


def conflicts_at(conflicts: Iterable[Conflict], pointer: str | None) -> tuple[Conflict, ...]:
    """Returns the conflicts that the pointer names, all without one. Any member of a group names its conflict (G1)."""
    return tuple(c for c in conflicts if pointer is None or pointer == c.path or pointer in c.pointers)


def pointers_text(conflicts: Iterable[Conflict]) -> str:
    """Returns the pointers by which the conflicts can be named, for a hint."""
    return ", ".join(f"'{pointer}'" for conflict in conflicts for pointer in conflict.pointers)


def resolution_of(conflict: Conflict, answer: Answer) -> Resolution:
    """Returns the answer to this conflict, to be kept. Raises InvalidInput for one about members that belong together
    which is no object of them (G1)."""
    value = answer(conflict)
    if conflict.members and not (isinstance(value, dict) and value.keys() <= set(conflict.members)):
        names = ", ".join(conflict.members)
        raise InvalidInput(
            f"the value of members that belong together is an object of {names}",
            context={"path": conflict.path, "members": list(conflict.members)},
            hint=f"--value '{{\"{conflict.members[0]}\": …}}', or --take draft, --take canonical",
        )
    return Resolution(conflict.path, conflict.type, conflict.canonical, conflict.draft, value)
