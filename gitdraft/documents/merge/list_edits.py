"""What one side did to a list, in terms of the base: per element, per gap between elements, per region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from gitdraft.documents.alignment import align, runs
from gitdraft.model.values import ABSENT, JSON, Maybe


@dataclass(frozen=True, slots=True)
class Kept:
    """The element is there; ``value`` is ≈ the base's."""

    value: JSON


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another element stands in its place."""

    value: JSON


@dataclass(frozen=True, slots=True)
class Deleted:
    """Nothing stands in its place."""


@dataclass(frozen=True, slots=True)
class Region:
    """The elements from ``start`` to ``end`` became ``values``, another number of them."""

    start: int
    end: int
    values: list[JSON]

    @property
    def may_insert(self) -> bool:
        """Whether some of the values may be insertions at the region's borders."""
        return len(self.values) > self.end - self.start


Slot: TypeAlias = Kept | Replaced | Deleted | Region
Place: TypeAlias = tuple[int, int, int]
"""Where something stands, in terms of the base and so comparable between the sides: the base index, 0 in the gap
before that element or 1 in its place, and the offset there."""


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a moved element came to stand: in place of which stretch of the base, among which elements."""

    start: int
    end: int
    among: tuple[object, ...]
    offset: int

    @property
    def place(self) -> Place:
        """Its place in the merged list."""
        if self.start == self.end:
            return self.start, 0, self.offset
        if self.end - self.start == len(self.among):
            return self.start + self.offset, 1, 0
        return self.start, 1, self.offset


@dataclass(slots=True)
class ListEdits:
    """One side's edits. ``insertions`` are by gap (before the base element of that index), ``moved`` are the
    elements that it took away and has elsewhere, with where they landed."""

    slots: list[Slot]
    insertions: dict[int, list[JSON]] = field(default_factory=dict)
    regions: list[Region] = field(default_factory=list)
    moved: dict[int, tuple[Landing, ...]] = field(default_factory=dict)

    def at(self, index: int) -> Slot:
        """What became of a base element."""
        return self.slots[index]

    def is_touched(self, index: int) -> bool:
        """Whether the element was deleted, replaced or rewritten."""
        return not isinstance(self.slots[index], Kept)

    def value_at(self, index: int) -> Maybe:
        """What stands in the element's place; :data:`ABSENT` for nothing, or a region."""
        slot = self.slots[index]
        return slot.value if isinstance(slot, Kept | Replaced) else ABSENT

    def place_of(self, index: int) -> Place | None:
        """Where the element stands, kept or moved; ``None`` where it is gone, or there more than once."""
        landings = self.moved.get(index, ())
        if len(landings) == 1:
            return landings[0].place
        return (index, 1, 0) if isinstance(self.slots[index], Kept) else None

    def region_from(self, index: int) -> Region | None:
        """The region that starts at a base element."""
        slot = self.slots[index] if index < len(self.slots) else None
        return slot if isinstance(slot, Region) else None


def list_edits(base: Sequence[object], keys: Sequence[object], values: Sequence[JSON]) -> ListEdits:
    """What made ``values`` of the base; ``base`` and ``keys`` are the elements' fingerprints (≈)."""
    matches = align(base, keys)
    slots: list[Slot] = [Deleted()] * len(base)
    edits = ListEdits(slots)
    for i, j in matches:
        slots[i] = Kept(values[j])
    landings: dict[object, list[Landing]] = {}
    for run in runs(matches, len(base), len(values)):
        new = list(values[run.new_start : run.new_end])
        olds, news = run.old_end - run.old_start, len(new)
        around = tuple(keys[run.new_start : run.new_end])
        for offset, key in enumerate(around):
            landings.setdefault(key, []).append(Landing(run.old_start, run.old_end, around, offset))
        if news == 0:
            continue
        if olds == 0:
            edits.insertions[run.old_start] = new
        elif olds == news:
            for index, key, value in zip(range(run.old_start, run.old_end), around, new, strict=True):
                slots[index] = Kept(value) if key == base[index] else Replaced(value)
        else:
            region = Region(run.old_start, run.old_end, new)
            edits.regions.append(region)
            slots[run.old_start : run.old_end] = [region] * olds
    for index, slot in enumerate(slots):
        if not isinstance(slot, Kept) and base[index] in landings:
            edits.moved[index] = tuple(landings[base[index]])
    return edits
