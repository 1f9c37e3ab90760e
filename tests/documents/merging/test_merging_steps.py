"""Which rule saw a conflict, and what each rule did."""

from __future__ import annotations

from typing import Any

import pytest

from gitdraft import ABSENT, explain_patch, rebase_patch
from gitdraft.documents.diff import diff

E = {"a": 1, "b": 2, "c": 3, "d": 4}
KEYED = {"/l": {"type": "keyed", "key": ["id"]}}
RULES: list[tuple[str, Any, Any, Any, Any]] = [
    ("R3", {"a": 1}, {"a": 2}, {"a": 3}, None),
    ("R4", {"a": 1}, {}, {"a": 3}, None),
    ("R5", {"a": 1}, {"a": 2}, {}, None),
    ("R6", {}, {"a": 2}, {"a": 3}, None),
    ("R7", {"a": {"b": 1}}, {"a": {"b": 2}}, {"a": [1]}, None),
    ("R8", {"a": {"b": 1}}, {"a": {"b": 2}}, {"a": {"c": 1}}, {"/a": {"type": "atomic"}}),
    ("R9", {"a": "x\n"}, {"a": "y\n"}, {"a": "z\n"}, {"/a": {"type": "text"}}),
    ("R10", {"k": E}, {"n": E}, {"m": E}, None),
    ("L2", [1], [1, 2], [1, 3], None),
    ("L3", [1, 2], [1], [1, 3], None),
    ("L4", list("abcd"), list("xyzcd"), list("aBcd"), None),
    ("L5", [1], [2], [3], None),
    ("L6", list("abcd"), list("abxcd"), list("ad"), None),
    ("L7", list("abc"), list("abC"), list("cab"), None),
    ("L8", [E], [{**E, "a": 8}, {**E, "a": 9}], [{**E, "d": 7}], None),
    ("K2", {"l": []}, {"l": [{"id": 1, "v": 1}]}, {"l": [{"id": 1, "v": 2}]}, KEYED),
    ("K3", {"l": [{"id": 1, "v": 1}]}, {"l": []}, {"l": [{"id": 1, "v": 2}]}, KEYED),
    ("K5", {"l": []}, {"l": [{"id": 1}, {"id": 1}]}, {"l": [{"id": 2}]}, KEYED),
    ("E1", {"a": 1}, {"a": 2}, ABSENT, None),
]


@pytest.mark.parametrize(
    ("rule", "base", "draft", "canonical", "lists"), RULES, ids=[row[0] for row in RULES]
)
def test_a_conflict_says_its_rule(rule: str, base: Any, draft: Any, canonical: Any, lists: Any) -> None:
    patch = diff(base, draft)
    (conflict,) = rebase_patch(base, canonical, patch, lists).conflicts
    expected = (
        "R6" if rule == "K2" else rule
    )  # two objects of one key merge inside: the member is in conflict

    assert conflict.rule == expected
    result, steps = explain_patch(base, canonical, patch, lists)
    assert result == rebase_patch(base, canonical, patch, lists)
    assert (expected, conflict.path, f"conflict {conflict.type}") in [(s.rule, s.path, s.what) for s in steps]


def test_what_each_rule_did() -> None:
    base = {"a": 1, "n": 1, "l": [{"id": 1, "v": 1}], "s": ["x"], "z": 1}
    draft = {
        "a": 2,
        "d": 1,
        "n": 1.0,
        "l": [{"id": 0, "v": 0}, {"id": 1, "v": 1, "w": 1}],
        "s": ["x", "y"],
        "z": 2,
    }
    canonical = {"a": 1, "n": 2, "l": [{"id": 1, "v": 2}], "s": ["x", "w"], "z": 2}

    result, steps = explain_patch(base, canonical, diff(base, draft), {"/s": {"type": "set"}})

    assert result.status == "clean"
    assert [(step.rule, step.path, step.what) for step in steps] == [
        ("R2", "/a", "the draft alone changed it"),
        ("N1", "/n", "the draft's number is spelled otherwise: canonical's value"),
        ("L8", "/l", "the draft: 1 inserted, 1 replaced or edited, 1 known by what they are"),
        ("L8", "/l", "canonical: 1 replaced or edited, 1 known by what they are"),
        ("R2", "/l/0/v", "canonical alone changed it"),
        ("R2", "/l/0/w", "the draft alone added it"),
        ("O1", "/l/0/w", "new in the draft, stands behind 'v'"),
        ("SET", "/s", "membership merges"),
        ("R1", "/z", "both changed it alike"),
        ("R2", "/d", "the draft alone added it"),
        ("O1", "/d", "new in the draft, stands behind 'a'"),
    ]


def test_nothing_is_kept_where_nobody_asks() -> None:
    _, steps = explain_patch({"a": 1}, {"a": 1}, [{"op": "replace", "path": "/a", "value": 2}])

    assert [(step.rule, step.path) for step in steps] == [("R0", "")]


def test_a_new_member_of_a_sorted_set_says_why_it_stands_where_it_does() -> None:
    base, canonical, draft = list("abd"), list("abde"), list("abdc")
    _, steps = explain_patch(base, canonical, diff(base, draft), {"": {"type": "set"}})
    assert [step.rule for step in steps if step.path == ""] == ["SET", "K9"]


@pytest.mark.parametrize(
    ("draft", "canonical", "what"),
    [
        ([1, 2, 3, 9], [1, 2, 3, 9], None),
        ([1, 2, 3, 9], [0, 1, 2, 3, 9], "equal insertions in one gap stand once"),
        ([2, 3, 1], [0, 1, 2, 3, 1], "equal insertions in one gap stand twice where one was moved"),
    ],
)
def test_equal_insertions_say_how_often_they_stand(draft: Any, canonical: Any, what: str | None) -> None:
    _, steps = explain_patch([1, 2, 3], canonical, diff([1, 2, 3], draft))
    assert [step.what for step in steps if step.rule == "L2"] == ([] if what is None else [what])
