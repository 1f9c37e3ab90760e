"""L1 to L7 (L8: test_merging_shifted_lists.py): lists whose elements have no identity. Rows are the root list; a list inside is its own."""

from __future__ import annotations

from itertools import permutations, product

import pytest
from merge_rows import Row, check, clashes, stays
from sandbox import present

from gitdraft.documents.rebase import rebase_patch


def chars(base: str, draft: str, canonical: str) -> tuple[list[str], list[str], list[str]]:
    return list(base), list(draft), list(canonical)


ROWS = [
    # L1: different slots never conflict
    stays("both ends", *chars("ab", "ab2", "1ab"), list("1ab2")),
    stays("neighbours replaced", *chars("abcd", "aBcd", "abCd"), list("aBCd")),
    stays("neighbours deleted", *chars("abcd", "acd", "abd"), list("ad")),
    stays("an insertion before a replaced element", *chars("abc", "axbc", "aBc"), list("axBc")),
    stays("an insertion after a replaced element", *chars("abc", "abxc", "aBc"), list("aBxc")),
    stays("an insertion before a deleted element", *chars("abc", "axbc", "ac"), list("axc")),
    stays("an insertion after a deleted element", *chars("abc", "abxc", "ac"), list("axc")),
    stays("insertions in different gaps", *chars("abc", "axbc", "abyc"), list("axbyc")),
    stays("a replaced element beside a deleted one", *chars("abcd", "aBcd", "abd"), list("aBd")),
    stays("an edit moved on by insertions before it", *chars("abc", "abC", "xyabc"), list("xyabC")),
    stays(
        "an empty list filled by one side",
        {"l": [], "n": 1},
        {"l": [1], "n": 1},
        {"l": [], "n": 2},
        {"l": [1], "n": 2},
    ),
    stays("the same deletion and more", *chars("abcde", "ade", "acde"), list("ade")),
    stays("duplicates, one more at the end", *chars("xxy", "xxyx", "wxxy"), list("wxxyx")),
    stays("duplicates, one less", *chars("xxy", "xy", "xxyz"), list("xyz")),
    clashes("one element, differently", *chars("abc", "aXc", "aYc"), "modify/modify /1"),
    clashes("one element, at its place in the base", *chars("abc", "aXc", "12aYc"), "modify/modify /1"),
    clashes("two elements of two", *chars("abc", "XbY", "MbN"), "modify/modify /0", "modify/modify /2"),
    clashes("the only element", [1], [2], [3], "modify/modify /0"),
    # L2: one gap
    stays("both append the same", *chars("a", "ax", "ax"), list("ax")),
    stays("both insert the same, and each something else", *chars("abc", "axbc2", "1axbc"), list("1axbc2")),
    stays("both append one number", [0], [0, 1.0], [0, 1], [0, 1]),
    stays("both fill an empty list the same way", *chars("", "xy", "xy"), list("xy")),
    clashes("both append", *chars("a", "ax", "ay"), "list "),
    clashes("both prepend", *chars("a", "xa", "ya"), "list "),
    clashes("both insert in the middle", *chars("ab", "axb", "ayb"), "list "),
    clashes("both fill an empty list", *chars("", "x", "y"), "list "),
    clashes("the same values in another order", *chars("a", "axy", "ayx"), "list "),
    clashes("one inserts more than the other", *chars("a", "axy", "ax"), "list "),
    clashes("in a list inside", {"x": {"l": [1]}}, {"x": {"l": [1, 2]}}, {"x": {"l": [1, 3]}}, "list /x/l"),
    clashes("it subsumes conflicts inside it", *chars("abc", "Xbcx", "Ybcy"), "list "),
    # L3
    stays("both delete it", *chars("abc", "ac", "ac"), list("ac")),
    stays("one clears, the other deletes one", *chars("abc", "", "ac"), []),
    clashes("replaced against deleted", *chars("abc", "aXc", "ac"), "modify/delete /1"),
    clashes("cleared against one replaced", *chars("abc", "", "aBc"), "delete/modify /1"),
    clashes("two replaced, one of them deleted", *chars("abcd", "aXYd", "acd"), "modify/delete /1"),
    # L4
    stays("a rewritten region beside an edit", *chars("abcd", "xyzcd", "abcD"), list("xyzcD")),
    stays("a rewritten region beside its neighbour's edit", *chars("abcd", "xyzcd", "abCd"), list("xyzCd")),
    stays("the same region", *chars("abcd", "xyzcd", "xyzcd"), list("xyzcd")),
    stays("the same region, and more by one side", *chars("abcd", "xyzcd", "xyzcdD"), list("xyzcdD")),
    stays("a shrunk region with an insertion at its border", *chars("abcde", "aXe", "aNbcde"), list("aNXe")),
    clashes("a region and an edit inside", *chars("abcd", "xyzcd", "aBcd"), "list "),
    clashes("a region and a deletion inside", *chars("abcd", "xyzcd", "acd"), "list "),
    clashes("a region and an insertion inside", *chars("abcd", "xyzcd", "aNbcd"), "list "),
    clashes("a grown region and an insertion at its border", *chars("abcd", "xyzcd", "abNcd"), "list "),
    clashes("a shrunk region and an insertion inside", *chars("abcde", "aXe", "abNcde"), "list "),
    clashes("regions that overlap", *chars("abcde", "wxyzde", "abpqrs"), "list "),
    clashes("regions of one place, different values", *chars("abc", "xyc", "pqrc"), "list "),
    # L5
    stays(
        "members of one element",
        [{"n": "x", "u": 0, "v": 1, "w": 1}],
        [{"n": "x", "u": 0, "v": 5, "w": 1}],
        [{"n": "x", "u": 0, "v": 1, "w": 2}],
        [{"n": "x", "u": 0, "v": 5, "w": 2}],
    ),
    stays(
        "a member added to one element by each",
        [{"a": 1, "b": 1}],
        [{"a": 1, "b": 1, "o": 1}],
        [{"a": 1, "b": 1, "t": 1}],
        [{"a": 1, "b": 1, "o": 1, "t": 1}],
    ),
    stays(
        "an element moved on by an insertion",
        [{"a": 1, "b": 1, "c": 1}],
        [{"a": 1, "b": 1, "c": 2}],
        [0, {"a": 1, "b": 1, "c": 1}],
        [0, {"a": 1, "b": 1, "c": 2}],
    ),
    stays("inner lists", [[1, 2, 3]], [[1, 2, 3, 4]], [[0, 1, 2, 3]], [[0, 1, 2, 3, 4]]),
    stays(
        "an object in a list in an object",
        {"l": [{"a": 1, "b": 1, "l": [1, 2, 3]}]},
        {"l": [{"a": 1, "b": 1, "l": [0, 1, 2, 3]}]},
        {"l": [{"a": 1, "b": 1, "l": [1, 2, 3, 4]}]},
        {"l": [{"a": 1, "b": 1, "l": [0, 1, 2, 3, 4]}]},
    ),
    stays(
        "a respelled number is no difference",
        [{"a": 1, "b": 1, "c": 1}],
        [{"a": 1.0, "b": 1, "c": 2}],
        [{"a": 1, "b": 2, "c": 1}],
        [{"a": 1.0, "b": 2, "c": 2}],
    ),
    clashes(
        "half of the members equal is another element",
        [{"n": "x", "v": 1}],
        [{"n": "x", "v": 2}],
        [{"n": "z", "v": 1}],
        "modify/modify /0",
    ),
    clashes(
        "the member of one element",
        [{"a": 1, "b": 1, "c": 1}],
        [{"a": 1, "b": 1, "c": 2}],
        [{"a": 1, "b": 1, "c": 3}],
        "modify/modify /0/c",
    ),
    clashes(
        "similar on one side only",
        [{"a": 1, "b": 1, "c": 1}],
        [{"a": 1, "b": 1, "c": 2}],
        [{"a": 9, "b": 9, "c": 1}],
        "modify/modify /0",
    ),
    *(
        clashes(
            f"another {name} is another element",
            [{name: 1, "a": 1, "b": 1, "c": 1, "d": 1}],
            [{name: 2, "a": 1, "b": 1, "c": 1, "d": 1}],
            [{name: 1, "a": 1, "b": 1, "c": 1, "d": 2}],
            "modify/modify /0",
        )
        for name in ("id", "@id", "_id", "key", "uuid", "guid")
    ),
    clashes("half of an inner list is another one", [[1, 2]], [[1, 3]], [[0, 2]], "modify/modify /0"),
    clashes("inner lists append", [[1, 2, 3]], [[1, 2, 3, 4]], [[1, 2, 3, 5]], "list /0"),
    clashes(
        "an object against a list",
        [{"a": 1, "b": 1, "c": 1}],
        [[1]],
        [{"a": 1, "b": 1, "c": 2}],
        "modify/modify /0",
    ),
    # L6
    stays("one neighbour deleted", *chars("abcd", "abxcd", "acd"), list("axcd")),
    stays("deleted after the insertion", *chars("abcd", "axbcd", "ad"), list("axd")),
    stays("appended, all before it deleted", *chars("ab", "abx", ""), list("x")),
    stays("prepended, all after it deleted", *chars("ab", "xab", ""), list("x")),
    stays("neighbours replaced, not deleted", *chars("abcd", "abxcd", "aBCd"), list("aBxCd")),
    clashes("both neighbours deleted", *chars("abcd", "abxcd", "ad"), "list "),
    clashes("all deleted around it", *chars("ab", "axb", ""), "list "),
    # L7
    stays("moved by one, another edited", *chars("abc", "aBc", "cab"), list("caB")),
    stays("moved by one, inserted elsewhere by the other", *chars("abcd", "dabc", "axbcd"), list("daxbc")),
    stays("moved by both to one place", *chars("abcd", "dabc", "dabc"), list("dabc")),
    stays("moved by both to one place, edited elsewhere", *chars("abcd", "dabc", "daBc"), list("daBc")),
    stays("an element moved by each", *chars("abcd", "dabc", "bcda"), list("dbca")),
    clashes("moves that cross: both have a before d", *chars("abcd", "bad", "adbc"), "list "),
    clashes("moved and edited", *chars("abc", "abC", "cab"), "list "),
    clashes("moved and deleted", *chars("abc", "ab", "cab"), "list "),
    clashes("moved by both to different places", *chars("abcd", "dabc", "adbc"), "list "),
    clashes(
        "an object moved and edited",
        [{"a": 1, "b": 1, "c": 1}, 2, 3],
        [{"a": 1, "b": 1, "c": 2}, 2, 3],
        [2, 3, {"a": 1, "b": 1, "c": 1}],
        "list ",
    ),
    clashes("swapped, one of them edited", *chars("abcd", "Abcd", "dbca"), "list "),
    stays("swapped around an edit", *chars("abxcd", "abXcd", "dbxca"), list("dbXca")),
]


