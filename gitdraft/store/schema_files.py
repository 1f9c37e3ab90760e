"""The schema files that a type is held to: its own and those that it names by `$ref`, inside the repository."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, unquote, urldefrag, urljoin

from gitdraft.documents.parse import parse_json
from gitdraft.errors import InvalidInput
from gitdraft.model.values import JSON
from gitdraft.store.snapshots import Snapshot, file_oid

ROOT = "http://repository.invalid/"  # never asked: a scheme under which relative references have a meaning


def uri_of(path: str) -> str:
    """Returns the URI of a schema file, by which others refer to it."""
    return ROOT + quote(path)


def path_at(uri: str) -> str | None:
    """Returns the path of the schema file with this URI; ``None`` for one outside the repository."""
    return unquote(uri.removeprefix(ROOT)) if uri.startswith(ROOT) else None


def schema_files(snapshot: Snapshot, type_name: str) -> tuple[str, ...]:
    """Returns paths of the type's schema and of all it reaches by `$ref`; files that are not there included."""
    first = snapshot.configuration.entities[type_name].schema
    if first is None:
        return ()
    paths: dict[str, None] = {}
    waiting = [first]
    while waiting:
        path = waiting.pop()
        if path in paths:
            continue
        paths[path] = None
        waiting.extend(_neighbours(path, read_schema(snapshot, path)))
    return tuple(paths)


def read_schema(snapshot: Snapshot, path: str) -> JSON | None:
    """Returns the schema at ``path``; ``None`` when it is not there or not JSON."""
    oid = file_oid(snapshot.source, snapshot.tree, path)
    if oid is None:
        return None
    try:
        return parse_json(snapshot.source.read_blob(oid), source=path)
    except InvalidInput:
        return None


def _neighbours(path: str, schema: JSON) -> Iterator[str]:
    base = uri_of(path)
    name = schema.get("$id") if isinstance(schema, dict) else None
    if isinstance(name, str):
        base = urljoin(base, name)
    for reference in _references(schema):
        neighbour = path_at(urldefrag(urljoin(base, reference)).url)
        if neighbour:
            yield neighbour


def _references(schema: JSON) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference
    values = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for value in values:
        yield from _references(value)
