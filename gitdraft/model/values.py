"""JSON values as the engine sees them, and the one value that JSON does not have: absence."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, Literal, TypeAlias

JSON: TypeAlias = Any
"""A JSON value: ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` or ``None``; never mutated once passed on."""


class Absence(Enum):
    """The type of :data:`ABSENT`."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> Literal[False]:
        return False


ABSENT: Final = Absence.ABSENT
"""No value at all, where ``None`` is JSON's null (rule R3 of the rebase design: null is a value)."""

Maybe: TypeAlias = JSON | Absence
"""A JSON value or :data:`ABSENT`."""
