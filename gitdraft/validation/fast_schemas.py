"""The same verdicts as jsonschema's, by jsonschema-rs, for the schemas in which the two are known to agree.

Only the verdict is taken from it, and only "nothing is wrong" counts: what fails is looked at again by jsonschema,
which says what is wrong. A schema with a keyword, a number or a pattern about which the two may differ is left to
jsonschema alone, and so is every schema where jsonschema-rs is not installed (`pip install '.[fast]'`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from gitdraft.documents.portable_patterns import portable_pattern
from gitdraft.model.values import JSON

IsValid: TypeAlias = Callable[[JSON], bool]

ONE = frozenset(
    [
        "additionalProperties",
        "additionalItems",
        "contains",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedProperties",
    ]
)
SEVERAL = frozenset(["allOf", "anyOf", "oneOf", "prefixItems", "items"])
NAMED = frozenset(["$defs", "definitions", "dependentSchemas", "properties"])
PLAIN = frozenset(
    [
        "$ref",
        "const",
        "dependentRequired",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxContains",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minContains",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "required",
        "type",
        "uniqueItems",
    ]
)
UNKNOWN_TO_ONE = frozenset(
    [
        "$anchor",
        "$dynamicAnchor",
        "$dynamicRef",
        "$id",
        "$recursiveAnchor",
        "$recursiveRef",
        "$vocabulary",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "dependencies",
        "id",
        "unevaluatedItems",
    ]
)
DIALECTS = ("Draft6Validator", "Draft7Validator", "Draft201909Validator", "Draft202012Validator")
EXACT = 1 << 53


class Unsure(Exception):
    """The two libraries may differ about a schema."""


def fast_verdict(dialect: str, uri: str, read: Callable[[str], JSON | None]) -> IsValid | None:
    """Returns the fast check by the schema at ``uri``; ``None`` where the schema is left to jsonschema.

    ``dialect`` is the name of jsonschema's class for it. ``read`` gives the schema at a URI, ``None`` for one that
    jsonschema does not find.
    """
    try:
        import jsonschema_rs
    except ImportError:
        return None
    if dialect not in DIALECTS:
        return None

    def retrieve(uri: str) -> Any:
        schema = read(uri)
        if schema is None:
            raise Unsure
        return simplified(schema)

    try:
        validator = getattr(jsonschema_rs, dialect)(
            {"$ref": uri}, validate_formats=False, retriever=retrieve, offline=False
        )
    except (ValueError, jsonschema_rs.ReferencingError, Unsure, RecursionError):
        return None
    return validator.is_valid  # type: ignore[no-any-return]


def simplified(schema: JSON) -> JSON:
    """Returns the schema without keywords that do not validate, its patterns made portable. Raises Unsure."""
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict):
        raise Unsure
    return dict(_keyword(name, value) for name, value in schema.items() if _counts(name))


def _counts(name: str) -> bool:
    if name in UNKNOWN_TO_ONE:
        raise Unsure
    return name in ONE | SEVERAL | NAMED | PLAIN or name in ("multipleOf", "pattern", "patternProperties")


def _keyword(name: str, value: JSON) -> tuple[str, JSON]:
    if name in NAMED and isinstance(value, dict):
        return name, {key: simplified(inner) for key, inner in value.items()}
    if name in SEVERAL and isinstance(value, list):
        return name, [simplified(inner) for inner in value]
    if name in ONE:
        return name, simplified(value)
    if name == "pattern":
        return name, _pattern(value)
    if name == "patternProperties" and isinstance(value, dict):
        return name, _patterns(value)
    if name in PLAIN or name == "multipleOf":
        _check_numbers(value, integers_alone=name == "multipleOf")
        return name, value
    raise Unsure


def _patterns(schemas: Mapping[str, JSON]) -> dict[str, JSON]:
    portable = {_pattern(pattern): simplified(inner) for pattern, inner in schemas.items()}
    if len(portable) != len(schemas):
        raise Unsure
    return portable


def _pattern(pattern: JSON) -> str:
    portable = portable_pattern(pattern) if isinstance(pattern, str) else None
    if portable is None:
        raise Unsure
    return portable


def _check_numbers(value: JSON, *, integers_alone: bool) -> None:
    """Raises Unsure for a number beyond those that a float tells apart."""
    if isinstance(value, float) and (integers_alone or abs(value) >= EXACT):
        raise Unsure
    if isinstance(value, int) and abs(value) >= EXACT:
        raise Unsure
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_numbers(inner, integers_alone=integers_alone)
