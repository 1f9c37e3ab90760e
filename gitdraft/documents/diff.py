"""The minimal, readable RFC 6902 patch between two documents: no `move`, no `copy`, no coincidences.

An `add` of a member that does not stand last says in `after` which one it follows (O1).
"""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.documents.alignment import Run, align, runs
from gitdraft.documents.equality import fingerprints, identical
from gitdraft.documents.merge.similarity import similar
from gitdraft.documents.pointers import Tokens, format_pointer
from gitdraft.model.changes import Patch, PatchOp
from gitdraft.model.values import JSON


def diff(old: JSON, new: JSON) -> Patch:
    """Returns a patch that makes ``new`` (≡) of ``old``; empty where they are ≡. It shares the values of ``new``."""
    return tuple(_diff(old, new, ()))


def _diff(old: JSON, new: JSON, path: Tokens) -> Iterator[PatchOp]:
    if identical(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _diff_objects(old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _diff_lists(old, new, path)
    else:
        yield {"op": "replace", "path": format_pointer(path), "value": new}


def _diff_objects(old: dict[str, JSON], new: dict[str, JSON], path: Tokens) -> Iterator[PatchOp]:
    for name, value in old.items():
        if name not in new:
            yield {"op": "remove", "path": format_pointer((*path, name))}
        else:
            yield from _diff(value, new[name], (*path, name))
    last = next((name for name in reversed(old) if name in new), None)
    left: str | None = None
    for name, value in new.items():
        if name not in old:
            op: PatchOp = {"op": "add", "path": format_pointer((*path, name)), "value": value}
            if left == last:
                last = name
            else:
                op["after"] = left
            yield op
        left = name


def _diff_lists(old: list[JSON], new: list[JSON], path: Tokens) -> Iterator[PatchOp]:
    matches = align(*fingerprints(old, new, is_strict=True))
    shift = 0
    for run in runs(matches, len(old), len(new)):
        yield from _diff_run(old, new, run, shift, path)
        shift += (run.new_end - run.new_start) - (run.old_end - run.old_start)


def _diff_run(old: list[JSON], new: list[JSON], run: Run, shift: int, path: Tokens) -> Iterator[PatchOp]:
    """Yields the operations of a run element by element; what is left of the longer side is removed, last first, or added."""
    start = run.old_start + shift
    olds, news = old[run.old_start : run.old_end], new[run.new_start : run.new_end]
    paired = min(len(olds), len(news))
    for offset in range(paired):
        element = (*path, str(start + offset))
        if similar(olds[offset], news[offset]):
            yield from _diff(olds[offset], news[offset], element)
        else:
            yield {"op": "replace", "path": format_pointer(element), "value": news[offset]}
    for offset in range(len(olds) - 1, paired - 1, -1):
        yield {"op": "remove", "path": format_pointer((*path, str(start + offset)))}
    for offset in range(paired, len(news)):
        token = "-" if run.old_end == len(old) else str(start + offset)
        yield {"op": "add", "path": format_pointer((*path, token)), "value": news[offset]}
