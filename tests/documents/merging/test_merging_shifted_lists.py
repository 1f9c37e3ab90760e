"""L8: lists of objects that are edited and shifted at once; L7: an element that was moved and edited."""

from __future__ import annotations

from collections import Counter
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merge_rows import Row, check, clashes, stays
from sandbox import present

from benchmarks.shifted_merges import generated
from gitdraft.documents.alignment import align
from gitdraft.documents.diff import diff
from gitdraft.documents.rebase import rebase_patch


def item(**members: Any) -> dict[str, Any]:
    """An object of five members, told apart by `n` alone."""
    return {"n": 0, "p": 1, "q": 2, "r": 3, "s": 4, **members}


def apart(n: int, **members: Any) -> dict[str, Any]:
    """An object that shares no member with another."""
    return {"n": n, **{name: f"{name}{n}" for name in "pqruvwx"}, **members}


A, B, C, D = (apart(n) for n in range(4))
X, Y = apart(8), apart(9)


def with_r(element: dict[str, Any], r: Any = "new") -> dict[str, Any]:
    return {**element, "r": r}


def with_q(element: dict[str, Any], q: Any = "new") -> dict[str, Any]:
    return {**element, "q": q}


ROWS = [
    clashes(
        "one place for two that crossed",
        [1, A, 2, B, C],
        [A, 2, B, 1],
        [1, A, B, 2],
        "modify/modify /4",
    ),
    # by similarity
    stays(
        "edited, one inserted before it", [A, B], [X, with_r(A), B], [with_q(A), B], [X, with_q(with_r(A)), B]
    ),
    stays(
        "edited, the neighbour removed", [A, B, C], [with_r(B), C], [A, with_q(B), C], [with_q(with_r(B)), C]
    ),
    stays(
        "all edited, one inserted between",
        [A, B],
        [with_r(A), X, with_r(B)],
        [with_q(A), with_q(B)],
        [with_q(with_r(A)), X, with_q(with_r(B))],
    ),
    stays(
        "all edited, one removed, one inserted",
        [A, B, C],
        [with_r(A), with_r(C), X],
        [with_q(A), B, with_q(C)],
        [with_q(with_r(A)), with_q(with_r(C)), X],
    ),
    stays(
        "of equal length, not similar in place",
        [A, B],
        [X, with_r(A)],
        [with_q(A), B],
        [X, with_q(with_r(A))],
    ),
    stays(
        "both insert, in different gaps",
        [A, B],
        [X, with_r(A), B],
        [A, with_r(B), Y],
        [X, with_r(A), with_r(B), Y],
    ),
    stays("the other inserts beside it", [A, B], [X, with_r(A), B], [A, Y, B], [X, with_r(A), Y, B]),
    stays(
        "the same edit and insertion",
        [A, B],
        [X, with_r(A), B],
        [X, with_r(A), with_r(B)],
        [X, with_r(A), with_r(B)],
    ),
    clashes(
        "the same member of the shifted element",
        [A, B],
        [X, with_r(A), B],
        [with_r(A, 7), B],
        "modify/modify /0/r",
    ),
    clashes("both insert before the shifted element", [A, B], [X, with_r(A), B], [Y, with_q(A), B], "list "),
    clashes(
        "removed in the shift, edited by the other",
        [A, B, C],
        [with_r(B), C],
        [with_q(A), B, C],
        "delete/modify /0",
    ),
    clashes(
        "removed and another put there, edited by the other",
        [A, B],
        [with_r(A), X, Y],
        [A, with_q(B)],
        "delete/modify /1",
    ),
    # by an id, or a name: whatever the share
    *(
        stays(
            f"known by its {name}",
            [{name: "a", "v": 1}, {name: "b", "v": 1}],
            [{name: "x", "v": 0}, {name: "a", "v": 2}, {name: "b", "v": 1}],
            [{name: "a", "v": 1, "w": 9}, {name: "b", "v": 1}],
            [{name: "x", "v": 0}, {name: "a", "v": 2, "w": 9}, {name: "b", "v": 1}],
        )
        for name in ("id", "@id", "_id", "key", "uuid", "guid", "name", "title", "slug", "url")
    ),
    stays(
        "renamed, and known by its address",
        [{"name": "a", "url": "u"}, {"name": "b", "url": "v"}],
        [{"name": "x", "url": "w"}, {"name": "A", "url": "u"}, {"name": "b", "url": "v"}],
        [{"name": "a", "url": "u", "n": 1}, {"name": "b", "url": "v"}],
        [{"name": "x", "url": "w"}, {"name": "A", "url": "u", "n": 1}, {"name": "b", "url": "v"}],
    ),
    clashes(
        "an equal name, and another id",
        [{"id": 1, "name": "a", "v": 1}],
        [{"id": 2, "name": "a", "v": 2}, {"id": 3, "name": "b", "v": 2}],
        [{"id": 1, "name": "a", "v": 3}],
        "list ",
    ),
    clashes(
        "a name that two have tells nothing",
        [{"name": "a", "v": 1}, {"name": "a", "v": 2}],
        [{"name": "x", "v": 8}, {"name": "a", "v": 3}, {"name": "a", "v": 4}],
        [{"name": "a", "v": 5}, {"name": "a", "v": 2}],
        "list ",
    ),
    stays(
        "an id that one side took away does not part",
        [apart(1, id=1), apart(2, id=2)],
        [X, apart(1), apart(2, id=2)],
        [apart(1, id=1, s=1), apart(2, id=2)],
        [X, apart(1, s=1), apart(2, id=2)],
    ),
    # what cannot be told apart
    clashes("one became two, as similar", [item()], [item(n=1), item(n=2)], [item(s=9)], "list "),
    clashes(
        "two became one, as similar",
        [item(n=1), item(n=2)],
        [item(n=3)],
        [item(n=1), item(n=2, s=9)],
        "list ",
    ),
    stays(
        "one became two, the other left it alone",
        [item(), A],
        [item(n=1), item(n=2), A],
        [item(), with_r(A)],
        [item(n=1), item(n=2), with_r(A)],
    ),
    clashes(
        "two stretches are two conflicts",
        [item(), A, item(p=7, q=7, r=7)],
        [item(n=1), item(n=2), A, item(p=7, q=7, r=7, n=3), item(p=7, q=7, r=7, n=4)],
        [item(s=9), A, item(p=7, q=7, r=7, s=9)],
        "list ",
        "list ",
    ),
    clashes(
        "a tie in one stretch, a conflict in another place",
        [item(), A, B],
        [item(n=1), item(n=2), with_r(A), B],
        [item(s=9), with_r(A, 5), B],
        "list ",
        "modify/modify /1/r",
    ),
    clashes("nothing pairs: L4", [A, B], [X], [with_r(A), B], "list "),
    clashes("scalars never pair", ["a", "b"], ["x", "a2", "b2"], ["A", "b"], "list "),
    # L7: crossing, and moved from one run to another
    clashes(
        "shifted across each other and edited, edited by the other",
        [A, B],
        [with_r(B), with_r(A)],
        [with_q(A), B],
        "list ",
    ),
    stays(
        "shifted across each other and edited, the one in place edited",
        [A, B],
        [with_r(B), with_r(A)],
        [A, with_q(B)],
        [with_q(with_r(B)), with_r(A)],
    ),
    clashes("moved and edited, deleted by the other", [A, B, C], [B, C, with_r(A)], [B, C], "list "),
    clashes(
        "moved and edited, edited by the other", [A, B, C], [B, C, with_r(A)], [with_q(A), B, C], "list "
    ),
    stays(
        "moved and edited, left alone by the other",
        [A, B, C],
        [B, C, with_r(A)],
        [A, B, with_r(C)],
        [B, with_r(C), with_r(A)],
    ),
    stays(
        "moved and edited by both alike",
        [A, B, C],
        [B, C, with_r(A)],
        [B, with_r(C), with_r(A)],
        [B, with_r(C), with_r(A)],
    ),
    # L2 and moves
    stays(
        "moved here by one, an equal one inserted by the other",
        list("abc"),
        list("bca"),
        list("abca"),
        list("bcaa"),
    ),
    stays(
        "moved here by both, edited elsewhere by one", list("abcd"), list("bcda"), list("bCda"), list("bCda")
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_shifted_lists(row: Row) -> None:
    check(row)


def test_a_tie_shows_its_stretch_alone() -> None:
    base = {"l": [A, item(), B]}
    draft = {"l": [A, item(n=1), item(n=2), B]}
    canonical = {"l": [with_r(A), item(s=9), B]}

    result = rebase_patch(base, canonical, diff(base, draft))

    (conflict,) = result.conflicts
    assert (conflict.path, conflict.base, conflict.draft, conflict.canonical) == (
        "/l",
        [item()],
        [item(n=1), item(n=2)],
        [item(s=9)],
    )
    assert result.document == {"l": [with_r(A), item(s=9), B]}


def variants(n: int) -> list[dict[str, Any]]:
    element = apart(n)
    return [element, {**element, "r": "edited"}]


def arrangements(of: str) -> list[list[dict[str, Any]]]:
    """Each order of each choice of the elements, each as it was or edited."""
    found = []
    for size in range(len(of) + 1):
        for chosen in permutations(of, size):
            found += [list(each) for each in product(*(variants(int(n)) for n in chosen))]
    return found


@pytest.mark.long
def test_every_pair_of_edits_of_two_objects() -> None:
    """Each side removes, moves, edits and inserts at will: mirrored alike, and in a clean merge each element that both
    kept, and each that one inserted, is there once, with the edits that were made."""
    base = [apart(1), apart(2)]
    for draft, canonical in product(arrangements("123"), arrangements("124")):
        result = rebase_patch(base, canonical, [{"op": "replace", "path": "", "value": draft}])
        mirrored = rebase_patch(base, draft, [{"op": "replace", "path": "", "value": canonical}])
        assert [c.path for c in result.conflicts] == [c.path for c in mirrored.conflicts]
        if result.status != "clean":
            continue
        assert result.document == mirrored.document
        assert_holds_both(base, draft, canonical, present(result.document))


def assert_holds_both(base: Any, draft: Any, canonical: Any, merged: Any) -> None:
    sides = [{e["n"]: e for e in side} for side in (base, draft, canonical, merged)]
    of_base, of_draft, of_canonical, of_merged = sides
    assert len(of_merged) == len(merged)
    for n in {*of_base, *of_draft, *of_canonical}:
        kept = (n in of_draft and n in of_canonical) if n in of_base else True
        assert (n in of_merged) == kept, (n, draft, canonical, merged)
        for name in "pqrst":
            values = [side.get(n, {}).get(name) for side in sides]
            changed = [value for value in values[1:3] if value is not None and value != values[0]]
            if kept and changed:
                assert values[3] in changed, (n, name, draft, canonical, merged)


@st.composite
def shifted(draw: st.DrawFn, base: list[dict[str, Any]], first: int) -> list[dict[str, Any]]:
    """The list after some elements were edited, removed, moved and inserted."""
    side = [dict(element) for element in base]
    for number in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(side)))
        how = draw(st.integers(0, 5))
        if how == 0 or not side:
            side.insert(at, apart(first + number))
        elif how == 1:
            side.pop(min(at, len(side) - 1))
        elif how == 2:
            side.insert(at, side.pop(draw(st.integers(0, len(side) - 1))))
        else:
            element = side[min(at, len(side) - 1)]
            element[draw(st.sampled_from("pqrst"))] = f"{first}-{number}"
    return side


