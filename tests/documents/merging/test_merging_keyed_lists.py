"""K1 to K8: lists of objects that have a key."""

from __future__ import annotations

from typing import Any

import pytest
from merge_rows import Row, check, clashes, kinds, stays
from sandbox import present

from gitdraft.documents.diff import diff
from gitdraft.documents.rebase import rebase_patch

RULE = {"": {"type": "keyed", "key": ["id"]}}
ANY_ORDER = {"": {"type": "keyed", "key": ["id"], "order": "ignore"}}
PORTS = {"": {"type": "keyed", "key": ["port", "proto"]}}
NESTED = {
    "": {"type": "keyed", "key": ["id"]},
    "/*/subs": {"type": "keyed", "key": ["n"]},
    "/*/tags": {"type": "set"},
}
CLAIMS = {
    "/claims/*": {"type": "keyed", "key": ["id"]},
    "/claims/*/*/quals/*": {"type": "keyed", "key": ["hash"]},
}


def items(spec: str) -> list[Any]:
    """`a b2`: item a, then item b with v 2; v is 0 where it is not given."""
    return [{"id": word[0], "v": int(word[1:] or 0)} for word in spec.split()]


def keyed(name: str, base: str, draft: str, canonical: str, merged: str, lists: Any = RULE) -> Any:
    return stays(name, items(base), items(draft), items(canonical), items(merged), lists=lists)


def unkeyed(name: str, base: str, draft: str, canonical: str, *conflicts: str, lists: Any = RULE) -> Any:
    return clashes(name, items(base), items(draft), items(canonical), *conflicts, lists=lists)


def port(number: Any, proto: str, name: str) -> dict[str, Any]:
    return {"port": number, "proto": proto, "n": name}


