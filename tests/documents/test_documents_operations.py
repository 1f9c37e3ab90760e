"""P1 to P4, and the patch that comes out: verbatim, rewritten or empty."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from merge_rows import kinds
from sandbox import present

from gitdraft.documents.equality import identical
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.rebase import rebase_patch
from gitdraft.errors import InvalidInput
from gitdraft.model.values import ABSENT

KEYED = {"/l": {"type": "keyed", "key": ["id"]}}
SET = {"/l": {"type": "set"}}


def guard(path: str, value: Any) -> dict[str, Any]:
    return {"op": "test", "path": path, "value": value}


def add(path: str, value: Any) -> dict[str, Any]:
    return {"op": "add", "path": path, "value": value}


def replace(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


def remove(path: str) -> dict[str, Any]:
    return {"op": "remove", "path": path}


def move(start: str, path: str) -> dict[str, Any]:
    return {"op": "move", "from": start, "path": path}


def copied(start: str, path: str) -> dict[str, Any]:
    return {"op": "copy", "from": start, "path": path}


B = {"a": 1, "b": 1, "l": [1, 2, 3], "x": {"y": 1, "z": 1}}


def now(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(B), **changes}


ITEMS = {"l": [{"id": 1, "v": 0, "w": 0}, {"id": 2, "v": 0, "w": 0}]}

GUARDS: list[tuple[str, Any, list[Any], Any, Any, list[str] | list[Any]]] = [
    # name, base, patch, canonical, lists, conflicts or the rebased patch
    ("holds", B, [guard("/a", 1), replace("/b", 2)], now(x=0), None, [guard("/a", 1), replace("/b", 2)]),
    ("broken", B, [guard("/a", 1), replace("/b", 2)], now(a=2), None, ["test /a"]),
    ("broken by a deletion", B, [guard("/x/y", 1), replace("/b", 2)], now(x={"z": 1}), None, ["test /x/y"]),
    ("broken by a deletion above", B, [guard("/x/y", 1), replace("/b", 2)], now(x=7), None, ["test /x/y"]),
    ("of an object, broken below", B, [guard("/x", {"y": 1, "z": 1}), replace("/b", 2)], now(x={"y": 2, "z": 1}), None, ["test /x"]),
    ("of the whole document", B, [guard("", B), replace("/b", 2)], now(a=2), None, ["test "]),
    ("by number value", B, [guard("/a", 1.0), replace("/b", 2)], now(a=1.0, l=[]), None, [guard("/a", 1.0), replace("/b", 2)]),
    ("beside a conflict", B, [guard("/a", 1), replace("/a", 2)], now(a=3), None, ["modify/modify /a", "test /a"]),
    ("of the written value, before the write", B, [guard("/a", 1), replace("/a", 2), guard("/a", 2)], now(b=5), None, [guard("/a", 1), replace("/a", 2), guard("/a", 2)]),
    ("of an own write", B, [replace("/a", 2), guard("/a", 2)], now(b=5), None, [replace("/a", 2), guard("/a", 2)]),
    ("of an own write, canonical respelled", B, [replace("/a", 2), guard("/a", 2), add("/l/0", 0)], now(l=[9, 1, 2, 3], b=5), None, ["list /l"]),
    ("of an own write that is absorbed", B, [replace("/a", 2), guard("/a", 2)], now(a=2), None, [replace("/a", 2), guard("/a", 2)]),
    ("above an own write", B, [replace("/x/y", 2), guard("/x", {"y": 2, "z": 1})], now(x={"y": 1, "z": 5}), None, [replace("/x/y", 2)]),
    ("below an own write", B, [replace("/x", {"y": 7}), guard("/x/y", 7)], now(a=5), None, [replace("/x", {"y": 7}), guard("/x/y", 7)]),
    ("of an element after an own insertion", B, [add("/l/0", 0), guard("/l/1", 1)], now(l=[1, 2, 3, 4]), None, [add("/l/0", 0), guard("/l/1", 1)]),
    ("of an element after an own deletion, since changed", B, [remove("/l/0"), guard("/l/0", 2)], now(l=[1, 7, 3]), None, [remove("/l/0")]),
    ("of an element beside an own replacement", B, [replace("/l/0", 0), guard("/l/1", 2)], now(l=[1, 7, 3]), None, ["test /l/1"]),
    ("of where a value was moved from", B, [move("/a", "/c"), add("/a", 5), guard("/a", 5)], now(b=2), None, [replace("/a", 5), add("/c", 1)]),
    ("of an element that moved on", B, [guard("/l/1", 2), replace("/l/1", 5)], now(l=[0, 1, 2, 3]), None, [guard("/l/2", 2), replace("/l/2", 5)]),
    ("of an element that was replaced", B, [guard("/l/1", 2), replace("/b", 5)], now(l=[0, 1, 9, 3]), None, ["test /l/1"]),
    ("of an element that was deleted", B, [guard("/l/1", 2), replace("/b", 5)], now(l=[1, 3]), None, ["test /l/1"]),
    ("inside an element that moved on", {"l": [{"a": 1, "b": 1, "c": 1}]}, [guard("/l/0/a", 1), replace("/l/0/b", 2)], {"l": [0, {"a": 1, "b": 1, "c": 1}]}, None, [guard("/l/1/a", 1), replace("/l/1/b", 2)]),
    ("of an item that moved", ITEMS, [guard("/l/0/v", 0), replace("/l/0/v", 5)], {"l": [*reversed(ITEMS["l"])]}, KEYED, [guard("/l/1/v", 0), replace("/l/1/v", 5)]),
    ("of an item that changed", ITEMS, [guard("/l/0/v", 0), replace("/l/1/v", 5)], {"l": [{"id": 1, "v": 3, "w": 0}, {"id": 2, "v": 0, "w": 0}]}, KEYED, ['test /l/{"id":1}/v']),
    ("of an item that was deleted", ITEMS, [guard("/l/0/v", 0), replace("/l/1/v", 5)], {"l": [{"id": 2, "v": 0, "w": 0}]}, KEYED, ['test /l/{"id":1}/v']),
    ("of a member of a set", {"l": ["a", "b"]}, [guard("/l/0", "a"), remove("/l/1")], {"l": ["b", "c", "a"]}, SET, [guard("/l/2", "a"), remove("/l/0")]),
    ("of a member that the set lost", {"l": ["a", "b"]}, [guard("/l/0", "a"), remove("/l/1")], {"l": ["b"]}, SET, ["test /l/0"]),
    ("alone, still true", B, [guard("/a", 1)], now(b=2), None, [guard("/a", 1)]),
    ("alone, no longer true", B, [guard("/a", 1)], now(a=2), None, ["test /a"]),
    ("kept in front of a rewritten patch", B, [guard("/a", 1), add("/l/1", 9), guard("/l/1", 9)], now(l=[0, 1, 2, 3]), None, [guard("/a", 1), add("/l/2", 9)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "patch", "canonical", "lists", "expected"),
    [pytest.param(*row, id=name.replace(" ", "_")) for name, *row in GUARDS],
)
def test_a_guard(base: Any, patch: list[Any], canonical: Any, lists: Any, expected: list[Any]) -> None:
    result = rebase_patch(base, canonical, patch, lists)
    if expected and isinstance(expected[0], str):
        assert (result.status, kinds(result)) == ("conflict", sorted(expected))
        return
    assert (result.status, list(result.patch)) == ("clean", expected)
    assert identical(apply_patch(canonical, result.patch), result.document)


def test_a_broken_guard_shows_what_it_wanted_and_what_is_there() -> None:
    (conflict,) = rebase_patch(B, now(a=2), [guard("/a", 1), replace("/b", 2)]).conflicts
    assert (conflict.base, conflict.draft, conflict.canonical) == (1, 1, 2)
    (conflict,) = rebase_patch(B, now(l=[]), [guard("/l/0", 1), replace("/b", 2)]).conflicts
    assert conflict.canonical is ABSENT


COPIES = [
    ("source untouched", B, [copied("/x", "/c")], now(a=5), [], {"y": 1, "z": 1}),
    ("source changed", B, [copied("/x", "/c")], now(x={"y": 2, "z": 1}), ["/x"], {"y": 1, "z": 1}),
    ("source deleted", B, [copied("/a", "/c")], {k: v for k, v in B.items() if k != "a"}, ["/a"], 1),
    ("source respelled", B, [copied("/a", "/c")], now(a=1.0), [], 1),
    ("an element that moved on", B, [copied("/l/1", "/c")], now(l=[0, 1, 2, 3]), [], 2),
    ("an element that was replaced", B, [copied("/l/1", "/c")], now(l=[1, 9, 3]), ["/l/1"], 2),
    ("an element after an own insertion", B, [add("/l/0", 0), copied("/l/2", "/c")], now(l=[1, 9, 3]), ["/l/1"], 2),
    ("an own addition", B, [add("/n", 1), copied("/n", "/c")], now(a=5), [], 1),
    ("an own replacement", B, [replace("/x/y", 5), copied("/x/y", "/c")], now(a=5), [], 5),
    ("the copy changed by the draft", B, [copied("/x", "/c"), replace("/c/y", 5)], now(x={"y": 2, "z": 1}), ["/x"], {"y": 5, "z": 1}),
    ("copied twice, one warning", B, [copied("/a", "/d"), copied("/a", "/c")], now(a=5), ["/a"], 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "patch", "canonical", "stale", "value"),
    [pytest.param(*row, id=name.replace(" ", "_")) for name, *row in COPIES],
)
def test_a_copy_is_of_the_base(
    base: Any, patch: list[Any], canonical: Any, stale: list[str], value: Any
) -> None:
    result = rebase_patch(base, canonical, patch)
    assert result.status == "clean"
    assert [(w.type, w.path) for w in result.warnings] == [("stale-copy", path) for path in stale]
    assert present(result.document)["c"] == value
    assert identical(apply_patch(canonical, result.patch), result.document)


KINDS = [
    ("it still applies", {"a": 1, "b": 1}, [replace("/a", 2)], {"a": 1, "b": 2}, "verbatim", [replace("/a", 2)]),
    ("canonical did not move", {"a": 1}, [replace("/a", 1)], {"a": 1}, "verbatim", [replace("/a", 1)]),
    ("canonical has it", {"a": 1}, [replace("/a", 2)], {"a": 2}, "empty", []),
    ("canonical has the half of it", {"a": 1, "b": 1}, [replace("/a", 2), remove("/b")], {"a": 1}, "rewritten", [replace("/a", 2)]),
    ("nothing in it", {"a": 1}, [], {"a": 2}, "empty", []),
    ("it cancels out", {"a": 1}, [add("/b", 1), remove("/b")], {"a": 2}, "empty", []),
    ("canonical has it, it has tests", {"a": 1, "l": [1]}, [add("/l/0", 0), guard("/l/0", 0)], {"a": 2, "l": [0, 1]}, "empty", []),
    ("the index moved on", {"l": [1, 2]}, [remove("/l/1")], {"l": [0, 1, 2]}, "rewritten", [remove("/l/2")]),
    ("a move is a deletion and an addition", {"a": 1, "b": 1}, [move("/a", "/c")], {"a": 1, "b": 2}, "verbatim", [move("/a", "/c")]),
    ("of the whole document", {"a": 1, "b": 1}, [replace("", {"a": 2, "b": 1})], {"a": 1, "b": 2}, "rewritten", [replace("/a", 2)]),
    ("a move within a list", {"l": [1, 2, 3], "a": 1}, [move("/l/2", "/l/0")], {"l": [1, 2, 3], "a": 2}, "verbatim", [move("/l/2", "/l/0")]),
    ("replaced twice", {"a": 1, "b": 1}, [replace("/a", 2), replace("/a", 3)], {"a": 1, "b": 2}, "verbatim", [replace("/a", 2), replace("/a", 3)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "patch", "canonical", "kind", "rebased"),
    [pytest.param(*row, id=name.replace(" ", "_")) for name, *row in KINDS],
)
def test_the_patch_that_comes_out(
    base: Any, patch: list[Any], canonical: Any, kind: str, rebased: list[Any]
) -> None:
    result = rebase_patch(base, canonical, patch)
    assert (result.status, result.patch_kind, list(result.patch)) == ("clean", kind, rebased)


BROKEN = [
    ("a missing member", {"a": 1}, [replace("/b", 1)]),
    ("a missing parent", {"a": 1}, [add("/b/c", 1)]),
    ("an index beyond the end", {"l": []}, [add("/l/1", 1)]),
    ("a failed test", {"a": 1}, [guard("/a", 2)]),
    ("true for 1", {"a": 1}, [guard("/a", True)]),
    ("no base", ABSENT, [add("/a", 1)]),
]


@pytest.mark.parametrize(("name", "base", "patch"), BROKEN)
@pytest.mark.parametrize("canonical", [{"a": 1}, {"b": 1}, ABSENT])
def test_a_patch_that_does_not_fit_its_own_base_is_broken(
    name: str, base: Any, patch: Any, canonical: Any
) -> None:
    assert name
    result = rebase_patch(base, canonical, patch)
    assert (result.status, result.conflicts, list(result.patch)) == ("broken", (), patch)
    assert result.reason


@pytest.mark.parametrize("patch", [{}, [{"op": "put", "path": ""}], [{"op": "add", "path": "/a"}], [1]])
def test_a_patch_without_form_is_refused(patch: Any) -> None:
    with pytest.raises(InvalidInput):
        rebase_patch({}, {}, list(patch) if isinstance(patch, list) else [patch])


def test_an_entity_that_canonical_has_no_more() -> None:
    gone = rebase_patch({"a": 1}, ABSENT, [replace("/a", 2)])
    assert (gone.status, kinds(gone), gone.document) == ("conflict", ["modify/delete "], ABSENT)
    absorbed = rebase_patch({"a": 1}, ABSENT, [guard("/a", 1), replace("/a", 1)])
    assert (absorbed.status, absorbed.patch_kind, absorbed.patch) == ("clean", "empty", ())
