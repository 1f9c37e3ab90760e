"""How far long work has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many of how many are done; called often, so it must be cheap."""


def silent(done: int, total: int) -> None:
    """Reports nothing."""
