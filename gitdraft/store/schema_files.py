"""The schema files that a type is held to: its own and those that it names by `$ref`, inside the repository."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote, urldefrag, urlsplit

from gitdraft.documents.parsing import parse_json
from gitdraft.errors import InvalidInput
from gitdraft.model.values import JSON
from gitdraft.store.snapshots import Snapshot, file_oid


def schema_files(snapshot: Snapshot, type_name: str) -> tuple[str, ...]:
    """Paths of the type's schema and of all it reaches by relative `$ref`; files that are not there included."""
    first = snapshot.configuration.entities[type_name].schema
    if first is None:
        return ()
    found: dict[str, None] = {}
    waiting = [first]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path] = None
        waiting.extend(_neighbours(path, read_schema(snapshot, path)))
    return tuple(found)


def read_schema(snapshot: Snapshot, path: str) -> JSON | None:
    """The schema at ``path``; ``None`` when it is not there or not JSON."""
    oid = file_oid(snapshot.source, snapshot.tree, path)
    if oid is None:
        return None
    try:
        return parse_json(snapshot.source.read_blob(oid), source=path)
    except InvalidInput:
        return None


def _neighbours(path: str, schema: JSON) -> Iterator[str]:
    for reference in _references(schema):
        target = urldefrag(reference).url
        if target and not urlsplit(target).scheme and not target.startswith("/"):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target)))


def _references(schema: JSON) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference
    values = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for value in values:
        yield from _references(value)
