"""When two JSON values are the same: strictly (≡), or with numbers by their value (≈)."""

from __future__ import annotations

from gitdraft.model.values import JSON, Maybe

BY_VALUE: frozenset[type] = frozenset((str, int, float))
BY_TYPE: frozenset[type] = frozenset((str, int))


def identical(a: Maybe, b: Maybe) -> bool:
    """Whether the values are ≡: JSON types distinct (1, 1.0 and true differ), member order ignored, strings by code point (S1)."""
    return a is b or (type(a) is type(b) and bool(a == b) and _are_of_one_kind(a, b, is_strict=True))


def equivalent(a: Maybe, b: Maybe) -> bool:
    """Whether the values are ≈: as :func:`identical`, with numbers compared by exact mathematical value (N1, N3); true is not 1 (N2)."""
    return a is b or (bool(a == b) and _are_of_one_kind(a, b, is_strict=False))


def _are_of_one_kind(a: Maybe, b: Maybe, *, is_strict: bool) -> bool:
    """Whether two values that Python calls equal, fast, are so in JSON: their truth values are no numbers, with ``is_strict``
    their floats no integers and their zeros of one sign."""
    waiting: list[tuple[JSON, JSON]] = [([a], [b])]
    while waiting:
        one, other = waiting.pop()
        is_object = isinstance(one, dict)
        pairs = (one.values(), map(other.get, one)) if is_object else (one, other)
        for x, y in zip(*pairs, strict=True):
            kind = type(x)
            if kind is str or x is y:
                continue
            if kind is dict or kind is list:
                waiting.append((x, y))
            elif kind is not type(y):
                if is_strict or kind is bool or type(y) is bool:
                    return False
            elif is_strict and kind is float and x == 0 and str(x) != str(y):
                return False
    return True


def in_same_order(a: JSON, b: JSON) -> bool:
    """Whether the members of two values that are ≡ stand in the same order, in all objects."""
    if a is b:
        return True
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(in_same_order, a.values(), b.values()))
    return not isinstance(a, list) or all(map(in_same_order, a, b))


def fingerprint(value: JSON) -> object:
    """Returns a hashable that two values share exactly when they are ≈."""
    return _fingerprint(value, BY_VALUE)


def strict_fingerprint(value: JSON) -> object:
    """Returns a hashable that two values share exactly when they are ≡."""
    return _fingerprint(value, BY_TYPE)


def _fingerprint(value: JSON, plain: frozenset[type]) -> object:
    """Returns the fingerprint in which values of the ``plain`` types stand for themselves."""
    kind = type(value)
    if kind in plain:
        return value
    if isinstance(value, dict):
        return frozenset([(n, v if type(v) in plain else _fingerprint(v, plain)) for n, v in value.items()])
    if isinstance(value, list):
        return ("list", *[v if type(v) in plain else _fingerprint(v, plain) for v in value])
    return kind.__name__, repr(value)
