"""Lists whose items have an identity, wherever they stand: keyed lists (K1 to K8) and sets (SET)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from typing import NamedTuple, TypeVar

from gitdraft.documents.equality import fingerprint
from gitdraft.documents.merge.context import MergeContext, MergePath
from gitdraft.documents.serialise import canonical_json
from gitdraft.model.lists import Keyed
from gitdraft.model.values import ABSENT, JSON, Maybe

Items = dict[str, JSON]
"""Items by token, in the order of the list: the token is the canonical JSON of their key, `{"id":"b"}` (K1)."""

Item = TypeVar("Item", bound=Hashable)


class KeyedSides(NamedTuple):
    """The three versions of a keyed list; ``duplicates`` are the tokens that the draft has more than once (K5)."""

    base: Items
    draft: Items
    canonical: Items
    duplicates: frozenset[str]


def merge_keyed(
    context: MergeContext,
    path: MergePath,
    rule: Keyed,
    base: list[JSON],
    draft: list[JSON],
    canonical: list[JSON],
) -> JSON:
    """Returns the list merged item by item: additions by R6, deletions by R4 and R5 (K2, K3), order by K4. A key of
    several members is one key (K7), a changed key another item (K8).

    ``NotImplemented``, with a warning, where the keys are not usable: then it is an ordered list (K6).
    """
    sides = _items_by_key(rule, base, draft, canonical)
    if sides is None:
        context.warn("not-keyed", path.tokens)
        return NotImplemented
    merged: dict[str, Maybe] = {}
    for token in dict.fromkeys((*sides.canonical, *sides.draft, *sides.base)):
        b, d, c = (items.get(token, ABSENT) for items in sides[:3])
        item_path = path.child(token)
        if token in sides.duplicates:
            merged[token] = context.conflict(item_path.tokens, "duplicate-key", b, d, c)  # K5
        else:
            merged[token] = context.merge_node(context, item_path, b, d, c)
    kept = {token for token, item in merged.items() if item is not ABSENT}
    return [merged[token] for token in _merge_order(context, path, rule, sides, kept)]


def merge_sets(
    context: MergeContext, path: MergePath, base: list[JSON], draft: list[JSON], canonical: list[JSON]
) -> JSON:
    """Returns the merged set (SET): membership merges, in canonical's order, the draft's new members after their left
    neighbours.

    ``NotImplemented``, with a warning, where an element is no scalar: then it is an ordered list (as K6).
    """
    if any(isinstance(element, dict | list) for side in (base, draft, canonical) for element in side):
        context.warn("not-keyed", path.tokens)
        return NotImplemented
    in_base, in_draft, in_canonical = ({fingerprint(e): e for e in side} for side in (base, draft, canonical))
    kept = {
        member
        for member in in_draft.keys() | in_canonical.keys()
        if (member in in_draft) == (member in in_canonical) or member not in in_base
    }
    order = place(
        [member for member in in_canonical if member in kept],
        [member for member in in_draft if member in kept],
        first=in_canonical.keys() - in_base.keys(),
    )
    return [in_canonical.get(member, in_draft.get(member)) for member in order]


def item_token(item: JSON, rule: Keyed) -> str | None:
    """Returns the path token of an item (K1), the same for keys that are ≈; ``None`` where it has no such key, or one
    that is no scalar (K6)."""
    if not isinstance(item, dict):
        return None
    key = {name: _spelled_as_integer(item.get(name, ABSENT)) for name in rule.key}
    if any(value is ABSENT or isinstance(value, dict | list) for value in key.values()):
        return None
    return canonical_json(key)


def place(order: Sequence[Item], others: Sequence[Item], *, first: Collection[Item] = ()) -> list[Item]:
    """Returns ``order`` with the items of ``others`` that it lacks, each after its nearest left neighbour there (K4).

    Items of ``first`` that follow the same neighbour stay in front.
    """
    placed = list(order)
    present = set(order)
    left: Item | None = None
    for item in others:
        if item not in present:
            index = 0 if left is None else placed.index(left) + 1
            while index < len(placed) and placed[index] in first:
                index += 1
            placed.insert(index, item)
            present.add(item)
        left = item
    return placed


def _items_by_key(
    rule: Keyed, base: list[JSON], draft: list[JSON], canonical: list[JSON]
) -> KeyedSides | None:
    """Returns the sides by token; ``None`` where an item of any side has no usable key, or the keys of base or
    canonical are not unique (K6)."""
    b_tokens, d_tokens, c_tokens = (
        [token for item in side if (token := item_token(item, rule)) is not None]
        for side in (base, draft, canonical)
    )
    if (len(b_tokens), len(d_tokens), len(c_tokens)) != (len(base), len(draft), len(canonical)):
        return None
    if len(set(b_tokens)) != len(b_tokens) or len(set(c_tokens)) != len(c_tokens):
        return None
    return KeyedSides(
        dict(zip(b_tokens, base, strict=True)),
        dict(zip(d_tokens, draft, strict=True)),
        dict(zip(c_tokens, canonical, strict=True)),
        frozenset(token for token, times in Counter(d_tokens).items() if times > 1),
    )


def _spelled_as_integer(value: Maybe) -> Maybe:
    """Returns a whole number as an integer: 1.0 names the item that 1 names (N1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _merge_order(
    context: MergeContext, path: MergePath, rule: Keyed, sides: KeyedSides, kept: Collection[str]
) -> list[str]:
    """Returns the order of the kept items: that of the side that reordered; where both did, differently, an `order`
    conflict (K4)."""
    base, draft, canonical, _ = sides
    kept_in_draft = [token for token in draft if token in kept]
    kept_in_canonical = [token for token in canonical if token in kept]
    by_canonical = place(kept_in_canonical, kept_in_draft, first=canonical.keys() - base.keys())
    by_canonical += [token for token in base if token in kept and token not in by_canonical]
    shared = base.keys() & draft.keys() & canonical.keys()
    base_order, draft_order, canonical_order = (
        [token for token in side if token in shared] for side in (base, draft, canonical)
    )
    if draft_order in (base_order, canonical_order):
        return by_canonical
    if canonical_order == base_order:
        return place(kept_in_draft, kept_in_canonical)
    if rule.order == "ignore":
        return by_canonical
    orders = [[json.loads(token) for token in side] for side in (base_order, draft_order, canonical_order)]
    answer = context.conflict(path.tokens, "order", *orders)
    answered = dict.fromkeys(map(canonical_json, answer if isinstance(answer, list) else ()))
    return place([token for token in answered if token in kept], by_canonical)
