"""The references that gitdraft.yaml declares, in one document."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.formats.configuration import EntityType
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import PathPattern
from gitdraft.model.values import JSON

Tokens = tuple[str, ...]


def references_in(entity_type: EntityType, document: JSON) -> Iterator[tuple[EntityRef, Tokens]]:
    """Yields the entities that a document of this type names, and where. What is not a string names nothing."""
    for pattern, target in entity_type.references:
        for tokens, value in places(document, pattern):
            if isinstance(value, str):
                yield EntityRef(target, value), tokens


def places(value: JSON, pattern: PathPattern, above: Tokens = ()) -> Iterator[tuple[Tokens, JSON]]:
    """Yields where in ``value`` the pattern matches, and what is there; ``above`` is put before each place."""
    if not pattern:
        yield above, value
        return
    token, rest = pattern[0], pattern[1:]
    if isinstance(value, dict):
        members = value.items() if token == "*" else [(token, value[token])] if token in value else []
        for name, inner in members:
            yield from places(inner, rest, (*above, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if token in ("*", str(index)):
                yield from places(inner, rest, (*above, str(index)))
