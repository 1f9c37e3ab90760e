"""Caches of what is read of a repository, which a long-lived process clears with the repository."""

from __future__ import annotations

from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache
from typing import Any, TypeVar

Answer = TypeVar("Answer")

_caches: list[_lru_cache_wrapper[Any]] = []


def remembered(most: int) -> Callable[[Callable[..., Answer]], _lru_cache_wrapper[Answer]]:
    """Returns `lru_cache` for a function whose arguments hold a repository open: an object source, a snapshot."""

    def wrap(function: Callable[..., Answer]) -> _lru_cache_wrapper[Answer]:
        cached = lru_cache(maxsize=most)(function)
        _caches.append(cached)
        return cached

    return wrap


def forget() -> None:
    """Clears all caches, and with them the repositories that they hold open."""
    for cached in _caches:
        cached.cache_clear()
