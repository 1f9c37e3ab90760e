"""Objects merge member by member (R2 to R6, O1), a renamed member followed (R10)."""

from __future__ import annotations

from gitdraft.documents.equality import equivalent, identical
from gitdraft.documents.merge.context import MergeContext
from gitdraft.documents.merge.declarations import Active, step
from gitdraft.documents.merge.renames import find_renames
from gitdraft.documents.pointers import Tokens
from gitdraft.model.values import ABSENT, JSON, Maybe

Members = dict[str, JSON]


def merge_objects(
    context: MergeContext, active: Active, path: Tokens, base: Members, draft: Members, canonical: Members
) -> Members:
    """The merged object, its members in canonical's order, then the draft's new ones in the draft's (O1)."""
    merged, done = _follow_renames(context, active, path, base, draft, canonical)
    for name in dict.fromkeys((*canonical, *draft, *base)):
        if name in done:
            continue
        b, d, c = (side.get(name, ABSENT) for side in (base, draft, canonical))
        if d is ABSENT and c is ABSENT:
            continue
        here = (*path, name)
        if b is not ABSENT and (d is ABSENT or c is ABSENT):
            gone_from = draft if d is ABSENT else canonical
            merged[name] = _merge_deletion(context, here, b, d, c, _renamed_to(name, base, gone_from))
        else:
            merged[name] = context.merge_node(context, step(active, name), here, b, d, c)
    order = [*canonical, *(name for name in draft if name not in canonical)]
    order += [name for name in merged if name not in draft and name not in canonical]
    return {name: merged[name] for name in order if merged.get(name, ABSENT) is not ABSENT}


def _merge_deletion(
    context: MergeContext, path: Tokens, base: JSON, draft: Maybe, canonical: Maybe, renamed_to: str | None
) -> Maybe:
    """One side deleted the member; a conflict unless the other left its value alone (R4, R5)."""
    other = canonical if draft is ABSENT else draft
    if equivalent(other, base):
        return ABSENT
    candidate = None if renamed_to is None else (*path[:-1], renamed_to)
    return context.write_conflict(path, base, draft, canonical, rename_candidate=candidate)


def _renamed_to(name: str, base: Members, gone_from: Members) -> str | None:
    """The member that a side added with the value that it deleted under ``name``."""
    added = (other for other in gone_from if other not in base)
    return next((other for other in added if equivalent(gone_from[other], base[name])), None)


def _follow_renames(
    context: MergeContext, active: Active, path: Tokens, base: Members, draft: Members, canonical: Members
) -> tuple[dict[str, Maybe], set[str]]:
    """What the renames of both sides decide (R10): values by new name, and the names that are done with."""
    by_draft, by_canonical = find_renames(base, draft), find_renames(base, canonical)
    merged: dict[str, Maybe] = {}
    done: set[str] = set()
    for name in sorted(by_draft.keys() | by_canonical.keys()):
        to_d, to_c = by_draft.get(name), by_canonical.get(name)
        if to_d != to_c and (to_d in canonical or to_c in draft):
            continue  # the other side has a member of that name too: no rename to follow
        b, d, c = base[name], draft.get(to_d or name, ABSENT), canonical.get(to_c or name, ABSENT)
        here = (*path, name)
        if to_d is not None and to_c is not None and to_d != to_c:
            answer = context.conflict(here, "modify/modify", {name: b}, {to_d: d}, {to_c: c})
            merged |= answer if isinstance(answer, dict) else {}
            done |= {name, to_d, to_c}
            continue
        new = to_d or to_c or name
        if to_d != to_c:
            edited = c if to_d is not None else d
            if identical(edited, b):
                continue  # a deletion and an addition, both clean
        if d is ABSENT or c is ABSENT:  # deleted by the one, renamed by the other
            merged[new] = context.write_conflict(here, b, d, c)
        else:
            merged[new] = context.merge_node(context, step(active, new), here, b, d, c)
            if to_d != to_c:
                context.warn("followed-rename", (*path, new), here, (*path, new))
        done |= {name, new}
    return merged, done
