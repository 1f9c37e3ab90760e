"""Which members of an object were renamed (R10).

In the histories of real repositories a renamed member keeps most of its leaves. One that shares more than half
of the union of its leaves with exactly one new member, and the new one with it alone, was renamed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from operator import itemgetter

from gitdraft.documents.equality import fingerprint
from gitdraft.model.values import JSON

FEWEST_LEAVES = 3
MOST_PAIRS = 200_000
"""With more pairs to compare nothing counts as renamed: it would take too long."""

Leaf = tuple[tuple[str, ...], object]
Leaves = dict[Leaf, None]
"""The leaves of an object, each with its path, in the order of the paths."""


def find_renames(base: dict[str, JSON], side: dict[str, JSON]) -> dict[str, str]:
    """Returns the members of ``base`` that ``side`` has under another name, old name to new (R10)."""
    removed = {name: leaves for name in base if name not in side if (leaves := _leaves(base[name]))}
    if not removed:
        return {}
    added = {name: leaves for name in side if name not in base if (leaves := _leaves(side[name]))}
    candidates = list(islice(_candidates(removed, added), MOST_PAIRS + 1))
    if len(candidates) > MOST_PAIRS:
        return {}
    pairs = [(old, new) for old, new in candidates if _share_most(removed[old], added[new])]
    olds = Counter(old for old, _ in pairs)
    news = Counter(new for _, new in pairs)
    return {old: new for old, new in pairs if olds[old] == 1 and news[new] == 1}


def _candidates(removed: Mapping[str, Leaves], added: Mapping[str, Leaves]) -> Iterator[tuple[str, str]]:
    """Yields the pairs that may share most of their leaves: to do so they share at least a certain number of them, so one
    of the rarest, all but that number, is among these."""
    by_size: defaultdict[int, defaultdict[Leaf, list[str]]] = defaultdict(lambda: defaultdict(list))
    for new, leaves in added.items():
        for leaf in leaves:
            by_size[len(leaves)][leaf].append(new)
    for old, leaves in removed.items():
        for size, having in by_size.items():
            fewest = (len(leaves) + size) // 3 + 1
            if fewest <= min(len(leaves), size):
                rarest = sorted((having.get(leaf, ()) for leaf in leaves), key=len)
                near = (new for names in rarest[: len(leaves) - fewest + 1] for new in names)
                yield from ((old, new) for new in dict.fromkeys(near))


def _leaves(value: JSON) -> Leaves | None:
    """Returns the leaves of an object, each with its path; ``None`` for what is too small to be recognised."""
    if not isinstance(value, dict):
        return None
    leaves = dict.fromkeys(sorted(_walk(value, ()), key=itemgetter(0)))
    return leaves if len(leaves) >= FEWEST_LEAVES else None


def _walk(value: JSON, path: tuple[str, ...]) -> Iterator[Leaf]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _walk(inner, (*path, name))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, str(index)))
    else:
        yield path, fingerprint(value)


def _share_most(one: Leaves, other: Leaves) -> bool:
    """Whether over half of the union of the leaves is equal."""
    shared = len(one.keys() & other.keys())
    return shared * 2 > len(one) + len(other) - shared
