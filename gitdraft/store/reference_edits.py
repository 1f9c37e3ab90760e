"""Documents with references replaced: those of others to an entity, and an entity's own under its new name."""

from __future__ import annotations

from collections.abc import Callable

from gitdraft.documents.equality import identical
from gitdraft.documents.patch import apply_patch
from gitdraft.documents.pointers import format_pointer, get, parse_pointer
from gitdraft.errors import ConflictError, PolicyViolation
from gitdraft.formats.configuration import Configuration
from gitdraft.model.changes import PatchOp
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import SetOf
from gitdraft.model.references import Reference
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.store.references import Tokens, places, references_in, resolve

Holds = Callable[[EntityRef], bool]
"""Tells whether an entity is there, as itself or as a redirect."""


def under_new_name(
    configuration: Configuration, holds: Holds, source: EntityRef, target: EntityRef
) -> Callable[[JSON], JSON]:
    """Returns what makes of a document of ``source`` the one of ``target``: its id member, and the references to itself.

    That raises what ``replace_references`` does.
    """
    id_pointer = configuration.entities[source.type].id_pointer

    def rename(document: JSON) -> JSON:
        renamed = replace_references(
            configuration, lambda entity: entity == target or holds(entity), document, source, target, source
        )
        if id_pointer is None or not parse_pointer(id_pointer):
            return renamed
        op: PatchOp = {"op": "replace", "path": id_pointer, "value": target.key}
        return apply_patch(renamed, (op,))

    return rename


def replace_references(
    configuration: Configuration,
    holds: Holds,
    document: JSON,
    old: EntityRef,
    new: EntityRef,
    referrer: EntityRef,
) -> JSON:
    """Returns the document of ``referrer`` with references to ``new`` in place of ``old``; a list declared a set has it
    once. A member that is named for it gets the other name; where that is there already, two lists become one.

    Raises PolicyViolation (``ambiguous-reference``) where the id of ``new`` stands for another entity at such a place,
    ConflictError (``merge-conflict``) where two members of the same name would differ.
    """
    entity_type = configuration.entities[referrer.type]
    references = [
        reference
        for reference in references_in(entity_type, document)
        if old in resolve(reference.candidates, holds)
    ]
    for reference in references:
        _require_meaning(holds, referrer, reference, new)
        if not reference.rule.members:
            document = put_at(document, reference.tokens, new.key)
    members = {reference.tokens for reference in references if reference.rule.members}
    for tokens in sorted(members, key=lambda tokens: (-len(tokens), tokens)):
        document = put_at(
            document, tokens[:-1], _renamed(referrer, tokens, get(document, tokens[:-1]), new.key)
        )
    for pattern, rule in entity_type.lists:
        if isinstance(rule, SetOf):
            for tokens, values in list(places(document, pattern)):
                if isinstance(values, list) and values.count(new.key) > 1:
                    document = put_at(document, tokens, _once(values, new.key))
    return document


def _require_meaning(holds: Holds, referrer: EntityRef, reference: Reference, new: EntityRef) -> None:
    """Raises PolicyViolation where the id of ``new``, put at that place, stands for another entity."""
    others = resolve(reference.rule.candidates(new.key), holds)
    if new not in others:
        pointer = format_pointer(reference.tokens)
        other = others[0] if others else "nothing"
        raise PolicyViolation(
            f"{referrer} {pointer}: '{new.key}' there would name {other}, not {new}",
            code="ambiguous-reference",
            context={"entity": str(referrer), "path": pointer},
            hint=f"gitdraft set {referrer} {pointer} VALUE in a draft says what it is to name",
        )


def _renamed(referrer: EntityRef, tokens: Tokens, document: Maybe, name: str) -> JSON:
    """Returns an object whose member at the last of ``tokens`` has another name."""
    assert isinstance(document, dict)
    value, present = document[tokens[-1]], document.get(name, ABSENT)
    if isinstance(value, list) and isinstance(present, list):
        value = [*present, *(item for item in value if not any(identical(item, other) for other in present))]
    elif present is not ABSENT and not identical(value, present):
        raise ConflictError(
            f"{referrer} {format_pointer(tokens)}: there is a member '{name}' already, and it differs",
            code="merge-conflict",
            context={"entity": str(referrer), "path": format_pointer(tokens)},
        )
    kept = name if present is not ABSENT else tokens[-1]
    others = ((key, inner) for key, inner in document.items() if key == kept or key not in (name, tokens[-1]))
    return {name if key == kept else key: value if key == kept else inner for key, inner in others}


def put_at(document: JSON, tokens: Tokens, value: JSON) -> JSON:
    """Returns the document with the value at that place, which is there."""
    if not tokens:
        return value
    if isinstance(document, list):
        index = int(tokens[0])
        return [*document[:index], put_at(document[index], tokens[1:], value), *document[index + 1 :]]
    return {**document, tokens[0]: put_at(document[tokens[0]], tokens[1:], value)}


def _once(values: list[JSON], value: JSON) -> list[JSON]:
    first = values.index(value)
    return [item for index, item in enumerate(values) if item != value or index == first]
