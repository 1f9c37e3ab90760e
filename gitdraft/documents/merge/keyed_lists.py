"""Lists of objects that have a key merge item by item, wherever the items stand (K1 to K8)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence

from gitdraft.documents.merge.context import MergeContext
from gitdraft.documents.merge.declarations import Active, step
from gitdraft.documents.merge.ordering import place
from gitdraft.documents.pointers import Tokens
from gitdraft.documents.serialise import canonical_json
from gitdraft.model.lists import Keyed
from gitdraft.model.values import ABSENT, JSON, Maybe

Items = dict[str, JSON]
"""Items by token: the canonical JSON of their key, `{"id":"b"}`."""


def merge_keyed(
    context: MergeContext,
    active: Active,
    path: Tokens,
    rule: Keyed,
    base: list[JSON],
    draft: list[JSON],
    canonical: list[JSON],
) -> JSON:
    """The merged list. ``NotImplemented``, with a warning, where an item of any side has no usable key, or the
    keys of base or canonical are not unique (K6): then it is an ordered list."""
    sides = [[item_token(item, rule) for item in side] for side in (base, draft, canonical)]
    b_tokens, d_tokens, c_tokens = sides
    unusable = any(token is None for side in sides for token in side)
    if unusable or len(set(b_tokens)) != len(b_tokens) or len(set(c_tokens)) != len(c_tokens):
        context.warn("not-keyed", path)
        return NotImplemented
    b_items: Items = dict(zip(b_tokens, base, strict=True))  # type: ignore[arg-type]
    d_items: Items = dict(zip(d_tokens, draft, strict=True))  # type: ignore[arg-type]
    c_items: Items = dict(zip(c_tokens, canonical, strict=True))  # type: ignore[arg-type]
    doubled = {token for token, times in Counter(d_tokens).items() if times > 1}
    merged: dict[str, Maybe] = {}
    for token in dict.fromkeys((*c_items, *d_items, *b_items)):
        b, d, c = (items.get(token, ABSENT) for items in (b_items, d_items, c_items))
        here = (*path, token)
        if token in doubled:
            merged[token] = context.conflict(here, "duplicate-key", b, d, c)  # K5
        else:
            merged[token] = context.merge_node(context, step(active, token), here, b, d, c)
    kept = {token for token, item in merged.items() if item is not ABSENT}
    order = _order(context, path, rule, kept, list(b_items), list(d_items), list(c_items))
    return [merged[token] for token in order]


def item_token(item: JSON, rule: Keyed) -> str | None:
    """The path token of an item (K1), the same for keys that are ≈; ``None`` where it has no such key, or one
    that is no scalar."""
    if not isinstance(item, dict):
        return None
    key = {name: _plain(item.get(name, ABSENT)) for name in rule.key}
    if any(value is ABSENT or isinstance(value, dict | list) for value in key.values()):
        return None
    return canonical_json(key)


def _plain(value: Maybe) -> Maybe:
    """A whole number spelled as an integer: 1.0 names the item that 1 names (N1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _order(
    context: MergeContext,
    path: Tokens,
    rule: Keyed,
    kept: Collection[str],
    base: Sequence[str],
    draft: Sequence[str],
    canonical: Sequence[str],
) -> list[str]:
    """The order of the kept items (K4)."""
    mine = [token for token in draft if token in kept]
    theirs = [token for token in canonical if token in kept]
    new_in_canonical = set(canonical) - set(base)
    by_canonical = place(theirs, mine, first=new_in_canonical)
    by_canonical += [token for token in base if token in kept and token not in by_canonical]
    shared = set(base) & set(draft) & set(canonical)
    in_base, in_draft, in_canonical = ([t for t in side if t in shared] for side in (base, draft, canonical))
    if in_draft in (in_base, in_canonical):
        return by_canonical
    if in_canonical == in_base:
        return place(mine, theirs)
    if rule.order == "ignore":
        return by_canonical
    sides = [[_key_of(token) for token in side] for side in (in_base, in_draft, in_canonical)]
    answer = context.conflict(path, "order", *sides)
    wanted = dict.fromkeys(map(canonical_json, answer if isinstance(answer, list) else ()))
    return place([token for token in wanted if token in kept], by_canonical)


def _key_of(token: str) -> JSON:
    return json.loads(token)
