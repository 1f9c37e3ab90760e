"""A document as lines."""

from __future__ import annotations

from typing import Any

import pytest

from gitdraft.documents.flatten import pointer_lines


@pytest.mark.parametrize(
    ("document", "lines"),
    [
        ({"a": 1, "b": {"c": None}}, ["/a = 1", "/b/c = null"]),
        ({"a": [], "b": {}, "": ""}, ["/a = []", "/b = {}", '/ = ""']),
        ({"a/b": 1, "c~d": 2}, ["/a~1b = 1", "/c~0d = 2"]),
        ({"a": ["x", [1]]}, ['/a/- = "x"', "/a/-/- = 1"]),
        ({"a": [{"v": 1, "id": "x"}]}, ['/a/{"id":"x"}/v = 1', '/a/{"id":"x"}/id = "x"']),
        ({"a": [{"v": 1, "id": None}]}, ["/a/-/v = 1", "/a/-/id = null"]),
        ({"a": "é\u00a0😀"}, ['/a = "é\\u00a0😀"']),
        ({"a": "tab\t \u2028 \U000e0041"}, ['/a = "tab\\t \\u2028 \\udb40\\udc41"']),
        ([1], ["/- = 1"]),
        (1, [" = 1"]),
    ],
)
def test_a_line_for_each_pointer(document: Any, lines: list[str]) -> None:
    assert list(pointer_lines(document)) == lines
