"""How much two names are alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gitdraft.index.names import folded, plain

OF_ALIAS = 0.98  # a name beside the label and the key
OF_PLAIN = 0.97  # the same but for accents and punctuation
OF_WORDS = 0.95  # the same words in another order; what is merely like it is below


def name_score(asked: str, names: Sequence[str], own: int) -> float:
    """Returns from 0 to 1 how well a name fits the best of an entity's names; the first ``own`` are its label and its key."""
    return max(
        (_score(asked, name) * (1 if at < own else OF_ALIAS) for at, name in enumerate(names)), default=0.0
    )


def similarity(one: str, other: str) -> float:
    """Returns from 0 to 1 how much two texts are alike; 1 where they differ in case alone."""
    return _score(one, other)


def _score(one: str, other: str) -> float:
    if folded(one) == folded(other):
        return 1.0
    first, second = plain(one), plain(other)
    if first == second:
        return OF_PLAIN
    words = [" ".join(sorted(name.split())) for name in (first, second)]
    if words[0] == words[1]:
        return OF_WORDS
    return OF_WORDS * max(_dice(first, second), 0.95 * _dice(*words))


def _dice(one: str, other: str) -> float:
    """Returns twice the share of pairs of characters that both have (Dice's coefficient)."""
    first, second = _pairs(one), _pairs(other)
    return 2 * (first & second).total() / (first.total() + second.total())


def _pairs(name: str) -> Counter[str]:
    padded = f" {name} "
    return Counter(padded[at : at + 2] for at in range(len(padded) - 1))
