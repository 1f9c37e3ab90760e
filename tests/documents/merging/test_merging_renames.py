"""R10: a renamed member is followed; R4 and R5: else the likely new name is a hint."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merge_rows import Row, check, clashes, kinds, stays

from gitdraft.documents.diff import diff
from gitdraft.documents.merge.renames import find_renames
from gitdraft.documents.rebase import rebase_patch


def entry(**changes: Any) -> dict[str, Any]:
    """An object of four leaves."""
    return {"a": 1, "b": 2, "c": 3, "d": {"e": 4}} | changes


E = entry()
OTHER = {"p": 1, "q": 2, "r": 3}
HALF = {"a": 1, "b": 2, "x": 3, "y": {"e": 4}}

ROWS = [
    stays("canonical renamed, the draft edited", {"k": E}, {"k": entry(a=9)}, {"n": E}, {"n": entry(a=9)}, "followed-rename /n"),
    stays("the draft renamed, canonical edited", {"k": E, "z": 1}, {"n": E, "z": 1}, {"k": entry(a=9), "z": 1}, {"n": entry(a=9), "z": 1}, "followed-rename /n"),
    stays("renamed and edited, edited", {"k": E}, {"k": entry(a=9)}, {"n": entry(b=8)}, {"n": entry(a=9, b=8)}, "followed-rename /n"),
    stays("a member added to a renamed object", {"k": E}, {"k": entry(o=1)}, {"n": entry(t=1)}, {"n": entry(o=1, t=1)}, "followed-rename /n"),
    stays("renamed deep down", {"x": {"k": E}}, {"x": {"k": entry(a=9)}}, {"x": {"n": E}}, {"x": {"n": entry(a=9)}}, "followed-rename /x/n"),
    stays("two members renamed by one", {"k": E, "l": OTHER}, {"k": entry(a=9), "l": OTHER | {"p": 9}}, {"n": E, "m": OTHER}, {"n": entry(a=9), "m": OTHER | {"p": 9}}, "followed-rename /n", "followed-rename /m"),
    stays("a member renamed by each", {"k": E, "l": OTHER}, {"n": E, "l": OTHER | {"p": 9}}, {"k": entry(a=9), "m": OTHER}, {"n": entry(a=9), "m": OTHER | {"p": 9}}, "followed-rename /n", "followed-rename /m"),
    stays("renamed by both to one name, an edit each", {"k": E}, {"n": entry(a=9)}, {"n": entry(b=8)}, {"n": entry(a=9, b=8)}),
    stays("renamed, and nothing edited", {"k": E, "z": 1}, {"k": E, "z": 2}, {"n": E, "z": 1}, {"n": E, "z": 2}),
    stays("three leaves of lists and objects", {"k": {"l": [1, 2, 3]}}, {"k": {"l": [1, 2, 3, 4]}}, {"n": {"l": [1, 2, 3]}}, {"n": {"l": [1, 2, 3, 4]}}, "followed-rename /n"),
    stays("empty containers are leaves", {"k": {"a": {}, "b": [], "c": 1, "d": 2}}, {"k": {"a": {}, "b": [], "c": 1, "d": 9}}, {"n": {"a": {}, "b": [], "c": 1, "d": 2}}, {"n": {"a": {}, "b": [], "c": 1, "d": 9}}, "followed-rename /n"),
    stays("a respelled number is the same leaf", {"k": {"a": 1, "b": 2, "c": 3}}, {"k": {"a": 1, "b": 2, "c": 9}}, {"n": {"a": 1.0, "b": 2.0, "c": 3}}, {"n": {"a": 1.0, "b": 2.0, "c": 9}}, "followed-rename /n"),
    clashes("renamed, one leaf edited by both", {"k": E}, {"k": entry(a=9)}, {"n": entry(a=8)}, "modify/modify /k/a"),
    clashes("renamed differently", {"k": E}, {"n": E}, {"m": E}, "modify/modify /k"),
    clashes("renamed by both to one name, one leaf", {"k": E}, {"n": entry(a=9)}, {"n": entry(a=8)}, "modify/modify /k/a"),
    clashes("renamed against deleted", {"k": E, "z": 1}, {"z": 1}, {"n": E, "z": 1}, "delete/modify /k"),
    clashes("a scalar is not followed", {"k": "x"}, {"k": "y"}, {"n": "x"}, "modify/delete /k"),
    clashes("two leaves are too few", {"k": {"a": 1, "b": 2}}, {"k": {"a": 1, "b": 3}}, {"n": {"a": 1, "b": 2}}, "modify/delete /k"),
    clashes("a list is not followed", {"k": [1, 2, 3, 4]}, {"k": [1, 2, 3, 5]}, {"n": [1, 2, 3, 4]}, "modify/delete /k"),
    clashes("just half of the union is not enough", {"k": {"a": 1, "b": 2, "c": 3}}, {"k": {"a": 1, "b": 2, "c": 9}}, {"n": {"a": 1, "b": 2, "x": 3}}, "modify/delete /k"),
    clashes("leaves at other paths are others", {"k": E}, {"k": entry(a=9)}, {"n": HALF}, "modify/delete /k"),
    clashes("two candidates", {"k": E}, {"k": entry(a=9)}, {"n": E, "m": E}, "modify/delete /k"),
    clashes("two members that became one", {"k": E, "l": E}, {"k": entry(a=9), "l": E}, {"n": E}, "modify/delete /k"),
    clashes("copied, not renamed", {"k": E}, {"k": entry(a=9)}, {"k": entry(a=8), "n": E}, "modify/modify /k/a"),
    clashes("the other side added the new name, too", {"k": E}, {"k": entry(a=9), "n": {"a": 7}}, {"n": E}, "add/add /n/a", "modify/delete /k"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_renames(row: Row) -> None:
    check(row)


def test_the_warning_names_both_ends() -> None:
    result = rebase_patch(
        {"x": {"k": E}}, {"x": {"n/m": E}}, [{"op": "replace", "path": "/x/k/a", "value": 9}]
    )
    (warning,) = result.warnings
    assert (warning.path, warning.from_path, warning.to_path) == ("/x/n~1m", "/x/k", "/x/n~1m")
    assert result.patch == ({"op": "replace", "path": "/x/n~1m/a", "value": 9},)


def test_two_names_for_one_member_are_shown_with_the_names() -> None:
    base, draft, canonical = {"k": E}, {"n": entry(a=9)}, {"m": E}
    (conflict,) = rebase_patch(base, canonical, diff(base, draft)).conflicts
    assert (conflict.base, conflict.draft, conflict.canonical) == ({"k": E}, {"n": entry(a=9)}, {"m": E})


HINTS = [
    ("by canonical", {"label": "x"}, {"label": "y"}, {"title": "x"}, "modify/delete /label", "/title"),
    ("by the draft", {"label": "x"}, {"title": "x"}, {"label": "y"}, "delete/modify /label", "/title"),
    ("a number by its value", {"n": 1}, {"n": 2}, {"m": 1.0}, "modify/delete /n", "/m"),
    (
        "a name that is escaped",
        {"x": {"n": 1}},
        {"x": {"n": 2}},
        {"x": {"a/b": 1}},
        "modify/delete /x/n",
        "/x/a~1b",
    ),
    ("the first of several", {"n": 1}, {"n": 2}, {"a": 1, "b": 1}, "modify/delete /n", "/a"),
    ("none for another value", {"n": 1}, {"n": 2}, {"m": 3}, "modify/delete /n", None),
    (
        "none for a member that was there",
        {"n": 1, "m": 1},
        {"n": 2, "m": 1},
        {"m": 1},
        "modify/delete /n",
        None,
    ),
]


@pytest.mark.parametrize(("name", "base", "draft", "canonical", "conflict", "hint"), HINTS)
def test_hints_of_the_new_name(
    name: str, base: Any, draft: Any, canonical: Any, conflict: str, hint: str | None
) -> None:
    assert name
    result = rebase_patch(base, canonical, diff(base, draft))
    assert kinds(result) == [conflict]
    assert result.conflicts[0].rename_candidate == hint


def _leaves(value: Any, path: str = "") -> set[tuple[str, str]]:
    if isinstance(value, dict) and value:
        return {leaf for name, inner in value.items() for leaf in _leaves(inner, f"{path}/{name}")}
    return {(path, repr(value))}


documents = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 1), max_size=6)
sides = st.dictionaries(st.sampled_from(["k", "l", "m", "n", "o"]), documents, max_size=4)


@given(sides, sides)
def test_a_rename_is_the_only_pair_that_shares_most_both_ways(base: Any, side: Any) -> None:
    """What the search finds is what comparing each with each finds."""
    gone = {name: _leaves(base[name]) for name in base if name not in side}
    new = {name: _leaves(side[name]) for name in side if name not in base}
    pairs = [
        (old, name)
        for old, one in gone.items()
        for name, other in new.items()
        if min(len(one), len(other)) >= 3 and len(one & other) * 2 > len(one | other)
    ]
    olds, news = [old for old, _ in pairs], [name for _, name in pairs]
    unique = {old: name for old, name in pairs if olds.count(old) == 1 and news.count(name) == 1}

    assert find_renames(base, side) == unique
    assert find_renames(side, base) == {name: old for old, name in unique.items()}
