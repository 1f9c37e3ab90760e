"""The patch between two documents: minimal, readable, never a move or a copy."""

from __future__ import annotations

import time
from typing import Any

import pytest

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical
from gitdraft.documents.patch import apply_patch

ITEM = {"id": 1, "a": 1, "b": 1}
ROWS = [
    ({"a": 1}, {"a": 1}, []),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
    ({"a": 1}, {"a": 2}, ["replace /a 2"]),
    ({"a": 1}, {"a": 1.0}, ["replace /a 1.0"]),
    ({"a": 1}, {"a": True}, ["replace /a True"]),
    ({"a": 1}, {"a": None}, ["replace /a None"]),
    ({"a": 1}, {}, ["remove /a"]),
    ({}, {"a": 1}, ["add /a 1"]),
    ({"a": 1}, {"b": 1}, ["remove /a", "add /b 1"]),
    ({"x": {"a": 1, "b": 1}}, {"x": {"a": 2, "b": 1}}, ["replace /x/a 2"]),
    ({"x": {}}, {"x": []}, ["replace /x []"]),
    ({"a/b": {"m~n": 1}}, {"a/b": {"m~n": 2}}, ["replace /a~1b/m~0n 2"]),
    ({"": 1}, {"": 2}, ["replace / 2"]),
    (1, 2, ["replace  2"]),
    ({"a": 1}, [1], ["replace  [1]"]),
    ([1, 2], [1, 2, 3], ["add /- 3"]),
    ([1, 2], [0, 1, 2], ["add /0 0"]),
    ([1, 3], [1, 2, 3], ["add /1 2"]),
    ([1, 2, 3], [1, 3], ["remove /1"]),
    ([1, 2, 3], [], ["remove /2", "remove /1", "remove /0"]),
    ([1, 2, 3], [1, 9, 3], ["replace /1 9"]),
    ([1, 2, 3, 4], [2, 3, 4, 5], ["remove /0", "add /- 5"]),
    ([1, 2, 3], [0, 1, 3, 4], ["add /0 0", "remove /2", "add /- 4"]),
    ([1, 2, 3], [7, 8, 9, 10, 3], ["replace /0 7", "replace /1 8", "add /2 9", "add /3 10"]),
    ([ITEM], [ITEM | {"b": 2}], ["replace /0/b 2"]),
    ([ITEM], [ITEM | {"id": 2}], [f"replace /0 {ITEM | {'id': 2}}"]),
    ([0, ITEM], [ITEM | {"b": 2}], ["replace /0 {'id': 1, 'a': 1, 'b': 2}", "remove /1"]),
    ([[1, 2, 3]], [[1, 2, 3, 4]], ["add /0/- 4"]),
    ([[1, 2]], [[3, 4]], ["replace /0 [3, 4]"]),
    ([1], [1.0], ["replace /0 1.0"]),
]


def spelled(op: dict[str, Any]) -> str:
    return f"{op['op']} {op['path']}" + (f" {op['value']}" if "value" in op else "")


@pytest.mark.parametrize(("old", "new", "patch"), ROWS)
def test_patches(old: Any, new: Any, patch: list[str]) -> None:
    made = diff(old, new)
    assert [spelled(op) for op in made] == patch
    assert identical(apply_patch(old, made), new)


def test_equal_megabytes_are_fast() -> None:
    old = {f"m{n}": {"a": list(range(20)), "b": "text" * 10} for n in range(8_000)}
    new = {name: dict(value) for name, value in old.items()}
    start = time.process_time()
    assert diff(old, new) == ()
    assert time.process_time() - start < 1
