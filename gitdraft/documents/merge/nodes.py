"""The merge of one node: rules R0 to R9 and N1, and which family of rules looks inside.

The families that few merges need are loaded when one does: the merge driver starts once a file.
"""

from __future__ import annotations

from gitdraft.documents.equality import equivalent, identical
from gitdraft.documents.merge.context import MergeContext
from gitdraft.documents.merge.declarations import Active, rule_here
from gitdraft.documents.merge.objects import merge_objects
from gitdraft.documents.pointers import Tokens
from gitdraft.model.lists import Atomic, Keyed, SetOf, Text
from gitdraft.model.values import ABSENT, JSON, Maybe


def merge_node(
    context: MergeContext, active: Active, path: Tokens, base: Maybe, draft: Maybe, canonical: Maybe
) -> Maybe:
    """The merged value of one place; :data:`ABSENT` where there is none."""
    if identical(draft, base) or identical(draft, canonical):
        return canonical  # R2, R1
    if identical(canonical, base):
        return in_order_of(draft, canonical)  # R0
    inside = _merge_inside(context, active, path, base, draft, canonical)
    if inside is not NotImplemented:
        return inside
    if equivalent(draft, base) or equivalent(draft, canonical):
        return canonical  # N1
    if equivalent(canonical, base):
        return draft
    return context.write_conflict(path, base, draft, canonical)


def in_order_of(value: Maybe, model: Maybe) -> Maybe:
    """The value with the members of its objects in ``model``'s order, new ones last in their own (O1)."""
    if isinstance(value, dict) and isinstance(model, dict):
        names = [name for name in model if name in value]
        names += [name for name in value if name not in model]
        return {name: in_order_of(value[name], model.get(name, ABSENT)) for name in names}
    return value


def _merge_inside(
    context: MergeContext, active: Active, path: Tokens, base: Maybe, draft: Maybe, canonical: Maybe
) -> JSON:
    """What merging inside the node gives; ``NotImplemented`` where there is no inside to merge (R7, R8)."""
    rule = rule_here(active)
    if isinstance(rule, Atomic):
        return NotImplemented
    if isinstance(draft, dict) and isinstance(canonical, dict):
        members = {} if base is ABSENT else base
        if isinstance(members, dict):
            return merge_objects(context, active, path, members, draft, canonical)
    if isinstance(draft, list) and isinstance(canonical, list):
        return _merge_lists(context, active, path, base, draft, canonical)
    if (
        isinstance(rule, Text)
        and isinstance(base, str)
        and isinstance(draft, str)
        and isinstance(canonical, str)
    ):
        from gitdraft.documents.merge.texts import merge_texts

        return merge_texts(context, path, base, draft, canonical)
    return NotImplemented


def _merge_lists(
    context: MergeContext, active: Active, path: Tokens, base: Maybe, draft: list[JSON], canonical: list[JSON]
) -> JSON:
    rule = rule_here(active)
    items = [] if base is ABSENT else base
    if not isinstance(items, list):
        return NotImplemented
    merged: JSON = NotImplemented
    if isinstance(rule, Keyed):
        from gitdraft.documents.merge.keyed_lists import merge_keyed

        merged = merge_keyed(context, active, path, rule, items, draft, canonical)
    elif isinstance(rule, SetOf):
        from gitdraft.documents.merge.sets import merge_sets

        merged = merge_sets(context, path, items, draft, canonical)
    if merged is NotImplemented and base is not ABSENT:
        from gitdraft.documents.merge.ordered_lists import merge_ordered

        return merge_ordered(context, active, path, items, draft, canonical)
    return merged
