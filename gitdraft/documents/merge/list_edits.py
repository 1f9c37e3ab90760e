"""What one side did to an ordered list, in terms of the base: insertions by gap, what became of each element,
rewritten regions, moves.

Between the matches of an alignment: an empty base run is an insertion in that gap, an empty new run a deletion, runs
of equal length are element-wise replacement where the elements are similar in place. In any other run elements are
paired by what they are (L8), and what lies between the pairs is read in the same way; where none pair, a run of equal
length is element-wise replacement, anything else one rewritten region.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from gitdraft.documents.alignment import Run, align, rising, runs
from gitdraft.documents.merge.similarity import pair_elements, parted, similar
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.values import ABSENT, JSON, Maybe


@dataclass(frozen=True, slots=True)
class Kept:
    """The element stands in its place; ``value`` is ≈ the base's."""

    value: JSON


@dataclass(frozen=True, slots=True)
class Replacement:
    """Another element stands in its place, whose fingerprint is ``print``; with ``is_similar`` the two are known to be similar,
    with ``is_paired`` it was paired with it (L8), with ``is_known`` by an id or a name."""

    value: JSON
    print: object
    is_similar: bool = False
    is_paired: bool = False
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Deletion:
    """Nothing stands in its place."""


@dataclass(frozen=True, slots=True)
class Region:
    """The elements from ``start`` to ``end`` were rewritten to ``values``, another number of them.

    With ``is_part`` the elements around it are known (L8), and a conflict about it is one of this stretch alone.
    """

    start: int
    end: int
    values: list[JSON]
    is_part: bool = False

    @property
    def may_insert(self) -> bool:
        """Whether some of the values may be insertions at the region's borders (L4)."""
        return len(self.values) > self.end - self.start


@dataclass(frozen=True, slots=True)
class Insertion:
    """New elements between the base elements before ``start`` and from ``end`` on; the side deleted those between.

    ``sources`` has for each value the base elements that it may be, moved; none for a new one.
    """

    start: int
    end: int
    values: list[JSON]
    sources: tuple[frozenset[int], ...]


ElementEdit: TypeAlias = Kept | Replacement | Deletion | Region
Position: TypeAlias = tuple[int, int, int]
"""Where an element stands, in terms of the base and so comparable between the sides: the base index, 0 in the gap
before that element or 1 in its place, and the offset there."""


class Move(NamedTuple):
    """A place to which a moved element came: the stretch of the base from ``start`` to ``end`` became the elements with
    the fingerprints ``run``, of which it is the one at ``offset``; ``position`` is where it stands in the merged list."""

    start: int
    end: int
    run: tuple[object, ...]
    offset: int
    position: Position


