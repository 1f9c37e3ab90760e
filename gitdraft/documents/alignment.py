"""Aligning two sequences by a common subsequence, the same from both directions of a merge: base and side decide it.

The longest one (Myers, "An O(ND) Difference Algorithm", 1986) where the sequences differ in few places. Where they
differ in many, it would cost the square of their number: then elements that both have once are anchors (patience), the
longest rising run of them is matched, and what lies between is aligned in the same way. So time grows with the length.
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import NamedTuple, TypeVar

FEW_EDITS = 100
MOST_EDITS = 1000
MOST_STEPS = 500_000
MOST_ROUNDS = 20

Match = tuple[int, int]
T = TypeVar("T")


class Run(NamedTuple):
    """A run between matches: ``old[old_start:old_end]`` became ``new[new_start:new_end]``."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def align(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Match]:
    """Returns the matched indices (old, new), both increasing.

    Common prefix and suffix first; between ties the removal comes before the insertion, always. A stretch with more
    than ``MOST_EDITS`` edits and no anchor is not matched: one rewritten region.
    """
    start, end = common_ends(old, new)
    if start + end == min(len(old), len(new)):
        return [*_diagonal(0, 0, start), *_diagonal(len(old) - end, len(new) - end, end)]
    return _Aligner(old, new).align()


def common_ends(old: Sequence[T], new: Sequence[T], are_equal: Callable[[T, T], bool] = operator.eq) -> Match:
    """Returns the lengths of the common prefix and of the common suffix of the rest."""
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and are_equal(old[start], new[start]):
        start += 1
    end = 0
    while end < shorter - start and are_equal(old[-1 - end], new[-1 - end]):
        end += 1
    return start, end


def runs(matches: Sequence[Match], old_length: int, new_length: int) -> Iterator[Run]:
    """Yields the runs between the matches, first to last, empty ones left out."""
    i = j = 0
    for match_i, match_j in [*matches, (old_length, new_length)]:
        if (i, j) != (match_i, match_j):
            yield Run(i, match_i, j, match_j)
        i, j = match_i + 1, match_j + 1


def rising(pairs: Sequence[Match]) -> list[Match]:
    """Returns a longest part of the pairs, sorted by their first index, in which the second index rises too; of several
    the one that has the later first indices."""
    tails: list[int] = []
    piles: list[int] = []
    before: list[int | None] = []
    for index, (_, j) in enumerate(pairs):
        pile = bisect_left(tails, j)
        before.append(piles[pile - 1] if pile else None)
        tails[pile : pile + 1] = [j]
        piles[pile : pile + 1] = [index]
    chosen: list[Match] = []
    last = piles[-1] if piles else None
    while last is not None:
        chosen.append(pairs[last])
        last = before[last]
    return chosen[::-1]


