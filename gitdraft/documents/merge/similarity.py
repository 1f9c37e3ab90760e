"""When two elements of a list are versions of one: in their place (L5), and wherever they stand (L8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from gitdraft.documents.alignment import align, common_ends
from gitdraft.documents.equality import equivalent, fingerprint
from gitdraft.model.values import ABSENT, JSON

ID_MEMBERS = ("id", "@id", "_id", "key", "uuid", "guid")
NAME_MEMBERS = ("name", "title", "slug", "url")
MOST_STEPS = 200_000

HALF = 0.5

Elements = Mapping[int, JSON]
"""Elements of a list by their index."""

Members = Mapping[str, object]
"""The members of an object, each with its fingerprint."""


class Pairing(NamedTuple):
    """Which elements of two versions of a list are versions of one (L8).

    ``pairs`` are indices, old to new; ``known`` are the old ones of these that an id or a name tells. ``tied`` are the old elements that are as similar to several, or share the one
    that they are most similar to, each with the new ones that it may be.
    """

    pairs: dict[int, int]
    tied: dict[int, tuple[int, ...]]
    known: frozenset[int] = frozenset()


def similar(one: JSON, other: JSON) -> bool:
    """Whether the two are versions of one element (L5).

    Objects: more than half of the union of their members equal, and no id-like member differs. Arrays: a common
    subsequence of more than half of the longer one. Anything else never is.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        if any(not equivalent(one.get(name, ABSENT), other.get(name, ABSENT)) for name in ID_MEMBERS):
            return False
        equal = sum(equivalent(value, other.get(name, ABSENT)) for name, value in one.items())
        return equal * 2 > len(one.keys() | other.keys())
    if isinstance(one, list) and isinstance(other, list):
        half = max(len(one), len(other)) / 2
        start, end = common_ends(one, other, equivalent)
        if start + end > half:
            return True
        middles = ([fingerprint(e) for e in side[start : len(side) - end]] for side in (one, other))
        return start + end + len(align(*middles)) > half
    return False


class Marks:
    """What tells the elements of a list apart: the parts of each that no other one has.

    Records of one form share what all of them have (a type, a language), so a new one that stands where another was removed
    is `similar` to it; it is a version of it only where it kept most of what the other one alone had.
    """

    def __init__(self, prints: Iterable[object]) -> None:
        self.times = Counter(part for each in prints for part in _parts(each))

    def are_kept(self, element: object, other: object, *, is_half_enough: bool) -> bool:
        """Whether the value with the fingerprint ``other`` has more than half of the marks of an element of the list, or half
        of them."""
        marks = [part for part in _parts(element) if self.times[part] == 1]
        kept = 2 * len(_parts(other).intersection(marks))
        return kept > len(marks) or (is_half_enough and kept == len(marks) > 0)


def _parts(element: object) -> frozenset[object]:
    """Returns the members of an object, or the elements of a list, those that are equal numbered, by its fingerprint; none
    of anything else."""
    if isinstance(element, frozenset):
        return element
    numbers: Counter[object] = Counter()
    parts: list[object] = []
    if isinstance(element, tuple) and element[0] == "list":
        for each in element[1:]:
            numbers[each] += 1
            parts.append((numbers[each], each))
    return frozenset(parts)


def parted(one: JSON, other: JSON, names: Iterable[str] = ID_MEMBERS) -> bool:
    """Whether both are objects that have one of the id-like members ``names``, and it differs."""
    return (
        isinstance(one, dict)
        and isinstance(other, dict)
        and any(name in one and name in other and not equivalent(one[name], other[name]) for name in names)
    )


