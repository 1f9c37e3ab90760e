"""C1: members that follow canonical."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from merge_rows import Row, clashes, stays
from sandbox import present

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical
from gitdraft.documents.rebase import rebase_patch
from gitdraft.documents.rebase_change import rebase_change
from gitdraft.model.changes import Create, Delete, Update
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import Canonical
from gitdraft.model.outcomes import Absent, Live
from gitdraft.model.values import ABSENT

STAMP = {"/at": {"type": "canonical"}}
IN_MAP = {"/pages/*/at": {"type": "canonical"}}
KEYED = {"/items": {"type": "keyed", "key": ["id"]}, "/items/*/at": {"type": "canonical"}}
ORDERED = {"/items/*/at": {"type": "canonical"}}
KEPT = "canonical-kept"


def item(key: str, at: int, **members: Any) -> dict[str, Any]:
    return {"id": key, "at": at, "x": 1, "y": 1, **members}


def listed(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(items)}


A, B, C = item("a", 1), item("b", 1), item("c", 1)

ROWS = [
    stays("the draft alone", {"at": 1}, {"at": 2}, {"at": 1, "z": 1}, {"at": 2, "z": 1}, lists=STAMP),
    stays("canonical alone", {"at": 1}, {"at": 1, "z": 1}, {"at": 2}, {"at": 2, "z": 1}, lists=STAMP),
    stays("both", {"at": 1}, {"at": 2, "z": 1}, {"at": 3}, {"at": 3, "z": 1}, f"{KEPT} /at", lists=STAMP),
    stays("both, the same", {"at": 1}, {"at": 2, "z": 1}, {"at": 2.0}, {"at": 2.0, "z": 1}, lists=STAMP),
    stays(
        "the draft removes it", {"at": 1}, {"z": 1}, {"at": 3}, {"at": 3, "z": 1}, f"{KEPT} /at", lists=STAMP
    ),
    stays("canonical removes it", {"at": 1}, {"at": 2, "z": 1}, {}, {"z": 1}, f"{KEPT} /at", lists=STAMP),
    stays("both add it", {}, {"at": 1, "z": 1}, {"at": 2}, {"at": 2, "z": 1}, f"{KEPT} /at", lists=STAMP),
    stays(
        "whole, never merged inside",
        {"at": {"n": 1, "m": 1}},
        {"at": {"n": 2, "m": 1}},
        {"at": {"n": 1, "m": 2}},
        {"at": {"n": 1, "m": 2}},
        f"{KEPT} /at",
        lists=STAMP,
    ),
    stays(
        "an object that the draft removed",
        {"pages": {"p": {"at": 1, "t": 1}}},
        {"pages": {}},
        {"pages": {"p": {"at": 2, "t": 1}}},
        {"pages": {}},
        lists=IN_MAP,
    ),
    clashes(
        "and canonical changed",
        {"pages": {"p": {"at": 1, "t": 1}}},
        {"pages": {}},
        {"pages": {"p": {"at": 2, "t": 2}}},
        "delete/modify /pages/p",
        lists=IN_MAP,
    ),
    stays(
        "an object that canonical removed",
        {"pages": {"p": {"at": 1, "t": 1}}},
        {"pages": {"p": {"at": 2, "t": 1}}},
        {"pages": {}},
        {"pages": {}},
        f"{KEPT} /pages/p/at",
        lists=IN_MAP,
    ),
    stays(
        "an item that the draft removed",
        listed(A, B),
        listed(A),
        listed(A, item("b", 2)),
        listed(A),
        lists=KEYED,
    ),
    stays(
        "an item that canonical removed",
        listed(A, B),
        listed(A, item("b", 2)),
        listed(A),
        listed(A),
        f'{KEPT} /items/{{"id":"b"}}/at',
        lists=KEYED,
    ),
    clashes(
        "an item that canonical removed and the draft edited",
        listed(A, B),
        listed(A, item("b", 2, x=2)),
        listed(A),
        'modify/delete /items/{"id":"b"}',
        lists=KEYED,
    ),
    stays(
        "an element that the draft removed",
        listed(A, B),
        listed(A),
        listed(A, item("b", 2)),
        listed(A),
        lists=ORDERED,
    ),
    stays(
        "an element that canonical removed",
        listed(A, B),
        listed(A, item("b", 2)),
        listed(A),
        listed(A),
        f"{KEPT} /items/1/at",
        lists=ORDERED,
    ),
    stays(
        "an element that both raised",
        listed(A, B),
        listed(A, item("b", 2)),
        listed(A, item("b", 3)),
        listed(A, item("b", 3)),
        f"{KEPT} /items/1/at",
        lists=ORDERED,
    ),
    stays(
        "edited by the draft, raised by canonical",
        listed(A, B),
        listed(A, item("b", 1, x=2)),
        listed(A, item("b", 3)),
        listed(A, item("b", 3, x=2)),
        lists=ORDERED,
    ),
    stays(
        "edited by canonical, raised by the draft",
        listed(A, B),
        listed(A, item("b", 3)),
        listed(A, item("b", 1, x=2)),
        listed(A, item("b", 3, x=2)),
        lists=ORDERED,
    ),
    stays(
        "moved by canonical, raised by the draft",
        listed(A, B, C),
        listed(item("a", 2), B, C),
        listed(B, C, A),
        listed(B, C, item("a", 2)),
        lists=ORDERED,
    ),
    stays(
        "moved and raised by canonical, raised by the draft",
        listed(A, B, C),
        listed(item("a", 2), B, C),
        listed(B, C, item("a", 3)),
        listed(B, C, item("a", 3)),
        f"{KEPT} /items/0/at",
        lists=ORDERED,
    ),
    stays(
        "moved by the draft, raised by canonical",
        listed(A, B, C),
        listed(B, C, A),
        listed(item("a", 2), B, C),
        listed(B, C, item("a", 2)),
        lists=ORDERED,
    ),
    stays(
        "moved by both alike, raised by both",
        listed(A, B, C),
        listed(B, C, item("a", 2)),
        listed(B, C, item("a", 3)),
        listed(B, C, item("a", 3)),
        f"{KEPT} /items/0/at",
        lists=ORDERED,
    ),
    stays(
        "put by both in the place of another, and different in it alone",
        listed(A, B),
        listed(item("n", 2), B),
        listed(item("n", 3), B),
        listed(item("n", 3), B),
        f"{KEPT} /items/0/at",
        lists=ORDERED,
    ),
    stays(
        "rewritten by both, and different in it alone",
        listed(A, B),
        listed(item("n", 2), item("m", 2), item("o", 2), B),
        listed(item("n", 3), item("m", 3), item("o", 3), B),
        listed(item("n", 3), item("m", 3), item("o", 3), B),
        f"{KEPT} /items",
        lists=ORDERED,
    ),
    stays(
        "inserted by both, and different in it alone",
        listed(A),
        listed(A, item("n", 2)),
        listed(A, item("n", 3)),
        listed(A, item("n", 3)),
        f"{KEPT} /items",
        lists=ORDERED,
    ),
    clashes(
        "what merely contains one",
        {"at": 1, "t": 1},
        {"at": 2, "t": 2},
        {"at": 3, "t": 3},
        "modify/modify /t",
        lists=STAMP,
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_followers(row: Row) -> None:
    declared: Any = {"lists": row.lists}
    result = rebase_patch(row.base, row.canonical, diff(row.base, row.draft), **declared)
    assert [f"{c.type} {c.path}" for c in result.conflicts] == list(row.conflicts)
    if row.merged is not None:
        assert [f"{w.type} {w.path}" for w in result.warnings] == list(row.warnings)
        assert json.dumps(result.document) == row.merged
        again = rebase_patch(row.canonical, row.canonical, result.patch, **declared)
        assert identical(again.document, result.document)
    mirrored = rebase_patch(row.base, row.draft, diff(row.base, row.canonical), **declared)
    assert mirrored.status == result.status


def test_where_all_of_the_draft_gives_way_it_is_empty() -> None:
    result = rebase_patch({"at": 1}, {"at": 3}, diff({"at": 1}, {"at": 2}), lists=STAMP)
    assert (result.status, result.patch_kind, result.patch) == ("clean", "empty", ())


def test_a_guard_on_it_stays_a_guard() -> None:
    patch: Any = [{"op": "test", "path": "/at", "value": 1}, {"op": "add", "path": "/z", "value": 1}]
    assert rebase_patch({"at": 1}, {"at": 2}, patch, lists=STAMP).status == "conflict"
    moved = rebase_patch(
        listed(A, B),
        listed(item("z", 5), item("a", 2), B),
        [
            {"op": "test", "path": "/items/0/x", "value": 1},
            {"op": "replace", "path": "/items/1/y", "value": 2},
        ],
        lists=ORDERED,
    )
    assert moved.status == "clean"
    assert moved.patch[0]["path"] == "/items/1/x"


ENTITY = EntityRef("page", "P")
RULES = ((("at",), Canonical()),)


def outcome(change: Any, base: Any, canonical: Any) -> tuple[str, str, list[str], list[str]]:
    report = rebase_change(change, base, canonical, RULES).report
    return report.status, report.patch, [c.type for c in report.conflicts], [w.path for w in report.warnings]


def test_whole_entities() -> None:
    base, raised, edited = Live({"at": 1, "t": 1}), Live({"at": 2, "t": 1}), Live({"at": 2, "t": 2})
    raise_at = Update(ENTITY, diff(base.document, {"at": 5, "t": 1}))
    assert outcome(raise_at, base, Absent()) == ("clean", "empty", [], ["/at"])
    edit = Update(ENTITY, diff(base.document, {"at": 5, "t": 5}))
    assert outcome(edit, base, Absent()) == ("conflict", "verbatim", ["modify/delete"], [])
    assert outcome(Delete(ENTITY, "why"), base, raised) == ("clean", "verbatim", [], [])
    assert outcome(Delete(ENTITY, "why"), base, edited) == ("conflict", "verbatim", ["delete/modify"], [])
    create = Create(ENTITY, {"at": 9, "t": 1})
    assert outcome(create, Absent(), Absent()) == ("clean", "verbatim", [], [])
    assert outcome(create, Absent(), raised) == ("clean", "empty", [], ["/at"])
    assert outcome(create, Absent(), edited) == ("conflict", "verbatim", ["create/create"], [])


def test_a_patch_of_it_alone_is_absorbed_where_the_entity_is_gone() -> None:
    result = rebase_patch({"at": 1}, ABSENT, diff({"at": 1}, {"at": 2}), lists=STAMP)
    assert (result.status, result.patch_kind) == ("clean", "empty")


elements = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 2)), unique_by=lambda pair: pair[0], max_size=4
)


@given(elements, elements, elements, st.booleans())
def test_raising_it_on_a_side_never_makes_a_conflict_and_changes_nothing_else(
    base: Any, draft: Any, canonical: Any, is_keyed: bool
) -> None:
    """With other values of the followers the merge is the same but for them."""
    lists: Any = KEYED if is_keyed else ORDERED

    def raised(pairs: Any) -> dict[str, Any]:
        return listed(*(item(key, at) for key, at in pairs))

    def flat(pairs: Any) -> dict[str, Any]:
        return listed(*(item(key, 0) for key, _ in pairs))

    with_stamps = rebase_patch(raised(base), raised(canonical), diff(raised(base), raised(draft)), lists)
    without = rebase_patch(flat(base), flat(canonical), diff(flat(base), flat(draft)), lists)

    assert [(c.type, c.path) for c in with_stamps.conflicts] == [(c.type, c.path) for c in without.conflicts]
    shown = [[element["id"] for element in present(r.document)["items"]] for r in (with_stamps, without)]
    assert shown[0] == shown[1]
    of_canonical = dict(canonical)
    of_base, of_draft = dict(base), dict(draft)
    if with_stamps.status == "clean":
        for element in present(with_stamps.document)["items"]:
            key = element["id"]
            if key in of_base and key in of_canonical and of_canonical[key] != of_base[key]:
                assert element["at"] == of_canonical[key]
            elif key in of_base and key in of_draft:
                assert element["at"] == of_draft[key]
