"""The differences between two versions of a document, place by place, as its readers see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Literal, TypeAlias

from gitdraft.documents.alignment import align, runs
from gitdraft.documents.equality import fingerprint, identical
from gitdraft.documents.merge.declarations import ActiveRules, rule_at, rules_below
from gitdraft.documents.merge.item_keys import item_token
from gitdraft.documents.pointers import Tokens
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.lists import Keyed, ListRule, SetOf
from gitdraft.model.values import ABSENT, JSON, Maybe

DifferenceKind: TypeAlias = Literal["added", "removed", "changed", "reordered"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A place that differs, and how. ``tokens`` lead to it in the newer version, in the older one where it is gone;
    ``before`` and ``after`` are what is there, :data:`ABSENT` where nothing is."""

    tokens: Tokens
    kind: DifferenceKind
    before: Maybe
    after: Maybe


def differences(old: JSON, new: JSON, active: ActiveRules, above: Tokens = ()) -> Iterator[Difference]:
    """Yields the places where the two differ, as deep as they can be told apart; elements of a list are paired as
    ``active`` declares it."""
    if identical(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in {**old, **new}:
            tokens = (*above, name)
            if name not in new:
                yield Difference(tokens, "removed", old[name], ABSENT)
            elif name not in old:
                yield Difference(tokens, "added", ABSENT, new[name])
            else:
                yield from differences(old[name], new[name], rules_below(active, name), tokens)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, active, above)
    else:
        yield Difference(above, "changed", old, new)


def _lists(old: list[JSON], new: list[JSON], active: ActiveRules, above: Tokens) -> Iterator[Difference]:
    rule = rule_at(active)
    was, now = _identities(old, rule), _identities(new, rule)
    if Counter(was) == Counter(now) and not isinstance(rule, Keyed):
        if not isinstance(rule, SetOf):
            yield Difference(above, "reordered", old, new)
        return
    pairs = _by_identity(was, now) if isinstance(rule, Keyed | SetOf) else _by_place(was, now)
    left = {i for i, _ in pairs}
    for i, item in enumerate(old):
        if i not in left:
            yield Difference((*above, str(i)), "removed", item, ABSENT)
    right = {j: i for i, j in pairs}
    for j, item in enumerate(new):
        if j in right:
            yield from differences(old[right[j]], item, rules_below(active, str(j)), (*above, str(j)))
        else:
            yield Difference((*above, str(j)), "added", ABSENT, item)
    if isinstance(rule, Keyed) and rule.order == "keep" and pairs != sorted(pairs, key=lambda pair: pair[1]):
        yield Difference(above, "reordered", old, new)


def _identities(items: list[JSON], rule: ListRule | None) -> list[Hashable]:
    """Returns what each element is known by: its key in a keyed list, else its value."""
    keys = [item_token(item, rule) if isinstance(rule, Keyed) else None for item in items]
    return [
        ("key", key) if key is not None else fingerprint(item) for key, item in zip(keys, items, strict=True)
    ]


def _by_identity(was: list[Hashable], now: list[Hashable]) -> list[tuple[int, int]]:
    places: dict[Hashable, list[int]] = {}
    for j, identity in reversed(list(enumerate(now))):
        places.setdefault(identity, []).append(j)
    return [(i, places[identity].pop()) for i, identity in enumerate(was) if places.get(identity)]


def _by_place(was: list[Hashable], now: list[Hashable]) -> list[tuple[int, int]]:
    """Returns pairs of elements (old, new): equal ones by alignment, and those replaced in their place."""
    matches = align(was, now)
    pairs = list(matches)
    for run in runs(matches, len(was), len(now)):
        if run.old_end - run.old_start == run.new_end - run.new_start:
            pairs += zip(range(run.old_start, run.old_end), range(run.new_start, run.new_end), strict=True)
    return sorted(pairs)