@pytest.mark.parametrize("row", ROWS)
def test_ordered_lists(row: Row) -> None:
    check(row)


def arrangements(elements: str) -> list[list[str]]:
    return [list(chosen) for size in range(len(elements) + 1) for chosen in permutations(elements, size)]


def before_in(side: list[str]) -> set[tuple[str, str]]:
    """The pairs of which the first stands before the second."""
    return {(side[i], side[j]) for j in range(len(side)) for i in range(j)}


@pytest.mark.long
def test_every_pair_of_edits_of_a_short_list() -> None:
    """Each side deletes, moves and inserts at will, all 4,225 pairs: mirrored alike, and in a clean merge what
    both kept and what either inserted is there once, in the order that both sides agree on."""
    base = list("abc")
    for draft, canonical in product(arrangements("abcd"), arrangements("abcx")):
        result = rebase_patch(base, canonical, [{"op": "replace", "path": "", "value": draft}])
        mirrored = rebase_patch(base, draft, [{"op": "replace", "path": "", "value": canonical}])
        assert [c.path for c in result.conflicts] == [c.path for c in mirrored.conflicts]
        if result.status == "clean":
            merged = present(result.document)
            assert merged == mirrored.document
            assert sorted(merged) == sorted({*draft, *canonical} - ({*base} - ({*draft} & {*canonical})))
            assert before_in(draft) & before_in(canonical) <= before_in(merged)
