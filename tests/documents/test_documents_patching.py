"""RFC 6902 patches: their form, what they make of a document, and how they fail."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdraft.documents.equality import identical
from gitdraft.documents.parse import Limits
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.patch_form import MAX_OPERATIONS, parse_patch
from gitdraft.errors import InvalidInput, PatchDoesNotApply

PERSON = {
    "id": "Person",
    "label": "Person",
    "count": 1,
    "ratio": 1.0,
    "flag": True,
    "nothing": None,
    "aliases": ["a", "b"],
    "fields": [{"name": "x"}, {"name": "y"}],
    "a/b": {"m~n": 1},
    "": "empty name",
    "01": "a name, no index",
}


def patched(document: Any, *operations: dict[str, Any], limits: Limits = Limits()) -> Any:
    before = json.dumps([document, operations])
    try:
        return apply_patch(document, parse_patch(list(operations)), limits=limits)
    finally:
        assert json.dumps([document, operations]) == before


def add(path: str, value: Any) -> dict[str, Any]:
    return {"op": "add", "path": path, "value": value}


def replace(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


def remove(path: str) -> dict[str, Any]:
    return {"op": "remove", "path": path}


def check(path: str, value: Any) -> dict[str, Any]:
    return {"op": "test", "path": path, "value": value}


def move(source: str, path: str) -> dict[str, Any]:
    return {"op": "move", "from": source, "path": path}


def copy(source: str, path: str) -> dict[str, Any]:
    return {"op": "copy", "from": source, "path": path}


@pytest.mark.parametrize(
    ("document", "operations", "result"),
    [
        pytest.param({"a": 1}, [], {"a": 1}, id="no operation"),
        pytest.param({"a": 1}, [add("/b", 2)], {"a": 1, "b": 2}, id="add a member"),
        pytest.param({"a": 1}, [add("/a", None)], {"a": None}, id="add over a member; null is a value"),
        pytest.param([1, 3], [add("/1", 2)], [1, 2, 3], id="insert"),
        pytest.param([1], [add("/1", 2)], [1, 2], id="insert at the end"),
        pytest.param([1], [add("/-", 2), add("/-", 3)], [1, 2, 3], id="append"),
        pytest.param({}, [add("/-", 1)], {"-": 1}, id="a member named -"),
        pytest.param({}, [add("/", 1)], {"": 1}, id="a member without a name"),
        pytest.param({"a": 1}, [add("", [1])], [1], id="the whole document"),
        pytest.param({"a": 1}, [replace("", {"b": 2})], {"b": 2}, id="replace the whole document"),
        pytest.param({"a": {"b": 1}}, [replace("/a/b", "x")], {"a": {"b": "x"}}, id="replace"),
        pytest.param([1, 2, 3], [remove("/1"), remove("/1")], [1], id="indices move up"),
        pytest.param({"a": 1, "b": 2}, [remove("/a")], {"b": 2}, id="remove"),
        pytest.param({"a": 1}, [move("/a", "/b")], {"b": 1}, id="move"),
        pytest.param({"a": {"b": 1}}, [move("/a/b", "/a")], {"a": 1}, id="move over what holds it"),
        pytest.param([1, 2, 3], [move("/0", "/-")], [2, 3, 1], id="move to the end"),
        pytest.param([1, 2, 3], [move("/0", "/2")], [2, 3, 1], id="the target is counted after the removal"),
        pytest.param([1, {}, {"k": 2}], [move("/0", "/1/x")], [{}, {"k": 2, "x": 1}], id="as is its way"),
        pytest.param({"a": [1]}, [move("/a", "/a")], {"a": [1]}, id="move to itself"),
        pytest.param({"a": [1]}, [move("", "")], {"a": [1]}, id="move the document to itself"),
        pytest.param({"a": [1]}, [copy("/a", "/b")], {"a": [1], "b": [1]}, id="copy"),
        pytest.param({"a": 1}, [copy("", "/a")], {"a": {"a": 1}}, id="copy the document into itself"),
        pytest.param(
            {"a": [1]}, [copy("/a", "/b"), add("/b/-", 2)], {"a": [1], "b": [1, 2]}, id="a copy is its own"
        ),
        pytest.param(
            {"a": [1]}, [copy("/a", "/b"), add("/a/-", 2)], {"a": [1, 2], "b": [1]}, id="so is its source"
        ),
        pytest.param(
            {}, [add("/x", {"y": []}), add("/x/y/-", 1)], {"x": {"y": [1]}}, id="edit what was added"
        ),
        pytest.param(5, [replace("", 6)], 6, id="a scalar document"),
        pytest.param({"a": 1}, [{**add("/b", 2), "note": "x"}], {"a": 1, "b": 2}, id="unknown members"),
    ],
)
def test_what_a_patch_makes_of_a_document(document: Any, operations: list[Any], result: Any) -> None:
    assert identical(patched(document, *operations), result)


@pytest.mark.parametrize(
    ("path", "value", "holds"),
    [
        ("/label", "Person", True),
        ("/label", "person", False),
        ("/count", 1, True),
        ("/count", 1.0, True),  # numbers are equal by value (RFC 6902 section 4.6)
        ("/ratio", 1, True),
        ("/count", True, False),
        ("/flag", 1, False),
        ("/flag", True, True),
        ("/nothing", None, True),
        ("/nothing", False, False),
        ("/aliases", ["a", "b"], True),
        ("/aliases", ["b", "a"], False),
        ("/fields/0", {"name": "x"}, True),
        ("/a~1b/m~0n", 1.0, True),
        ("/a~1b", {"m~n": True}, False),
        ("/01", "a name, no index", True),
        ("", PERSON, True),
        ("", {}, False),
    ],
)
def test_test_compares_as_the_rfc_says(path: str, value: Any, holds: bool) -> None:
    if holds:
        assert identical(patched(PERSON, check(path, value)), PERSON)
        return
    with pytest.raises(PatchDoesNotApply) as refused:
        patched(PERSON, check(path, value))
    assert refused.value.code == "patch-test-failed"
    assert refused.value.context["path"] == path
    assert "actual_value" in refused.value.context


@pytest.mark.parametrize(
    ("operation", "path", "said"),
    [
        (replace("/nope", 1), "/nope", "'/nope' is not there"),
        (replace("/lable", 1), "/lable", "'/lable' is not there"),
        (remove("/nope"), "/nope", "'/nope' is not there"),
        (check("/nope", None), "/nope", "'/nope' is not there"),
        (check("/aliases/-", "a"), "/aliases/-", "no place in an array of 2"),
        (add("/x/y", 1), "/x/y", "'/x' is not there"),
        (add("/label/x", 1), "/label/x", "'/label/x' is not there"),
        (add("/nothing/x", 1), "/nothing/x", "'/nothing/x' is not there"),
        (add("/aliases/3", 1), "/aliases/3", "no place in an array of 2"),
        (add("/aliases/01", 1), "/aliases/01", "no place in an array of 2"),
        (add("/aliases/+1", 1), "/aliases/+1", "no place in an array of 2"),
        (add("/aliases/ 1", 1), "/aliases/ 1", "no place in an array of 2"),
        (add("/aliases/x", 1), "/aliases/x", "no place in an array of 2"),
        (add(f"/aliases/{'9' * 5000}", 1), f"/aliases/{'9' * 5000}", "no place in an array of 2"),
        (replace("/aliases/2", 1), "/aliases/2", "no place in an array of 2"),
        (replace("/aliases/-", 1), "/aliases/-", "no place in an array of 2"),
        (remove("/aliases/-"), "/aliases/-", "no place in an array of 2"),
        (move("/nope", "/x"), "/nope", "'/nope' is not there"),
        (move("/label", "/x/y"), "/x/y", "'/x' is not there"),
        (move("/aliases/-", "/x"), "/aliases/-", "no place in an array of 2"),
        (copy("/nope", "/x"), "/nope", "'/nope' is not there"),
        (copy("/label", "/x/y"), "/x/y", "'/x' is not there"),
        (move("/nope", "/nope"), "/nope", "'/nope' is not there"),
    ],
)
def test_a_target_that_is_not_there_is_named(operation: dict[str, Any], path: str, said: str) -> None:
    with pytest.raises(PatchDoesNotApply, match="operation 1") as refused:
        patched(PERSON, check("/count", 1), operation)
    assert refused.value.code == "patch-target-not-found"
    assert refused.value.context["path"] == path
    assert said in refused.value.message


def test_a_misspelled_member_gets_a_hint() -> None:
    with pytest.raises(PatchDoesNotApply) as refused:
        patched(PERSON, replace("/fields/0/nmae", 1))
    assert refused.value.hint == "did you mean '/fields/0/name'?"


def test_a_child_of_a_document_that_became_a_scalar_is_not_found() -> None:
    with pytest.raises(PatchDoesNotApply, match="operation 1"):
        patched(PERSON, replace("", 5), add("/x", 1))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, ""),
        (5, ""),
        ({"op": "remove", "path": "/a"}, ""),
        ('[{"op": "remove", "path": "/a"}]', ""),
        ([None], "/0"),
        ([[]], "/0"),
        ([remove("/a"), "remove"], "/1"),
        ([{"path": "/a"}], "/0/op"),
        ([{"op": None, "path": "/a"}], "/0/op"),
        ([{"op": ["add"], "path": "/a"}], "/0/op"),
        ([{"op": "spam", "path": "/a"}], "/0/op"),
        ([{"op": "Remove", "path": "/a"}], "/0/op"),
        ([{"op": "remove"}], "/0/path"),
        ([{"op": "remove", "path": None}], "/0/path"),
        ([{"op": "remove", "path": 5}], "/0/path"),
        ([{"op": "remove", "path": "a"}], "/0/path"),
        ([{"op": "remove", "path": "#/a"}], "/0/path"),
        ([{"op": "remove", "path": "/~2"}], "/0/path"),
        ([remove("/a"), {"op": "copy", "path": "/a"}], "/1/from"),
        ([{"op": "move", "path": "/a", "from": None}], "/0/from"),
        ([{"op": "add", "path": "/a"}], "/0/value"),
        ([{"op": "test", "path": "/a"}], "/0/value"),
        ([move("/a", "/a/b")], "/0/path"),
        ([move("", "/a")], "/0/path"),
        ([remove("")], "/0/path"),
    ],
)
def test_a_malformed_patch_is_refused_where_it_is_malformed(value: Any, path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_patch(value)
    assert refused.value.code == "invalid-patch"
    assert refused.value.context["path"] == path


@pytest.mark.parametrize(
    "value", ["\ud800", float("nan"), (1,), {1: 2}, {"\udfff": 1}, b"x", [10**5000], [set()]]
)
@pytest.mark.parametrize("member", ["value", "note"])
def test_a_patch_holds_only_json(member: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_patch([remove("/a"), {"op": "add", "path": "/a", "value": 1, member: value}])
    assert refused.value.context["path"].startswith(f"/1/{member}")


def test_the_number_of_operations_is_bounded() -> None:
    too_many = [replace("/count", 1)] * (MAX_OPERATIONS + 1)
    with pytest.raises(InvalidInput, match="1,001 operations"):
        parse_patch(too_many)
    assert len(parse_patch(too_many[:-1])) == MAX_OPERATIONS
    assert len(parse_patch(too_many, max_operations=None)) == MAX_OPERATIONS + 1


@pytest.mark.parametrize(
    "operations",
    [
        pytest.param([copy("/nested", f"/nested/k{n}") for n in range(60)], id="into itself"),
        pytest.param([copy("", f"/k{n}") for n in range(60)], id="the document into itself"),
        pytest.param(
            [op for _ in range(60) for op in (copy("/nested", "/list/-"), copy("/list", "/nested/x"))],
            id="back and forth",
        ),
    ],
)
def test_a_patch_that_doubles_its_own_copies_ends_early(operations: list[Any]) -> None:
    started = time.process_time()
    for bytes_allowed in (1 << 20, 1 << 26):
        with pytest.raises(InvalidInput) as refused:
            patched({"nested": {"x": 1}, "list": []}, *operations, limits=Limits(max_bytes=bytes_allowed))
        assert refused.value.code == "patch-result-too-large"
    assert time.process_time() - started < 1


def test_the_depth_is_bounded_after_every_operation() -> None:
    deep = {"a": {"b": [1]}}
    patched(deep, copy("/a", "/a/c"), limits=Limits(max_depth=4))
    for operation in (copy("/a", "/a/b/0"), add("/a/b/0", [[]]), replace("/a", {"b": {"c": {"d": {}}}})):
        with pytest.raises(InvalidInput) as refused:
            patched(deep, operation, remove("/a"), limits=Limits(max_depth=4))
        assert refused.value.code == "patch-result-too-deep"


def test_taking_something_away_makes_room() -> None:
    full = {"a": "x" * 90}
    limits = Limits(max_bytes=100)
    assert patched(full, replace("/a", "y" * 90), limits=limits) == {"a": "y" * 90}
    assert patched(full, remove("/a"), add("/b", "y" * 90), limits=limits) == {"b": "y" * 90}
    assert patched(full, move("/a", "/b"), limits=limits) == {"b": "x" * 90}
    with pytest.raises(InvalidInput, match="operation 0"):
        patched(full, add("/b", "y" * 90), remove("/a"), limits=limits)


scalars: st.SearchStrategy[Any] = st.one_of(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    st.text(alphabet='aé\u2028"\\/\n\U0001f600', max_size=5),
)
names = st.sampled_from(["a", "é", "0", "-", '"', ""])
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
pointers = st.lists(names | st.sampled_from(["1", "2"]), max_size=3).map(
    lambda tokens: "".join(f"/{token}" for token in tokens)
)
operations = st.one_of(
    st.builds(add, pointers, documents),
    st.builds(replace, pointers, documents),
    st.builds(remove, pointers.filter(bool)),
    st.builds(move, pointers, pointers),
    st.builds(copy, pointers, pointers),
    st.builds(check, pointers, documents),
)


@given(documents, st.lists(operations, max_size=8))
def test_the_size_of_a_result_is_known_exactly(document: Any, tried: list[Any]) -> None:
    steps: list[Any] = []
    sizes = [len(compact(document))]
    for step in tried:
        try:
            result = patched(document, *steps, step)
        except (InvalidInput, PatchDoesNotApply):
            continue
        steps.append(step)
        sizes.append(len(compact(result)))
    largest = max(sizes)
    assert identical(patched(document, *steps, limits=Limits(max_bytes=largest)), patched(document, *steps))
    if largest > sizes[0]:
        with pytest.raises(InvalidInput, match=f"larger than {largest - 1:,} bytes"):
            patched(document, *steps, limits=Limits(max_bytes=largest - 1))


def compact(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
