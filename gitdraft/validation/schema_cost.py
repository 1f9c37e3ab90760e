"""Whether the time that a schema takes grows with the document alone, whatever the document is.

A check by a library that is no Python cannot be broken off. So it is asked only where its work is bounded: where no part
of the schema, its references followed, is large, and none that is part of itself is applied to one place twice, which
would double the work with each level of a document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from gitdraft.model.values import JSON

Resolver: TypeAlias = Any
"""What `referencing` resolves a `$ref` with: `lookup` gives ``contents`` and another resolver."""

MOST_PARTS = 10_000  # of a schema, references followed
MOST_DEFINITIONS = 500
ONE_OF = (("properties", "additionalProperties"), ("items", "prefixItems", "additionalItems"))
NAMED = ("patternProperties", "dependentSchemas")
EACH = ("allOf", "anyOf", "oneOf")
ALONE = (
    *("contains", "else", "if", "not", "propertyNames", "then"),
    *("unevaluatedItems", "unevaluatedProperties"),
)


class _Unbounded(Exception):
    pass


def is_bounded(schema: JSON, resolver: Resolver) -> bool:
    """Returns whether the schema's work is bounded by the document's size. Raises what ``resolver`` does for a `$ref` to nothing."""
    try:
        _Definitions(schema, resolver).check()
    except (_Unbounded, RecursionError):
        return False
    return True


class _Definitions:
    """A schema and all that it refers to, each by the identity of its object."""

    def __init__(self, schema: JSON, resolver: Resolver) -> None:
        self._root = id(schema)
        self._schemas: dict[int, JSON] = {}
        self._targets: dict[int, dict[str, int]] = {}  # of a definition: its references, resolved
        todo = [(schema, resolver)]
        while todo:
            definition, base = todo.pop()
            if id(definition) in self._schemas:
                continue
            if len(self._schemas) == MOST_DEFINITIONS:
                raise _Unbounded
            self._schemas[id(definition)] = definition
            targets: dict[str, int] = {}
            for reference in _references(definition):
                resolved = base.lookup(reference)
                targets[reference] = id(resolved.contents)
                todo.append((resolved.contents, resolved.resolver))
            self._targets[id(definition)] = targets
        self._endless = {name for name in self._schemas if self._reaches(name)}

    def check(self) -> None:
        """Raises _Unbounded where a definition is applied to one place twice inside itself, or all of it is large."""
        for name in self._endless:
            self._touches(self._schemas[name], self._targets[name])
        self._size(self._root, {})

    def _reaches(self, name: int) -> bool:
        seen: set[int] = set()
        todo = list(self._targets[name].values())
        while todo:
            other = todo.pop()
            if other == name:
                return True
            if other not in seen:
                seen.add(other)
                todo += self._targets[other].values()
        return False

    def _touches(self, schema: JSON, targets: Mapping[str, int]) -> bool:
        """Returns whether a schema comes back to a definition that is part of itself."""
        if not isinstance(schema, dict):
            return False
        ways = sum(any(self._touches(part, targets) for part in group) for group in _groups(schema))
        reference = schema.get("$ref")
        if isinstance(reference, str) and targets.get(reference) in self._endless:
            ways += 1
        if ways > 1:
            raise _Unbounded
        return ways == 1

    def _size(self, name: int, known: dict[int, int]) -> int:
        if name in known:
            return known[name]
        known[name] = 1  # where it is part of itself
        size = _parts(self._schemas[name])
        for reference, times in _counted(self._schemas[name]).items():
            size += times * self._size(self._targets[name][reference], known)
        if size > MOST_PARTS:
            raise _Unbounded
        known[name] = size
        return size


def _groups(schema: Mapping[str, JSON]) -> Iterator[list[JSON]]:
    """Yields the parts of a schema in groups: of a group, one part at most is applied to one place."""
    for names in ONE_OF:
        group: list[JSON] = []
        for name in names:
            value = schema.get(name)
            if name == "properties" and isinstance(value, dict):
                group += value.values()
            elif isinstance(value, list):
                group += value
            else:
                group.append(value)
        yield group
    for name in NAMED:
        named = schema.get(name)
        if isinstance(named, dict):
            yield from ([part] for part in named.values())
    for name in EACH:
        several = schema.get(name)
        if isinstance(several, list):
            yield from ([part] for part in several)
    yield from ([schema[name]] for name in ALONE if name in schema)


def _counted(schema: JSON) -> dict[str, int]:
    counts: dict[str, int] = {}
    for reference in _references(schema):
        counts[reference] = counts.get(reference, 0) + 1
    return counts


def _references(schema: JSON) -> Iterator[str]:
    if not isinstance(schema, dict):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str):
        yield reference
    for group in _groups(schema):
        for part in group:
            yield from _references(part)


def _parts(value: JSON) -> int:
    """Returns how many values a schema has, `$defs` aside, which count where they are referred to."""
    if isinstance(value, dict):
        return 1 + sum(_parts(inner) for name, inner in value.items() if name not in ("$defs", "definitions"))
    return 1 + sum(map(_parts, value)) if isinstance(value, list) else 1
