"""Blame: the revision that last set each place of a document, followed from version to version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

from gitdraft.documents.alignment import Run, align, runs
from gitdraft.documents.equality import fingerprints, identical
from gitdraft.documents.merge.declarations import ActiveRules, rule_at, rules_below
from gitdraft.documents.merge.item_keys import item_token
from gitdraft.documents.merge.similarity import similar
from gitdraft.documents.pointers import Tokens
from gitdraft.model.lists import Atomic, Keyed, ListRule, SetOf
from gitdraft.model.values import JSON

BlameTree: TypeAlias = int | dict[str, "BlameTree"] | list["BlameTree"]
"""The shape of a document with the number of a revision in place of each scalar and each empty container."""

Origins: TypeAlias = dict[int, int]
"""Where the elements of a list stood before: index in the new list to index in the old one."""

LOOKAHEAD = 50


def blame_new(value: JSON, number: int) -> BlameTree:
    """Returns the blame of a value that is new in revision ``number``."""
    if isinstance(value, dict) and value:
        return {name: blame_new(inner, number) for name, inner in value.items()}
    if isinstance(value, list) and value:
        return [blame_new(inner, number) for inner in value]
    return number


def blame_next(active: ActiveRules, old: JSON, blame: BlameTree, new: JSON, number: int) -> BlameTree:
    """Returns the blame of ``new``, the version after ``old``, whose blame is ``blame``: what changed or is new has
    ``number``.

    Members are paired by name, elements of lists as ``active`` declares them: by key, by value in a set, else by a
    longest common subsequence, and in between where they are similar (L5). Parts that did not change share their blame
    with the old version.
    """
    if identical(old, new):
        return blame
    rule = rule_at(active)
    if isinstance(rule, Atomic):
        return blame_new(new, number)
    if isinstance(new, dict) and isinstance(old, dict) and isinstance(blame, dict) and new:
        return {
            name: blame_next(rules_below(active, name), old[name], blame[name], value, number)
            if name in old
            else blame_new(value, number)
            for name, value in new.items()
        }
    if isinstance(new, list) and isinstance(old, list) and isinstance(blame, list) and new:
        origins = _origins(rule, old, new)
        return [
            blame_next(rules_below(active, str(i)), old[origins[i]], blame[origins[i]], value, number)
            if i in origins
            else blame_new(value, number)
            for i, value in enumerate(new)
        ]
    return blame_new(new, number)


def blamed_places(value: JSON, blame: BlameTree, above: Tokens = ()) -> Iterator[tuple[Tokens, JSON, int]]:
    """Yields each scalar and empty container with its pointer and the number of its revision, in the document's order."""
    if isinstance(blame, dict):
        for name, inner in value.items():
            yield from blamed_places(inner, blame[name], (*above, name))
    elif isinstance(blame, list):
        for index, inner in enumerate(value):
            yield from blamed_places(inner, blame[index], (*above, str(index)))
    else:
        yield above, value, blame


def _origins(rule: ListRule | None, old: list[JSON], new: list[JSON]) -> Origins:
    if isinstance(rule, Keyed):
        before, after = ([item_token(item, rule) for item in side] for side in (old, new))
        if all(None not in side and len(set(side)) == len(side) for side in (before, after)):
            places = {token: index for index, token in enumerate(before)}
            return {index: places[token] for index, token in enumerate(after) if token in places}
    prints = fingerprints(old, new, is_strict=True)
    return _by_value(*prints) if isinstance(rule, SetOf) else _by_place(old, new, *prints)


def _by_value(before: list[object], after: list[object]) -> Origins:
    places: defaultdict[object, list[int]] = defaultdict(list)
    for index in reversed(range(len(before))):
        places[before[index]].append(index)
    return {index: places[element].pop() for index, element in enumerate(after) if places[element]}


def _by_place(old: list[JSON], new: list[JSON], before: list[object], after: list[object]) -> Origins:
    matches = align(before, after)
    origins = {j: i for i, j in matches}
    for run in runs(matches, len(old), len(new)):
        origins.update(_versions(old, new, run))
    return origins


def _versions(old: list[JSON], new: list[JSON], run: Run) -> Iterator[tuple[int, int]]:
    """Yields the elements of a rewritten run that are versions of one of its old ones, (new, old), in their order."""
    start = run.old_start
    for j in range(run.new_start, run.new_end):
        nearby = islice(range(start, run.old_end), LOOKAHEAD)
        i = next((i for i in nearby if similar(old[i], new[j])), None)
        if i is not None:
            yield j, i
            start = i + 1
