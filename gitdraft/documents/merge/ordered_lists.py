"""Lists whose elements have no identity merge by where they stand and what they are (L1 to L8), texts by lines (R9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from gitdraft.documents.equality import equivalent, identical
from gitdraft.documents.merge.context import MergeContext, MergePath
from gitdraft.documents.merge.followed_elements import follow_elements
from gitdraft.documents.merge.followers import follow_once, list_prints
from gitdraft.documents.merge.list_edits import (
    Deletion,
    Insertion,
    ListEdits,
    Region,
    Replacement,
    Version,
    list_edits,
)
from gitdraft.documents.merge.similarity import NAME_MEMBERS, Marks, parted, similar
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.values import ABSENT, JSON, Maybe

LINE = r"[^\n]*\n|[^\n]+"
MOST_CROSSINGS = 1_000_000


def merge_ordered(
    context: MergeContext, path: MergePath, base: list[JSON], draft: list[JSON], canonical: list[JSON]
) -> JSON:
    """Returns the merged list. Where order or place of elements is unknown, it is one `list` conflict and canonical's
    list (L2, L4, L6, L7), or one of the stretch in which it is unknown (L8)."""
    versions = base, draft, canonical
    of_base, *sides = map(Version, versions, list_prints(path.active, *versions))
    draft_edits, canonical_edits = (list_edits(of_base, side) for side in sides)
    marks = cache(lambda: Marks(of_base.prints))
    edits = Edits(draft_edits, canonical_edits, of_base, marks)
    if path.has_followers:
        follow_elements(context, path, base, edits.draft, edits.canonical)  # C1
    if context.steps is not None:
        for who, side in (("the draft", edits.draft), ("canonical", edits.canonical)):
            rule, counted = side.summary()
            context.note(rule, path.tokens, f"{who}: {counted}")
    placed = _placed(context, path, edits)
    if isinstance(placed, str):
        return context.conflict(path.tokens, "list", base, draft, canonical, rule=placed)
    return _merge_edits(context, path, base, edits, placed)


def merge_texts(context: MergeContext, path: MergePath, base: str, draft: str, canonical: str) -> Maybe:
    """Returns the text merged by lines; any conflict of lines is one `modify/modify` at the string (R9)."""
    of_lines = MergeContext(context.merge_node)
    sides = (re.findall(LINE, side) for side in (base, draft, canonical))
    lines = merge_ordered(of_lines, MergePath(path.tokens, ()), *sides)
    if of_lines.conflicts:
        return context.conflict(path.tokens, "modify/modify", base, draft, canonical, rule="R9")
    context.note("R9", path.tokens, "merged by lines")
    return "".join(lines)


@dataclass(frozen=True, slots=True)
class Edits:
    """The edits of both sides; ``of_base`` is what they edited, ``marks`` tells its elements apart, counted where asked for."""

    draft: ListEdits
    canonical: ListEdits
    of_base: Version
    marks: Callable[[], Marks]

    def is_version(self, index: int, edit: Replacement) -> bool:
        """Whether what stands in the place of an element is a version of it (L5, L8)."""
        base, of_base = self.of_base.values[index], self.of_base.prints[index]
        if edit.is_known:
            return True
        is_half_enough = not parted(base, edit.value, NAME_MEMBERS)
        return (edit.is_paired or edit.is_similar or similar(base, edit.value)) and self.marks().are_kept(
            of_base, edit.print, is_half_enough=is_half_enough
        )

    @property
    def both_ways(self) -> tuple[tuple[ListEdits, ListEdits], tuple[ListEdits, ListEdits]]:
        """Each side with the other one."""
        return (self.draft, self.canonical), (self.canonical, self.draft)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Base elements of which one side made what cannot be told apart, and which the other touched (L8); with
    ``is_open`` what was inserted at its borders is of it."""

    start: int
    end: int
    is_open: bool

    def holds(self, insertion: Insertion) -> bool:
        """Whether the insertion is of the stretch."""
        border = 1 if self.is_open else 0
        return insertion.start < self.end + border and insertion.end > self.start - border


def _placed(context: MergeContext, path: MergePath, edits: Edits) -> _Placed | str:
    """Returns what stands between the elements of the base; the rule by which the place of some is unknown."""
    stretches = _unknown_stretches(edits)
    if stretches is None:
        return "L4"
    inserted = _merge_insertions(context, path, edits, stretches)
    if inserted is None:
        return "L2"
    if _has_lost_place(edits, stretches):
        return "L6"
    return "L7" if _has_lost_move(edits) else _Placed(inserted, stretches)


