"""G1: members that belong together merge as one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merge_rows import Row, check, clashes, kinds, stays
from sandbox import present

from gitdraft.documents.diff import diff
from gitdraft.documents.rebase import rebase_patch
from gitdraft.errors import InvalidInput
from gitdraft.model.merge import Resolution

GROUP = [["/version", "/url", "/hash"]]
IN_MAP = [["/packages/*/version", "/packages/*/url"]]
IN_LIST = [["/items/*/version", "/items/*/url"]]
KEYED = {"/items": {"type": "keyed", "key": ["id"]}}
BASE = {"version": 1, "url": "u1", "hash": "h1", "note": "n"}
LONG = {"a": 1, "b": 2, "c": 3, "d": 4}


def now(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in {**BASE, **members}.items() if value is not ...}


ROWS = [
    stays(
        "one side touches the group",
        BASE,
        now(url="u2"),
        now(note="m"),
        now(url="u2", note="m"),
        together=GROUP,
    ),
    stays(
        "both make the same of it",
        BASE,
        now(version=2, url="u2"),
        now(version=2, url="u2", note="m"),
        now(version=2, url="u2", note="m"),
        together=GROUP,
    ),
    stays(
        "only respelled by one side",
        BASE,
        now(url="u2"),
        now(version=1.0, note="m"),
        now(version=1.0, url="u2", note="m"),
        together=GROUP,
    ),
    clashes("different members", BASE, now(url="u2"), now(version=2), "together ", together=GROUP),
    clashes("one member, differently", BASE, now(url="u2"), now(url="u3"), "together ", together=GROUP),
    clashes(
        "a part of what the other did",
        BASE,
        now(url="u2"),
        now(url="u2", version=2),
        "together ",
        together=GROUP,
    ),
    clashes("a member removed", BASE, now(hash=...), now(version=2), "together ", together=GROUP),
    clashes(
        "added by both",
        {"note": "n"},
        {"note": "n", "version": 1},
        {"note": "n", "url": "u1"},
        "together ",
        together=GROUP,
    ),
    clashes(
        "beside another conflict",
        BASE,
        now(url="u2", note="a"),
        now(version=2, note="b"),
        "together ",
        "modify/modify /note",
        together=GROUP,
    ),
    clashes(
        "it subsumes what lies below",
        {"version": {"n": 1, "m": 1}, "url": ["a"]},
        {"version": {"n": 2, "m": 1}, "url": ["a", "b"]},
        {"version": {"n": 3, "m": 1}, "url": ["a", "c"]},
        "together ",
        lists={"/url": {"type": "set"}},
        together=GROUP,
    ),
    clashes(
        "two groups of one object",
        {"a": 1, "b": 1, "c": 1, "d": 1},
        {"a": 2, "b": 1, "c": 2, "d": 1},
        {"a": 1, "b": 2, "c": 1, "d": 2},
        "together ",
        "together ",
        together=[["/a", "/b"], ["/c", "/d"]],
    ),
    clashes(
        "in a map",
        {"packages": {"p": {"version": 1, "url": "u"}}},
        {"packages": {"p": {"version": 2, "url": "u"}}},
        {"packages": {"p": {"version": 1, "url": "v"}}},
        "together /packages/p",
        together=IN_MAP,
    ),
    stays(
        "another object of the map",
        {"packages": {"p": {"version": 1}, "q": {"url": "u"}}},
        {"packages": {"p": {"version": 2}, "q": {"url": "u"}}},
        {"packages": {"p": {"version": 1}, "q": {"url": "v"}}},
        {"packages": {"p": {"version": 2}, "q": {"url": "v"}}},
        together=IN_MAP,
    ),
    clashes(
        "in a keyed item",
        {"items": [{"id": "a", "version": 1, "url": "u"}]},
        {"items": [{"id": "a", "version": 2, "url": "u"}]},
        {"items": [{"id": "a", "version": 1, "url": "v"}]},
        'together /items/{"id":"a"}',
        lists=KEYED,
        together=IN_LIST,
    ),
    stays(
        "not held in an ordered list",
        {"items": [{"id": "a", "version": 1, "url": "u", "x": 1, "y": 1}]},
        {"items": [{"id": "a", "version": 2, "url": "u", "x": 1, "y": 1}]},
        {"items": [{"id": "a", "version": 1, "url": "v", "x": 1, "y": 1}]},
        {"items": [{"id": "a", "version": 2, "url": "v", "x": 1, "y": 1}]},
        "group-not-held /items",
        together=IN_LIST,
    ),
    stays(
        "not held in a keyed list without keys",
        {"items": [{"version": 1, "url": "u", "x": 1, "y": 1, "z": 1}]},
        {"items": [{"version": 2, "url": "u", "x": 1, "y": 1, "z": 1}]},
        {"items": [{"version": 1, "url": "v", "x": 1, "y": 1, "z": 1}]},
        {"items": [{"version": 2, "url": "v", "x": 1, "y": 1, "z": 1}]},
        "not-keyed /items",
        "group-not-held /items",
        lists=KEYED,
        together=IN_LIST,
    ),
    stays(
        "not held in an ordered list, touched by one side alone",
        {"items": [{"id": "a", "version": 1, "url": "u", "x": 1, "y": 1}]},
        {"items": [{"id": "a", "version": 2, "url": "u", "x": 1, "y": 1}]},
        {"items": [{"id": "a", "version": 1, "url": "u", "x": 2, "y": 1}]},
        {"items": [{"id": "a", "version": 2, "url": "u", "x": 2, "y": 1}]},
        together=IN_LIST,
    ),
    clashes(
        "the object removed",
        {"packages": {"p": {"version": 1, "url": "u"}}},
        {"packages": {}},
        {"packages": {"p": {"version": 1, "url": "v"}}},
        "delete/modify /packages/p",
        together=IN_MAP,
    ),
    clashes(
        "before a rename",
        {"version": LONG, "url": 1},
        {"v": LONG, "url": 1},
        {"version": {**LONG, "a": 9}, "url": 1},
        "together ",
        together=GROUP,
    ),
    clashes(
        "nothing is renamed into it",
        {"old": LONG},
        {"version": LONG},
        {"old": {**LONG, "a": 9}},
        "delete/modify /old",
        together=GROUP,
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_groups(row: Row) -> None:
    check(row)


def test_the_conflict_names_the_members_with_all_that_a_side_has() -> None:
    (conflict,) = rebase_patch(
        BASE, now(version=2), diff(BASE, now(hash=..., url="u2")), together=GROUP
    ).conflicts

    assert (conflict.path, conflict.type, conflict.members) == ("", "together", ("version", "url", "hash"))
    assert conflict.base == {"version": 1, "url": "u1", "hash": "h1"}
    assert conflict.canonical == {"version": 2, "url": "u1", "hash": "h1"}
    assert conflict.draft == {"version": 1, "url": "u2"}
    assert conflict.pointers == ("/version", "/url", "/hash")


def test_an_answer_is_about_the_whole_group() -> None:
    patch = diff(BASE, now(hash=..., url="u2", note="m"))
    (conflict,) = rebase_patch(BASE, now(version=2), patch, together=GROUP).conflicts
    values: list[Any] = [conflict.draft, conflict.canonical, {"version": 3}, {}]
    for value in values:
        answer = Resolution(conflict.path, conflict.type, conflict.canonical, conflict.draft, value)
        result = rebase_patch(BASE, now(version=2), patch, together=GROUP, resolutions=[answer])
        assert (result.status, result.document) == ("clean", {**value, "note": "m"})


REFUSED = [
    ({"a": 1}, "expected a list of groups"),
    ([["/a"]], "at least two pointers"),
    (["/a", "/b"], "at least two pointers"),
    ([["/a", "b"]], "'b' is not a JSON pointer"),
    ([["/a", 1]], "1 is not a JSON pointer"),
    ([["/a", ""]], "'' names no member"),
    ([["/x/*", "/x/b"]], "'/x/*' names no member"),
    ([["/a", "/x/b"]], "'/x/b' is no member of the object that has '/a'"),
    ([["/*/c/a", "/x/c/b"]], "'/x/c/b' is no member of the object that has '/*/c/a'"),
    ([["/a", "/b", "/a"]], "'/a' stands twice"),
    ([["/a", "/b"], ["/b", "/c"]], "'/b' is in another group too"),
    ([["/p/*/a", "/p/*/b"], ["/p/q/b", "/p/q/c"]], "'/p/q/b' is in another group too"),
    ([["/a", "/stamp"]], "'/stamp' follows canonical"),
    ([["/m/a", "/m/b"]], "'/m/a' follows canonical"),
]


@pytest.mark.parametrize(("together", "message"), REFUSED)
def test_refused(together: Any, message: str) -> None:
    lists: Any = {"/stamp": {"type": "canonical"}, "/m/*": {"type": "canonical"}}
    with pytest.raises(InvalidInput) as refused:
        rebase_patch({}, {}, [], lists, together=together)
    assert message in refused.value.message


def test_the_first_declaration_that_matches_says_whether_a_member_follows_canonical() -> None:
    lists: Any = {"/a": {"type": "ordered"}, "/*": {"type": "canonical"}}
    assert rebase_patch({}, {}, [], {**lists, "/b": {"type": "text"}}, together=None).status == "clean"
    with pytest.raises(InvalidInput, match="/b"):
        rebase_patch({}, {}, [], lists, together=[["/a", "/b"]])


values = st.dictionaries(st.sampled_from(["version", "url", "hash", "note"]), st.integers(0, 2))


@given(values, values, values)
def test_a_clean_merge_has_the_group_of_one_side(base: Any, draft: Any, canonical: Any) -> None:
    result = rebase_patch(base, canonical, diff(base, draft), together=GROUP)
    mirrored = rebase_patch(base, draft, diff(base, canonical), together=GROUP)

    assert [kind for kind in kinds(result) if kind.startswith("together")] == [
        kind for kind in kinds(mirrored) if kind.startswith("together")
    ]
    assert result.status == mirrored.status
    if result.status == "clean":
        groups = [
            {n: v for n, v in side.items() if n != "note"}
            for side in (present(result.document), draft, canonical)
        ]
        assert groups[0] in groups[1:]
        assert mirrored.document == result.document
