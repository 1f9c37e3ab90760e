"""Who set what a document says: a mark for each of its places, carried from version to version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

from gitdraft.documents.alignment import Run, align, runs
from gitdraft.documents.equality import identical, strict_fingerprint
from gitdraft.documents.merge.declarations import Active, rule_here, step
from gitdraft.documents.merge.keyed_lists import item_token
from gitdraft.documents.merge.similarity import similar
from gitdraft.documents.pointers import Tokens
from gitdraft.model.lists import Atomic, Keyed, ListRule, SetOf
from gitdraft.model.values import JSON

Marks: TypeAlias = int | dict[str, "Marks"] | list["Marks"]
"""The shape of a document with a number in place of each scalar and each empty container."""

Origins: TypeAlias = dict[int, int]
"""Where the elements of a list stood before: index in the new list to index in the old one."""

LOOKAHEAD = 50


def mark_all(value: JSON, number: int) -> Marks:
    """The marks of a value that is new."""
    if isinstance(value, dict) and value:
        return {name: mark_all(inner, number) for name, inner in value.items()}
    if isinstance(value, list) and value:
        return [mark_all(inner, number) for inner in value]
    return number


def carry_marks(active: Active, old: JSON, marks: Marks, new: JSON, number: int) -> Marks:
    """The marks of ``new``, which came after ``old`` with ``marks``: what is other or new is marked ``number``.

    Members are the same by name, elements of lists as ``active`` declares them: by key, by value in a set, else
    by a longest common subsequence, and in between where they are similar (L5). Parts that did not change share
    their marks with the old ones.
    """
    if identical(old, new):
        return marks
    rule = rule_here(active)
    if isinstance(rule, Atomic):
        return mark_all(new, number)
    if isinstance(new, dict) and isinstance(old, dict) and isinstance(marks, dict) and new:
        return {
            name: carry_marks(step(active, name), old[name], marks[name], value, number)
            if name in old
            else mark_all(value, number)
            for name, value in new.items()
        }
    if isinstance(new, list) and isinstance(old, list) and isinstance(marks, list) and new:
        origins = _origins(rule, old, new)
        return [
            carry_marks(step(active, str(i)), old[origins[i]], marks[origins[i]], value, number)
            if i in origins
            else mark_all(value, number)
            for i, value in enumerate(new)
        ]
    return mark_all(new, number)


def marked_places(value: JSON, marks: Marks, above: Tokens = ()) -> Iterator[tuple[Tokens, JSON, int]]:
    """Each scalar and empty container of the value with its pointer and its mark, in the order of the document."""
    if isinstance(marks, dict):
        for name, inner in value.items():
            yield from marked_places(inner, marks[name], (*above, name))
    elif isinstance(marks, list):
        for index, inner in enumerate(value):
            yield from marked_places(inner, marks[index], (*above, str(index)))
    else:
        yield above, value, marks


def _origins(rule: ListRule | None, old: list[JSON], new: list[JSON]) -> Origins:
    if isinstance(rule, Keyed):
        before, after = ([item_token(item, rule) for item in side] for side in (old, new))
        if all(None not in side and len(set(side)) == len(side) for side in (before, after)):
            places = {token: index for index, token in enumerate(before)}
            return {index: places[token] for index, token in enumerate(after) if token in places}
    prints = [[strict_fingerprint(element) for element in side] for side in (old, new)]
    return _by_value(*prints) if isinstance(rule, SetOf) else _by_place(old, new, *prints)


def _by_value(before: list[object], after: list[object]) -> Origins:
    places: defaultdict[object, list[int]] = defaultdict(list)
    for index in reversed(range(len(before))):
        places[before[index]].append(index)
    return {index: places[found].pop() for index, found in enumerate(after) if places[found]}


def _by_place(old: list[JSON], new: list[JSON], before: list[object], after: list[object]) -> Origins:
    matches = align(before, after)
    origins = {j: i for i, j in matches}
    for run in runs(matches, len(old), len(new)):
        origins.update(_versions(old, new, run))
    return origins


def _versions(old: list[JSON], new: list[JSON], run: Run) -> Iterator[tuple[int, int]]:
    """The elements of a rewritten stretch that are versions of one of its old ones, in their order."""
    start = run.old_start
    for j in range(run.new_start, run.new_end):
        nearby = islice(range(start, run.old_end), LOOKAHEAD)
        i = next((i for i in nearby if similar(old[i], new[j])), None)
        if i is not None:
            yield j, i
            start = i + 1