def _unknown_stretches(edits: Edits) -> list[Stretch] | None:
    """Returns the stretches in which elements cannot be told apart and the other side touched them (L8), first to last;
    ``None`` where a region of which nothing is known is touched (L4)."""
    stretches: list[Stretch] = []
    for one, other in edits.both_ways:
        for region in one.regions:
            if _region_conflicts(region, other):
                stretch = _grown(Stretch(region.start, region.end, region.may_insert), edits)
                if stretch is None:
                    return None
                stretches.append(stretch)
    joined: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda stretch: (stretch.start, stretch.end)):
        if joined and stretch.start <= joined[-1].end:
            last = joined.pop()
            is_open = last.is_open or stretch.is_open
            joined.append(Stretch(last.start, max(last.end, stretch.end), is_open))
        else:
            joined.append(stretch)
    grown = [_grown(stretch, edits) for stretch in joined]
    return joined if grown == joined else None  # joined ones that would grow again are too much to tell


def _grown(stretch: Stretch, edits: Edits) -> Stretch | None:
    """Returns the stretch with all regions and insertions of both sides that reach into it; ``None`` where one of them is
    a region of which nothing is known."""
    grown = None
    while grown != stretch:
        grown = stretch
        for side in (edits.draft, edits.canonical):
            touched = side.elements[stretch.start : stretch.end]
            regions = [edit for edit in touched if isinstance(edit, Region)]
            if not all(region.is_part for region in regions):
                return None
            candidates = _insertions_in(side, stretch.start, stretch.end)
            inserted = [insertion for insertion in candidates if stretch.holds(insertion)]
            stretch = Stretch(
                min([stretch.start, *(r.start for r in regions), *(i.start for i in inserted)]),
                max([stretch.end, *(r.end for r in regions), *(i.end for i in inserted)]),
                stretch.is_open or any(region.may_insert for region in regions),
            )
    return stretch


def _region_conflicts(region: Region, other: ListEdits) -> bool:
    """Whether the other side edited the elements of a rewritten region, its inner gaps, or a border gap where it may
    insert, and did not rewrite it identically (L4)."""
    same = other.region_from(region.start)
    if same is not None and region.end == same.end and equivalent(region.values, same.values):
        return False
    if any(other.is_touched(index) for index in range(region.start, region.end)):
        return True
    first, last = (region.start, region.end) if region.may_insert else (region.start + 1, region.end - 1)
    return any(_insertions_in(other, first, last))


def _insertions_in(side: ListEdits, first: int, last: int) -> Iterator[Insertion]:
    """Yields the insertions of a side that may stand in the gaps from ``first`` to ``last``, once for each gap."""
    return (side.gaps[gap] for gap in range(first, last + 1) if gap in side.gaps)


def _merge_insertions(
    context: MergeContext, path: MergePath, edits: Edits, stretches: Sequence[Stretch]
) -> dict[int, list[JSON]] | None:
    """Returns what is inserted, by gap: equal insertions into one gap once, but for a moved element and a new one that is
    equal; ``None`` where both inserted into one gap, and not the same (L2)."""
    by_draft, by_canonical = (
        [i for i in side.insertions.values() if not any(stretch.holds(i) for stretch in stretches)]
        for side in (edits.draft, edits.canonical)
    )
    inserted = {insertion.start: insertion.values for insertion in by_canonical}
    of_canonical, joined = set(inserted), set[int]()
    for insertion in by_draft:
        others = {
            other.start: other
            for other in _insertions_in(edits.canonical, insertion.start, insertion.end)
            if other.start in of_canonical
        }
        if not others:
            inserted[insertion.start] = insertion.values
            continue
        start, other = others.popitem()
        if others or start in joined or not equivalent(insertion.values, other.values):
            return None
        inserted[start] = _joined(insertion, other)
        stands = (
            "stand once" if len(inserted[start]) == len(other.values) else "stand twice where one was moved"
        )
        context.note("L2", path.tokens, f"equal insertions in one gap {stands}")
        joined.add(start)
    return inserted


def _joined(draft: Insertion, canonical: Insertion) -> list[JSON]:
    """Returns equal insertions as one: an element twice where it came from elsewhere on one side alone."""
    joined: list[JSON] = []
    for offset, value in enumerate(canonical.values):
        joined.append(value)
        if draft.sources[offset] != canonical.sources[offset]:
            joined.append(draft.values[offset])
    return joined


def _has_lost_place(edits: Edits, stretches: Sequence[Stretch]) -> bool:
    """Whether the other side deleted both neighbours of an insertion (L6)."""
    return any(
        insertion.start > 0
        and insertion.end < len(other.elements)
        and isinstance(other.elements[insertion.start - 1], Deletion)
        and isinstance(other.elements[insertion.end], Deletion)
        and not any(stretch.holds(insertion) for stretch in stretches)
        for one, other in edits.both_ways
        for insertion in one.insertions.values()
    )


