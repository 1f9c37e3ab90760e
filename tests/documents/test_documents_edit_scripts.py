"""What must hold when both sides make random edits anywhere: in nested lists, keyed items, sets, renamed members.

GITDRAFT_EXAMPLES raises the number of examples.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sandbox import present

from gitdraft.documents.diff import diff
from gitdraft.documents.equality import equivalent, identical, in_same_order
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.rebase import rebase_patch
from gitdraft.model.merge import RebaseResult, Resolution

examples = settings(max_examples=int(os.environ.get("GITDRAFT_EXAMPLES", "200")), deadline=None)

LISTS = {
    "/keyed": {"type": "keyed", "key": ["id"]},
    "/keyed/*/subs": {"type": "keyed", "key": ["n"]},
    "/free": {"type": "keyed", "key": ["id"], "order": "ignore"},
    "/*/tags": {"type": "set"},
    "/tags": {"type": "set"},
    "/keyed/*/tags": {"type": "set"},
    "/text": {"type": "text"},
    "/atomic": {"type": "atomic"},
}
SWAPPED = {"modify/delete": "delete/modify", "delete/modify": "modify/delete"}


def scalar(random: Random) -> Any:
    return random.choice([None, True, 0, 1, 1.0, 2, "a", "b", "c", ""])


def entry(random: Random) -> dict[str, Any]:
    """An object with leaves enough to be recognised under another name."""
    return {name: random.randrange(4) for name in "pqrst"[: random.randrange(3, 6)]}


def item(random: Random, key: str) -> dict[str, Any]:
    made: dict[str, Any] = {"id": key, "v": random.randrange(2), "w": random.randrange(2)}
    if random.random() < 0.3:
        made["subs"] = [{"n": n, "v": 0} for n in random.sample(range(4), random.randrange(3))]
    if random.random() < 0.3:
        made["tags"] = random.sample("abcd", random.randrange(3))
    return made


def document(random: Random) -> dict[str, Any]:
    return {
        "keyed": [item(random, key) for key in random.sample("uvwxyz", random.randrange(5))],
        "free": [item(random, key) for key in random.sample("uvwxyz", random.randrange(5))],
        "tags": random.sample("abcdef", random.randrange(5)),
        "list": [scalar(random) for _ in range(random.randrange(6))],
        "rows": [{**entry(random), "l": [1, 2, 3]} for _ in range(random.randrange(4))],
        "members": {name: entry(random) for name in random.sample("klmn", random.randrange(4))},
        "text": "".join(random.choice("123") + "\n" for _ in range(random.randrange(5))),
        "atomic": {"a": 1, "b": 1},
        "plain": {"a": scalar(random), "b": {"c": scalar(random)}, "m/n~": scalar(random)},
    }


def edit_object(random: Random, held: dict[str, Any]) -> None:
    name = random.choice(sorted(held)) if held else "new"
    match random.randrange(4):
        case 0:
            held.pop(name, None)
        case 1 if name in held:
            held[random.choice(["other", "another", "k", "l"])] = held.pop(name)
        case 2:
            held[random.choice(["new", "newer", "a"])] = random.choice([scalar, entry])(random)
        case _ if isinstance(held.get(name), int) and not isinstance(held[name], bool):
            held[name] = float(held[name])
        case _:
            held[name] = scalar(random)


def edit_list(random: Random, held: list[Any], new: Callable[[], Any]) -> None:
    at = random.randrange(len(held)) if held else 0
    match random.randrange(5) if held else 0:
        case 0:
            held.insert(random.randrange(len(held) + 1), new())
        case 1:
            held.pop(at)
        case 2:
            held.insert(random.randrange(len(held)), held.pop(at))
        case 3:
            held[at] = new()
        case _ if isinstance(held[at], dict):
            edit_object(random, held[at])
        case _:
            held[at] = scalar(random)


def edit_items(random: Random, held: list[Any], side: str) -> None:
    """Items keep their keys; a new key is that of a side, or one that both sides may add."""
    new_key = random.choice([side, side + "2", "both"])
    if random.random() < 0.3 and all(one["id"] != new_key for one in held):
        held.insert(random.randrange(len(held) + 1), item(random, new_key))
    elif held:
        at = random.randrange(len(held))
        match random.randrange(5):
            case 0:
                held.pop(at)
            case 1:
                held.insert(random.randrange(len(held)), held.pop(at))
            case 2:
                held[at][random.choice("vw")] = random.randrange(5)
            case 3:
                held[at]["subs"] = [{"n": n, "v": random.randrange(3)} for n in random.sample(range(5), 3)]
            case _:
                held[at]["tags"] = random.sample("abcde", random.randrange(4))


def edited(random: Random, base: dict[str, Any], where: list[str], side: str) -> dict[str, Any]:
    result = copy.deepcopy(base)
    for _ in range(random.randrange(1, 5)):
        match random.choice(where):
            case "keyed" | "free" as name:
                edit_items(random, result[name], side)
            case "tags":
                result["tags"] = random.sample("abcdefgh", random.randrange(6))
            case "list":
                edit_list(random, result["list"], lambda: scalar(random))
            case "rows":
                edit_list(random, result["rows"], lambda: entry(random))
            case "members" if objects := [one for one in result["members"].values() if isinstance(one, dict)]:
                edit_object(random, random.choice([result["members"], *objects]))
            case "text":
                lines = result["text"].splitlines(keepends=True)
                edit_list(random, lines, lambda: random.choice("456") + "\n")
                result["text"] = "".join(line if isinstance(line, str) else "0\n" for line in lines)
            case name:
                edit_object(random, result[name])
    return result


Sides = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


@st.composite
def triples(draw: st.DrawFn) -> Sides:
    """Base, draft, canonical."""
    random = Random(draw(st.integers(0, 2**64)))
    base = document(random)
    where = random.sample(sorted(base), 3)  # few places, so that the sides meet
    return base, edited(random, base, where, "draft"), edited(random, base, where, "canonical")


def rebase(base: Any, draft: Any, canonical: Any, **answers: Any) -> RebaseResult:
    return rebase_patch(base, canonical, diff(base, draft), LISTS, **answers)


@examples
@given(triples())
def test_identity_absorption_idempotence(sides: Sides) -> None:
    base, draft, canonical = sides
    unmoved = rebase(base, draft, base)
    assert (unmoved.status, unmoved.patch_kind) == ("clean", "verbatim")
    assert identical(unmoved.document, draft)
    absorbed = rebase(base, draft, draft)
    assert (absorbed.status, absorbed.patch_kind) == (
        "clean",
        "verbatim" if identical(base, draft) else "empty",
    )
    result = rebase(base, draft, canonical)
    assume(result.status == "clean")
    assert identical(apply_patch(canonical, result.patch), result.document)
    again = rebase_patch(canonical, canonical, result.patch, LISTS)
    assert (again.status, again.patch) == ("clean", result.patch)
    assert identical(again.document, result.document)


@examples
@given(triples())
def test_swapped_sides_conflict_at_the_same_places(sides: Sides) -> None:
    base, draft, canonical = sides
    one, other = rebase(base, draft, canonical), rebase(base, canonical, draft)
    found = sorted((c.path, c.type) for c in one.conflicts)
    assert found == sorted((c.path, SWAPPED.get(c.type, c.type)) for c in other.conflicts)
    if one.status == "clean":
        assert sorted((w.type, w.path) for w in one.warnings) == sorted(
            (w.type, w.path) for w in other.warnings
        )
        assert equivalent(regardless_of_order(one.document), regardless_of_order(other.document))


def regardless_of_order(value: Any) -> Any:
    """The document with keyed lists and sets in one order: whose order holds is all that the sides decide."""
    if isinstance(value, dict):
        return {
            name: sorted(map(regardless_of_order, inner), key=repr)
            if name in ("keyed", "free", "tags", "subs") and isinstance(inner, list)
            else regardless_of_order(inner)
            for name, inner in sorted(value.items())
        }
    return [regardless_of_order(inner) for inner in value] if isinstance(value, list) else value


@examples
@given(triples())
def test_what_only_one_side_touched_is_as_that_side_has_it(sides: Sides) -> None:
    """No update is lost: a member that one side left alone is what the other made of it."""
    base, draft, canonical = sides
    result = rebase(base, draft, canonical)
    assert isinstance(result.document, dict)
    for name in base:
        if identical(base[name], canonical[name]):
            assert identical(result.document[name], draft[name])
        elif identical(base[name], draft[name]):
            assert identical(result.document[name], canonical[name])


@examples
@given(triples())
def test_items_and_members_of_sets_are_there_as_the_edits_say(sides: Sides) -> None:
    base, draft, canonical = sides
    result = rebase(base, draft, canonical)
    assume(result.status == "clean")
    for name in ("keyed", "free", "tags"):
        b, d, c, m = (
            [one["id"] if isinstance(one, dict) else one for one in present(side)[name]]
            for side in (base, draft, canonical, result.document)
        )
        assert len(m) == len(set(m))
        assert set(m) == set(d) & set(c) | set(d) - set(b) | set(c) - set(b)


@examples
@given(triples())
def test_answered_conflicts_are_none_and_canonical_is_what_the_preview_shows(sides: Sides) -> None:
    base, draft, canonical = sides
    result = rebase(base, draft, canonical)
    for side in ("canonical", "draft"):
        given_ = [
            Resolution(c.path, c.type, c.canonical, c.draft, getattr(c, side)) for c in result.conflicts
        ]
        answered = rebase(base, draft, canonical, resolutions=given_)
        assert (answered.status, answered.conflicts) == ("clean", ())
        assert identical(apply_patch(canonical, answered.patch), answered.document)
        again = rebase_patch(canonical, canonical, answered.patch, LISTS)
        assert (again.status, again.patch) == ("clean", answered.patch)
        if side == "canonical":
            assert identical(answered.document, result.document)


@examples
@given(triples())
def test_how_the_patch_is_spelled_does_not_matter(sides: Sides) -> None:
    base, draft, canonical = sides
    whole = rebase_patch(base, canonical, [{"op": "replace", "path": "", "value": draft}], LISTS)
    members = [{"op": "replace", "path": f"/{name}", "value": draft[name]} for name in draft]
    for other in (whole, rebase_patch(base, canonical, members, LISTS)):
        result = rebase(base, draft, canonical)
        assert (other.status, other.conflicts) == (result.status, result.conflicts)
        assert identical(other.document, result.document)


def test_a_whole_value_with_its_members_in_another_order_is_merged() -> None:
    base = {"atomic": {"a": 1, "b": 1}, "x": 0}
    canonical = {"atomic": {"a": 1.0, "b": 1.0}, "x": 1}
    draft = {"atomic": {"b": 1, "a": 2}, "x": 0}
    result = rebase_patch(base, canonical, [{"op": "replace", "path": "", "value": draft}], LISTS)
    assert result.status == "clean"
    assert identical(result.document, {"atomic": {"a": 2, "b": 1}, "x": 1})
    assert in_same_order(result.document, apply_patch(canonical, result.patch))
