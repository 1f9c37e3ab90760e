"""What one side did to an ordered list, in terms of the base: insertions by gap, what became of each element,
rewritten regions, moves.

Between the matches of an alignment: an empty base run is an insertion in that gap, an empty new run a deletion, runs
of equal length are element-wise replacement, anything else is one rewritten region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from gitdraft.documents.alignment import align, runs
from gitdraft.model.values import ABSENT, JSON, Maybe


@dataclass(frozen=True, slots=True)
class Kept:
    """The element stands in its place; ``value`` is ≈ the base's."""

    value: JSON


@dataclass(frozen=True, slots=True)
class Replacement:
    """Another element stands in its place."""

    value: JSON


@dataclass(frozen=True, slots=True)
class Deletion:
    """Nothing stands in its place."""


@dataclass(frozen=True, slots=True)
class Region:
    """The elements from ``start`` to ``end`` were rewritten to ``values``, another number of them."""

    start: int
    end: int
    values: list[JSON]

    @property
    def may_insert(self) -> bool:
        """Whether some of the values may be insertions at the region's borders (L4)."""
        return len(self.values) > self.end - self.start


ElementEdit: TypeAlias = Kept | Replacement | Deletion | Region
Position: TypeAlias = tuple[int, int, int]
"""Where an element stands, in terms of the base and so comparable between the sides: the base index, 0 in the gap
before that element or 1 in its place, and the offset there."""


@dataclass(frozen=True, slots=True)
class Move:
    """A place to which a moved element came: the run of the base from ``start`` to ``end`` became the elements with
    the fingerprints ``run``, of which it is the one at ``offset``."""

    start: int
    end: int
    run: tuple[object, ...]
    offset: int

    @property
    def position(self) -> Position:
        """Where the element stands in the merged list."""
        if self.start == self.end:
            return self.start, 0, self.offset
        if self.end - self.start == len(self.run):
            return self.start + self.offset, 1, 0
        return self.start, 1, self.offset


@dataclass(slots=True)
class ListEdits:
    """One side's edits of a list.

    ``elements`` has an edit for each base element, a region at each of its elements. ``insertions`` are by gap (the
    gap before the base element of that index), ``moves`` by the base index of the element that was taken away and
    stands elsewhere, several where the side has it more than once.
    """

    elements: list[ElementEdit]
    insertions: dict[int, list[JSON]] = field(default_factory=dict)
    regions: list[Region] = field(default_factory=list)
    moves: dict[int, tuple[Move, ...]] = field(default_factory=dict)

    def is_touched(self, index: int) -> bool:
        """Whether the element was deleted, replaced or rewritten."""
        return not isinstance(self.elements[index], Kept)

    def value_at(self, index: int) -> Maybe:
        """Returns what stands in the element's place; :data:`ABSENT` for nothing, or a region."""
        edit = self.elements[index]
        return edit.value if isinstance(edit, Kept | Replacement) else ABSENT

    def position_of(self, index: int) -> Position | None:
        """Returns where the element stands, kept or moved; ``None`` where it is gone, or there more than once."""
        moves = self.moves.get(index, ())
        if len(moves) == 1:
            return moves[0].position
        return (index, 1, 0) if isinstance(self.elements[index], Kept) else None

    def region_from(self, index: int) -> Region | None:
        """Returns the region that starts at a base element; ``None`` where none does."""
        edit = self.elements[index] if index < len(self.elements) else None
        return edit if isinstance(edit, Region) else None


def list_edits(base: Sequence[object], prints: Sequence[object], values: Sequence[JSON]) -> ListEdits:
    """Returns the edits that made ``values`` of the base; ``base`` and ``prints`` are the fingerprints (≈) of the
    base's elements and of the values."""
    matches = align(base, prints)
    edits = ListEdits([Deletion()] * len(base))
    for i, j in matches:
        edits.elements[i] = Kept(values[j])
    moves: dict[object, list[Move]] = {}
    for run in runs(matches, len(base), len(values)):
        new = list(values[run.new_start : run.new_end])
        new_prints = tuple(prints[run.new_start : run.new_end])
        for offset, element in enumerate(new_prints):
            moves.setdefault(element, []).append(Move(run.old_start, run.old_end, new_prints, offset))
        old_range = range(run.old_start, run.old_end)
        if not new:
            continue  # deletions
        if not old_range:
            edits.insertions[run.old_start] = new
        elif len(old_range) == len(new):
            for index, element, value in zip(old_range, new_prints, new, strict=True):
                edits.elements[index] = Kept(value) if element == base[index] else Replacement(value)
        else:
            region = Region(run.old_start, run.old_end, new)
            edits.regions.append(region)
            edits.elements[run.old_start : run.old_end] = [region] * len(old_range)
    for index, edit in enumerate(edits.elements):
        if not isinstance(edit, Kept) and base[index] in moves:
            edits.moves[index] = tuple(moves[base[index]])
    return edits
