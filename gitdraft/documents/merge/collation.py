"""Sorted order (K9): null, false, true, numbers by value, text; ties by code point, then by the key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from gitdraft.model.values import JSON, Maybe

FEWEST = 3
"""A list of fewer elements in the base does not show that it is kept sorted."""

Ranked: TypeAlias = tuple[int, JSON]


class Sortable(NamedTuple):
    """What an element is sorted by: ``values``, and the ``key`` that tells apart those with equal values."""

    values: tuple[Maybe, ...]
    key: tuple[Maybe, ...] = ()


class SortKey(NamedTuple):
    """The place of an element in sorted order: compare two of them."""

    folded: tuple[Ranked, ...]
    exact: tuple[Ranked, ...]
    key: tuple[Ranked, ...]


class Sorting(NamedTuple):
    """What is declared about the order: whether it is sorted, and whether text is compared casefolded (``None``: by code
    point where that holds on all sides, else casefolded)."""

    is_declared: bool
    fold: bool | None


def sort_key(element: Sortable, *, fold: bool) -> SortKey:
    """Returns the place of an element in sorted order; a value that is no scalar counts as null."""
    exact = tuple(_rank(value) for value in element.values)
    folded = tuple(
        (rank, value.casefold()) if isinstance(value, str) else (rank, value) for rank, value in exact
    )
    return SortKey(folded if fold else exact, exact, tuple(_rank(value) for value in element.key))


def is_sorted(elements: Iterable[Sortable], *, fold: bool) -> bool:
    """Whether the elements stand in sorted order."""
    return all(one <= other for one, other in pairwise(sort_key(element, fold=fold) for element in elements))


def find_fold(
    sorting: Sorting, base: Sequence[Sortable], draft: Sequence[Sortable], canonical: Sequence[Sortable]
) -> bool | None:
    """Returns whether sorted order is casefolded where new elements go to their sorted place (K9), ``None`` where they do
    not. ``draft`` is the draft's list without its own new elements, ``canonical`` is canonical's with them.

    A list is sorted where all three are, and the base has at least :data:`FEWEST`; one that is declared so, where
    canonical is and the draft did not break the order of the base.
    """
    if not sorting.is_declared and len(base) < FEWEST:
        return None
    sides = (canonical, draft, base)
    for fold in (False, True) if sorting.fold is None else (sorting.fold,):
        if all(is_sorted(side, fold=fold) for side in sides):
            return fold
    fold = sorting.fold is not False
    if sorting.is_declared and is_sorted(canonical, fold=fold) and not is_sorted(base, fold=fold):
        return fold
    return None


def _rank(value: Maybe) -> Ranked:
    if isinstance(value, bool):
        return 1 + value, 0
    if isinstance(value, int | float):
        return 3, value
    if isinstance(value, str):
        return 4, value
    return 0, 0
