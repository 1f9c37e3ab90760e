"""Objects merge member by member (R2 to R6, O1), groups of members before (G1), a renamed member followed (R10)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial

from gitdraft.documents.equality import equivalent, fingerprint, identical
from gitdraft.documents.merge.context import MergeContext, MergePath
from gitdraft.documents.merge.followers import follow_canonical
from gitdraft.documents.merge.groups import NO_GROUPS, merge_groups
from gitdraft.documents.merge.member_order import merge_order, starred
from gitdraft.documents.merge.renames import find_renames
from gitdraft.documents.merge.steps import note_new_members
from gitdraft.documents.pointers import Tokens
from gitdraft.model.values import ABSENT, JSON, Maybe

Members = dict[str, JSON]


def merge_objects(
    context: MergeContext, path: MergePath, base: Members, draft: Members, canonical: Members
) -> Members:
    """Returns the merged object, its members in canonical's order, new ones of the draft where O1 puts them."""
    groups = merge_groups(context, path, base, draft, canonical) if path.groups else NO_GROUPS
    single = (_without(side, groups.names) for side in (base, draft, canonical))
    merged, decided = _follow_renames(context, path, *single)
    merged |= groups.merged
    decided |= groups.merged.keys()
    added_by_draft, added_by_canonical = (cache(partial(_added, base, side)) for side in (draft, canonical))
    for name in dict.fromkeys((*canonical, *draft, *base)):
        if name in decided:
            continue
        b, d, c = (side.get(name, ABSENT) for side in (base, draft, canonical))
        if d is ABSENT and c is ABSENT:
            continue
        if b is not ABSENT and (d is ABSENT or c is ABSENT):
            added = added_by_draft if d is ABSENT else added_by_canonical
            merged[name] = _merge_deletion(context, path.child(name), b, d, c, added)
        else:
            merged[name] = context.merge_node(context, path.child(name), b, d, c)
    order = dict.fromkeys((*order_of_members(context, path.tokens, base, draft, canonical), *merged))
    result = {name: merged[name] for name in order if merged.get(name, ABSENT) is not ABSENT}
    if context.steps is not None:
        note_new_members(context, path, result, result.keys() - canonical.keys() - base.keys())
    return result


def order_of_members(
    context: MergeContext, path: Tokens, base: Members, draft: Members, canonical: Members
) -> Iterable[str]:
    """Returns the names that canonical has, in its order, and among them the draft's new ones (O1)."""
    if draft.keys() <= canonical.keys():
        return canonical
    hints = context.hints
    above = starred(path) if hints else ()
    return merge_order(base, list(draft), list(canonical), lambda name: (above, name) in hints)


def in_order_of(context: MergeContext, path: Tokens, value: Maybe, model: Maybe) -> Maybe:
    """Returns the value with the members of its objects in ``model``'s order, new ones where O1 puts them."""
    if isinstance(value, dict) and isinstance(model, dict):
        order = order_of_members(context, path, model, value, model)
        return {
            name: in_order_of(context, (*path, name), value[name], model.get(name, ABSENT))
            for name in order
            if name in value
        }
    return value


def _merge_deletion(
    context: MergeContext,
    path: MergePath,
    base: JSON,
    draft: Maybe,
    canonical: Maybe,
    added: Callable[[], Mapping[object, str]],
) -> Maybe:
    """Returns what stands for a member that one side deleted; a conflict unless the other side left its value alone
    (R4, R5), or C1 decides."""
    other = canonical if draft is ABSENT else draft
    if equivalent(other, base):
        context.note("R2", path.tokens, f"{'the draft' if draft is ABSENT else 'canonical'} alone removed it")
        return ABSENT
    if path.has_followers:
        followed = follow_canonical(context, path, base, draft, canonical)
        if followed is not NotImplemented:
            return followed
    renamed_to = added().get(fingerprint(base))
    candidate = None if renamed_to is None else (*path.tokens[:-1], renamed_to)
    return context.write_conflict(path.tokens, base, draft, canonical, rename_candidate=candidate)


def _without(side: Members, names: frozenset[str]) -> Members:
    return {name: value for name, value in side.items() if name not in names} if names else side


def _added(base: Members, side: Members) -> Mapping[object, str]:
    """Returns the members that a side added by the fingerprints of their values, of equal ones the first: the rename hint of
    R5."""
    added = [name for name in side if name not in base]
    return {fingerprint(side[name]): name for name in reversed(added)}


def _follow_renames(
    context: MergeContext, path: MergePath, base: Members, draft: Members, canonical: Members
) -> tuple[dict[str, Maybe], set[str]]:
    """Returns what the renames of both sides decide (R10): values by new name, and the names that are decided."""
    by_draft, by_canonical = find_renames(base, draft), find_renames(base, canonical)
    merged: dict[str, Maybe] = {}
    decided: set[str] = set()
    for name in sorted(by_draft.keys() | by_canonical.keys()):
        to_d, to_c = by_draft.get(name), by_canonical.get(name)
        if to_d != to_c and (to_d in canonical or to_c in draft):
            continue  # the other side has a member of that name too: no rename to follow
        b, d, c = base[name], draft.get(to_d or name, ABSENT), canonical.get(to_c or name, ABSENT)
        old_path = (*path.tokens, name)
        if to_d is not None and to_c is not None and to_d != to_c:
            answer = context.conflict(old_path, "modify/modify", {name: b}, {to_d: d}, {to_c: c}, rule="R10")
            merged |= answer if isinstance(answer, dict) else {}
            decided |= {name, to_d, to_c}
            continue
        new = to_d or to_c or name
        if to_d != to_c:
            edited = c if to_d is not None else d
            if identical(edited, b):
                continue  # a deletion and an addition, both clean
        if d is ABSENT or c is ABSENT:  # deleted by the one, renamed by the other
            merged[new] = context.write_conflict(old_path, b, d, c)
        else:
            merged[new] = context.merge_node(context, MergePath(old_path, path.child(new).active), b, d, c)
            if to_d != to_c:
                context.warn("followed-rename", (*path.tokens, new), old_path, (*path.tokens, new))
        decided |= {name, new}
    return merged, decided
