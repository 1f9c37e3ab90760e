"""JSON Schema, by the jsonschema library, with every `$ref` resolved inside the repository."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import Draft202012Validator, validator_for
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import DRAFT202012

from gitdraft.documents.pointers import format_pointer
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON
from gitdraft.model.violations import Violation

ROOT = "gitdraft-repository:/"
MESSAGE_LENGTH = 300

Check = Callable[[EntityRef, JSON], Iterator[Violation]]


def compile_schema(path: str, read: Callable[[str], JSON | None]) -> Check:
    """A check of entities against the schema at the repository path ``path``.

    ``read`` gives the schema at a path, ``None`` when there is none. A schema that is missing, malformed or
    refers outside the repository makes every entity violate `schema/unusable`: it is never passed over.
    """

    def retrieve(uri: str) -> Resource[Any]:
        schema = read(uri.removeprefix(ROOT)) if uri.startswith(ROOT) else None
        if schema is None:
            raise NoSuchResource(uri)
        return Resource.from_contents(schema, default_specification=DRAFT202012)

    schema = read(path)
    if not isinstance(schema, dict | bool):
        return _always(f"schema {path} is missing or not a JSON Schema")
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)  # type: ignore[arg-type]  # its stubs leave out true and false, which are schemas
    except SchemaError as error:
        return _always(f"schema {path} is not valid at '{_pointer(error)}': {_short(error)}")
    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]  # an attrs alias
    registry = registry.with_resource(
        ROOT + path, Resource.from_contents(schema, default_specification=DRAFT202012)
    )
    validator = kind({"$ref": ROOT + path}, registry=registry)

    def check(entity: EntityRef, document: JSON) -> Iterator[Violation]:
        try:
            for error in validator.iter_errors(document):
                yield Violation(entity, _pointer(error), f"schema/{error.validator}", _short(error))
        except Unresolvable as error:
            message = f"schema {path} refers to '{error.ref}', which is not in the repository"
            yield Violation(entity, "", "schema/unusable", message)

    return check


def _always(message: str) -> Check:
    def check(entity: EntityRef, _: JSON) -> Iterator[Violation]:
        yield Violation(entity, "", "schema/unusable", message)

    return check


def _pointer(error: ValidationError | SchemaError) -> str:
    return format_pointer(str(token) for token in error.absolute_path)


def _short(error: ValidationError | SchemaError) -> str:
    text = str(error.message)
    return text if len(text) <= MESSAGE_LENGTH else text[: MESSAGE_LENGTH - 1] + "…"
