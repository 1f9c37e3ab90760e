"""Lists whose elements have no identity merge by where they stand (L1 to L7), texts by their lines (R9)."""

from __future__ import annotations

import re

from gitdraft.documents.equality import equivalent, fingerprint, identical
from gitdraft.documents.merge.context import MergeContext, MergePath
from gitdraft.documents.merge.list_edits import Deletion, ListEdits, Region, Replacement, list_edits
from gitdraft.documents.merge.similarity import similar
from gitdraft.model.values import ABSENT, JSON, Maybe

LINE = r"[^\n]*\n|[^\n]+"


def merge_ordered(
    context: MergeContext, path: MergePath, base: list[JSON], draft: list[JSON], canonical: list[JSON]
) -> JSON:
    """Returns the merged list; where order or place of elements is unknown (L2, L4, L6, L7), one `list` conflict and
    canonical's list."""
    base_prints = [fingerprint(element) for element in base]
    by_draft = list_edits(base_prints, [fingerprint(element) for element in draft], draft)
    by_canonical = list_edits(base_prints, [fingerprint(element) for element in canonical], canonical)
    if (
        _insertions_conflict(by_draft, by_canonical)
        or _has_conflict(by_draft, by_canonical)
        or _has_conflict(by_canonical, by_draft)
        or any(_moves_cross(by_draft, by_canonical, i, j) for i in by_draft.moves for j in by_canonical.moves)
    ):
        return context.conflict(path.tokens, "list", base, draft, canonical)
    return _merge_edits(context, path, base, by_draft, by_canonical)


def merge_texts(context: MergeContext, path: MergePath, base: str, draft: str, canonical: str) -> Maybe:
    """Returns the text merged by lines; any conflict of lines is one `modify/modify` at the string (R9)."""
    of_lines = MergeContext(context.merge_node)
    sides = (re.findall(LINE, side) for side in (base, draft, canonical))
    lines = merge_ordered(of_lines, MergePath(path.tokens, ()), *sides)
    if of_lines.conflicts:
        return context.conflict(path.tokens, "modify/modify", base, draft, canonical)
    return "".join(lines)


def _insertions_conflict(draft: ListEdits, canonical: ListEdits) -> bool:
    """Whether both inserted in one gap, and not the same (L2)."""
    gaps = draft.insertions.keys() & canonical.insertions.keys()
    return any(not equivalent(draft.insertions[gap], canonical.insertions[gap]) for gap in gaps)


def _has_conflict(one: ListEdits, other: ListEdits) -> bool:
    """Whether an edit of one side lost its place by what the other did (L4, L6, L7)."""
    return (
        any(_region_conflicts(region, other) for region in one.regions)
        or any(_insertion_conflicts(gap, other) for gap in one.insertions)
        or any(_move_conflicts(index, one, other) for index in one.moves)
    )


def _region_conflicts(region: Region, other: ListEdits) -> bool:
    """Whether the other side edited the elements of a rewritten region, its inner gaps, or a border gap where it may
    insert, and did not rewrite it identically (L4)."""
    if any(
        (region.start, region.end) == (same.start, same.end) and equivalent(region.values, same.values)
        for same in other.regions
    ):
        return False
    if any(other.is_touched(index) for index in range(region.start, region.end)):
        return True
    gaps = range(region.start, region.end + 1) if region.may_insert else range(region.start + 1, region.end)
    return any(gap in other.insertions for gap in gaps)


def _insertion_conflicts(gap: int, other: ListEdits) -> bool:
    """Whether the other side deleted both neighbours of an insertion (L6)."""
    return 0 < gap < len(other.elements) and all(
        isinstance(other.elements[index], Deletion) for index in (gap - 1, gap)
    )


def _move_conflicts(index: int, one: ListEdits, other: ListEdits) -> bool:
    """Whether the other side touched an element that one side moved, and did not move it alike (L7)."""
    return other.is_touched(index) and one.moves[index] != other.moves.get(index)


def _moves_cross(draft: ListEdits, canonical: ListEdits, i: int, j: int) -> bool:
    """Whether element i, moved by the draft, and j, moved by canonical, passed each other: both sides have one order
    of the two, the merged list would have the other (L7)."""
    i_in_draft, i_in_canonical = draft.position_of(i), canonical.position_of(i)
    j_in_draft, j_in_canonical = draft.position_of(j), canonical.position_of(j)
    if not (i_in_draft and i_in_canonical and j_in_draft and j_in_canonical):
        return False
    is_i_first = i_in_draft < j_in_draft
    return is_i_first == (i_in_canonical < j_in_canonical) != (i_in_draft < j_in_canonical)


def _merge_edits(
    context: MergeContext, path: MergePath, base: list[JSON], draft: ListEdits, canonical: ListEdits
) -> list[JSON]:
    """Returns the list with the edits of both sides: edits of different elements and gaps never conflict (L1)."""
    merged: list[JSON] = []
    index = 0
    while index <= len(base):
        merged += canonical.insertions.get(index) or draft.insertions.get(index) or []
        region = canonical.region_from(index) or draft.region_from(index)
        if region is not None:
            merged += region.values
            index = region.end
            continue
        if index < len(base):
            element = _merge_element(context, path, index, base[index], draft, canonical)
            merged += [] if element is ABSENT else [element]
        index += 1
    return merged


def _merge_element(
    context: MergeContext, path: MergePath, index: int, base: JSON, draft: ListEdits, canonical: ListEdits
) -> Maybe:
    """Returns what stands in the place of one base element, :data:`ABSENT` for nothing (L1, L3, L5)."""
    d, c = draft.value_at(index), canonical.value_at(index)
    if not canonical.is_touched(index) and (draft.is_touched(index) or identical(c, base)):
        return d  # R0, also where the draft only respelled a number
    if not draft.is_touched(index):
        return c
    element_path = path.element(index)
    match draft.elements[index], canonical.elements[index]:
        case Deletion(), Deletion():
            return ABSENT
        case Replacement(), Replacement():
            if identical(d, c):
                return c
            if similar(base, d) and similar(base, c):
                return context.merge_node(context, element_path, base, d, c)  # L5
            if equivalent(d, c):
                return c
    return context.write_conflict(element_path.tokens, base, d, c)  # L3, L5