@dataclass(slots=True)
class ListEdits:
    """One side's edits of a list.

    ``elements`` has an edit for each base element, a region at each of its elements. ``insertions`` are by their first
    gap (the gap before the base element of that index), in ``gaps`` by each of theirs; ``moves`` are by the base index of the element that was taken away
    and stands elsewhere, several where it may be one of these.
    """

    elements: list[ElementEdit]
    insertions: dict[int, Insertion] = field(default_factory=dict)
    gaps: dict[int, Insertion] = field(default_factory=dict)
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
        return edit if isinstance(edit, Region) and edit.start == index else None

    def summary(self) -> tuple[str, str]:
        """Returns the rule by which the edits were read, L8 where elements are known by what they are, and their numbers,
        for people."""
        replaced = [edit for edit in self.elements if isinstance(edit, Replacement)]
        numbers = {
            "inserted": sum(len(insertion.values) for insertion in self.insertions.values()),
            "replaced or edited": len(replaced),
            "deleted": sum(isinstance(edit, Deletion) for edit in self.elements),
            "moved": len(self.moves),
            "rewritten stretches": len(self.regions),
            "known by what they are": sum(edit.is_paired for edit in replaced),
        }
        is_paired = numbers["known by what they are"] or any(region.is_part for region in self.regions)
        counted = ", ".join(f"{number} {what}" for what, number in numbers.items() if number)
        return "L8" if is_paired else "L1", counted or "nothing"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a list: its elements, and their fingerprints (≈)."""

    values: Sequence[JSON]
    prints: Sequence[object]


def list_edits(base: Version, side: Version) -> ListEdits:
    """Returns the edits that made ``side`` of ``base``."""
    return _Reader(base, side).read()


class _Reader:
    """Reads the edits off an alignment, run by run, then the moves from one run to another."""

    def __init__(self, base: Version, side: Version) -> None:
        self.base, self.side = base, side
        self.matches = align(base.prints, side.prints)
        self.runs = list(runs(self.matches, len(base.values), len(side.values)))
        self.edits = ListEdits([Deletion()] * len(base.values))
        self.insertions: list[Run] = []
        self.places: dict[int, Move] = {}  # where each element of the side stands that is not matched
        self.crossing: dict[int, int] = {}  # pairs of which one stands elsewhere
        self.crossed: set[int] = set()
        self.versions: set[int] = (
            set()
        )  # of the side, what is a version of the element in whose place it stands
        # by fingerprint, what is matched nowhere: of the base what was taken away, of the side what was put down
        self.sources = _by_print(base.prints, (i for run in self.runs for i in _olds(run)))
        self.targets = _by_print(side.prints, (j for run in self.runs for j in _news(run)))

    def read(self) -> ListEdits:
        """Returns the edits."""
        for i, j in self.matches:
            self.edits.elements[i] = Kept(self.side.values[j])
        for run in self.runs:
            self._read_run(run)
        sources: dict[int, frozenset[int]] = {}
        for elements, targets in _by_targets(self._moved()):
            moves = tuple(self.places[j] for j in targets if j in self.places)
            self.edits.moves |= dict.fromkeys(elements, moves)
            for j in targets:
                sources[j] = sources[j] | elements if j in sources else elements
        for run in self.insertions:
            moved = tuple(sources.get(j, frozenset()) for j in _news(run))
            insertion = Insertion(run.old_start, run.old_end, self._values(run), moved)
            self.edits.insertions[run.old_start] = insertion
            self.edits.gaps |= dict.fromkeys(range(run.old_start, run.old_end + 1), insertion)
        return self.edits

    def _read_run(self, run: Run) -> None:
        olds, news = _olds(run), _news(run)
        if not olds or not news:
            self._read_stretch(run)
            return
        if len(olds) == len(news) and all(map(self._is_similar, olds, news)):
            self.versions |= {*news}
            self._replace(run, is_similar=True)
            return
        pairing = pair_elements(
            _objects(self.base.values, olds),
            _objects(self.side.values, news),
            [i for i in olds if self.base.prints[i] in self.targets],
            [j for j in news if self.side.prints[j] in self.sources],
        )
        in_place = rising(sorted(pairing.pairs.items()))
        region = _tied_region(run, in_place, pairing.tied) if pairing.tied else None
        inside: Mapping[int, int] = {}
        if region is not None:
            inside = {i: j for i, j in in_place if i in _olds(region)}
            in_place = [(i, j) for i, j in in_place if i not in inside]
        in_place_of = dict(in_place)
        self.crossing |= {i: j for i, j in pairing.pairs.items() if i not in in_place_of and i not in inside}
        self.crossed |= {*self.crossing.values()}
        for i, j in in_place:
            self.edits.elements[i] = Replacement(
                self.side.values[j], self.side.prints[j], is_paired=True, is_known=i in pairing.known
            )
        for stretch in _stretches(run, in_place):
            if region is not None and stretch.new_start == region.new_start:
                self._rewrite(region, is_part=True)
            else:
                self._read_stretch(stretch, is_part=bool(pairing.pairs or pairing.tied))

    def _read_stretch(self, run: Run, *, is_part: bool = False) -> None:
        """Reads a stretch in which nothing is paired; with ``is_part`` what stands around it is."""
        olds, news = _olds(run), _news(run)
        if not news:
            return  # deletions
        if not olds:
            self._insert(run)
        elif len(olds) == len(news) and not (is_part and any(map(self._is_other, olds, news))):
            self._replace(run)
        elif is_part and self._are_objects(run):
            self._insert(run)
        else:
            self._rewrite(run, is_part=is_part)

    def _is_similar(self, i: int, j: int) -> bool:
        return self.base.prints[i] == self.side.prints[j] or similar(self.base.values[i], self.side.values[j])

    def _is_other(self, i: int, j: int) -> bool:
        """Whether the new element in the place of an old one is known to be another: by its id, or as one of the two
        stands elsewhere."""
        return (
            self.base.prints[i] in self.targets
            or self.side.prints[j] in self.sources
            or i in self.crossing
            or j in self.crossed
            or parted(self.base.values[i], self.side.values[j])
        )

    def _are_objects(self, run: Run) -> bool:
        return all(isinstance(self.base.values[i], dict) for i in _olds(run)) and all(
            isinstance(self.side.values[j], dict) for j in _news(run)
        )

    def _values(self, run: Run) -> list[JSON]:
        return list(self.side.values[run.new_start : run.new_end])

    def _replace(self, run: Run, *, is_similar: bool = False) -> None:
        olds, news = _olds(run), _news(run)
        for i, j in zip(olds, news, strict=True):
            value, print_ = self.side.values[j], self.side.prints[j]
            is_kept = self.base.prints[i] == print_
            self.edits.elements[i] = Kept(value) if is_kept else Replacement(value, print_, is_similar)
        self._put(run, [(i, 1, 0) for i in olds])

    def _insert(self, run: Run) -> None:
        self.insertions.append(run)
        self._put(run, [(run.old_start, 0, offset) for offset, _ in enumerate(_news(run))])

    def _rewrite(self, run: Run, *, is_part: bool) -> None:
        region = Region(run.old_start, run.old_end, self._values(run), is_part)
        self.edits.regions.append(region)
        self.edits.elements[run.old_start : run.old_end] = [region] * len(_olds(run))
        self._put(run, [(run.old_start, 1, offset) for offset, _ in enumerate(_news(run))])

    def _put(self, run: Run, positions: Sequence[Position]) -> None:
        """Notes where the new elements of a run stand."""
        prints = tuple(self.side.prints[run.new_start : run.new_end])
        for offset, position in enumerate(positions):
            self.places[run.new_start + offset] = Move(run.old_start, run.old_end, prints, offset, position)

    def _moved(self) -> dict[int, Sequence[int]]:
        """Returns the elements of the base that stand elsewhere, each with the new ones that it may be: as it was, or
        edited (L7)."""
        moved: dict[int, Sequence[int]] = {i: [j] for i, j in self.crossing.items()}
        for element, indices in self.sources.items():
            if element in self.targets:
                moved |= {
                    i: self.targets[element] for i in indices if not isinstance(self.edits.elements[i], Kept)
                }
        taken = self.versions.union(*moved.values())
        gone = (
            i for i, edit in enumerate(self.edits.elements) if isinstance(edit, Deletion) and i not in moved
        )
        come = (j for j in self.places if j not in taken)
        pairing = pair_elements(_objects(self.base.values, gone), _objects(self.side.values, come))
        return moved | {i: [j] for i, j in pairing.pairs.items()} | pairing.tied


def _olds(run: Run) -> range:
    return range(run.old_start, run.old_end)


def _news(run: Run) -> range:
    return range(run.new_start, run.new_end)


def _by_print(prints: Sequence[object], indices: Iterable[int]) -> dict[object, list[int]]:
    by_print: dict[object, list[int]] = {}
    for index in indices:
        by_print.setdefault(prints[index], []).append(index)
    return by_print


def _by_targets(moved: Mapping[int, Sequence[int]]) -> Iterator[tuple[frozenset[int], Sequence[int]]]:
    """Yields the elements that share one list of what each may have become, with the list: equal ones are many."""
    elements: dict[int, list[int]] = {}
    for i, targets in moved.items():
        elements.setdefault(id(targets), []).append(i)
    for alike in elements.values():
        yield frozenset(alike), moved[alike[0]]


def _objects(values: Sequence[JSON], indices: Iterable[int]) -> dict[int, JSON]:
    return {index: values[index] for index in indices if isinstance(values[index], dict)}


def _stretches(run: Run, pairs: Sequence[tuple[int, int]]) -> Iterator[Run]:
    """Yields what lies between the pairs of a run, empty stretches left out."""
    i, j = run.old_start, run.new_start
    for pair_i, pair_j in [*pairs, (run.old_end, run.new_end)]:
        if i < pair_i or j < pair_j:
            yield Run(i, pair_i, j, pair_j)
        i, j = pair_i + 1, pair_j + 1


def _tied_region(run: Run, in_place: Sequence[tuple[int, int]], tied: Mapping[int, Sequence[int]]) -> Run:
    """Returns the smallest stretch of the base that holds the tied elements, with all that may have come of it."""
    targets = [j for js in tied.values() for j in js]
    old_start, old_end, new_start, new_end = min(tied), max(tied) + 1, min(targets), max(targets) + 1
    before, after = list(in_place), list(in_place)
    while True:
        before = [(i, j) for i, j in in_place if i < old_start and j < new_start]
        after = [(i, j) for i, j in in_place if i >= old_end and j >= new_end]
        inside = in_place[len(before) : len(in_place) - len(after)]
        held = [(i, j) for i, j in inside if not (old_start <= i < old_end and new_start <= j < new_end)]
        if not held:
            break
        old_start, old_end = min(old_start, held[0][0]), max(old_end, held[-1][0] + 1)
        new_start, new_end = min(new_start, held[0][1]), max(new_end, held[-1][1] + 1)
    return Run(
        old_start,
        old_end,
        before[-1][1] + 1 if before else run.new_start,
        after[0][1] if after else run.new_end,
    )