def _has_lost_move(edits: Edits) -> bool:
    """Whether one side moved an element that the other touched, and did not move alike, or moves of the two crossed
    (L7)."""
    moved = []
    for one, other in edits.both_ways:
        alone = [i for i in one.moves if one.moves[i] != other.moves.get(i)]
        if any(other.is_touched(i) for i in alone):
            return True
        moved.append(alone)
    if len(moved[0]) * len(moved[1]) > MOST_CROSSINGS:
        return True
    return any(_moves_cross(edits, i, j) for i in moved[0] for j in moved[1])


def _moves_cross(edits: Edits, i: int, j: int) -> bool:
    """Whether element i, moved by the draft, and j, moved by canonical, passed each other: the merged list would not have
    the order of the two that both sides have, or that one of them gave them (L7)."""
    i_in_draft, i_in_canonical = edits.draft.position_of(i), edits.canonical.position_of(i)
    j_in_draft, j_in_canonical = edits.draft.position_of(j), edits.canonical.position_of(j)
    if not (i_in_draft and i_in_canonical and j_in_draft and j_in_canonical):
        return False
    if i_in_draft == j_in_canonical:
        return False  # two values for one place: the place is in conflict
    is_i_first, is_i_first_in_canonical = i_in_draft < j_in_draft, i_in_canonical < j_in_canonical
    expected = is_i_first if is_i_first == is_i_first_in_canonical else i > j
    return expected != (i_in_draft < j_in_canonical)


@dataclass(frozen=True, slots=True)
class _Placed:
    """What stands between the elements of the base, and which of them cannot be told apart."""

    inserted: dict[int, list[JSON]]
    stretches: Sequence[Stretch]


def _merge_edits(
    context: MergeContext, path: MergePath, base: list[JSON], edits: Edits, placed: _Placed
) -> list[JSON]:
    """Returns the list with the edits of both sides: edits of different elements and gaps never conflict (L1)."""
    unknown = {stretch.start: stretch for stretch in placed.stretches}
    merged: list[JSON] = []
    index = 0
    while index <= len(base):
        merged += placed.inserted.get(index, ())
        region = edits.canonical.region_from(index) or edits.draft.region_from(index)
        if index in unknown:
            merged += _merge_stretch(context, path, base, edits, unknown[index])
            index = unknown[index].end
        elif region is not None:
            merged += region.values
            index = region.end
        else:
            if index < len(base):
                element = _merge_element(context, path, index, base[index], edits)
                merged += [] if element is ABSENT else [element]
            index += 1
    return merged


def _merge_stretch(
    context: MergeContext, path: MergePath, base: list[JSON], edits: Edits, stretch: Stretch
) -> list[JSON]:
    """Returns what stands for elements that cannot be told apart: one `list` conflict, whose values are theirs (L8)."""
    draft, canonical = _part(edits.draft, stretch), _part(edits.canonical, stretch)
    if equivalent(draft, canonical):
        return canonical
    answer = context.conflict(
        path.tokens, "list", base[stretch.start : stretch.end], draft, canonical, rule="L8"
    )
    if isinstance(answer, list):
        return answer
    return [] if answer is ABSENT else [answer]


def _part(side: ListEdits, stretch: Stretch) -> list[JSON]:
    """Returns what a side has in the stretch."""
    part: list[JSON] = []
    index = stretch.start
    while index <= stretch.end:
        insertion = side.insertions.get(index)
        part += insertion.values if insertion is not None and stretch.holds(insertion) else ()
        region = side.region_from(index) if index < stretch.end else None
        if region is not None:
            part += region.values
            index = region.end
            continue
        value = side.value_at(index) if index < stretch.end else ABSENT
        part += [] if value is ABSENT else [value]
        index += 1
    return part


def _merge_element(context: MergeContext, path: MergePath, index: int, base: JSON, edits: Edits) -> Maybe:
    """Returns what stands in the place of one base element, :data:`ABSENT` for nothing (L1, L3, L5)."""
    draft, canonical = edits.draft, edits.canonical
    d, c = draft.value_at(index), canonical.value_at(index)
    if not canonical.is_touched(index) and (draft.is_touched(index) or identical(c, base)):
        return d  # R0, also where the draft only respelled a number
    if not draft.is_touched(index):
        return c
    element_path = path.element(index)
    match draft.elements[index], canonical.elements[index]:
        case Deletion(), Deletion():
            return ABSENT
        case Replacement() as by_draft, Replacement() as by_canonical:
            if identical(d, c):
                return c
            if all(edits.is_version(index, edit) for edit in (by_draft, by_canonical)):
                return context.merge_node(context, element_path, base, d, c)  # L5
            if by_draft.print == by_canonical.print:
                return follow_once(context, element_path, d, c)
            return context.write_conflict(element_path.tokens, base, d, c, rule="L5")
    return context.write_conflict(element_path.tokens, base, d, c, rule="L3")
