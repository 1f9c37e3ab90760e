"""JSON Schema, by the jsonschema library, with every `$ref` resolved inside the repository.

jsonschema is the reference. Where many entities are checked, jsonschema-rs passes those in which nothing is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import Draft202012Validator, validator_for
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import DRAFT202012

from gitdraft.documents.pointers import format_pointer
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON
from gitdraft.model.violations import Violation
from gitdraft.store.schema_files import path_at, uri_of
from gitdraft.validation.fast_schemas import IsValid, fast_verdict

MESSAGE_LENGTH = 300
MANY = 200
IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")

Check: TypeAlias = Callable[[EntityRef, JSON], Iterator[Violation]]


def compile_schema(path: str, read: Callable[[str], JSON | None]) -> Check:
    """Returns a check of entities against the schema at the repository path ``path``.

    ``read`` gives the schema at a path, ``None`` when there is none. A schema that is missing, malformed or
    refers outside the repository makes every entity violate `schema/unusable`: it is never passed over.
    """

    def retrieve(uri: str) -> Resource[Any]:
        schema_path = path_at(uri)
        schema = None if schema_path is None else read(schema_path)
        if schema is None:
            raise NoSuchResource(uri)
        return Resource.from_contents(schema, default_specification=DRAFT202012)

    schema = read(path)
    if not isinstance(schema, dict | bool):
        return _always(f"schema {path} is missing or not a JSON Schema")
    validator_class = validator_for(schema, default=Draft202012Validator)
    try:
        validator_class.check_schema(schema)  # type: ignore[arg-type]  # its stubs leave out true and false, which are schemas
    except SchemaError as error:
        return _always(f"schema {path} is not valid at '{_pointer(error)}': {_short(error)}")
    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]  # an attrs alias
    registry = registry.with_resource(
        uri_of(path), Resource.from_contents(schema, default_specification=DRAFT202012)
    )
    return _Compiled(path, validator_class({"$ref": uri_of(path)}, registry=registry), registry, schema)


@dataclass(slots=True)
class _Compiled:
    """The check by one schema. jsonschema-rs takes part from the `MANY`-th document on: it has to compile, too."""

    path: str
    validator: Any
    registry: Registry[Any]
    schema: JSON
    _fast: IsValid | None = None
    _checked: int = 0

    def __call__(self, entity: EntityRef, document: JSON) -> Iterator[Violation]:
        self._checked += 1
        if self._checked == MANY:
            self._fast = self._compile_fast()
        if self._fast is not None and self._fast(document):
            return
        try:
            for error in self.validator.iter_errors(document):
                yield Violation(entity, _pointer(error), f"schema/{error.validator}", _short(error))
        except Unresolvable as error:
            yield self._unusable(entity, f"refers to '{error.ref}', which is not in the repository")
        except re.error as error:
            yield self._unusable(entity, f"has a pattern that is none, {error.pattern!r}: {error.msg}")
        except RecursionError:
            yield self._unusable(entity, "refers to itself without end")

    def _compile_fast(self) -> IsValid | None:
        try:
            _ReferenceWalk().follow(self.schema, self.registry.resolver(uri_of(self.path)))
        except (Unresolvable, _Endless, RecursionError):
            return None
        return fast_verdict(type(self.validator).__name__, uri_of(self.path), self._read)

    def _read(self, uri: str) -> JSON | None:
        try:
            return self.registry.get_or_retrieve(uri).value.contents
        except Unresolvable:
            return None

    def _unusable(self, entity: EntityRef, why: str) -> Violation:
        return Violation(entity, "", "schema/unusable", f"schema {self.path} {why}")


class _Endless(Exception):
    """A schema that applies itself to the same value again."""


@dataclass(slots=True)
class _ReferenceWalk:
    """A walk through every `$ref` that a schema can reach. Raises Unresolvable, _Endless."""

    _done: dict[int, JSON] = field(
        default_factory=dict
    )  # by identity, the schema kept so that it stays its own
    _waiting: list[tuple[JSON, Any]] = field(default_factory=list)

    def follow(self, schema: JSON, resolver: Any) -> None:
        self._waiting.append((schema, resolver))
        while self._waiting:
            self._walk(*self._waiting.pop(), ())

    def _walk(self, schema: JSON, resolver: Any, above: tuple[int, ...]) -> None:
        """``above`` are the schemas that apply to the same value."""
        if id(schema) in above:
            raise _Endless
        if not isinstance(schema, dict) or id(schema) in self._done:
            return
        chain = (*above, id(schema))
        reference = schema.get("$ref")
        if isinstance(reference, str):
            target = resolver.lookup(reference)
            self._walk(target.contents, target.resolver, chain)
        for name, value in schema.items():
            for part in _parts(name, value):
                if name in IN_PLACE:
                    self._walk(part, resolver, chain)
                else:
                    self._waiting.append((part, resolver))
        self._done[id(schema)] = schema


def _parts(name: str, value: JSON) -> list[JSON]:
    if name in ("const", "enum", "default", "examples"):
        return []
    if name in ("$defs", "definitions", "properties", "patternProperties", "dependentSchemas"):
        return list(value.values()) if isinstance(value, dict) else []
    return value if isinstance(value, list) else [value]


def _always(message: str) -> Check:
    def check(entity: EntityRef, _: JSON) -> Iterator[Violation]:
        yield Violation(entity, "", "schema/unusable", message)

    return check


def _pointer(error: ValidationError | SchemaError) -> str:
    return format_pointer(str(token) for token in error.absolute_path)


def _short(error: ValidationError | SchemaError) -> str:
    text = str(error.message)
    return text if len(text) <= MESSAGE_LENGTH else text[: MESSAGE_LENGTH - 1] + "…"
