"""Lists whose items have an identity, wherever they stand: keyed lists (K1 to K8) and sets (SET), sorted or not (K9)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from gitdraft.documents.equality import fingerprint
from gitdraft.documents.merge.collation import Sortable, Sorting, find_fold, sort_key
from gitdraft.documents.merge.context import MergeContext, MergePath
from gitdraft.documents.merge.item_keys import item_token
from gitdraft.documents.pointers import get
from gitdraft.documents.serialise import canonical_json
from gitdraft.model.lists import Keyed, SetOf
from gitdraft.model.merge import ConflictType
from gitdraft.model.values import ABSENT, JSON, Maybe

Items = dict[str, JSON]
"""Items by token, in the order of the list: the token is the canonical JSON of their key, `{"id":"b"}` (K1)."""

ITEM_RULES: dict[ConflictType, str] = {"modify/delete": "K3", "delete/modify": "K3"}

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
    """Returns the list merged item by item: additions by R6, deletions by R4 and R5 (K2, K3), order by K9, else K4. A key
    of several members is one key (K7), a changed key another item (K8).

    ``NotImplemented``, with a warning, where the keys are not usable: then it is an ordered list (K6).
    """
    sides = _items_by_key(rule, base, draft, canonical)
    if sides is None:
        context.warn("not-keyed", path.tokens)
        return NotImplemented
    context.note("K1", path.tokens, f"items by {', '.join(rule.key)}")
    merged: dict[str, Maybe] = {}
    for token in dict.fromkeys((*sides.canonical, *sides.draft, *sides.base)):
        b, d, c = (items.get(token, ABSENT) for items in sides[:3])
        item_path = path.child(token)
        if token in sides.duplicates:
            merged[token] = context.conflict(item_path.tokens, "duplicate-key", b, d, c)  # K5
        else:
            merged[token] = context.merge_node(context, item_path, b, d, c)
            context.rename_rule(item_path.tokens, ITEM_RULES)
    kept = {token: item for token, item in merged.items() if item is not ABSENT}
    order = _sorted_order(rule, sides, kept)
    if order is not None:
        context.note("K9", path.tokens, "new items stand in sorted order")
    else:
        order = _merge_order(context, path, rule, sides, kept.keys())
    return [kept[token] for token in order]


def merge_sets(
    context: MergeContext,
    path: MergePath,
    rule: SetOf,
    base: list[JSON],
    draft: list[JSON],
    canonical: list[JSON],
) -> JSON:
    """Returns the merged set (SET): membership merges, in canonical's order, the draft's new members in their sorted
    places (K9), else after their left neighbours. A member that a side has twice is in it once.

    ``NotImplemented``, with a warning, where an element is no scalar: then it is an ordered list (as K6).
    """
    if any(isinstance(element, dict | list) for side in (base, draft, canonical) for element in side):
        context.warn("not-keyed", path.tokens)
        return NotImplemented
    context.note("SET", path.tokens, "membership merges")
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
    members = [in_canonical.get(member, in_draft.get(member)) for member in order]
    if all(member in in_base or member in in_canonical for member in order):
        return members
    old = (_scalars(in_base), _scalars({m: e for m, e in in_draft.items() if m in in_base}))
    fold = find_fold(Sorting(rule.order == "sorted", rule.fold), *old, _scalars(in_canonical))
    if fold is None:
        return members
    context.note("K9", path.tokens, "new members stand in sorted order")
    return sorted(members, key=lambda m: sort_key(Sortable((m,)), fold=fold))


def place(order: Sequence[Item], others: Sequence[Item], *, first: Collection[Item] = ()) -> list[Item]:
    """Returns ``order`` with the items of ``others`` that it lacks, each after its nearest left neighbour there (K4).

    Items of ``first`` that follow the same neighbour stay in front.
    """
    after: dict[Item | None, Item | None] = dict(zip((None, *order), (*order, None), strict=True))
    left: Item | None = None
    follower: Item | None
    for item in others:
        if item not in after:
            while (follower := after[left]) is not None and follower in first:
                left = follower
            after[left], after[item] = item, after[left]
        left = item
    placed: list[Item] = []
    follower = after[None]
    while follower is not None:
        placed.append(follower)
        follower = after[follower]
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


def _scalars(members: Mapping[object, JSON]) -> list[Sortable]:
    return [Sortable((member,)) for member in members.values()]


def _sorted_order(rule: Keyed, sides: KeyedSides, kept: Items) -> list[str] | None:
    """Returns the kept items in sorted order, where the list is sorted and a side added to it; ``None`` elsewhere (K9)."""
    base, draft, canonical, _ = sides
    if draft.keys() <= base.keys() and canonical.keys() <= base.keys():
        return None
    old = {token: item for token, item in draft.items() if token in base}
    in_lists = (_sortables(rule, side.values()) for side in (base, old, canonical))
    fold = find_fold(Sorting(rule.order == "sorted", rule.fold), *in_lists)
    if fold is None:
        return None
    places = dict(zip(kept, _sortables(rule, kept.values()), strict=True))
    return sorted(kept, key=lambda token: sort_key(places[token], fold=fold))


def _sortables(rule: Keyed, items: Collection[JSON]) -> list[Sortable]:
    """Returns what the items are sorted by: the value at the declared member, else their key."""
    keys = [tuple(get(item, (name,)) for name in rule.key) for item in items]
    if rule.by is None:
        return [Sortable(key) for key in keys]
    return [Sortable((get(item, rule.by),), key) for item, key in zip(items, keys, strict=True)]


def _merge_order(
    context: MergeContext, path: MergePath, rule: Keyed, sides: KeyedSides, kept: Collection[str]
) -> list[str]:
    """Returns the order of the kept items: that of the side that reordered; where both did, differently, an `order`
    conflict (K4)."""
    base, draft, canonical, _ = sides
    kept_in_draft = [token for token in draft if token in kept]
    kept_in_canonical = [token for token in canonical if token in kept]
    by_canonical = place(kept_in_canonical, kept_in_draft, first=canonical.keys() - base.keys())
    placed = {*by_canonical}
    by_canonical += [token for token in base if token in kept and token not in placed]
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
