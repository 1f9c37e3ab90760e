"""K9: new items of sorted keyed lists and sets go to their sorted place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merge_rows import Row, check, stays
from sandbox import present

from gitdraft.documents.diff import diff
from gitdraft.documents.rebase import rebase_patch

KEYED = {"": {"type": "keyed", "key": ["id"]}}
SORTED = {"": {"type": "keyed", "key": ["id"], "order": "sorted"}}
BY_LABEL = {"": {"type": "keyed", "key": ["id"], "order": "sorted", "by": "/label"}}
FOLDED = {"": {"type": "keyed", "key": ["id"], "order": "sorted", "fold": True}}
UNFOLDED = {"": {"type": "keyed", "key": ["id"], "order": "sorted", "fold": False}}
SET = {"": {"type": "set"}}
SORTED_SET = {"": {"type": "set", "order": "sorted"}}


def items(spec: str) -> list[Any]:
    return [{"id": word} for word in spec.split()]


def keyed(name: str, base: str, draft: str, canonical: str, merged: str, lists: Any = KEYED) -> Any:
    return stays(name, items(base), items(draft), items(canonical), items(merged), lists=lists)


def members(name: str, base: str, draft: str, canonical: str, merged: str, lists: Any = SET) -> Any:
    return stays(name, base.split(), draft.split(), canonical.split(), merged.split(), lists=lists)


def labelled(*pairs: tuple[str, Any]) -> list[Any]:
    return [{"id": key} if label is ... else {"id": key, "label": label} for key, label in pairs]


ROWS = [
    keyed("both add", "a d g", "a d f g", "a b d g", "a b d f g"),
    keyed("both add into one gap", "a d g", "a d f g", "a d e g", "a d e f g"),
    keyed("the draft adds at the end", "a d g", "a d g e", "a d g z", "a d e g z"),
    keyed("both add at the end", "a d g", "a d g x", "a d g w", "a d g w x"),
    keyed("canonical removes a neighbour", "a d g", "a d f g", "a b g", "a b f g"),
    keyed("two in the base show no order", "a d", "a d b", "a d z", "a d z b"),
    keyed("two in the base, declared", "a d", "a d b", "a d z", "a b d z", SORTED),
    keyed("the base does not stand sorted", "d a g", "d a g b", "d a g z", "d a g z b"),
    keyed("canonical added elsewhere", "a d g", "a d f g", "a d g b", "a d f g b"),
    keyed("canonical added elsewhere, declared", "a d g", "a d f g", "a d g b", "a d f g b", SORTED),
    keyed("the draft put its own anywhere", "a d g", "f a d g", "a b d g", "a b d f g"),
    keyed("the draft reordered", "a d g", "d a g f", "a d g z", "d a g z f"),
    keyed("canonical sorted what is declared", "d a g", "d a g b", "a d g z", "a b d g z", SORTED),
    keyed("by code point", "A b c", "A b c B", "A b c d", "A B b c d"),
    keyed("casefolded", "a B c", "a B c b2", "a B c d", "a B b2 c d"),
    keyed("casefolded, ties by code point", "a B c", "a B c b", "a B c d", "a B b c d"),
    keyed("folded as declared", "a b c", "a b c B", "a b c d", "a B b c d", FOLDED),
    keyed("not folded as declared", "a b c", "a b c B", "a b c d", "B a b c d", UNFOLDED),
    keyed("not folded as declared, and folded in fact", "a B c", "a B c b", "a B c d", "a B c d b", UNFOLDED),
    stays(
        "one side alone added: taken as it is",
        items("a d g"),
        items("g2 a d g"),
        items("a d g"),
        items("g2 a d g"),
        lists=SORTED,
    ),
    stays(
        "kinds of keys",
        [{"id": None}, {"id": False}, {"id": 2}],
        [{"id": None}, {"id": False}, {"id": 2}, {"id": "a"}, {"id": 1.5}],
        [{"id": None}, {"id": False}, {"id": True}, {"id": 2}, {"id": 10}],
        [{"id": None}, {"id": False}, {"id": True}, {"id": 1.5}, {"id": 2}, {"id": 10}, {"id": "a"}],
        lists=KEYED,
    ),
    stays(
        "by a member, ties by the key",
        labelled(("x", "A"), ("y", "C")),
        labelled(("x", "A"), ("y", "C"), ("n", "B"), ("z", "C")),
        labelled(("x", "A"), ("m", "B"), ("y", "C")),
        labelled(("x", "A"), ("m", "B"), ("n", "B"), ("y", "C"), ("z", "C")),
        lists=BY_LABEL,
    ),
    stays(
        "by a member: none, and no scalar, count as null",
        labelled(("x", "A"), ("y", "C")),
        labelled(("x", "A"), ("y", "C"), ("n", ...)),
        labelled(("m", {"en": "B"}), ("x", "A"), ("y", "C")),
        labelled(("m", {"en": "B"}), ("n", ...), ("x", "A"), ("y", "C")),
        lists=BY_LABEL,
    ),
    stays(
        "a label that breaks the order",
        labelled(("x", "A"), ("y", "C"), ("z", "E")),
        labelled(("x", "X"), ("y", "C"), ("z", "E"), ("n", "B")),
        labelled(("x", "A"), ("y", "C"), ("z", "E"), ("m", "F")),
        labelled(("x", "X"), ("y", "C"), ("z", "E"), ("m", "F"), ("n", "B")),
        lists=BY_LABEL,
    ),
    stays(
        "a label that keeps the order stands between new ones",
        labelled(("x", "A"), ("y", "C"), ("z", "E")),
        labelled(("x", "A"), ("y", "D"), ("z", "E")),
        labelled(("x", "A"), ("y", "C"), ("m", "CX"), ("z", "E")),
        labelled(("x", "A"), ("m", "CX"), ("y", "D"), ("z", "E")),
        lists=BY_LABEL,
    ),
    members("set: both add", "a d g", "a d f g", "a b d g", "a b d f g"),
    members("set: the draft adds at the end", "a d g", "a d g e", "a d g z", "a d e g z"),
    members("set: two in the base show no order", "a d", "a d b", "a d z", "a d z b"),
    members("set: two in the base, declared", "a d", "a d b", "a d z", "a b d z", SORTED_SET),
    members("set: canonical does not stand sorted", "a d g", "a d g e", "d a g z", "d a g z e", SORTED_SET),
    members("set: casefolded", "a B c", "a B c b2", "a B c d", "a B b2 c d"),
    members("set: a member that a side has twice", "a d g", "a a d g", "a d g z", "a d g z"),
    stays("set: numbers by value", [1, 5, 10], [1, 5, 10, 7], [1, 5, 9.5, 10], [1, 5, 7, 9.5, 10], lists=SET),
    stays("no list is sorted that is not declared", list("adg"), list("adgf"), list("zadg"), list("zadgf")),
]


@pytest.mark.parametrize("row", ROWS)
def test_sorted(row: Row) -> None:
    check(row)


words = st.text(alphabet="aAbBzß", min_size=1, max_size=2)
keys = st.one_of(words, st.integers(-2, 2), st.booleans(), st.none())


def fingerprints(values: list[Any]) -> list[str]:
    return sorted(f"{type(value).__name__} {value}" for value in values)


@given(
    st.sets(keys.map(lambda k: (type(k).__name__, k)), max_size=5),
    st.lists(keys, max_size=3),
    st.lists(keys, max_size=3),
    st.booleans(),
)
def test_no_member_is_lost_or_doubled_and_both_directions_agree(
    base: set[tuple[str, Any]], by_draft: list[Any], by_canonical: list[Any], is_keyed: bool
) -> None:
    def listed(values: list[Any]) -> list[Any]:
        once = list({f"{type(value).__name__} {value}": value for value in values}.values())
        return [{"id": value} for value in once] if is_keyed else once

    start = [value for _, value in sorted(base, key=str)]
    lists: Any = SORTED if is_keyed else SORTED_SET
    b, d, c = listed(start), listed([*start, *by_draft]), listed([*by_canonical, *start])

    merged = rebase_patch(b, c, diff(b, d), lists)
    mirrored = rebase_patch(b, d, diff(b, c), lists)

    assert merged.status == mirrored.status == "clean"
    expected = fingerprints(listed([*start, *by_draft, *by_canonical]))
    assert fingerprints(present(merged.document)) == fingerprints(present(mirrored.document)) == expected
    again = rebase_patch(c, c, merged.patch, lists)
    assert again.document == merged.document
