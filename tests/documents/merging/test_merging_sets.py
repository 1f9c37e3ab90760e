"""SET: membership merges, order does not matter."""

from __future__ import annotations

from typing import Any

import pytest
from merge_rows import Row, check, clashes, stays

RULE = {"": {"type": "set"}}


def members(name: str, base: str, draft: str, canonical: str, merged: str) -> Any:
    return stays(name, list(base), list(draft), list(canonical), list(merged), lists=RULE)


ROWS = [
    members("both add", "a", "ao", "at", "ato"),
    members("both add the same", "a", "ax", "ax", "ax"),
    members("both add the same and another", "a", "axo", "atx", "atxo"),
    members("both remove", "abc", "bc", "ab", "b"),
    members("both remove the same", "abc", "ac", "ac", "ac"),
    members("one adds, one removes", "abc", "abco", "bc", "bco"),
    members("one replaces, one adds", "ab", "Ab", "abt", "Abt"),
    members("both replace the same", "ab", "Xb", "Yb", "YXb"),
    members("removed and added again at another place", "abc", "bca", "abct", "abct"),
    members("canonical reordered", "abc", "abco", "cba", "coba"),
    members("both reordered", "abc", "bca", "cab", "cab"),
    members("one empties, one adds", "ab", "", "abt", "t"),
    members("one empties, one reorders", "ab", "", "ba", ""),
    members("added at the front", "ab", "oab", "tab", "toab"),
    members("added in the middle", "ab", "aob", "abt", "aobt"),
    members("a left neighbour that canonical removed", "cba", "cboa", "ca", "coa"),
    stays("numbers by value", [1, 2], [1, 2, 3.0], [1.0, 2, 3], [1.0, 2, 3], lists=RULE),
    stays(
        "null, false, 0 and the empty string are four",
        [None],
        [None, False, ""],
        [None, 0],
        [None, 0, False, ""],
        lists=RULE,
    ),
    stays(
        "elements that are no scalars: an ordered list",
        [[1]],
        [[1], 2],
        [0, [1]],
        [0, [1], 2],
        "not-keyed ",
        lists=RULE,
    ),
    clashes("elements that are no scalars, both append", [[1]], [[1], 2], [[1], 3], "list ", lists=RULE),
    clashes("replaced by something else", [1], {"a": 1}, [1, 2], "modify/modify ", lists=RULE),
]


@pytest.mark.parametrize("row", ROWS)
def test_sets(row: Row) -> None:
    check(row)