@given(st.integers(0, 6), st.data())
def test_no_element_and_no_edit_is_lost_or_doubled(length: int, data: st.DataObject) -> None:
    base = [apart(n) for n in range(length)]
    draft, canonical = data.draw(shifted(base, 100)), data.draw(shifted(base, 200))
    result = rebase_patch(base, canonical, diff(base, draft))
    mirrored = rebase_patch(base, draft, diff(base, canonical))
    assert sorted(c.path for c in result.conflicts) == sorted(c.path for c in mirrored.conflicts)
    if result.status == "clean":
        assert result.document == mirrored.document
        assert_holds_both(base, draft, canonical, present(result.document))


alike = st.fixed_dictionaries(
    {"p": st.sampled_from("ab"), "q": st.sampled_from("ab"), "r": st.sampled_from("ab")},
    optional={"id": st.integers(1, 3), "name": st.sampled_from("xyz"), "s": st.just(1)},
)


@pytest.mark.long
@given(*(st.lists(st.one_of(alike, st.sampled_from("ab")), max_size=5) for _ in range(3)))
def test_whatever_the_elements_both_directions_agree(base: Any, draft: Any, canonical: Any) -> None:
    result = rebase_patch(base, canonical, [{"op": "replace", "path": "", "value": draft}])
    mirrored = rebase_patch(base, draft, [{"op": "replace", "path": "", "value": canonical}])
    assert result.status == mirrored.status
    assert sorted(c.path for c in result.conflicts) == sorted(c.path for c in mirrored.conflicts)
    if result.status == "clean":
        assert result.document == mirrored.document
        merged = present(result.document)
        texts = Counter(e for e in merged if isinstance(e, str))
        for text in "ab":  # of equal ones each side may have removed another, and no more than these are gone
            times = [side.count(text) for side in (base, draft, canonical)]
            assert texts[text] >= times[0] - sum(max(times[0] - of_side, 0) for of_side in times[1:])