ROWS = [
    # K1
    keyed("an edit each", "a b", "a1 b", "a b2", "a1 b2"),
    keyed("an edit follows its item to another place", "a b c", "a b c3", "c a b", "c3 a b"),
    keyed("an edit follows its item past insertions", "a b", "a b2", "x y a b", "x y a b2"),
    keyed("an edit, other items deleted", "a b c", "a b c3", "c", "c3"),
    unkeyed("one member of one item", "a b", "a b1", "b2 a", 'modify/modify /{"id":"b"}/v'),
    unkeyed(
        "two items", "a b", "a1 b1", "a2 b2", 'modify/modify /{"id":"a"}/v', 'modify/modify /{"id":"b"}/v'
    ),
    stays(
        "a number as key, respelled",
        [{"id": 1, "v": 0, "w": 0}],
        [{"id": 1, "v": 5, "w": 0}],
        [{"id": 1.0, "v": 0, "w": 7}],
        [{"id": 1.0, "v": 5, "w": 7}],
        lists=RULE,
    ),
    stays(
        "true, 1 and the string 1 are three keys",
        [{"id": 1, "v": 0}],
        [{"id": 1, "v": 1}],
        [{"id": 1, "v": 0}, {"id": True, "v": 0}, {"id": "1", "v": 0}],
        [{"id": 1, "v": 1}, {"id": True, "v": 0}, {"id": "1", "v": 0}],
        lists=RULE,
    ),
    stays(
        "null is a key",
        [{"id": None, "v": 0}],
        [{"id": None, "v": 1}],
        [{"id": "x"}, {"id": None, "v": 0}],
        [{"id": "x"}, {"id": None, "v": 1}],
        lists=RULE,
    ),
    clashes(
        "a key with a slash and an accent",
        [{"id": "é/~", "v": 0}],
        [{"id": "é/~", "v": 1}],
        [{"id": "é/~", "v": 2}],
        'modify/modify /{"id":"é~1~0"}/v',
        lists=RULE,
    ),
    # K2
    keyed("both append", "a", "a o", "a t", "a t o"),
    keyed("both prepend", "a", "o a", "t a", "t o a"),
    keyed("both append two", "a", "a o p", "a t u", "a t u o p"),
    keyed("both append the same", "a", "a n1", "a n1", "a n1"),
    keyed("both add the same among others", "a", "a n o", "a t n", "a t n o"),
    unkeyed("both add it, differently", "a", "a n1", "a n2", 'add/add /{"id":"n"}/v'),
    stays(
        "both add it, disjoint members",
        [],
        [{"id": "n", "o": 1}],
        [{"id": "n", "t": 1}],
        [{"id": "n", "t": 1, "o": 1}],
        lists=RULE,
    ),
    # K3
    keyed("both delete it", "a b c", "a c", "a c", "a c"),
    keyed("each deletes another", "a b c", "b c", "a b", "b"),
    keyed("one empties, the other changed nothing there", "a b", "", "a b t", "t"),
    unkeyed("deleted by canonical, edited by the draft", "a b", "a b1", "a", 'modify/delete /{"id":"b"}'),
    unkeyed("deleted by the draft, edited by canonical", "a b", "a", "b1 a", 'delete/modify /{"id":"b"}'),
    unkeyed("emptied against an edit", "a b", "", "a b1", 'delete/modify /{"id":"b"}'),
    # K4
    keyed("the draft reorders, canonical edits", "a b c", "c a b", "a b2 c", "c a b2"),
    keyed("the draft reorders, canonical appends", "a b", "b a", "a b t", "b t a"),
    keyed("the draft reorders, canonical prepends", "a b", "b a", "t a b", "t b a"),
    keyed("the draft reorders, canonical deletes", "a b c", "c b a", "a c", "c a"),
    keyed("canonical reorders, the draft appends", "a b", "a b o", "b a", "b o a"),
    keyed("canonical reorders, the draft deletes", "a b c", "a c", "c b a", "c a"),
    keyed("both reorder the same way", "a b c", "c a b", "c a b2", "c a b2"),
    keyed("new items after their neighbours", "a b c", "a o b c", "a b t c", "a o b t c"),
    keyed("new items after one neighbour, canonical's first", "a b", "a o b", "a t u b", "a t u o b"),
    keyed("the neighbour of a new item was deleted", "c b a", "c b o a", "c a", "c o a"),
    keyed("all left neighbours of a new item were deleted", "c b a", "c b o a", "a", "o a"),
    keyed("both reorder, order ignored", "a b c", "c a b", "b a c", "b a c", lists=ANY_ORDER),
    keyed("both reorder and add, order ignored", "a b c", "c o a b", "b a c t", "b a c t o", lists=ANY_ORDER),
    unkeyed("both reorder differently", "a b c", "c a b", "b a c", "order "),
    unkeyed(
        "both reorder differently, and one item conflicts",
        "a b c",
        "c1 a b",
        "b a c2",
        "order ",
        'modify/modify /{"id":"c"}/v',
    ),
    unkeyed("both reorder what is left", "a b c d", "c b a", "b a c", "order "),
    # K7, K8
    stays(
        "composite keys",
        [port(53, "tcp", "a"), port(53, "udp", "b")],
        [port(53, "tcp", "a"), port(53, "udp", "B")],
        [port(53, "udp", "b"), port(53, "tcp", "A")],
        [port(53, "udp", "B"), port(53, "tcp", "A")],
        lists=PORTS,
    ),
    stays(
        "composite keys that differ in one part",
        [port(53, "tcp", "a")],
        [port(53, "tcp", "a"), port(53, "udp", "o")],
        [port(53, "tcp", "a"), port(80, "tcp", "t")],
        [port(53, "tcp", "a"), port(80, "tcp", "t"), port(53, "udp", "o")],
        lists=PORTS,
    ),
    clashes(
        "one item by a composite key",
        [port(53, "tcp", "a")],
        [port(53, "tcp", "b")],
        [port(53, "tcp", "c")],
        'modify/modify /{"port":53,"proto":"tcp"}/n',
        lists=PORTS,
    ),
    keyed("a changed key is a deletion and an addition", "a b", "a x", "a1 b", "a1 x"),
    unkeyed("a changed key of an edited item", "a b", "a x", "a b1", 'delete/modify /{"id":"b"}'),
    unkeyed("both change a key to one, differently", "a", "x1", "x2", 'add/add /{"id":"x"}/v'),
    # lists in items
    stays(
        "a keyed list in an item that moved",
        [{"id": 1, "subs": [{"n": 1, "v": 0}]}, {"id": 2}],
        [{"id": 1, "subs": [{"n": 1, "v": 1}]}, {"id": 2}],
        [{"id": 2}, {"id": 1, "subs": [{"n": 0}, {"n": 1, "v": 0}]}],
        [{"id": 2}, {"id": 1, "subs": [{"n": 0}, {"n": 1, "v": 1}]}],
        lists=NESTED,
    ),
    stays(
        "a set in an item",
        [{"id": 1, "tags": ["a"]}],
        [{"id": 1, "tags": ["a", "o"]}],
        [{"id": 1, "tags": ["a", "t"]}],
        [{"id": 1, "tags": ["a", "t", "o"]}],
        lists=NESTED,
    ),
    clashes(
        "a place in a keyed list in an item",
        [{"id": 1, "subs": [{"n": 1, "v": 0}]}],
        [{"id": 1, "subs": [{"n": 1, "v": 1}]}],
        [{"id": 1, "subs": [{"n": 1, "v": 2}]}],
        'modify/modify /{"id":1}/subs/{"n":1}/v',
        lists=NESTED,
    ),
    clashes(
        "an undeclared list in an item is ordered",
        [{"id": 1, "l": [1]}],
        [{"id": 1, "l": [1, 2]}],
        [{"id": 1, "l": [1, 3]}],
        'list /{"id":1}/l',
        lists=NESTED,
    ),
    stays(
        "declared by a pattern, an item each",
        {"claims": {"P1": [{"id": "s"}]}},
        {"claims": {"P1": [{"id": "s"}, {"id": "o"}]}},
        {"claims": {"P1": [{"id": "s"}, {"id": "t"}]}},
        {"claims": {"P1": [{"id": "s"}, {"id": "t"}, {"id": "o"}]}},
        lists=CLAIMS,
    ),
    stays(
        "declared by a pattern below items",
        {"claims": {"P1": [{"id": "s", "quals": {"Q": [{"hash": "x"}]}}]}},
        {"claims": {"P1": [{"id": "s", "quals": {"Q": [{"hash": "x"}, {"hash": "o"}]}}]}},
        {"claims": {"P1": [{"id": "s", "quals": {"Q": [{"hash": "t"}, {"hash": "x"}]}}]}},
        {"claims": {"P1": [{"id": "s", "quals": {"Q": [{"hash": "t"}, {"hash": "x"}, {"hash": "o"}]}}]}},
        lists=CLAIMS,
    ),
    # K6, from base or both sides
    stays(
        "no key, other elements",
        [{"v": 1}, {"id": "b"}],
        [{"v": 2}, {"id": "b"}],
        [{"v": 1}, {"id": "b"}, {"id": "t"}],
        [{"v": 2}, {"id": "b"}, {"id": "t"}],
        "not-keyed ",
        lists=RULE,
    ),
    stays(
        "scalars in the list",
        [1, {"id": "b"}],
        [1, 2, {"id": "b"}],
        [1, {"id": "b"}, 3],
        [1, 2, {"id": "b"}, 3],
        "not-keyed ",
        lists=RULE,
    ),
    stays(
        "a key that is an object",
        [{"id": {"x": 1}}],
        [{"id": {"x": 1}}, 1],
        [0, {"id": {"x": 1}}],
        [0, {"id": {"x": 1}}, 1],
        "not-keyed ",
        lists=RULE,
    ),
    clashes(
        "no key, both append",
        [{"v": 1}],
        [{"v": 1}, {"id": "o"}],
        [{"v": 1}, {"id": "t"}],
        "list ",
        lists=RULE,
    ),
    unkeyed("the base has a key twice", "a a1", "a a1 o", "a a1 t", "list "),
]


