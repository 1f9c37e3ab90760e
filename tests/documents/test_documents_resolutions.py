"""An answer holds for exactly the conflict that it was given for, wherever the conflict is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.rebase import rebase_patch
from gitdraft.model.merge import Conflict, RebaseResult, Resolution
from gitdraft.model.values import ABSENT

LISTS = {"/k": {"type": "keyed", "key": ["id"]}, "/t": {"type": "text"}}
ENTRY = {"a": 1, "b": 2, "c": 3, "d": 4}


def answer(conflict: Conflict, value: Any) -> Resolution:
    return Resolution(conflict.path, conflict.type, conflict.canonical, conflict.draft, value)


def keys(*ids: str) -> list[Any]:
    return [{"id": key} for key in ids]


ROWS: list[tuple[str, Any, Any, Any, str, Any, Any]] = [
    # name, base, draft, canonical, path of the one conflict, the answer, the document
    ("modify/modify", {"a": 1}, {"a": 2}, {"a": 3}, "/a", 4, {"a": 4}),
    ("modify/modify, null", {"a": 1}, {"a": 2}, {"a": 3}, "/a", None, {"a": None}),
    ("modify/modify, nothing there", {"a": 1}, {"a": 2}, {"a": 3}, "/a", ABSENT, {}),
    ("modify/modify, deep down", {"x": {"a": 1}}, {"x": {"a": 2}}, {"x": {"a": 3}}, "/x/a", 2, {"x": {"a": 2}}),
    ("modify/modify of the whole", [1], {"a": 1}, "x", "", {"a": 1}, {"a": 1}),
    ("modify/delete, draft", {"a": 1}, {"a": 2}, {}, "/a", 2, {"a": 2}),
    ("modify/delete, canonical", {"a": 1, "b": 1}, {"a": 2, "b": 2}, {"b": 1}, "/a", ABSENT, {"b": 2}),
    ("delete/modify, draft", {"a": 1}, {}, {"a": 2}, "/a", ABSENT, {}),
    ("delete/modify, canonical", {"a": 1}, {"b": 1}, {"a": 2}, "/a", 2, {"a": 2, "b": 1}),
    ("add/add", {}, {"a": 1}, {"a": 2}, "/a", [1, 2], {"a": [1, 2]}),
    ("an element", [1, 2, 3], [1, 9, 3], [0, 1, 8, 3], "/1", 7, [0, 1, 7, 3]),
    ("an element, nothing there", [1, 2, 3], [1, 9, 3], [0, 1, 8, 3], "/1", ABSENT, [0, 1, 3]),
    ("list", {"l": [1]}, {"l": [1, 2]}, {"l": [1, 3]}, "/l", [1, 3, 2], {"l": [1, 3, 2]}),
    ("list, nothing there", {"l": [1]}, {"l": [1, 2]}, {"l": [1, 3]}, "/l", ABSENT, {}),
    ("text", {"t": "1\n"}, {"t": "2\n"}, {"t": "3\n"}, "/t", "2\n3\n", {"t": "2\n3\n"}),
    ("an item", {"k": [{"id": "a", "v": 1}]}, {"k": [{"id": "a", "v": 2}]}, {"k": []}, '/k/{"id":"a"}', {"id": "a", "v": 2}, {"k": [{"id": "a", "v": 2}]}),
    ("in an item", {"k": [{"id": "a", "v": 1}]}, {"k": [{"id": "a", "v": 2}]}, {"k": [{"id": "a", "v": 3}]}, '/k/{"id":"a"}/v', 2, {"k": [{"id": "a", "v": 2}]}),
    ("order, draft", {"k": keys(*"abc")}, {"k": keys(*"cab")}, {"k": keys(*"bact")}, "/k", keys(*"cab"), {"k": keys(*"ctab")}),
    ("order, canonical", {"k": keys(*"abc")}, {"k": keys(*"caob")}, {"k": keys(*"bac")}, "/k", keys(*"bac"), {"k": keys(*"baoc")}),
    ("order, a third, with a key twice and one that is none", {"k": keys(*"abc")}, {"k": keys(*"cab")}, {"k": keys(*"bac")}, "/k", keys(*"cbxca"), {"k": keys(*"cba")}),
    ("duplicate-key", {"k": keys("a", "b")}, {"k": [*keys("a", "b"), {"id": "a", "v": 1}]}, {"k": [{"id": "b", "v": 2}, *keys("a")]}, '/k/{"id":"a"}', {"id": "a", "v": 1}, {"k": [{"id": "b", "v": 2}, {"id": "a", "v": 1}]}),
    ("renamed against deleted, renamed", {"k2": 0, "m": ENTRY}, {"k2": 0, "n": ENTRY}, {"k2": 1}, "/m", ENTRY, {"k2": 1, "n": ENTRY}),
    ("renamed twice, draft", {"m": ENTRY}, {"n": ENTRY}, {"o": ENTRY}, "/m", {"n": ENTRY}, {"n": ENTRY}),
    ("renamed twice, canonical", {"m": ENTRY, "z": 0}, {"n": ENTRY, "z": 1}, {"o": ENTRY, "z": 0}, "/m", {"o": ENTRY}, {"o": ENTRY, "z": 1}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "draft", "canonical", "path", "value", "document"),
    [pytest.param(*row, id=name.replace(" ", "_")) for name, *row in ROWS],
)
def test_an_answered_conflict_is_none(
    base: Any, draft: Any, canonical: Any, path: str, value: Any, document: Any
) -> None:
    patch = diff(base, draft)
    (conflict,) = rebase_patch(base, canonical, patch, LISTS).conflicts
    assert conflict.path == path
    given = answer(conflict, value)

    result = rebase_patch(base, canonical, patch, LISTS, resolutions=[given])

    assert (result.status, result.conflicts) == ("clean", ())
    assert identical(result.document, document)
    assert identical(apply_patch(canonical, result.patch), document)
    again = rebase_patch(canonical, canonical, result.patch, LISTS)
    assert (again.status, again.patch) == ("clean", result.patch)


@pytest.mark.parametrize(("side", "document"), [("draft", {"a": 2, "b": 2}), ("canonical", {"a": 3, "b": 3})])
def test_all_answers_of_one_side_give_that_side(side: str, document: Any) -> None:
    base, draft, canonical = {"a": 1, "b": 1}, {"a": 2, "b": 2}, {"a": 3, "b": 3}
    found = rebase_patch(base, canonical, diff(base, draft)).conflicts
    given = [answer(conflict, getattr(conflict, side)) for conflict in found]
    result = rebase_patch(base, canonical, diff(base, draft), resolutions=given)
    assert (result.status, result.document) == ("clean", document)
    assert result.patch_kind == ("empty" if side == "canonical" else "verbatim")


def rebase_label(given: Resolution, canonical: Any = "C") -> RebaseResult:
    patch = [{"op": "replace", "path": "/label", "value": "D"}]
    return rebase_patch({"label": "B"}, {"label": canonical}, patch, resolutions=[given])


GIVEN = Resolution("/label", "modify/modify", "C", "D", "E")
OTHERS = [
    replace(GIVEN, path="/labels"),
    replace(GIVEN, type="add/add"),
    replace(GIVEN, canonical="c"),
    replace(GIVEN, canonical=ABSENT),
    replace(GIVEN, draft="d"),
]


def test_the_answer_holds() -> None:
    assert rebase_label(GIVEN).document == {"label": "E"}


@pytest.mark.parametrize("given", OTHERS)
def test_an_answer_to_another_conflict_does_not(given: Resolution) -> None:
    assert rebase_label(given).status == "conflict"


def test_it_does_not_hold_once_canonical_changed_the_place_again() -> None:
    assert rebase_label(GIVEN, canonical="CC").status == "conflict"
    assert rebase_label(replace(GIVEN, canonical=2), canonical=2.0).status == "clean"


def test_an_answered_guard_is_dropped() -> None:
    patch: list[dict[str, Any]] = [
        {"op": "test", "path": "/s", "value": "open"},
        {"op": "replace", "path": "/n", "value": 2},
    ]
    base, canonical = {"s": "open", "n": 1}, {"s": "closed", "n": 1}
    (conflict,) = rebase_patch(base, canonical, patch).conflicts
    result = rebase_patch(base, canonical, patch, resolutions=[answer(conflict, ABSENT)])
    assert (result.status, result.document) == ("clean", {"s": "closed", "n": 2})
    assert result.patch == ({"op": "replace", "path": "/n", "value": 2},)


def test_a_patch_cannot_leave_nothing_of_the_document() -> None:
    given = Resolution("", "list", [1, 3], [1, 2], ABSENT)
    assert rebase_patch([1], [1, 3], diff([1], [1, 2]), resolutions=[given]).status == "conflict"


def test_an_entity_that_is_gone_comes_back_as_a_whole() -> None:
    given = Resolution("", "modify/delete", ABSENT, {"a": 2}, {"a": 2})
    result = rebase_patch({"a": 1}, ABSENT, diff({"a": 1}, {"a": 2}), resolutions=[given])
    assert (result.status, result.document, result.patch_kind) == ("clean", {"a": 2}, "rewritten")
    assert result.patch == ({"op": "add", "path": "", "value": {"a": 2}},)
    dropped = replace(given, value=ABSENT)
    result = rebase_patch({"a": 1}, ABSENT, diff({"a": 1}, {"a": 2}), resolutions=[dropped])
    assert (result.status, result.document, result.patch_kind) == ("clean", ABSENT, "empty")
