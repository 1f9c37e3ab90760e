"""When two JSON values are the same: strictly (≡), or with numbers by their value (≈)."""

from __future__ import annotations

from gitdraft.model.values import ABSENT, JSON, Maybe


def identical(a: Maybe, b: Maybe) -> bool:
    """Whether the values are ≡: JSON types distinct (1, 1.0 and true differ), member order ignored, strings by code point (S1)."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return len(a) == len(b) and all(name in b and identical(value, b[name]) for name, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(identical, a, b))
    if isinstance(a, float):
        return bool(a == b) and (a != 0 or str(a) == str(b))
    return bool(a == b)


def equivalent(a: Maybe, b: Maybe) -> bool:
    """Whether the values are ≈: as :func:`identical`, with numbers compared by exact mathematical value (N1, N3); true is not 1 (N2)."""
    if a is b:
        return True
    if a is ABSENT or b is ABSENT:
        return False
    if isinstance(a, dict):
        return (
            isinstance(b, dict)
            and len(a) == len(b)
            and all(name in b and equivalent(value, b[name]) for name, value in a.items())
        )
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(equivalent, a, b))
    if isinstance(a, bool) or isinstance(b, bool):
        return False
    return bool(a == b)


def in_same_order(a: JSON, b: JSON) -> bool:
    """Whether the members of two values that are ≡ stand in the same order, in all objects."""
    if a is b:
        return True
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(in_same_order, a.values(), b.values()))
    return not isinstance(a, list) or all(map(in_same_order, a, b))


def fingerprint(value: JSON) -> object:
    """Returns a hashable that two values share exactly when they are ≈."""
    if isinstance(value, dict):
        return frozenset((name, fingerprint(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return ("list", *map(fingerprint, value))
    if isinstance(value, str):
        return value
    return (type(value) is bool, value)


def strict_fingerprint(value: JSON) -> object:
    """Returns a hashable that two values share exactly when they are ≡."""
    if isinstance(value, dict):
        return frozenset((name, strict_fingerprint(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return ("list", *map(strict_fingerprint, value))
    if isinstance(value, str):
        return value
    return (type(value), repr(value) if isinstance(value, float) else value)
