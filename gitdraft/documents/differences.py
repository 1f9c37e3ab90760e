"""What differs between two versions of a document, place by place, as those who use it see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gitdraft.documents.alignment import align, runs
from gitdraft.documents.equality import fingerprint, identical
from gitdraft.documents.merge.declarations import Active, rule_here, step
from gitdraft.documents.merge.keyed_lists import item_token
from gitdraft.documents.pointers import Tokens
from gitdraft.model.lists import Keyed, ListRule, SetOf
from gitdraft.model.values import ABSENT, JSON, Maybe

DifferenceKind: TypeAlias = Literal["added", "removed", "changed", "reordered"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A place and what became of it. ``tokens`` lead to it in the newer version, in the older one where it is gone;
    ``before`` and ``after`` are what is there, :data:`ABSENT` where nothing is."""

    tokens: Tokens
    kind: DifferenceKind
    before: Maybe
    after: Maybe


def differences(old: JSON, new: JSON, active: Active, above: Tokens = ()) -> Iterator[Difference]:
    """The places where the two differ, as deep as they can be told apart; elements of a list are found by what
    ``active`` declares of it."""
    if identical(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in {**old, **new}:
            here = (*above, name)
            if name not in new:
                yield Difference(here, "removed", old[name], ABSENT)
            elif name not in old:
                yield Difference(here, "added", ABSENT, new[name])
            else:
                yield from differences(old[name], new[name], step(active, name), here)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, active, above)
    else:
        yield Difference(above, "changed", old, new)


def _lists(old: list[JSON], new: list[JSON], active: Active, above: Tokens) -> Iterator[Difference]:
    rule = rule_here(active)
    was, now = _marks(old, rule), _marks(new, rule)
    if Counter(was) == Counter(now) and not isinstance(rule, Keyed):
        if not isinstance(rule, SetOf):
            yield Difference(above, "reordered", old, new)
        return
    pairs = _by_mark(was, now) if isinstance(rule, Keyed | SetOf) else _by_place(was, now)
    left = {i for i, _ in pairs}
    for i, item in enumerate(old):
        if i not in left:
            yield Difference((*above, str(i)), "removed", item, ABSENT)
    right = {j: i for i, j in pairs}
    for j, item in enumerate(new):
        if j in right:
            yield from differences(old[right[j]], item, step(active, str(j)), (*above, str(j)))
        else:
            yield Difference((*above, str(j)), "added", ABSENT, item)
    if isinstance(rule, Keyed) and rule.order == "keep" and pairs != sorted(pairs, key=lambda pair: pair[1]):
        yield Difference(above, "reordered", old, new)


def _marks(items: list[JSON], rule: ListRule | None) -> list[str]:
    """What an element is known by: its key in a keyed list, else its value."""
    keys = [item_token(item, rule) if isinstance(rule, Keyed) else None for item in items]
    return [
        f"key {key}" if key is not None else str(fingerprint(item))
        for key, item in zip(keys, items, strict=True)
    ]


def _by_mark(was: list[str], now: list[str]) -> list[tuple[int, int]]:
    places: dict[str, list[int]] = {}
    for j, mark in reversed(list(enumerate(now))):
        places.setdefault(mark, []).append(j)
    return [(i, places[mark].pop()) for i, mark in enumerate(was) if places.get(mark)]


def _by_place(was: list[str], now: list[str]) -> list[tuple[int, int]]:
    """Equal elements by alignment; elements replaced in their place belong together."""
    matches = align(was, now)
    pairs = list(matches)
    for run in runs(matches, len(was), len(now)):
        if run.old_end - run.old_start == run.new_end - run.new_start:
            pairs += zip(range(run.old_start, run.old_end), range(run.new_start, run.new_end), strict=True)
    return sorted(pairs)
