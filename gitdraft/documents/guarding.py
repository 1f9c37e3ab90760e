"""What a patch reads: its `test` guards (P3) and the sources of its copies (P2), held against canonical."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.documents.equality import equivalent
from gitdraft.documents.locating import locate, name_keys
from gitdraft.documents.merging.context import MergeContext
from gitdraft.documents.pointers import Tokens, format_pointer, get, parse_pointer
from gitdraft.model.changes import Patch, PatchOp
from gitdraft.model.lists import ListRules
from gitdraft.model.values import ABSENT, JSON


def check_guards(context: MergeContext, base: JSON, canonical: JSON, patch: Patch, rules: ListRules) -> Patch:
    """Record a `test` conflict for each read guard that canonical breaks. Returns those that hold, as
    canonical has their places."""
    kept: list[PatchOp] = []
    for op in read_guards(base, patch):
        tokens = parse_pointer(op["path"])
        there = locate(base, canonical, tokens, rules)
        found = ABSENT if there is None else get(canonical, there)
        if there is not None and equivalent(found, op["value"]):
            kept.append({**op, "path": format_pointer(there)})
            continue
        named = name_keys(base, tokens, rules)
        context.conflict(named, "test", get(base, tokens), op["value"], found)
    return tuple(kept)


def read_guards(base: JSON, patch: Patch) -> Iterator[PatchOp]:
    """The `test` operations that read the base: none of the writes before them reaches what they look at."""
    written: list[tuple[Tokens, bool]] = []
    for op in patch:
        tokens = parse_pointer(op["path"])
        if op["op"] == "test":
            if not any(_reaches(place, shifts, tokens) for place, shifts in written):
                yield op
            continue
        written += [(place, _in_array(base, place)) for place in _written(op, tokens)]


def check_copies(context: MergeContext, base: JSON, canonical: JSON, patch: Patch, rules: ListRules) -> None:
    """Warn of each copy whose source canonical has changed; what was copied is the value as of the base."""
    for op in patch:
        if op["op"] != "copy":
            continue
        tokens = parse_pointer(op["from"])
        before = get(base, tokens)
        there = locate(base, canonical, tokens, rules) if before is not ABSENT else None
        now = ABSENT if there is None else get(canonical, there)
        if before is not ABSENT and not equivalent(before, now):
            context.warn("stale-copy", name_keys(base, tokens, rules))


def _written(op: PatchOp, path: Tokens) -> list[Tokens]:
    return [path, parse_pointer(op["from"])] if op["op"] == "move" else [path]


def _in_array(base: JSON, place: Tokens) -> bool:
    """Whether a write there moves the elements after it. Judged on the base, and by the form of the token for
    what the patch itself put there."""
    parent = get(base, place[:-1]) if place else ABSENT
    return isinstance(parent, list) or (parent is ABSENT and bool(place) and place[-1] in ("-", "0"))


def _reaches(place: Tokens, shifts: bool, tokens: Tokens) -> bool:
    shared = min(len(place), len(tokens))
    if place[:shared] == tokens[:shared]:
        return True
    array = place[:-1]
    return shifts and tokens[: len(array)] == array
