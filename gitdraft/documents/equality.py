"""When two JSON values are the same: strictly (≡), or with numbers by their value (≈)."""

from __future__ import annotations

import marshal
from collections.abc import Iterable

from gitdraft.model.values import JSON, Maybe

BY_VALUE: frozenset[type] = frozenset((str, int, float))
BY_TYPE: frozenset[type] = frozenset((str, int))
PLAIN_MARSHAL = 2
"""The version of the format that says nothing of which objects are the same."""
LARGE = 1000
"""Bytes from which on the parts of a value are looked up too."""


def identical(a: Maybe, b: Maybe) -> bool:
    """Whether the values are ≡: JSON types distinct (1, 1.0 and true differ), member order ignored, strings by code point (S1)."""
    return a is b or (type(a) is type(b) and bool(a == b) and _are_of_one_kind(a, b, is_strict=True))


def equivalent(a: Maybe, b: Maybe) -> bool:
    """Whether the values are ≈: as :func:`identical`, with numbers compared by exact mathematical value (N1, N3); true is not 1 (N2)."""
    return a is b or (bool(a == b) and _are_of_one_kind(a, b, is_strict=False))


def _are_of_one_kind(a: Maybe, b: Maybe, *, is_strict: bool) -> bool:
    """Whether two values that Python calls equal, fast, are so in JSON: their truth values are no numbers, with ``is_strict``
    their floats no integers and their zeros of one sign."""
    if isinstance(a, dict | list):
        written = _written(a)
        if written is not None and written == _written(b):
            return True
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


def fingerprints(*lists: Iterable[JSON], is_strict: bool = False) -> list[list[object]]:
    """Returns the fingerprints of the elements of several versions of a list, with ``is_strict`` such as two values share
    exactly when they are ≡; those of values that are written alike are taken once."""
    plain = BY_TYPE if is_strict else BY_VALUE
    taken: dict[bytes, object] = {}
    return [[_fingerprint(element, plain, taken) for element in each] for each in lists]


def _fingerprint(value: JSON, plain: frozenset[type], taken: dict[bytes, object] | None = None) -> object:
    """Returns the fingerprint in which values of the ``plain`` types stand for themselves; that in ``taken`` where the value,
    or a large part of it, is written like one before."""
    kind = type(value)
    if kind in plain:
        return value
    if not isinstance(value, dict | list):
        return kind.__name__, repr(value)
    written = None if taken is None else _written(value)
    if taken is not None and written in taken:
        return taken[written]
    inner = taken if written is not None and len(written) > LARGE else None
    print_: object
    if isinstance(value, dict):
        members = [(n, v if type(v) in plain else _fingerprint(v, plain, inner)) for n, v in value.items()]
        print_ = frozenset(members)
    else:
        print_ = ("list", *[v if type(v) in plain else _fingerprint(v, plain, inner) for v in value])
    if taken is not None and written is not None:
        taken[written] = print_
    return print_


def _written(value: JSON) -> bytes | None:
    """Returns the value as bytes, which are equal only for values that are ≡, fast; ``None`` where it cannot be written."""
    try:
        return marshal.dumps(value, PLAIN_MARSHAL)
    except ValueError:  # nested too deep
        return None
