"""O1: where new members of an object stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merge_rows import Row, check, stays

from gitdraft.documents.diff import diff
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.rebase import rebase_patch


def members(names: str) -> dict[str, int]:
    """An object with a member for each letter, `_` for none; capitals hold another value."""
    return {name.lower(): 2 if name.isupper() else 1 for name in names}


def order(name: str, base: str, draft: str, canonical: str, merged: str) -> Any:
    return stays(name, members(base), members(draft), members(canonical), members(merged))


ROWS = [
    # in an object that is not sorted: behind the member that it follows
    order("in the middle", "zax", "zna" + "x", "zaX", "znaX"),
    order("first", "zax", "nzax", "zaX", "nzaX"),
    order("first, before canonical's own", "zax", "nzax", "czax", "nczax"),
    order("last", "zax", "zaxn", "zaX", "zaXn"),
    order("last, after canonical's own", "zax", "zaxn", "zaxc", "zaxcn"),
    order("several in a row", "zax", "znmax", "zaX", "znmaX"),
    order("behind canonical's own that follow the same", "zax", "znax", "zcax", "zcnax"),
    order("behind all of canonical's own that follow", "zax", "znax", "zcdax", "zcdnax"),
    order("the neighbour is gone: the one before it", "zax", "zanx", "zx", "znx"),
    order("all before it are gone: first", "zax", "znax", "cax", "ncax"),
    order("what both added is a neighbour", "zax", "zbnax", "zbaX", "zbnaX"),
    order("canonical reordered", "zax", "znax", "axz", "axzn"),
    order("last where canonical reordered", "zax", "zaxn", "xza", "xzan"),
    # sorted: in its place
    order("sorted", "bdf", "bcdf", "bdF", "bcdF"),
    order("sorted, among canonical's own", "bdfh", "bdefh", "bcdfgh", "bcdefgh"),
    order("sorted, first", "bdf", "abdf", "bdF", "abdF"),
    order("sorted, last", "bdf", "bdfz", "bdfgh", "bdfghz"),
    order("sorted in canonical, not in the draft", "bdf", "bdzf", "bdF", "bdzF"),
    order("sorted in the draft, not in canonical", "bdf", "bcdf", "bdfa", "bcdfa"),
    order("two members are too few", "bd", "bcd", "bD", "bcD"),
    stays(
        "sorted without regard to case",
        {"alpha": 1, "Beta": 1, "gamma": 1},
        {"alpha": 1, "apple": 1, "Beta": 1, "gamma": 1},
        {"alpha": 1, "Beta": 1, "Delta": 1, "gamma": 1},
        {"alpha": 1, "apple": 1, "Beta": 1, "Delta": 1, "gamma": 1},
    ),
    # inside a value that one side carries
    stays(
        "inside",
        {"o": members("zax"), "p": 1},
        {"o": members("znax"), "p": 1},
        {"o": members("zaX"), "p": 2},
        {"o": members("znaX"), "p": 2},
    ),
    stays(
        "both carry it",
        {"p": 1},
        {"o": members("zna"), "p": 1},
        {"p": 1, "o": members("za")},
        {"p": 1, "o": members("zna")},
    ),
    stays(
        "in an element of a list",
        [members("zax"), 0],
        [members("znax"), 0],
        [0, members("zax"), 0],
        [0, members("znax"), 0],
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_new_members(row: Row) -> None:
    check(row)


@pytest.mark.parametrize(
    ("after", "names"),
    [
        ("z", "znax"),
        ("a", "zanx"),
        ("x", "zaxn"),
        (None, "nzax"),
        ("gone", "zaxn"),
        (7, "zaxn"),
        ("n", "zaxn"),
    ],
)
def test_an_add_says_where_it_stands(after: Any, names: str) -> None:
    patch = ({"op": "add", "path": "/n", "value": 1, "after": after},)

    assert list(apply_patch(members("zax"), patch)) == list(names)


def test_a_member_that_is_there_keeps_its_place() -> None:
    patch = ({"op": "add", "path": "/a", "value": 2, "after": "x"},)

    assert list(apply_patch(members("zax"), patch)) == list("zax")


@pytest.mark.parametrize(
    ("patch", "canonical", "merged"),
    [
        ([{"op": "add", "path": "/n", "value": 1}], "xza", "xzan"),
        ([{"op": "add", "path": "/n", "value": 1, "after": "x"}], "xza", "xnza"),
        ([{"op": "add", "path": "/n", "value": 1, "after": None}], "cza", "ncza"),
        ([{"op": "add", "path": "/n", "value": 1, "after": "unheard"}], "xza", "xzan"),
        ([{"op": "add", "path": "/n", "value": 1, "after": ["x"]}], "xza", "xzan"),
    ],
)
def test_a_hint_counts_where_canonical_reordered(patch: Any, canonical: str, merged: str) -> None:
    base = {**members("zax"), "k": 1}
    result = rebase_patch(base, {**members(canonical), "k": 2}, patch)

    assert [name for name in present_names(result.document) if name != "k"] == list(merged)


def test_two_that_name_one_member_stand_as_in_the_draft() -> None:
    patch = [
        {"op": "add", "path": "/n", "value": 1, "after": "z"},
        {"op": "add", "path": "/m", "value": 1, "after": "z"},
    ]
    result = rebase_patch(members("zax"), members("zaX"), patch)

    assert present_names(result.document) == list("zmnax")
    assert result.patch_kind == "verbatim"


def test_a_patch_that_gives_another_order_is_rewritten() -> None:
    patch = [
        {"op": "add", "path": "/n", "value": 1, "after": "a"},
        {"op": "add", "path": "/m", "value": 1, "after": "n"},
    ]
    result = rebase_patch(members("zax"), members("zX"), patch)

    assert present_names(result.document) == list("znmx")
    assert result.patch_kind == "rewritten"
    assert result.patch == (
        {"op": "add", "path": "/n", "value": 1, "after": "z"},
        {"op": "add", "path": "/m", "value": 1, "after": "n"},
    )


def test_an_escaped_name_is_named_as_it_is() -> None:
    patch = diff({"a/b": 1, "z": 1}, {"a/b": 1, "n~m": 1, "z": 1})

    assert patch == ({"op": "add", "path": "/n~0m", "value": 1, "after": "a/b"},)


def present_names(document: Any) -> list[str]:
    assert isinstance(document, dict)
    return list(document)


objects = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 2), max_size=6)


@given(objects, st.data())
def test_a_patch_makes_the_order_of_the_document(base: Any, data: st.DataObject) -> None:
    """New members of the other document stand where they stand there, those that both have in the first one's order."""
    new = data.draw(objects)
    made = apply_patch(base, diff(base, new))
    assert made == new
    kept = [name for name in base if name in new]
    assert [name for name in made if name in base] == kept
    if [name for name in new if name in base] == kept:
        assert list(made) == list(new)


@given(objects, objects, objects)
def test_the_order_is_canonicals_and_the_patch_gives_it(base: Any, draft: Any, canonical: Any) -> None:
    result = rebase_patch(base, canonical, diff(base, draft))
    if result.status == "clean":
        merged = present_names(result.document)
        assert [n for n in merged if n in canonical] == [n for n in canonical if n in merged]
        if base != canonical:  # R0 keeps the patch whatever the order
            assert list(apply_patch(canonical, result.patch)) == merged
