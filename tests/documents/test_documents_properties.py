"""What must hold for every merge, not for examples. GITDRAFT_EXAMPLES raises the number of examples."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sandbox import present

from gitdraft.documents.diff import diff
from gitdraft.documents.edit import edit_json
from gitdraft.documents.equality import equivalent, identical
from gitdraft.documents.parse import parse_json
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.rebase import rebase_patch

EXAMPLES = int(os.environ.get("GITDRAFT_EXAMPLES", "100"))
LISTS = {"/s": {"type": "set"}, "/k": {"type": "keyed", "key": ["id"]}}

settings.register_profile(
    "gitdraft",
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("gitdraft")

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.sampled_from([0.0, 1.0, -0.0, 1.5, 2.0]),
    st.sampled_from("abcd"),
)
names = st.sampled_from(["a", "b", "c", "x/y", "m~n", ""])
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(names, inner, max_size=4)),
    max_leaves=10,
)
keyed = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("pqrst"), "v": st.integers(0, 2), "w": st.integers(0, 2)}),
    max_size=5,
    unique_by=lambda item: item["id"],
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "a": values,
        "b": values,
        "o": st.dictionaries(names, values, max_size=4),
        "l": st.lists(scalars, max_size=6),
        "n": st.lists(st.dictionaries(names, scalars, max_size=3), max_size=4),
        "s": st.lists(st.sampled_from("abcdef"), max_size=5, unique=True),
        "k": keyed,
    },
)


@st.composite
def edited(draw: st.DrawFn, document: Any) -> Any:
    """The document after a few edits such as people make: most of it stays."""
    result = copy.deepcopy(document)
    other = draw(documents)
    for name in draw(st.lists(st.sampled_from(["a", "b", "o", "l", "n", "s", "k"]), max_size=3)):
        held = result.get(name)
        how = draw(st.integers(0, 4))
        if how == 0 or held is None:
            if name in other:
                result[name] = copy.deepcopy(other[name])
        elif how == 1:
            result.pop(name, None)
        elif isinstance(held, list):
            edit_list(draw, name, held)
        elif isinstance(held, dict) and held:
            key = draw(st.sampled_from(sorted(held)))
            held[key] = draw(scalars)
        else:
            result[name] = draw(scalars)
    return result


def edit_list(draw: st.DrawFn, name: str, held: list[Any]) -> None:
    at = draw(st.integers(0, len(held)))
    how = draw(st.integers(0, 3))
    if name == "k":
        new = draw(st.sampled_from([f"new{n}" for n in range(4)]))
        if how == 0 and all(item["id"] != new for item in held):
            held.insert(at, {"id": new, "v": draw(st.integers(0, 2)), "w": 0})
        elif held and how == 1:
            held.pop(min(at, len(held) - 1))
        elif held and how == 2:
            held[min(at, len(held) - 1)]["v"] = draw(st.integers(3, 5))
        elif held:
            held.insert(at if at < len(held) else 0, held.pop(0))
        return
    if name == "s":
        new = draw(st.sampled_from("uvwxyz"))
        if how < 2 and new not in held:
            held.insert(at, new)
        elif held:
            held.pop(min(at, len(held) - 1))
        return
    element = draw(scalars) if name == "l" else {"a": draw(scalars)}
    if how == 0 or not held:
        held.insert(at, element)
    elif how == 1:
        held.pop(min(at, len(held) - 1))
    elif how == 2:
        held[min(at, len(held) - 1)] = element
    else:
        held.insert(at if at < len(held) else 0, held.pop(0))


@st.composite
def triples(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """Base, draft, canonical."""
    base = draw(documents)
    return base, draw(edited(base)), draw(edited(base))


def rebase(base: Any, draft: Any, canonical: Any) -> Any:
    return rebase_patch(base, canonical, diff(base, draft), LISTS)


def normal(document: Any) -> Any:
    """The document with its sets in one order."""
    if isinstance(document, dict) and isinstance(document.get("s"), list):
        return {**document, "s": sorted(document["s"])}
    return document


@given(triples())
def test_identity(triple: Any) -> None:
    base, draft, _ = triple
    patch = diff(base, draft)
    result = rebase_patch(base, base, patch, LISTS)
    assert (result.status, result.patch_kind, result.patch) == ("clean", "verbatim", patch)
    assert identical(result.document, draft)


@given(triples())
def test_absorption(triple: Any) -> None:
    base, draft, _ = triple
    result = rebase(base, draft, draft)
    assert result.status == "clean"
    assert identical(result.document, draft)
    assert result.patch_kind == ("verbatim" if identical(base, draft) else "empty")


@given(triples())
def test_idempotence(triple: Any) -> None:
    base, draft, canonical = triple
    first = rebase(base, draft, canonical)
    assume(first.status == "clean")
    again = rebase_patch(canonical, canonical, first.patch, LISTS)
    assert again.status == "clean"
    assert again.patch == first.patch
    assert identical(again.document, first.document)


@given(triples())
def test_the_patch_makes_the_document(triple: Any) -> None:
    base, draft, canonical = triple
    result = rebase(base, draft, canonical)
    assume(result.status == "clean")
    assert identical(apply_patch(canonical, result.patch), result.document)


@given(triples())
def test_conflicts_are_symmetric(triple: Any) -> None:
    base, draft, canonical = triple
    one, other = rebase(base, draft, canonical), rebase(base, canonical, draft)
    assert one.status == other.status
    assert {c.path for c in one.conflicts} == {c.path for c in other.conflicts}
    swapped = {"modify/delete": "delete/modify", "delete/modify": "modify/delete"}
    assert sorted((c.path, c.type) for c in one.conflicts) == sorted(
        (c.path, swapped.get(c.type, c.type)) for c in other.conflicts
    )
    for conflict in one.conflicts:
        twin = next(c for c in other.conflicts if c.path == conflict.path)
        assert equivalent(conflict.draft, twin.canonical)
        assert equivalent(conflict.canonical, twin.draft)


@given(triples())
def test_inputs_are_not_changed(triple: Any) -> None:
    base, draft, canonical = triple
    patch = diff(base, draft)
    before = json.dumps([base, canonical, patch])
    rebase_patch(base, canonical, patch, LISTS)
    assert json.dumps([base, canonical, patch]) == before


@given(documents, st.data())
def test_disjoint_members_commute(base: Any, data: st.DataObject) -> None:
    draft = {**copy.deepcopy(base), "a": data.draw(scalars), "l": data.draw(st.lists(scalars, max_size=3))}
    canonical = {**copy.deepcopy(base), "b": data.draw(values), "k": data.draw(keyed)}
    result = rebase(base, draft, canonical)
    assert result.status == "clean"
    for name, side in (("a", draft), ("l", draft), ("b", canonical), ("k", canonical)):
        if not equivalent(side[name], base.get(name, object())):
            assert equivalent(result.document[name], side[name])


unique_lists = st.lists(st.integers(0, 9), max_size=8, unique=True)


@given(unique_lists, st.data())
def test_no_update_of_a_list_is_lost(base: Any, data: st.DataObject) -> None:
    """In a clean merge what either side put in is there once, what either took out is not, the rest is once."""
    sides = []
    for first in (100, 200):
        side = list(base)
        for number in range(data.draw(st.integers(0, 3))):
            at = data.draw(st.integers(0, len(side)))
            how = data.draw(st.integers(0, 3))
            if how == 0 or not side:
                side.insert(at, first + number)
            elif how == 1:
                side.pop(min(at, len(side) - 1))
            elif how == 2:
                side[min(at, len(side) - 1)] = first + number
            else:
                side.insert(at if at < len(side) else 0, side.pop(0))
        sides.append(side)
    draft, canonical = sides
    result = rebase_patch(base, canonical, diff(base, draft))
    assume(result.status == "clean")
    merged = present(result.document)
    for value in {*base, *draft, *canonical}:
        kept = (value in draft and value in canonical) if value in base else True
        assert merged.count(value) == (1 if kept else 0), (base, draft, canonical, merged)


def test_an_element_moved_by_both_to_one_place_by_different_edits_is_not_doubled() -> None:
    base = [0, 1, 2, 3, 4, 5, 6]
    draft, canonical = [1, 2, 3, 4, 5, 0], [1, 2, 3, 4, 5, 0, 6]  # 0 in place of 6; 0 in front of 6
    result = rebase_patch(base, canonical, diff(base, draft))
    assert result.status == "conflict" or present(result.document).count(0) == 1


@given(triples())
def test_no_update_of_keyed_items_and_sets_is_lost(triple: Any) -> None:
    base, draft, canonical = triple
    result = rebase(base, draft, canonical)
    assume(result.status == "clean")
    tokens: dict[str, Callable[[Any], Any]] = {"s": lambda x: x, "k": lambda x: x["id"]}
    for name, token in tokens.items():
        sides = (base, draft, canonical, present(result.document))
        if not all(isinstance(side.get(name), list) for side in sides):
            continue
        b, d, c, m = ({token(item) for item in side[name]} for side in sides)
        assert m == ((d & c) | (d - b) | (c - b))


@given(triples())
def test_two_spellings_of_one_edit_give_one_answer(triple: Any) -> None:
    base, draft, canonical = triple
    spellings = [
        diff(base, draft),
        ({"op": "replace", "path": "", "value": draft},),
        tuple({"op": "remove", "path": f"/{name}"} for name in base)
        + tuple({"op": "add", "path": f"/{name}", "value": draft[name]} for name in draft),
    ]
    results = [rebase_patch(base, canonical, patch, LISTS) for patch in spellings]
    for other in results[1:]:
        assert other.status == results[0].status
        assert [(c.path, c.type) for c in other.conflicts] == [(c.path, c.type) for c in results[0].conflicts]
        assert identical(other.document, results[0].document)


@given(documents, documents)
def test_a_diff_makes_the_other(old: Any, new: Any) -> None:
    patch = diff(old, new)
    assert identical(apply_patch(old, patch), new)
    assert (patch == ()) == identical(old, new)


styles = st.sampled_from(
    [
        {"indent": 2},
        {"indent": 4},
        {"indent": "\t"},
        {"separators": (",", ":")},
        {},
        {"indent": 2, "ensure_ascii": True},
        {"indent": 2, "separators": (",", " : ")},
    ]
)


@given(documents, st.data(), styles, st.sampled_from(["", "\n", "\r\n"]), st.booleans())
def test_an_edited_file_holds_the_new_document_and_nothing_else_changes(
    document: Any, data: st.DataObject, style: Any, end: str, crlf: bool
) -> None:
    text = json.dumps(document, **{"ensure_ascii": False, **style}) + end
    original = (text.replace("\n", "\r\n") if crlf else text).encode()
    assert edit_json(original, document) == original
    new = data.draw(edited(document))
    result = edit_json(original, new)
    assert identical(parse_json(result), new)
    assert result.endswith(end.encode())
    if isinstance(style.get("indent"), int | str) and document:
        lines, after = original.splitlines(), result.splitlines()
        indent = style["indent"] if isinstance(style["indent"], str) else " " * style["indent"]
        for name in document.keys() & new.keys():
            if identical(document[name], new[name]) and not isinstance(document[name], dict | list):
                line = next(x for x in lines if x.startswith((indent + json.dumps(name)).encode()))
                assert any(x.rstrip(b",") == line.rstrip(b",") for x in after)
