"""How far long work has come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias, TypeVar

Item = TypeVar("Item")
Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many of how many are done, and often, so it must be cheap."""


def silent(done: int, total: int) -> None:
    """Reports nothing."""


LISTENER: ContextVar[Callable[[str], Progress] | None] = ContextVar("LISTENER", default=None)


@contextmanager
def listening(listener: Callable[[str], Progress]) -> Iterator[None]:
    """Has a listener, within a `with`, hear of long work that nobody passes a progress to."""
    token = LISTENER.set(listener)
    try:
        yield
    finally:
        LISTENER.reset(token)


def progress_of(doing: str) -> Progress:
    """Returns what the listener hears of this work with; silent where nobody listens."""
    listener = LISTENER.get()
    return silent if listener is None else listener(doing)


def reported(items: Collection[Item], doing: str) -> Iterator[Item]:
    """Yields the items, and reports each to the listener."""
    progress = progress_of(doing)
    for number, item in enumerate(items):
        progress(number, len(items))
        yield item
