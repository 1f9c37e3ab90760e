"""R0 to R8, N1 to N3, S1 and S2: one value, three sides."""

from __future__ import annotations

import pytest
from merge_rows import Row, check, clashes, stays

ATOMIC = {"/dv": {"type": "atomic"}}
KEYED = {"/l": {"type": "keyed", "key": ["id"]}}
SET = {"/l": {"type": "set"}}

ROWS = [
    # R0, R1, R2
    stays("nobody changed anything", {"a": 1}, {"a": 1}, {"a": 1}, {"a": 1}),
    stays("one side each", {"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 2}),
    stays("the same edit twice", {"a": 1}, {"a": 2}, {"a": 2}, {"a": 2}),
    stays("the same deletion twice", {"a": 1, "b": 1}, {"b": 1}, {"b": 1}, {"b": 1}),
    stays("null is written by one side", {"a": 1, "b": 1}, {"a": None, "b": 1}, {"a": 1}, {"a": None}),
    stays(
        "inside one object",
        {"x": {"a": 1, "b": 1}},
        {"x": {"a": 2, "b": 1}},
        {"x": {"a": 1, "b": 3}},
        {"x": {"a": 2, "b": 3}},
    ),
    stays(
        "an empty object is filled, another emptied",
        {"x": {}, "y": {"a": 1}},
        {"x": {"b": 1}, "y": {"a": 1}},
        {"x": {}, "y": {}},
        {"x": {"b": 1}, "y": {}},
    ),
    # R3
    clashes("a scalar, differently", {"a": 1}, {"a": 2}, {"a": 3}, "modify/modify /a"),
    clashes("null against a value", {"a": 1}, {"a": None}, {"a": 3}, "modify/modify /a"),
    clashes("null is a value of the base", {"a": None}, {"a": 1}, {"a": 2}, "modify/modify /a"),
    clashes("false is not null", {"a": 0}, {"a": False}, {"a": None}, "modify/modify /a"),
    clashes("the empty string is a value", {"a": "x"}, {"a": ""}, {"a": "y"}, "modify/modify /a"),
    clashes(
        "two places are two conflicts",
        {"a": 1, "x": {"b": 1}},
        {"a": 2, "x": {"b": 2}},
        {"a": 3, "x": {"b": 3}},
        "modify/modify /a",
        "modify/modify /x/b",
    ),
    clashes(
        "a clean place beside does not hide it",
        {"a": 1, "b": 1, "c": 1},
        {"a": 2, "b": 2, "c": 1},
        {"a": 3, "b": 1, "c": 3},
        "modify/modify /a",
    ),
    # R4, R5
    clashes("canonical deleted what the draft changed", {"a": 1}, {"a": 2}, {}, "modify/delete /a"),
    clashes("the draft deleted what canonical changed", {"a": 1}, {}, {"a": 2}, "delete/modify /a"),
    clashes(
        "reported at the deleted node",
        {"x": {"y": {"z": 1, "w": 1}}},
        {"x": {"y": {"z": 2, "w": 3}}},
        {"x": {}},
        "modify/delete /x/y",
    ),
    clashes(
        "an addition below a deleted node", {"x": {"l": [1]}}, {"x": {"l": [1, 2]}}, {}, "modify/delete /x"
    ),
    clashes("null is no deletion", {"a": 1}, {}, {"a": None}, "delete/modify /a"),
    stays(
        "the last member deleted, another added",
        {"x": {"a": 1}},
        {"x": {}},
        {"x": {"a": 1, "b": 2}},
        {"x": {"b": 2}},
    ),
    # R6
    stays("both added the same", {}, {"a": {"x": [1]}}, {"a": {"x": [1]}}, {"a": {"x": [1]}}),
    stays(
        "both added an object, disjoint members",
        {},
        {"a": {"x": 1}},
        {"a": {"y": 2}},
        {"a": {"y": 2, "x": 1}},
    ),
    stays(
        "both added an object deep down",
        {},
        {"a": {"b": {"x": 1}}},
        {"a": {"b": {"y": 1}}},
        {"a": {"b": {"y": 1, "x": 1}}},
    ),
    stays("both added a set", {}, {"l": ["a", "o"]}, {"l": ["a", "t"]}, {"l": ["a", "t", "o"]}, lists=SET),
    stays(
        "both added a keyed list, one item in both",
        {},
        {"l": [{"id": 1, "o": 1}]},
        {"l": [{"id": 1, "t": 1}]},
        {"l": [{"id": 1, "t": 1, "o": 1}]},
        lists=KEYED,
    ),
    clashes("both added a scalar", {}, {"a": 1}, {"a": 2}, "add/add /a"),
    clashes("a scalar and an object", {}, {"a": 1}, {"a": {"x": 1}}, "add/add /a"),
    clashes("an object and an array", {}, {"a": []}, {"a": {}}, "add/add /a"),
    clashes(
        "objects that share a member", {}, {"a": {"x": 1, "o": 1}}, {"a": {"x": 2, "t": 1}}, "add/add /a/x"
    ),
    clashes("ordered lists", {}, {"l": [1]}, {"l": [1, 2]}, "add/add /l"),
    clashes("ordered lists inside added objects", {}, {"a": {"l": [1]}}, {"a": {"l": [2]}}, "add/add /a/l"),
    clashes("atomic objects", {}, {"dv": {"x": 1}}, {"dv": {"y": 1}}, "add/add /dv", lists=ATOMIC),
    clashes(
        "one item of a keyed list",
        {},
        {"l": [{"id": 1, "v": 1}]},
        {"l": [{"id": 1, "v": 2}]},
        'add/add /l/{"id":1}/v',
        lists=KEYED,
    ),
    # R7
    clashes("an object became an array", {"a": {"x": 1}}, {"a": [1]}, {"a": {"x": 2}}, "modify/modify /a"),
    clashes("an array became an object", {"a": [1]}, {"a": {"x": 1}}, {"a": [1, 2]}, "modify/modify /a"),
    clashes("a scalar became two objects", {"a": 1}, {"a": {"x": 1}}, {"a": {"y": 1}}, "modify/modify /a"),
    clashes("an object became two arrays", {"a": {}}, {"a": [1]}, {"a": [2]}, "modify/modify /a"),
    clashes("an object became null", {"a": {"x": 1}}, {"a": None}, {"a": {"x": 2}}, "modify/modify /a"),
    stays(
        "a kind changed by one side alone",
        {"a": {"x": 1}, "b": 1},
        {"a": [1], "b": 1},
        {"a": {"x": 1}, "b": 2},
        {"a": [1], "b": 2},
    ),
    # R8
    clashes(
        "atomic, disjoint members",
        {"dv": {"t": 1, "p": 1}},
        {"dv": {"t": 2, "p": 1}},
        {"dv": {"t": 1, "p": 2}},
        "modify/modify /dv",
        lists=ATOMIC,
    ),
    clashes(
        "atomic array",
        {"dv": [1, 2]},
        {"dv": [0, 1, 2]},
        {"dv": [1, 2, 3]},
        "modify/modify /dv",
        lists=ATOMIC,
    ),
    stays(
        "atomic, the same edit",
        {"dv": {"t": 1}},
        {"dv": {"t": 2}},
        {"dv": {"t": 2}},
        {"dv": {"t": 2}},
        lists=ATOMIC,
    ),
    stays(
        "atomic, a respelled number",
        {"dv": {"t": 1, "p": 1}},
        {"dv": {"t": 1.0, "p": 1}},
        {"dv": {"t": 1, "p": 2}},
        {"dv": {"t": 1, "p": 2}},
        lists=ATOMIC,
    ),
    stays(
        "beside an atomic value",
        {"dv": {"t": 1}, "n": 1},
        {"dv": {"t": 2}, "n": 1},
        {"dv": {"t": 1}, "n": 2},
        {"dv": {"t": 2}, "n": 2},
        lists=ATOMIC,
    ),
    clashes(
        "atomic by a pattern",
        {"c": {"p": {"v": {"a": 1, "b": 1}}}},
        {"c": {"p": {"v": {"a": 2, "b": 1}}}},
        {"c": {"p": {"v": {"a": 1, "b": 2}}}},
        "modify/modify /c/p/v",
        lists={"/c/*/v": {"type": "atomic"}},
    ),
    # N1
    stays("canonical respelled, the draft changed", {"a": 1}, {"a": 2}, {"a": 1.0}, {"a": 2}),
    stays("both respelled", {"a": 1}, {"a": 1.0}, {"a": 1.00, "b": 1}, {"a": 1.0, "b": 1}),
    stays("both wrote one number", {"a": 0}, {"a": 2.0}, {"a": 2}, {"a": 2}),
    stays(
        "canonical deleted what the draft respelled", {"a": 1, "b": 1}, {"a": 1.0, "b": 1}, {"b": 1}, {"b": 1}
    ),
    stays(
        "the draft deleted an object with a respelled number",
        {"x": {"a": 1}, "b": 1},
        {"b": 1},
        {"x": {"a": 1.0}, "b": 2},
        {"b": 2},
    ),
    stays("both added one number", {}, {"a": 1.0}, {"a": 1}, {"a": 1}),
    stays(
        "an element respelled, another changed",
        {"l": [1, 2]},
        {"l": [1, 3]},
        {"l": [1.0, 2]},
        {"l": [1.0, 3]},
    ),
    stays(
        "the draft respelled an element of a list",
        {"l": [1, 2]},
        {"l": [1.0, 2]},
        {"l": [1, 3]},
        {"l": [1.0, 3]},
    ),
    # N2, N3
    clashes("true is not 1", {"a": 1}, {"a": True}, {"a": 2}, "modify/modify /a"),
    clashes("false is not 0", {"a": 5}, {"a": False}, {"a": 0}, "modify/modify /a"),
    clashes("true is not 1 in a list", {"l": [1, 5]}, {"l": [True, 5]}, {"l": [2, 5]}, "modify/modify /l/0"),
    stays(
        "true is not 1 in a set", {"l": [1]}, {"l": [1, True]}, {"l": [1, 2]}, {"l": [1, 2, True]}, lists=SET
    ),
    clashes("big integers are exact", {"a": 2**63}, {"a": 2**63 + 1}, {"a": 2**63 + 2}, "modify/modify /a"),
    clashes("no float tolerance", {"a": 0.3}, {"a": 0.30000000000000004}, {"a": 0.31}, "modify/modify /a"),
    clashes(
        "an integer that a float cannot hold",
        {"a": 0},
        {"a": 2**53 + 1},
        {"a": float(2**53)},
        "modify/modify /a",
    ),
    stays("an integer as a big float", {"a": 0}, {"a": 1e17}, {"a": 10**17}, {"a": 10**17}),
    # S1, S2
    clashes(
        "no Unicode normalisation of strings", {"a": ""}, {"a": "é"}, {"a": "e\u0301"}, "modify/modify /a"
    ),
    stays("no Unicode normalisation of names", {}, {"é": 1}, {"e\u0301": 2}, {"e\u0301": 2, "é": 1}),
    clashes("case matters", {"a": "x"}, {"a": "Y"}, {"a": "y"}, "modify/modify /a"),
    clashes(
        "slashes and tildes are escaped",
        {"a/b": {"m~n": 1}},
        {"a/b": {"m~n": 2}},
        {"a/b": {"m~n": 3}},
        "modify/modify /a~1b/m~0n",
    ),
    clashes("the empty name", {"": 1}, {"": 2}, {"": 3}, "modify/modify /"),
    clashes("the whole document", [1], {"a": 1}, "x", "modify/modify "),
    # O1
    stays(
        "canonical's order, new members where the draft has them",
        {"a": 1, "b": 1},
        {"n": 1, "a": 1, "b": 1, "m": 1},
        {"b": 1, "t": 1, "a": 1},
        {"n": 1, "b": 1, "t": 1, "a": 1, "m": 1},
    ),
    stays(
        "the draft reordered, canonical changed",
        {"a": 1, "b": 1},
        {"b": 1, "a": 1},
        {"a": 2, "b": 1},
        {"a": 2, "b": 1},
    ),
    stays(
        "canonical reordered deep down",
        {"x": {"a": 1, "b": 1}},
        {"x": {"a": 2, "b": 1, "c": 1}},
        {"x": {"b": 1, "a": 1}},
        {"x": {"b": 1, "a": 2, "c": 1}},
    ),
]


@pytest.mark.parametrize("row", ROWS)
def test_values(row: Row) -> None:
    check(row)
