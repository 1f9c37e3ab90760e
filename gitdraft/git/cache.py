"""What is read once of a repository is remembered; a process that lives long forgets it with the repository."""

from __future__ import annotations

from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache
from typing import Any, TypeVar

Answer = TypeVar("Answer")

_remembering: list[_lru_cache_wrapper[Any]] = []


def remembered(most: int) -> Callable[[Callable[..., Answer]], _lru_cache_wrapper[Answer]]:
    """`lru_cache` for a function whose arguments hold a repository open: an object source, a snapshot."""

    def wrap(function: Callable[..., Answer]) -> _lru_cache_wrapper[Answer]:
        cached = lru_cache(maxsize=most)(function)
        _remembering.append(cached)
        return cached

    return wrap


def forget() -> None:
    """Let go of all that is remembered, and of the repositories that it was read from."""
    for cached in _remembering:
        cached.cache_clear()
