"""Aligning two sequences by a longest common subsequence (Myers, "An O(ND) Difference Algorithm", 1986)."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

MOST_EDITS = 1000


@dataclass(frozen=True, slots=True)
class Run:
    """A run between matches: ``old[old_start:old_end]`` became ``new[new_start:new_end]``."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


def align(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Returns the matched indices (old, new), both increasing.

    Common prefix and suffix first; between ties the removal comes before the insertion, always. With more than
    ``MOST_EDITS`` edits nothing between prefix and suffix is matched: one rewritten region.
    """
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    prefix = [(i, i) for i in range(start)]
    suffix = [(len(old) - end + i, len(new) - end + i) for i in range(end)]
    middle = _myers(old[start : len(old) - end], new[start : len(new) - end])
    return [*prefix, *((i + start, j + start) for i, j in middle), *suffix]


def runs(matches: Sequence[tuple[int, int]], old_length: int, new_length: int) -> Iterator[Run]:
    """Yields the runs between the matches, first to last, empty ones left out."""
    i = j = 0
    for match_i, match_j in [*matches, (old_length, new_length)]:
        if (i, j) != (match_i, match_j):
            yield Run(i, match_i, j, match_j)
        i, j = match_i + 1, match_j + 1


def _myers(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Returns the matches of a shortest edit script; none where it has more than ``MOST_EDITS`` edits."""
    if not old or not new:
        return []
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(len(old) + len(new), MOST_EDITS) + 1):
        trace.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (
                diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]
            )
            x = furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1
            y = x - diagonal
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            furthest[diagonal] = x
            if x >= len(old) and y >= len(new):
                return _matches(trace, len(old), len(new))
    return []


def _matches(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    """Returns the matches on the path that the trace of furthest points leads back from (x, y)."""
    matches: list[tuple[int, int]] = []
    for edits in range(len(trace) - 1, -1, -1):
        furthest = trace[edits]
        diagonal = x - y
        down = diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])
        before = diagonal + 1 if down else diagonal - 1
        start_x = furthest[before]
        start_y = start_x - before
        while x > max(start_x, 0) and y > max(start_y, 0) and (x, y) != (start_x, start_y):
            if x - 1 < (start_x if down else start_x + 1) or y - 1 < (start_y + 1 if down else start_y):
                break
            x, y = x - 1, y - 1
            matches.append((x, y))
        x, y = start_x, start_y
    return matches[::-1]
