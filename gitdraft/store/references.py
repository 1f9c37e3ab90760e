"""The references that gitdraft.yaml declares, in one document, and its values that no other entity may have."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gitdraft.documents.equality import equivalent
from gitdraft.documents.pointers import format_pointer, get
from gitdraft.formats.configuration import EntityType
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import PathPattern
from gitdraft.model.references import Reference, ReferenceRule
from gitdraft.model.values import JSON

Tokens = tuple[str, ...]
LONGEST = 200  # characters of a value that is kept as it is


def references_in(entity_type: EntityType, document: JSON) -> Iterator[Reference]:
    """Yields the places where a document of this type names entities. A value that is not a string names nothing."""
    for rule in entity_type.references:
        for tokens, value in places(document, rule.pattern):
            if rule.when and not _is_met(rule, document, tokens):
                continue
            if rule.members:
                for name in value if isinstance(value, dict) else ():
                    yield Reference(rule, name, (*tokens, name))
            elif isinstance(value, str):
                yield Reference(rule, value, tokens)


def resolve(candidates: tuple[EntityRef, ...], holds: Callable[[EntityRef], bool]) -> tuple[EntityRef, ...]:
    """Returns the entity that an id stands for, of several types the first that holds the id; all where none does.

    ``holds`` tells whether an entity is there, as itself or as a redirect. Empty where no type is declared.
    """
    if len(candidates) < 2:
        return candidates
    return next(((candidate,) for candidate in candidates if holds(candidate)), candidates)


def targets_in(
    entity_type: EntityType, document: JSON, holds: Callable[[EntityRef], bool]
) -> Iterator[tuple[EntityRef, Tokens]]:
    """Yields the entities that a document of this type names, and where, each place resolved."""
    for reference in references_in(entity_type, document):
        for target in resolve(reference.candidates, holds):
            yield target, reference.tokens


def unique_values(entity_type: EntityType, document: JSON) -> Iterator[tuple[EntityRef, Tokens]]:
    """Yields the values that no other live entity of the type may have, and where; null and what is no scalar are none.

    A value is told as an entity that is named: of no type of the repository, the value as its key. So the index of
    references knows who has it.
    """
    for pattern in entity_type.unique:
        for tokens, value in places(document, pattern):
            text = value_text(value)
            if text is not None:
                kind = "text" if isinstance(value, str) else "value"
                yield EntityRef(f"{entity_type.name} {format_pointer(pattern)} {kind}", text), tokens


def value_text(value: JSON) -> str | None:
    """Returns a text that two scalars of one kind share exactly when they are equal; a digest of a long one."""
    match value:
        case None | dict() | list():
            return None
        case str():
            text = value
        case bool():
            text = "true" if value else "false"
        case _:
            text = str(int(value)) if value == int(value) else repr(float(value))
    if len(text) <= LONGEST:
        return text
    from hashlib import sha256

    return sha256(text.encode()).hexdigest()


def scalars_in(value: JSON) -> Iterator[JSON]:
    """Yields the values in a document that are neither objects nor lists."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from scalars_in(inner)
    else:
        yield value


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


def _is_met(rule: ReferenceRule, document: JSON, tokens: Tokens) -> bool:
    """Returns whether the conditions hold at a place that the rule's pattern matches."""
    stars = [token for token, part in zip(tokens, rule.pattern, strict=True) if part == "*"]
    for condition, expected in rule.when:
        remaining = iter(stars)
        place = tuple(next(remaining) if part == "*" else part for part in condition)
        if not equivalent(get(document, place), expected):
            return False
    return True
