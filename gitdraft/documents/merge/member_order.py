"""Where new members of an object stand (O1): in a sorted object in their place, else behind the member that they follow."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from gitdraft.documents.pointers import INDEX, Tokens, get, parse_pointer
from gitdraft.model.values import JSON, Maybe

if TYPE_CHECKING:  # the merge driver starts once a file, and every class takes its time
    from gitdraft.model.changes import Patch

FEWEST_SORTED = 3

Hints: TypeAlias = frozenset[tuple[Tokens, str]]
"""The members whose place an `add` names: the object's path, with a `*` for each element of a list, and the name."""

Collation: TypeAlias = Callable[[str], tuple[str, ...]]


def by_code_point(name: str) -> tuple[str, ...]:
    """Returns the sort key of a name where case counts."""
    return (name,)


def by_folded_case(name: str) -> tuple[str, ...]:
    """Returns the sort key of a name where case does not count, ties by code point."""
    return (name.casefold(), name)


COLLATIONS: tuple[Collation, ...] = (by_code_point, by_folded_case)


def merge_order(
    base: Collection[str], draft: Sequence[str], canonical: Sequence[str], is_hinted: Callable[[str], bool]
) -> Iterator[str]:
    """Yields canonical's names in their order, and among them the draft's that it lacks.

    ``draft`` is in the order of the draft's own document. A name at its end stands last unless it ``is_hinted``.
    """
    present = set(canonical)
    if present.issuperset(draft):
        yield from canonical
        return
    in_place = _sorted_places(base, draft, canonical)
    followers, last = _followers([name for name in draft if name not in in_place], base, present, is_hinted)
    own = present.difference(base, draft)
    by_place: dict[str | None, list[str]] = {}
    for name in in_place:
        by_place.setdefault(in_place[name], []).append(name)
    waiting: list[str] = []
    for left in (None, *canonical):
        if left not in own:
            yield from waiting
            waiting = []
        if left is not None:
            yield left
        yield from by_place.get(left, ())
        waiting += followers.pop(left, ())
        if left is None:
            yield from waiting
            waiting = []
    yield from waiting
    yield from last


def place_of(members: Maybe, name: str) -> dict[str, JSON]:
    """Returns the `after` of an `add` that puts a new member into an object that is sorted; none where it is to stand
    last, as in any other."""
    if not isinstance(members, dict):
        return {}
    names = list(members)
    collation = _collation(names)
    place = len(names) if collation is None else bisect(names, collation(name), key=collation)
    if place == len(names):
        return {}
    return {"after": names[place - 1] if place else None}


def hinted_members(base: JSON, draft: JSON, patch: Patch) -> Hints:
    """Returns the members for which the patch names a place that base or draft has."""
    hinted = set()
    for op in patch:
        if op["op"] != "add" or "after" not in op or not op["path"]:
            continue
        after, (*parent, name) = op["after"], parse_pointer(op["path"])
        if after is None or (isinstance(after, str) and _is_member(after, parent, base, draft)):
            hinted.add((starred(parent), name))
    return frozenset(hinted)


def starred(tokens: Iterable[str]) -> Tokens:
    """Returns the path with a `*` for each element of a list: by its index, or by its key."""
    return tuple("*" if INDEX.fullmatch(token) or token.startswith("{") else token for token in tokens)


def _is_member(name: str, parent: Sequence[str], *documents: JSON) -> bool:
    objects: Iterator[Maybe] = (get(document, tuple(parent)) for document in documents)
    return any(isinstance(members, dict) and name in members for members in objects)


def _collation(names: Sequence[str]) -> Collation | None:
    """Returns the order in which the names stand sorted; ``None`` where they do not, or are too few to tell."""
    if len(names) < FEWEST_SORTED:
        return None
    return next((c for c in COLLATIONS if _is_sorted(names, c)), None)


def _is_sorted(names: Sequence[str], collation: Collation) -> bool:
    return all(one < other for one, other in pairwise(map(collation, names)))


def _sorted_places(
    base: Collection[str], draft: Sequence[str], canonical: Sequence[str]
) -> dict[str, str | None]:
    """Returns the new members that stand sorted among the old ones in the draft, where canonical is sorted too, in
    their order, each with the member of canonical that it follows."""
    if len(canonical) < FEWEST_SORTED:
        return {}
    present = {*canonical, *base}
    old = [name for name in draft if name in present]
    valid = [c for c in COLLATIONS if _is_sorted(canonical, c) and _is_sorted(old, c)]
    places: dict[str, str | None] = {}
    used = by_code_point
    left: str | None = None
    for name, right in _with_right_neighbours(draft, present) if valid else ():
        if name in present:
            left = name
            continue
        for collation in valid:
            key = collation(name)
            if (left is None or collation(left) < key) and (right is None or key < collation(right)):
                place = bisect(canonical, key, key=collation)
                places[name] = canonical[place - 1] if place else None
                used = by_folded_case if collation is by_folded_case else used
                break
    return {name: places[name] for name in sorted(places, key=used)}


def _with_right_neighbours(
    names: Sequence[str], present: Collection[str]
) -> Iterator[tuple[str, str | None]]:
    """Yields each name with the next one after it that is present."""
    rights: list[str | None] = []
    right: str | None = None
    for name in reversed(names):
        rights.append(right)
        right = name if name in present else right
    return zip(names, reversed(rights), strict=True)


def _followers(
    draft: Sequence[str],
    base: Collection[str],
    canonical: Collection[str],
    is_hinted: Callable[[str], bool],
) -> tuple[dict[str | None, list[str]], Sequence[str]]:
    """Returns the draft's new members by the member of canonical that they follow (``None``: first), and those that
    stand last."""
    followers: dict[str | None, list[str]] = {}
    left: str | None = None
    ends = max((n for n, name in enumerate(draft, 1) if name in canonical or name in base), default=0)
    for name in draft[:ends]:
        if name in canonical:
            left = name
        else:
            followers.setdefault(left, []).append(name)
    last = draft[ends:]
    hinted = next((n for n, name in enumerate(last) if not is_hinted(name)), len(last))
    followers.setdefault(left, []).extend(last[:hinted])
    return followers, last[hinted:]
