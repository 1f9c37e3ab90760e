"""A place keeps the mark of the version that set it, wherever it moves to."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdraft.documents.blame import blame_new, blame_next, blamed_places
from gitdraft.documents.equality import identical
from gitdraft.documents.merge.declarations import parse_list_rules
from gitdraft.documents.pointers import format_pointer

KEYED = {"/l": {"type": "keyed", "key": ["id"]}}
SET = {"/l": {"type": "set"}}
ATOMIC = {"/l": {"type": "atomic"}}


def blamed(*versions: Any, lists: dict[str, Any] | None = None) -> dict[str, int]:
    """The number of the version (from 1) that set each place of the last."""
    rules = parse_list_rules(lists or {})
    marks = blame_new(versions[0], 1)
    for number, (old, new) in enumerate(pairwise(versions), 2):
        marks = blame_next(rules, old, marks, new, number)
    return {format_pointer(tokens): number for tokens, _, number in blamed_places(versions[-1], marks)}


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([{"a": 1, "b": 1}, {"a": 1, "b": 2}], {"/a": 1, "/b": 2}),
        ([{"a": 1, "b": 1}, {"b": 1, "a": 1}], {"/b": 1, "/a": 1}),
        ([{"a": 1}, {"a": 1.0}], {"/a": 2}),
        ([{"a": 1}, {"a": True}], {"/a": 2}),
        ([{"a": None}, {}, {"a": None}], {"/a": 3}),
        ([{"a": {"b": 1}}, {"a": {"b": 1, "c": 1}}], {"/a/b": 1, "/a/c": 2}),
        ([{"a": {"b": 1}}, {"a": {}}], {"/a": 2}),
        ([{"a": {}}, {"a": {}, "b": []}], {"/a": 1, "/b": 2}),
        ([{"a": {}}, {"a": []}], {"/a": 2}),
        ([{"a": {}}, {"a": {"b": 1}}], {"/a/b": 2}),
        ([{"a": {"b": 1}}, {"a": 1}, {"a": {"b": 1}}], {"/a/b": 3}),
        ([{"a/b": 1, "~": 1}, {"a/b": 1, "~": 2}], {"/a~1b": 1, "/~0": 2}),
        ([{}, {}], {"": 1}),
    ],
)
def test_members_are_the_same_by_their_names(versions: list[Any], expected: dict[str, int]) -> None:
    assert blamed(*versions) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([1, 2], [0, 1, 2], [2, 1, 1]),
        ([1, 2], [2], [1]),
        ([1, 2], [1, 3], [1, 2]),
        ([1, 1], [1, 1, 1], [1, 1, 2]),
        ([1, 2], [2, 1], [1, 2]),
    ],
)
def test_an_insertion_into_a_list_blames_nothing_else(
    old: list[Any], new: list[Any], expected: list[int]
) -> None:
    assert list(blamed({"l": old}, {"l": new}).values()) == expected


def test_a_changed_element_is_followed_where_it_is_similar() -> None:
    old = [{"id": 1, "x": 1, "y": 1, "z": 1}, {"id": 2, "x": 2, "y": 2, "z": 2}]
    new = [{"id": 0}, {"id": 1, "x": 1, "y": 1, "z": 9}, {"id": 2, "x": 2, "y": 2, "z": 9}]

    found = blamed({"l": old}, {"l": new})

    assert [path for path, number in found.items() if number == 2] == ["/l/0/id", "/l/1/z", "/l/2/z"]


def test_items_with_a_key_are_followed_wherever_they_go() -> None:
    old = [{"id": 1, "v": 1}, {"id": 2, "v": 2}]
    new = [{"id": 3, "v": 3}, {"id": 2, "v": 9}, {"id": 1, "v": 1}]

    found = blamed({"l": old}, {"l": new}, lists=KEYED)

    assert list(found.values()) == [2, 2, 1, 2, 1, 1]


def test_items_whose_key_is_not_unique_are_followed_by_place() -> None:
    old = [{"id": 1, "v": 1}, {"id": 1, "v": 2}]

    assert list(blamed({"l": old}, {"l": [{"id": 5}, *old]}, lists=KEYED).values()) == [2, 1, 1, 1, 1]


def test_members_of_a_set_are_followed_by_value() -> None:
    assert list(blamed({"l": ["a", "b", "b"]}, {"l": ["b", "c", "a"]}, lists=SET).values()) == [1, 2, 1]


def test_an_atomic_value_is_set_as_a_whole() -> None:
    assert list(blamed({"l": [1, 2]}, {"l": [1, 3]}, lists=ATOMIC).values()) == [2, 2]


def test_what_did_not_change_shares_its_marks() -> None:
    old, new = {"a": {"b": [1, 2]}, "c": 1}, {"a": {"b": [1, 2]}, "c": 2}
    marks = blame_new(old, 1)

    replayed = blame_next((), old, marks, new, 2)

    assert isinstance(marks, dict)
    assert isinstance(replayed, dict)
    assert replayed["a"] is marks["a"]


scalars = st.sampled_from([0, 1, 1.0, True, None, "a"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from("abl"), values, max_size=3)
declared = st.sampled_from([{}, SET, {"/l": {"type": "keyed", "key": ["a"]}}, ATOMIC])


@given(documents, documents, declared)
def test_every_place_is_of_one_version(old: Any, new: Any, lists: dict[str, Any]) -> None:
    found = blamed(old, new, lists=lists)

    assert found.keys() == blamed(new).keys()
    assert set(found.values()) <= {1, 2}
    assert set(blamed(old, old, lists=lists).values()) == {1}
    assert blamed(old, new, new, lists=lists) == found


@given(documents, documents, declared)
def test_a_member_that_stays_keeps_its_marks(old: Any, new: Any, lists: dict[str, Any]) -> None:
    found = blamed(old, new, lists=lists)

    for name in new:
        marks = {number for path, number in found.items() if path.split("/")[1] == name}
        if name not in old or not isinstance(old[name], dict | list):
            assert marks == ({1} if name in old and identical(old[name], new[name]) else {2})
        elif identical(old[name], new[name]):
            assert marks == {1}
