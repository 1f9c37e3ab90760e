"""Broken rules, and where they are."""

from __future__ import annotations

from typing import Literal

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef


@dataclass(frozen=True, slots=True)
class Location:
    """Where in a file of the repository something is: line and column from 1, in characters; ``line`` is ``None`` where
    the file is not there, or is not JSON."""

    path: str
    line: int | None = None
    column: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One broken rule.

    ``pointer`` is the RFC 6901 pointer into the effective entity, "" for the whole of it. ``rule`` is stable, the id of
    one of the rules (``model/rules.py``). What is a warning blocks nothing.
    """

    entity: EntityRef
    pointer: str
    rule: str
    message: str
    severity: Literal["error", "warning"] = "error"

    def as_json(self) -> dict[str, str]:
        """Returns the violation as the reports have it."""
        return {
            "entity": str(self.entity),
            "path": self.pointer,
            "rule": self.rule,
            "message": self.message,
            "severity": self.severity,
        }


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A violation and where it is: the file, and the line in it from 1 (``None`` where the file does not exist)."""

    path: str
    line: int | None
    violation: Violation