@pytest.mark.parametrize("edits", [1000, 3000])
def test_many_scattered_edits_are_told_apart(edits: int) -> None:
    base = [f"line {n}" for n in range(4 * edits)]
    draft = [f"edited {n}" if n % 4 == 0 else line for n, line in enumerate(base)]
    canonical = [f"other {n}" if n % 4 == 2 else line for n, line in enumerate(base)]

    result = rebase_patch(base, canonical, [{"op": "replace", "path": "", "value": draft}])

    assert result.status == "clean"
    assert sum(line.startswith("edited") for line in present(result.document)) == edits
    assert sum(line.startswith("other") for line in present(result.document)) == edits


def test_many_scattered_edits_are_many_small_conflicts() -> None:
    base = [{"n": n, "a": 1, "b": 2, "c": 3} for n in range(6000)]
    draft = [{**e, "a": "draft"} if n % 2 else e for n, e in enumerate(base)]
    canonical = [{**e, "a": "canonical"} if n % 2 else e for n, e in enumerate(base)]

    result = rebase_patch(base, canonical, [{"op": "replace", "path": "", "value": draft}])

    assert len(result.conflicts) == 3000
    assert result.conflicts[0].path == "/1/a"


def test_elements_that_both_have_once_are_anchors() -> None:
    old = [f"{n}" for n in range(5000)]
    new = [f"{n}" if n % 2 else f"new {n}" for n in range(5000)]

    assert align(old, new) == [(n, n) for n in range(5000) if n % 2]


@pytest.mark.parametrize("cases", [range(400), pytest.param(range(400, 20_000), marks=pytest.mark.long)])
def test_no_generated_merge_is_silently_wrong(cases: range) -> None:
    verdicts = {generated(case) for case in cases}
    assert not verdicts & {"wrong", "clean, both wrote one place"}


def test_a_member_added_to_all_of_a_long_list_hides_no_other_edit() -> None:
    base = [{"type": "record", "lang": "en", "rank": 1, "n": n} for n in range(600)]
    canonical = [{**base[0], "n": -1}] + [{**element, "status": "active"} for element in base]
    draft = [{**element, "rank": 2} if n % 7 == 0 else element for n, element in enumerate(base)]

    result = rebase_patch(base, canonical, diff(base, draft))

    assert result.status == "clean"
    assert result.document == canonical[:1] + [
        {**element, "rank": drafted["rank"]} for element, drafted in zip(canonical[1:], draft, strict=True)
    ]