@pytest.mark.parametrize("row", ROWS)
def test_keyed_lists(row: Row) -> None:
    check(row)


ONE_SIDED = [
    ("the draft adds a key twice", "a b", "a b a5", "a b7", ['duplicate-key /{"id":"a"}']),
    ("the draft adds a new item twice", "a", "a n n1", "a1", ['duplicate-key /{"id":"n"}']),
    (
        "the draft gives an item the key of another",
        "a b",
        "a a",
        "a b1",
        ['delete/modify /{"id":"b"}', 'duplicate-key /{"id":"a"}'],
    ),
    ("canonical has a key twice: an ordered list", "a b", "a b o", "a b a5", ["list "]),
    ("nothing changed in canonical's list", "a b", "a b a", "a b", []),
]


@pytest.mark.parametrize(
    ("name", "base", "draft", "canonical", "expected"), ONE_SIDED, ids=lambda x: str(x).replace(" ", "_")
)
def test_a_key_twice(name: str, base: str, draft: str, canonical: str, expected: list[str]) -> None:
    """K5 is about the draft, K6 about what canonical has: these rows have no mirror."""
    assert name
    result = rebase_patch(items(base), items(canonical), diff(items(base), items(draft)), RULE)
    assert kinds(result) == expected


def test_an_order_conflict_shows_the_keys_that_all_sides_have() -> None:
    base, draft, canonical = items("a b c d"), items("c a b o"), items("b a c t")
    (conflict,) = rebase_patch(base, canonical, diff(base, draft), RULE).conflicts
    assert [
        [key["id"] for key in present(side)] for side in (conflict.base, conflict.draft, conflict.canonical)
    ] == [
        ["a", "b", "c"],
        ["c", "a", "b"],
        ["b", "a", "c"],
    ]


def test_a_duplicate_key_shows_the_last_of_the_draft() -> None:
    base, draft, canonical = items("a b"), items("a b a5 a6"), items("a1 b")
    (conflict,) = rebase_patch(base, canonical, diff(base, draft), RULE).conflicts
    assert (conflict.draft, conflict.canonical) == ({"id": "a", "v": 6}, {"id": "a", "v": 1})