def pair_elements(
    old: Elements, new: Elements, placed: Collection[int] = (), kept: Collection[int] = ()
) -> Pairing:
    """Returns which elements of ``old`` became which of ``new`` (L8): by an equal id-like member, by an equal name, by
    similarity.

    ``placed`` of the old and ``kept`` of the new ones are known already: they pair with none, and still count where a
    member must be unique. With more than ``MOST_STEPS`` comparisons nothing is paired by similarity.
    """
    pairs: dict[int, int] = {}
    placed, taken = set(placed), set(kept)
    if not old or not new:
        return Pairing({}, {})
    for position, name in enumerate((*ID_MEMBERS, *NAME_MEMBERS)):
        apart_by = ID_MEMBERS[:position]
        by_old, by_new = _unique_by(name, old), _unique_by(name, new)
        for value, i in by_old.items():
            j = by_new.get(value)
            if j is None or i in pairs or i in placed or j in taken or parted(old[i], new[j], apart_by):
                continue
            pairs[i] = j
            taken.add(j)
    return _pair_similar(
        pairs,
        {i: value for i, value in old.items() if i not in pairs and i not in placed},
        {j: value for j, value in new.items() if j not in taken},
    )


def _unique_by(name: str, elements: Elements) -> dict[object, int]:
    """Returns the elements by the value of a member that identifies them: a text or a number that no other has."""
    values = [
        (fingerprint(element[name]), index)
        for index, element in elements.items()
        if isinstance(element, dict) and _identifies(element.get(name))
    ]
    times = Counter(value for value, _ in values)
    return {value: index for value, index in values if times[value] == 1}


def _identifies(value: JSON) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _pair_similar(pairs: dict[int, int], old: Elements, new: Elements) -> Pairing:
    """Returns the pairs, and those of objects that are each other's most similar: more than half of the union of their
    members equal, no id-like member different."""
    known = frozenset(pairs)
    of_base, of_side = ({index: _members(element) for index, element in side.items()} for side in (old, new))
    of_old, of_new = _most_similar(of_base, of_side), _most_similar(of_side, of_base)
    if of_old is None or of_new is None:
        return Pairing(pairs, {}, known)
    pairs = pairs | {i: js[0] for i, js in of_old.items() if len(js) == 1 and of_new[js[0]] == [i]}
    taken = set(pairs.values())
    tied = {
        i: tuple(j for j in js if j not in taken)
        for i, js in of_old.items()
        if i not in pairs and (len(js) > 1 or i in of_new[js[0]])
    }
    return Pairing(pairs, {i: js for i, js in tied.items() if js}, known)


def _most_similar(mine: Mapping[int, Members], theirs: Mapping[int, Members]) -> dict[int, list[int]] | None:
    """Returns for each of ``mine`` those of ``theirs`` with which it shares most of the union of their members, more than
    half; ``None`` where to compare them takes too long.

    Its rarest members are looked up first. What has none of those shares too little in the end to be looked at.
    """
    having: dict[object, list[int]] = {}
    for j, members in theirs.items():
        for member in members.items():
            having.setdefault(member, []).append(j)
    most: dict[int, list[int]] = {}
    steps = 0
    for i, own in mine.items():
        share, compared = HALF, set[int]()
        for rank, near in enumerate(sorted((having.get(member, ()) for member in own.items()), key=len)):
            at_most = (len(own) - rank) / len(own)
            if at_most < share or at_most <= HALF:
                break
            steps += len(near)
            if steps > MOST_STEPS:
                return None
            for j in near:
                if j in compared:
                    continue
                compared.add(j)
                shared = _share(own, theirs[j])
                if shared > share:
                    share, most[i] = shared, [j]
                elif shared == share > HALF:
                    most[i].append(j)
    return {i: sorted(js) for i, js in most.items()}


def _share(own: Members, other: Members) -> float:
    """Returns how much of the union of their members is equal; nothing where an id-like member differs."""
    common = own.keys() & other.keys()
    if any(name in common and own[name] != other[name] for name in ID_MEMBERS):
        return 0
    return sum(own[name] == other[name] for name in common) / (len(own) + len(other) - len(common))


def _members(element: JSON) -> Members:
    """Returns the fingerprints of an object's members; none for anything else."""
    return {name: fingerprint(v) for name, v in element.items()} if isinstance(element, dict) else {}
