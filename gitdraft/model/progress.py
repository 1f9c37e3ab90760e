"""How far long work has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many of how many are done; called often, so it must be cheap."""


def silent(done: int, total: int) -> None:
    """Reports nothing."""


LISTENER: ContextVar[Callable[[str], Progress] | None] = ContextVar("LISTENER", default=None)


@contextmanager
def listening(listener: Callable[[str], Progress]) -> Iterator[None]:
    """Has a listener, within a `with`, told of long work that nobody passes a progress to."""
    token = LISTENER.set(listener)
    try:
        yield
    finally:
        LISTENER.reset(token)


def progress_of(doing: str) -> Progress:
    """Returns what the listener wants to be told of this work; silent where nobody listens."""
    listener = LISTENER.get()
    return silent if listener is None else listener(doing)
