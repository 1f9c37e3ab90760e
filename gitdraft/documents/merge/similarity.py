"""When two elements of a list are versions of one (L5)."""

from __future__ import annotations

from gitdraft.documents.alignment import align
from gitdraft.documents.equality import equivalent, fingerprint
from gitdraft.model.values import ABSENT, JSON

ID_MEMBERS = ("id", "@id", "_id", "key", "uuid", "guid")


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
        matched = len(align([fingerprint(e) for e in one], [fingerprint(e) for e in other]))
        return matched * 2 > max(len(one), len(other))
    return False