class _Aligner:
    """Aligns stretches of two sequences, whose elements are numbered, so that they are compared fast."""

    def __init__(self, old: Sequence[Hashable], new: Sequence[Hashable]) -> None:
        numbers: dict[Hashable, int] = {}
        self.old = [numbers.setdefault(element, len(numbers)) for element in old]
        self.new = [numbers.setdefault(element, len(numbers)) for element in new]
        self.steps = MOST_STEPS

    def align(self) -> list[Match]:
        """Returns the matches, first to last."""
        matches: list[Match] = []
        stretches = [(Run(0, len(self.old), 0, len(self.new)), MOST_ROUNDS)]
        while stretches:
            run, rounds = stretches.pop()
            start, end = common_ends(
                self.old[run.old_start : run.old_end], self.new[run.new_start : run.new_end]
            )
            matches += _diagonal(run.old_start, run.new_start, start)
            matches += _diagonal(run.old_end - end, run.new_end - end, end)
            run = Run(run.old_start + start, run.old_end - end, run.new_start + start, run.new_end - end)
            sizes = run.old_end - run.old_start, run.new_end - run.new_start
            if 0 in sizes or sizes == (1, 1):
                continue
            matched = self.shortest(run, FEW_EDITS)
            if matched is None and rounds:
                anchors = self.anchors(run)
                if anchors:
                    matches += anchors
                    stretches += ((between, rounds - 1) for between in _between(anchors, run))
                    continue
            if matched is None:
                matched = self.shortest(run, MOST_EDITS)
            matches += matched or []
        return sorted(matches)

    def shortest(self, run: Run, most: int) -> list[Match] | None:
        """Returns the matches of a shortest edit script of the stretch; ``None`` where it has more than ``most`` edits,
        or the steps are used up."""
        old, new = self.old[run.old_start : run.old_end], self.new[run.new_start : run.new_end]
        most = min(len(old) + len(new), most)
        middle = most + 1
        furthest = [0] * (2 * most + 3)
        trace: list[list[int]] = []
        for edits in range(most + 1):
            if most > FEW_EDITS:
                self.steps -= edits
                if self.steps < 0:
                    return None
            trace.append(furthest[middle - edits - 1 : middle + edits + 2])
            for diagonal in range(middle - edits, middle + edits + 1, 2):
                if diagonal == middle - edits or (
                    diagonal != middle + edits and furthest[diagonal - 1] < furthest[diagonal + 1]
                ):
                    x = furthest[diagonal + 1]
                else:
                    x = furthest[diagonal - 1] + 1
                y = x - diagonal + middle
                while x < len(old) and y < len(new) and old[x] == new[y]:
                    x, y = x + 1, y + 1
                furthest[diagonal] = x
                if x >= len(old) and y >= len(new):
                    return [
                        (i + run.old_start, j + run.new_start) for i, j in _path(trace, len(old), len(new))
                    ]
        return None

    def anchors(self, run: Run) -> list[Match]:
        """Returns the longest rising run of the elements that both have once in the stretch."""
        old, new = self.old[run.old_start : run.old_end], self.new[run.new_start : run.new_end]
        in_old, in_new = Counter(old), Counter(new)
        places = {element: j for j, element in enumerate(new, run.new_start) if in_new[element] == 1}
        return rising(
            [
                (i, places[element])
                for i, element in enumerate(old, run.old_start)
                if in_old[element] == 1 and element in places
            ]
        )


def _diagonal(i: int, j: int, length: int) -> Iterator[Match]:
    return zip(range(i, i + length), range(j, j + length), strict=True)


def _between(anchors: Sequence[Match], run: Run) -> Iterator[Run]:
    """Yields the stretches between the anchors that are not empty on both sides."""
    i, j = run.old_start, run.new_start
    for anchor_i, anchor_j in [*anchors, (run.old_end, run.new_end)]:
        if i < anchor_i and j < anchor_j:
            yield Run(i, anchor_i, j, anchor_j)
        i, j = anchor_i + 1, anchor_j + 1


def _path(trace: list[list[int]], x: int, y: int) -> list[Match]:
    """Returns the matches on the path that the trace leads back from (x, y): for each number of edits the furthest
    points before it, from one diagonal below the lowest to one above the highest."""
    matches: list[Match] = []
    for edits in range(len(trace) - 1, -1, -1):
        furthest, diagonal = trace[edits], x - y
        at = diagonal + edits + 1
        down = diagonal == -edits or (diagonal != edits and furthest[at - 1] < furthest[at + 1])
        start_x = furthest[at + 1] if down else furthest[at - 1]
        first_x = start_x if down else start_x + 1
        first_y = start_x - (diagonal + 1 if down else diagonal - 1) + (1 if down else 0)
        while x > max(first_x, 0) and y > max(first_y, 0):
            x, y = x - 1, y - 1
            matches.append((x, y))
        x, y = (start_x, start_x - diagonal - 1) if down else (start_x, start_x - diagonal + 1)
    return matches[::-1]
