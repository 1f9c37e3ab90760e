"""What differs between two versions of a document, place by place."""

from __future__ import annotations

from typing import Any

import pytest

from gitdraft.documents.differences import differences
from gitdraft.documents.merge.declarations import parse_list_rules
from gitdraft.documents.pointers import format_pointer

KEYED = {"/f": {"type": "keyed", "key": ["n"]}}
LOOSE = {"/f": {"type": "keyed", "key": ["n"], "order": "ignore"}}
SET = {"/f": {"type": "set"}}


@pytest.mark.parametrize(
    ("old", "new", "lists", "expected"),
    [
        ({"a": 1}, {"a": 1}, {}, []),
        ({"a": 1}, {"a": 2}, {}, [("/a", "changed")]),
        ({"a": 1}, {"a": True}, {}, [("/a", "changed")]),
        ({"a": 1}, {"b": 1}, {}, [("/a", "removed"), ("/b", "added")]),
        ({"a": {"b": 1}}, {"a": [1]}, {}, [("/a", "changed")]),
        ({"f": [1, 2]}, {"f": [2, 1]}, {}, [("/f", "reordered")]),
        ({"f": [1, 2]}, {"f": [2, 1]}, SET, []),
        ({"f": [1, 2]}, {"f": ["1", 2]}, {}, [("/f/0", "changed")]),
        ({"f": [1, 2]}, {"f": ["1", 2]}, SET, [("/f/0", "removed"), ("/f/0", "added")]),
        ({"f": [1, 2]}, {"f": [2, 3]}, SET, [("/f/0", "removed"), ("/f/1", "added")]),
        ({"f": [1, 2, 3]}, {"f": [1, 9, 3]}, {}, [("/f/1", "changed")]),
        ({"f": [1, 3]}, {"f": [1, 2, 3]}, {}, [("/f/1", "added")]),
        ({"f": [1, 2, 3]}, {"f": [1, 3]}, {}, [("/f/1", "removed")]),
        ({"f": [{"n": 1, "v": 1}]}, {"f": [{"n": 1, "v": 2}]}, {}, [("/f/0/v", "changed")]),
        (
            {"f": [{"n": 1, "v": 1}, {"n": 2}]},
            {"f": [{"n": 2}, {"n": 1, "v": 2}]},
            KEYED,
            [("/f/1/v", "changed"), ("/f", "reordered")],
        ),
        ({"f": [{"n": 1}, {"n": 2}]}, {"f": [{"n": 2}, {"n": 1}]}, KEYED, [("/f", "reordered")]),
        ({"f": [{"n": 1}, {"n": 2}]}, {"f": [{"n": 2}, {"n": 1}]}, LOOSE, []),
        ({"f": [{"n": 1}]}, {"f": [{"n": 2}]}, KEYED, [("/f/0", "removed"), ("/f/0", "added")]),
        ({"f": [1, 1]}, {"f": [1]}, SET, [("/f/1", "removed")]),
    ],
)
def test_each_place_that_differs_is_told_once(
    old: dict[str, Any], new: dict[str, Any], lists: dict[str, Any], expected: list[tuple[str, ...]]
) -> None:
    found = differences(old, new, parse_list_rules(lists))
    assert [(format_pointer(difference.tokens), difference.kind) for difference in found] == expected
