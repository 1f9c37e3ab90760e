"""Rules about what a change does to an entity, by its states before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gitdraft.documents.pointers import format_pointer, get, parse_pointer
from gitdraft.documents.serialise import dump_compact
from gitdraft.formats.configuration import EntityType
from gitdraft.model.entities import EntityRef
from gitdraft.model.outcomes import EntityState, Live, Redirected
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.model.violations import Violation
from gitdraft.store.references import places

SHOWN = 60


def check_transition(
    entity_type: EntityType,
    entity: EntityRef,
    before: EntityState,
    after: EntityState,
    is_new: Callable[[EntityRef], bool],
) -> Iterator[Violation]:
    """Yields what is wrong with a change of an entity from the state ``before`` to ``after``.

    ``is_new`` says of another entity whether the same change creates it.
    """
    if not isinstance(before, Live):
        return
    match after:
        case Live(document=document):
            yield from _check_datatype(entity_type, entity, before.document, document)
            yield from _check_required(entity_type, entity, before.document, document)
        case Redirected(target=target) if is_new(target):
            yield Violation(entity, "", "entity/renamed", f"it is renamed to {target}")
        case Redirected(target=target):
            yield Violation(entity, "", "entity/removed", f"it is redirected to {target}")
        case _:
            yield Violation(entity, "", "entity/removed", "it is removed")


def check_schema_transition(path: str, before: JSON | None, after: JSON | None) -> Iterator[Violation]:
    """Yields what the schema file at ``path`` newly requires, in the parts that both versions have."""
    old = dict(_required(before, ()))
    for pointer, names in _required(after, ()):
        if pointer not in old:
            continue
        for name in sorted(names - old[pointer]):
            yield Violation(
                EntityRef("", path), pointer, "required/added", f"{name!r} was not required before"
            )


def required_members(entity_type: EntityType, document: JSON) -> Iterator[tuple[str, str]]:
    """Yields the members that a document requires of its heirs, each after the pointer of the list."""
    for pointer, word in entity_type.inherits.members if entity_type.inherits is not None else ():
        if word == "required":
            for _, value in places(document, parse_pointer(pointer)):
                yield from (
                    (pointer, name) for name in value if isinstance(value, list) and isinstance(name, str)
                )


def _required(schema: JSON | None, above: tuple[str, ...]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yields the pointer of each `required` in a schema, with the names of the members it requires."""
    if isinstance(schema, list):
        for index, inner in enumerate(schema):
            yield from _required(inner, (*above, str(index)))
    if not isinstance(schema, dict):
        return
    listed = schema.get("required", [])
    if isinstance(listed, list) and ("required" in schema or "properties" in schema):
        names = frozenset(name for name in listed if isinstance(name, str))
        yield format_pointer((*above, "required")), names
    for name, inner in schema.items():
        if name not in ("required", "const", "enum", "default", "examples"):
            yield from _required(inner, (*above, name))


def _check_datatype(
    entity_type: EntityType, entity: EntityRef, before: JSON, after: JSON
) -> Iterator[Violation]:
    if entity_type.datatype is None:
        return
    pointer = parse_pointer(entity_type.datatype)
    old, new = get(before, pointer), get(after, pointer)
    if old is not ABSENT and old != new:
        yield Violation(
            entity, entity_type.datatype, "datatype/changed", f"it was {_shown(old)}, now it is {_shown(new)}"
        )


def _check_required(
    entity_type: EntityType, entity: EntityRef, before: JSON, after: JSON
) -> Iterator[Violation]:
    known = {name for _, name in required_members(entity_type, before)}
    for pointer, name in required_members(entity_type, after):
        if name not in known:
            yield Violation(entity, pointer, "required/added", f"{name!r} was not required before")


def _shown(value: Maybe) -> str:
    if value is ABSENT:
        return "nothing"
    text = dump_compact(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
