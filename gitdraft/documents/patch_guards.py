"""What a patch reads, checked against canonical: its `test` guards (P3) and the sources of its copies (P2)."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.documents.equality import equivalent
from gitdraft.documents.locations import locate, name_keys
from gitdraft.documents.merge.context import MergeContext
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.patch_form import UNBOUNDED
from gitdraft.documents.pointers import Tokens, format_pointer, get, parse_pointer
from gitdraft.model.changes import Patch, PatchOp
from gitdraft.model.lists import MergeRules
from gitdraft.model.values import ABSENT, JSON


def check_guards(
    context: MergeContext, base: JSON, canonical: JSON, patch: Patch, rules: MergeRules
) -> Patch:
    """Records a `test` conflict for each read guard that canonical breaks (P3). Returns the guards that hold, with the
    paths of canonical."""
    kept: list[PatchOp] = []
    for op in read_guards(base, patch):
        tokens = parse_pointer(op["path"])
        located = locate(base, canonical, tokens, rules)
        value = ABSENT if located is None else get(canonical, located)
        if located is not None and equivalent(value, op["value"]):
            kept.append({**op, "path": format_pointer(located)})
            context.note("P3", located, "the guard holds")
            continue
        context.conflict(name_keys(base, tokens, rules), "test", get(base, tokens), op["value"], value)
    return tuple(kept)


def read_guards(base: JSON, patch: Patch) -> Iterator[PatchOp]:
    """Yields the `test` operations that read the base: no write before them reaches the place that they test (P3)."""
    written: list[tuple[Tokens, bool]] = []  # with whether the write moved the elements after it
    for op in patch:
        tokens = parse_pointer(op["path"])
        if op["op"] == "test":
            if not any(_reaches(place, shifts, tokens) for place, shifts in written):
                yield op
            continue
        moves = op["op"] != "replace"
        written += [(place, moves and _in_array(base, place)) for place in _written(op, tokens)]


def check_copies(context: MergeContext, base: JSON, canonical: JSON, patch: Patch, rules: MergeRules) -> None:
    """Warns of each copy whose source canonical has changed; what was copied is the value as of the base (P2)."""
    for index, op in enumerate(patch):
        if op["op"] != "copy":
            continue
        copied_from = apply_patch(base, patch[:index], limits=UNBOUNDED)
        source = locate(copied_from, base, parse_pointer(op["from"]), rules)
        if source is None:
            continue  # the draft copies what it wrote itself
        located = locate(base, canonical, source, rules)
        value = ABSENT if located is None else get(canonical, located)
        if not equivalent(get(base, source), value):
            context.warn("stale-copy", name_keys(base, source, rules))


def _written(op: PatchOp, path: Tokens) -> list[Tokens]:
    return [path, parse_pointer(op["from"])] if op["op"] == "move" else [path]


def _in_array(base: JSON, place: Tokens) -> bool:
    """Whether the place is an element. The base knows: what the patch put there itself it reaches anyway."""
    return bool(place) and isinstance(get(base, place[:-1]), list)


def _reaches(place: Tokens, moves: bool, tokens: Tokens) -> bool:
    """Whether a write to ``place`` is at, above or below ``tokens``, or moved the elements of an array there."""
    shared = min(len(place), len(tokens))
    if place[:shared] == tokens[:shared]:
        return True
    array = place[:-1]
    return moves and tokens[: len(array)] == array
