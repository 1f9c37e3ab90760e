"""The processes that make the long checks for the threads of a service; each can be killed."""

from __future__ import annotations

from gitdraft.validation.checkers import Checkers, checked_by
from gitdraft.validation.schemas import compile_schema

__all__ = ["Checkers", "checked_by", "start_checkers"]


def start_checkers(number: int) -> Checkers:
    """Returns so many processes, each of which starts when it is needed."""
    return Checkers(number, compile_schema)
