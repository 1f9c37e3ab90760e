"""JSON Schema, by the jsonschema library, with every `$ref` resolved inside the repository.

jsonschema is the reference. Where many entities are checked, jsonschema-rs passes those in which nothing is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, TypeAlias

from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import Draft202012Validator, validator_for
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import DRAFT202012

from gitdraft.documents.parse import Limits
from gitdraft.documents.pointers import format_pointer
from gitdraft.errors import ValidationTooLong
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON
from gitdraft.model.violations import Violation
from gitdraft.store.schema_files import path_at, uri_of
from gitdraft.validation.checkers import my_checkers
from gitdraft.validation.dialects import Endless, bounded, check_schema, forget_references
from gitdraft.validation.fast_schemas import IsValid, fast_verdict
from gitdraft.validation.patterns import NeedsProcess
from gitdraft.validation.schema_cost import is_bounded
from gitdraft.validation.time_limit import OutOfTime, time_limit

USUAL = Limits()
MESSAGE_LENGTH = 300
MANY = 200
LARGE = 20_000  # values and characters, beyond which a service has a process check a document
IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")

Check: TypeAlias = Callable[[EntityRef, JSON], Iterator[Violation]]


def compile_schema(
    path: str, read: Callable[[str], JSON | None], seconds: float = USUAL.validation_seconds
) -> Check:
    """Returns a check of entities against the schema at the repository path ``path``, each within ``seconds``.

    ``read`` gives the schema at a path, ``None`` when there is none. A schema that is missing, malformed or
    refers outside the repository makes every entity violate `schema/unusable`: it is never passed over. A check that takes
    longer raises ValidationTooLong: an error of the run, which says nothing of the entity.
    """
    return _Schema(path, read, seconds)


@dataclass(slots=True)
class _Schema:
    """The check by one schema, compiled when it is first needed. jsonschema-rs takes part from the `MANY`-th document on: it
    has to compile, too."""

    path: str
    read: Callable[[str], JSON | None]
    seconds: float
    _compiled: _Compiled | str | None = None  # a text says why it cannot be used
    _fast: IsValid | None = None
    _checked: int = 0

    def __call__(self, entity: EntityRef, document: JSON) -> Iterator[Violation]:
        try:
            with time_limit(self.seconds):
                return iter(self._check(entity, document))
        except OutOfTime:
            raise ValidationTooLong(
                f"validating {entity} takes longer than {self.seconds:g} seconds",
                context={"entity": str(entity), "schema": self.path, "seconds": self.seconds},
                hint=f"look at the schema {self.path} and the entity's size; limits: {{validation_seconds}} in gitdraft.yaml sets the bound",
            ) from None

    def _check(self, entity: EntityRef, document: JSON) -> list[Violation]:
        checkers = my_checkers()
        if checkers is None:
            return self._judge(entity, document)
        if not _is_large(document):
            with suppress(NeedsProcess):
                return self._judge(entity, document)
        return checkers.check(self.path, entity, document, self.read)

    def _judge(self, entity: EntityRef, document: JSON) -> list[Violation]:
        """Raises NeedsProcess where nothing here can break it off."""
        if self._compiled is None:
            self._compiled = _compile(self.path, self.read)
        if isinstance(self._compiled, str):
            return [Violation(entity, "", "schema/unusable", self._compiled)]
        self._checked += 1
        if self._checked == MANY:
            self._fast = self._compiled.fast()
        if self._fast is not None and self._fast(document):
            return []
        return list(self._compiled.violations(entity, document))


def _is_large(document: JSON) -> bool:
    """Returns whether a document has more than `LARGE` values or characters."""
    size, rest = 0, [document]
    while rest:
        value = rest.pop()
        size += 1
        if isinstance(value, str):
            size += len(value)
        elif isinstance(value, list):
            size += len(value)
            rest += value[:LARGE]
        elif isinstance(value, dict):
            size += sum(map(len, value))
            rest += islice(value.values(), LARGE)
        if size > LARGE:
            return True
    return False


def _compile(path: str, read: Callable[[str], JSON | None]) -> _Compiled | str:
    """Returns the schema at ``path`` as it is applied, or why it cannot be. Raises OutOfTime."""

    def retrieve(uri: str) -> Resource[Any]:
        schema_path = path_at(uri)
        schema = None if schema_path is None else read(schema_path)
        if schema is None:
            raise NoSuchResource(uri)
        return Resource.from_contents(schema, default_specification=DRAFT202012)

    schema = read(path)
    if not isinstance(schema, dict | bool):
        return f"schema {path} is missing or not a JSON Schema"
    dialect = validator_for(schema, default=Draft202012Validator)
    try:
        check_schema(dialect, schema)
    except SchemaError as error:
        return f"schema {path} is not valid at '{_pointer(error)}': {_short(error)}"
    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]  # an attrs alias
    registry = registry.with_resource(
        uri_of(path), Resource.from_contents(schema, default_specification=DRAFT202012)
    )
    validator = bounded(dialect)({"$ref": uri_of(path)}, registry=registry)
    return _Compiled(path, dialect.__name__, validator, registry, schema)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A schema as it is applied; ``dialect`` is the name of jsonschema's class for it."""

    path: str
    dialect: str
    validator: Any
    registry: Registry[Any]
    schema: JSON

    def violations(self, entity: EntityRef, document: JSON) -> Iterator[Violation]:
        forget_references()
        try:
            for error in self.validator.iter_errors(document):
                yield Violation(entity, _pointer(error), f"schema/{error.validator}", _short(error))
        except Unresolvable as error:
            yield self._unusable(entity, f"refers to '{error.ref}', which is not in the repository")
        except re.error as error:
            yield self._unusable(entity, f"has a pattern that is none, {error.pattern!r}: {error.msg}")
        except (Endless, RecursionError):
            yield self._unusable(entity, "refers to itself without end")
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # Rust's, which is no Exception
                raise
            yield self._unusable(entity, "cannot be applied: it is nested too deep")

    def fast(self) -> IsValid | None:
        """Returns the same verdict by jsonschema-rs, where it is known to be the same, and to have an end."""
        try:
            _ReferenceWalk().follow(self.schema, self.registry.resolver(uri_of(self.path)))
            if not is_bounded(self.schema, self.registry.resolver(uri_of(self.path))):
                return None  # nothing can break it off
        except (Unresolvable, Endless, RecursionError):
            return None
        return fast_verdict(self.dialect, uri_of(self.path), self._read)

    def _read(self, uri: str) -> JSON | None:
        try:
            return self.registry.get_or_retrieve(uri).value.contents
        except Unresolvable:
            return None

    def _unusable(self, entity: EntityRef, why: str) -> Violation:
        return Violation(entity, "", "schema/unusable", f"schema {self.path} {why}")


@dataclass(slots=True)
class _ReferenceWalk:
    """A walk through every `$ref` that a schema can reach. Raises Unresolvable, Endless."""

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
            raise Endless
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


def _pointer(error: ValidationError | SchemaError) -> str:
    return format_pointer(str(token) for token in error.absolute_path)


def _short(error: ValidationError | SchemaError) -> str:
    text = str(error.message)
    return text if len(text) <= MESSAGE_LENGTH else text[: MESSAGE_LENGTH - 1] + "…"
