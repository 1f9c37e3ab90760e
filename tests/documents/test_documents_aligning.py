"""Alignment by a longest common subsequence, ties broken one way."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdraft.documents.alignment import MOST_EDITS, Run, align, runs

ROWS = [
    ("", "", []),
    ("a", "", []),
    ("", "a", []),
    ("abc", "abc", [(0, 0), (1, 1), (2, 2)]),
    ("abc", "xabc", [(0, 1), (1, 2), (2, 3)]),
    ("abc", "abcx", [(0, 0), (1, 1), (2, 2)]),
    ("abc", "axc", [(0, 0), (2, 2)]),
    ("abc", "xyz", []),
    ("ab", "ba", [(1, 0)]),
    ("abc", "cab", [(0, 1), (1, 2)]),
    ("xx", "xxx", [(0, 0), (1, 1)]),
    ("xxy", "xyx", [(0, 0), (2, 1)]),
    ("abcabba", "cbabac", [(2, 0), (3, 2), (4, 3), (6, 4)]),
]


@pytest.mark.parametrize(("old", "new", "matches"), ROWS)
def test_matches(old: str, new: str, matches: list[tuple[int, int]]) -> None:
    assert align(old, new) == matches


def test_runs_between_matches() -> None:
    assert list(runs([(1, 2), (2, 3)], 5, 4)) == [Run(0, 1, 0, 2), Run(3, 5, 4, 4)]
    assert list(runs([], 0, 0)) == []
    assert list(runs([], 2, 0)) == [Run(0, 2, 0, 0)]


def longest(old: str, new: str) -> int:
    """The length of the longest common subsequence, the slow and sure way."""
    lengths = [0] * (len(new) + 1)
    for a in old:
        before = lengths[:]
        for j, b in enumerate(new):
            lengths[j + 1] = before[j] + 1 if a == b else max(before[j + 1], lengths[j])
    return lengths[-1]


@given(st.text("abcd", max_size=12), st.text("abcd", max_size=12))
def test_it_is_common_increasing_and_after_equal_ends_longest(old: str, new: str) -> None:
    matches = align(old, new)
    assert all(old[i] == new[j] for i, j in matches)
    assert matches == sorted(set(matches))
    assert len({i for i, _ in matches}) == len({j for _, j in matches}) == len(matches)
    assert len(matches) == longest(old, new)
    assert align(old, new) == matches


def test_beyond_the_cap_only_the_ends_match() -> None:
    old = [0, *range(10_000, 10_000 + MOST_EDITS), 1]
    new = [0, *range(20_000, 20_000 + MOST_EDITS), 1]
    assert align(old, new) == [(0, 0), (len(old) - 1, len(new) - 1)]


def test_long_lists_with_few_edits_are_fast() -> None:
    old = list(range(10_000))
    new = [value for value in old if value % 1000]
    start = time.process_time()
    assert len(align(old, new)) == len(new)
    assert time.process_time() - start < 1
