"""The entity that a user means by `type/key`, or by a bare key where only one type has it."""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.errors import InvalidInput, NotFound
from gitdraft.formats.configuration import Configuration
from gitdraft.formats.keys import normalise_key
from gitdraft.model.entities import EntityRef
from gitdraft.model.nearest import nearest
from gitdraft.model.outcomes import ChangeStatus
from gitdraft.views.effective_view import EffectiveView


def parse_entity(configuration: Configuration, text: str) -> EntityRef:
    """Returns the entity that ``text`` names, existing or not; a bare key where there is one type.

    Raises InvalidInput for a bad key, NotFound for an unknown type.
    """
    name, slash, key = text.partition("/")
    types = configuration.entities
    if slash and name in types:
        return EntityRef(name, normalise_key(key, nested=types[name].nested))
    if len(types) == 1 and (not slash or next(iter(types.values())).nested):
        only = next(iter(types.values()))
        return EntityRef(only.name, normalise_key(text, nested=only.nested))
    if not slash:
        raise InvalidInput(
            f"'{text}' names no type",
            context={"entity": text},
            hint=f"write it as TYPE/KEY, with one of the types {', '.join(types)}",
        )
    near = nearest(name, types)
    raise NotFound(
        f"unknown entity type '{name}'",
        context={"entity": text, "types": list(types)},
        hint=f"did you mean '{near}/{key}'?" if near else f"the types are {', '.join(types) or 'none yet'}",
    )


def sibling(configuration: Configuration, entity: EntityRef, text: str) -> EntityRef:
    """Returns the entity that ``text``, a bare key or `type/key`, names beside one of the same type. Raises InvalidInput for a bad
    key."""
    name, slash, key = text.partition("/")
    if slash and name in configuration.entities:
        return EntityRef(name, normalise_key(key, nested=configuration.entities[name].nested))
    return EntityRef(entity.type, normalise_key(text, nested=configuration.entities[entity.type].nested))


def known_types(configuration: Configuration, name: str | None) -> tuple[str, ...]:
    """Returns the one type of that name, or all types. Raises NotFound for an unknown one."""
    if name is None:
        return tuple(configuration.entities)
    if name in configuration.entities:
        return (name,)
    near = nearest(name, configuration.entities)
    raise NotFound(
        f"unknown entity type '{name}'",
        context={"type": name, "types": list(configuration.entities)},
        hint=f"did you mean '{near}'?"
        if near
        else f"the types are {', '.join(configuration.entities) or 'none yet'}",
    )


def name_entity(view: EffectiveView, text: str) -> EntityRef:
    """Returns the entity that ``text`` names, existing or not; where there are several types, a bare key must exist.

    Raises as ``parse_entity`` and ``find_entity`` do.
    """
    configuration = view.canonical.configuration
    name, slash, _ = text.partition("/")
    if (slash and name in configuration.entities) or len(configuration.entities) == 1:
        return parse_entity(configuration, text)
    return find_entity(view, text)


def find_entity(view: EffectiveView, text: str) -> EntityRef:
    """Returns the entity in ``view`` that ``text`` names, live or deleted by its draft.

    Raises NotFound with the nearest name when there is none, InvalidInput when several types have the key.
    """
    configuration = view.canonical.configuration
    name, slash, _ = text.partition("/")
    if (slash and name in configuration.entities) or len(configuration.entities) == 1:
        entity = parse_entity(configuration, text)
        if is_known(view, entity):
            return entity
        raise unknown_entity(view, entity)
    matches = [entity for entity in possible_entities(configuration, text) if is_known(view, entity)]
    if matches:
        return only_entity(text, matches)
    if slash:
        return parse_entity(configuration, text)  # raises: no such type
    raise unknown_entity(view, EntityRef("", text))


def possible_entities(configuration: Configuration, text: str) -> list[EntityRef]:
    """Returns what ``text``, `type/key` or a key, can name, existing or not. Raises InvalidInput for a bad key."""
    name, slash, _ = text.partition("/")
    types = configuration.entities
    if (slash and name in types) or len(types) == 1:
        return [parse_entity(configuration, text)]
    return [
        EntityRef(entity_type.name, normalise_key(text, nested=entity_type.nested))
        for entity_type in types.values()
        if not slash or entity_type.nested
    ]


def only_entity(text: str, matches: Sequence[EntityRef]) -> EntityRef:
    """Returns the one entity that ``text`` names. Raises InvalidInput where there are several."""
    if len(matches) == 1:
        return matches[0]
    raise InvalidInput(
        f"'{text}' is the key of several entities",
        context={"entity": text, "entities": [str(entity) for entity in matches]},
        hint=f"write {' or '.join(str(entity) for entity in matches)}",
    )


def is_known(view: EffectiveView, entity: EntityRef) -> bool:
    """Returns whether canonical has the entity or its tombstone, or the draft changes it."""
    if view.canonical.blob(entity) is not None or entity in view.changed():
        return True
    return view.canonical.tombstone_blob(entity) is not None


def unknown_entity(view: EffectiveView, entity: EntityRef) -> NotFound:
    """Returns the error for an entity that does not exist, with the nearest one that does."""
    types = (entity.type,) if entity.type else None
    by_name = {
        str(known.entity) if entity.type else known.entity.key: known.entity
        for known in view.entities(types)
        if known.status is not ChangeStatus.DELETED
    }
    shown = str(entity) if entity.type else entity.key
    near = nearest(shown, by_name)
    return NotFound(
        f"unknown entity '{shown}'",
        context={"entity": shown},
        hint=f"did you mean '{by_name[near]}'?" if near else "gitdraft ls lists the entities",
    )
