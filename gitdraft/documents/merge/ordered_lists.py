"""Lists whose elements have no identity merge by where they stand (L1 to L7)."""

from __future__ import annotations

from gitdraft.documents.equality import equivalent, fingerprint, identical
from gitdraft.documents.merge.context import MergeContext
from gitdraft.documents.merge.declarations import Active, step
from gitdraft.documents.merge.list_edits import Deleted, ListEdits, Region, Replaced, list_edits
from gitdraft.documents.merge.similarity import similar
from gitdraft.documents.pointers import Tokens
from gitdraft.model.values import ABSENT, JSON


def merge_ordered(
    context: MergeContext,
    active: Active,
    path: Tokens,
    base: list[JSON],
    draft: list[JSON],
    canonical: list[JSON],
) -> JSON:
    """The merged list. Where order or place of elements is unknown, one `list` conflict and canonical's list."""
    keys = [[fingerprint(element) for element in side] for side in (base, draft, canonical)]
    mine = list_edits(keys[0], keys[1], draft)
    theirs = list_edits(keys[0], keys[2], canonical)
    if (
        _insertions_differ(mine, theirs)
        or _clashes(mine, theirs)
        or _clashes(theirs, mine)
        or any(_are_crossed(mine, theirs, i, j) for i in mine.moved for j in theirs.moved)
    ):
        return context.conflict(path, "list", base, draft, canonical)
    return _merge(context, active, path, base, mine, theirs)


def _insertions_differ(mine: ListEdits, theirs: ListEdits) -> bool:
    """Both inserted in one gap, and not the same (L2)."""
    gaps = mine.insertions.keys() & theirs.insertions.keys()
    return any(not equivalent(mine.insertions[gap], theirs.insertions[gap]) for gap in gaps)


def _clashes(one: ListEdits, other: ListEdits) -> bool:
    """Whether an edit of one side has lost its place by what the other did (L4, L6, L7)."""
    return (
        any(not _has_same(region, other) and _is_edited(region, other) for region in one.regions)
        or any(_is_uprooted(gap, other) for gap in one.insertions)
        or any(other.is_touched(index) and not _moved_alike(index, one, other) for index in one.moved)
    )


def _is_uprooted(gap: int, other: ListEdits) -> bool:
    """The other side deleted the elements on both sides of the gap (L6)."""
    return 0 < gap < len(other.slots) and all(isinstance(other.at(i), Deleted) for i in (gap - 1, gap))


def _has_same(region: Region, other: ListEdits) -> bool:
    return any(
        (region.start, region.end) == (r.start, r.end) and equivalent(region.values, r.values)
        for r in other.regions
    )


def _is_edited(region: Region, other: ListEdits) -> bool:
    if any(other.is_touched(index) for index in range(region.start, region.end)):
        return True
    gaps = range(region.start, region.end + 1) if region.may_insert else range(region.start + 1, region.end)
    return any(gap in other.insertions for gap in gaps)


def _moved_alike(index: int, one: ListEdits, other: ListEdits) -> bool:
    return index in other.moved and one.moved[index] == other.moved[index]


def _are_crossed(mine: ListEdits, theirs: ListEdits, i: int, j: int) -> bool:
    """The draft moved element i, canonical moved j, and the moves passed each other: both sides have one order of
    the two, the merged list would have the other (L7)."""
    i_in_draft, i_in_canonical = mine.place_of(i), theirs.place_of(i)
    j_in_draft, j_in_canonical = mine.place_of(j), theirs.place_of(j)
    if not (i_in_draft and i_in_canonical and j_in_draft and j_in_canonical):
        return False
    agreed = i_in_draft < j_in_draft
    return agreed == (i_in_canonical < j_in_canonical) != (i_in_draft < j_in_canonical)


def _merge(
    context: MergeContext,
    active: Active,
    path: Tokens,
    base: list[JSON],
    mine: ListEdits,
    theirs: ListEdits,
) -> list[JSON]:
    merged: list[JSON] = []
    index = 0
    while index <= len(base):
        merged += theirs.insertions.get(index) or mine.insertions.get(index) or []
        region = theirs.region_from(index) or mine.region_from(index)
        if region is not None:
            merged += region.values
            index = region.end
            continue
        if index < len(base):
            element = _merge_element(context, active, (*path, str(index)), base[index], index, mine, theirs)
            merged += [] if element is ABSENT else [element]
        index += 1
    return merged


def _merge_element(
    context: MergeContext,
    active: Active,
    path: Tokens,
    base: JSON,
    index: int,
    mine: ListEdits,
    theirs: ListEdits,
) -> JSON:
    d, c = mine.value_at(index), theirs.value_at(index)
    if not theirs.is_touched(index) and (mine.is_touched(index) or identical(c, base)):
        return d  # R0, also where the draft only respelled a number
    if not mine.is_touched(index):
        return c
    match mine.at(index), theirs.at(index):
        case Deleted(), Deleted():
            return ABSENT
        case Replaced(), Replaced():
            if identical(d, c):
                return c
            if similar(base, d) and similar(base, c):
                return context.merge_node(context, step(active, path[-1]), path, base, d, c)  # L5
            if equivalent(d, c):
                return c
    return context.write_conflict(path, base, d, c)  # L3, L5
