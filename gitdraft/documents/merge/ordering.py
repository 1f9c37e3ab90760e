"""Where the items that only one side has go in the other side's order (K4)."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)


def place(order: Sequence[Item], others: Sequence[Item], *, first: Collection[Item] = ()) -> list[Item]:
    """``order`` with the items of ``others`` that it lacks, each after its nearest left neighbour there.

    Items of ``first`` that follow the same neighbour stay in front.
    """
    placed = list(order)
    present = set(order)
    left: Item | None = None
    for item in others:
        if item not in present:
            at = 0 if left is None else placed.index(left) + 1
            while at < len(placed) and placed[at] in first:
                at += 1
            placed.insert(at, item)
            present.add(item)
        left = item
    return placed
