"""jsonschema's dialects with an end: the clock is looked at wherever a schema is applied to a value, and the keywords that
could take more than linear time are done otherwise, with the same verdicts and messages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

import attrs
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend, validator_for

from gitdraft.documents.serialise import canonical_json
from gitdraft.model.values import JSON
from gitdraft.validation.checkers import my_checkers
from gitdraft.validation.patterns import NeedsProcess, finds
from gitdraft.validation.time_limit import check_time

Dialect: TypeAlias = Any  # a class of jsonschema's; its protocol leaves out what is needed of it
Keyword: TypeAlias = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]


REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
UNEVALUATED = ("unevaluatedItems", "unevaluatedProperties")


class Endless(Exception):
    """A schema that applies itself to the same value again."""


class _Following(threading.local):
    """The references that this thread is following: the schema that has each, and the value that it is applied to."""

    def __init__(self) -> None:
        self.places: set[tuple[int, int]] = set()


_following = _Following()


def forget_references() -> None:
    """Begins a check: no reference is being followed in this thread."""
    _following.places.clear()


def bounded(dialect: Dialect) -> Dialect:
    """Returns the dialect with an end."""
    return _bounded(dialect)


@cache
def _bounded(dialect: Hashable) -> Dialect:
    stock: Dialect = dialect
    keywords = {name: keyword for name, keyword in KEYWORDS.items() if name in stock.VALIDATORS}
    keywords |= {name: _ending(stock.VALIDATORS[name]) for name in REFERENCES if name in stock.VALIDATORS}
    keywords |= {name: _apart(stock.VALIDATORS[name]) for name in UNEVALUATED if name in stock.VALIDATORS}
    extended: Any = extend(stock, keywords)  # type: ignore[no-untyped-call]
    evolve_stock = extended.evolve

    def evolve(validator: Any, **changes: Any) -> Any:
        check_time()
        evolved = evolve_stock(validator, **changes)
        named: Dialect = type(evolved)  # a schema that names its dialect gets jsonschema's own class
        if named is extended:
            return evolved
        members = {field.alias: getattr(evolved, field.name) for field in attrs.fields(named) if field.init}
        return (extended if named is stock else bounded(named))(**members)

    extended.evolve = evolve
    return extended


def _ending(follow: Keyword) -> Keyword:
    """Returns a reference that raises Endless where it is followed again for the same value: Python's own bound on recursion
    comes too late for what is written in Rust below it."""

    def followed(validator: Any, reference: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        place = (id(schema), id(instance))
        if place in _following.places:
            raise Endless
        _following.places.add(place)
        try:
            yield from follow(validator, reference, instance, schema) or ()
        finally:
            _following.places.discard(place)

    return followed


def _apart(judge: Keyword) -> Keyword:
    """Returns a keyword that a process judges where nothing else can break it off: jsonschema looks for what was evaluated
    without the clock, by patterns of the schema, too."""

    def judged(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if my_checkers() is not None and isinstance(instance, dict | list):
            raise NeedsProcess
        yield from judge(validator, value, instance, schema) or ()

    return judged


def check_schema(dialect: Dialect, schema: JSON) -> None:
    """Raises SchemaError for what is no schema of the dialect."""
    meta_schema = dialect.META_SCHEMA
    meta_dialect = validator_for(meta_schema, default=dialect)
    validator = bounded(meta_dialect)(meta_schema, format_checker=meta_dialect.FORMAT_CHECKER)
    for error in validator.iter_errors(schema):
        raise SchemaError.create_from(error)


def has_unique_items(items: list[JSON]) -> bool:
    """Returns whether no two items are equal as JSON Schema has it: 1 is 1.0, and not true."""
    if all(type(item) is str for item in items):
        return len(set(items)) == len(items)
    seen: set[str] = set()
    for item in items:
        check_time()
        seen.add(canonical_json(_exact(item)))
    return len(seen) == len(items)


def _exact(value: JSON) -> JSON:
    """Returns the value with every float that is a whole number as an integer."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, list):
        return [_exact(item) for item in value]
    if isinstance(value, dict):
        return {name: _exact(item) for name, item in value.items()}
    return value


def _finds(pattern: str, text: str) -> bool:
    check_time()
    return finds(pattern, text, may_block=my_checkers() is None)


def _unique_items(validator: Any, is_on: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if is_on and validator.is_type(instance, "array") and not has_unique_items(instance):
        yield ValidationError(f"{instance!r} has non-unique elements")


def _pattern(validator: Any, pattern: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not _finds(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, schemas: Any, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, schema in schemas.items():
        for name, value in instance.items():
            if _finds(pattern, name):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, allowed: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    declared = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    undeclared = [name for name in instance if name not in declared]
    extras = {name for name in undeclared if not any(_finds(pattern, name) for pattern in patterns)}
    if validator.is_type(allowed, "object"):
        for extra in extras:
            yield from validator.descend(instance[extra], allowed, path=extra)
    elif not allowed and extras:
        names = ", ".join(map(repr, sorted(extras)))
        if "patternProperties" in schema:
            verb = "does" if len(extras) == 1 else "do"
            yield ValidationError(
                f"{names} {verb} not match any of the regexes: {', '.join(map(repr, sorted(patterns)))}"
            )
        else:
            verb = "was" if len(extras) == 1 else "were"
            yield ValidationError(f"Additional properties are not allowed ({names} {verb} unexpected)")


KEYWORDS: Mapping[str, Keyword] = {
    "uniqueItems": _unique_items,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
}
