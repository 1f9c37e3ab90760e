"""What an entity says of its parents and members, as `inherits:` of gitdraft.yaml declares it."""

from __future__ import annotations

from functools import lru_cache

from gitdraft.documents.inheritance import Declared, Node, Requirement, Unreadable
from gitdraft.documents.parse import read_document
from gitdraft.documents.pointers import parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import Configuration, EntityType
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import PathPattern
from gitdraft.model.names import Oid
from gitdraft.model.outcomes import Absent, Deleted, EntityState, Live, Redirected
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.model.values import JSON
from gitdraft.store.redirects import readable_tombstone
from gitdraft.store.references import places
from gitdraft.store.snapshots import Snapshot


def inheriting_types(configuration: Configuration) -> tuple[str, ...]:
    """Returns the types whose entities inherit, and those that they inherit from."""
    names: dict[str, None] = {}
    for name, entity_type in configuration.entities.items():
        if entity_type.inherits is not None:
            names |= {name: None, _target(entity_type, _tokens(entity_type.inherits.parents)) or name: None}
    return tuple(names)


def declared_in(entity_type: EntityType, document: JSON) -> Declared:
    """Returns the parents and members in a document of this type. What is not a string names nothing; a member that
    `references:` declares is named ``type/key``, another one as it stands there."""
    if entity_type.inherits is None:
        return Declared()
    pointer = _tokens(entity_type.inherits.parents)
    parents = [
        EntityRef(_target(entity_type, pointer) or entity_type.name, key)
        for key in _strings(document, pointer)
    ]
    members: dict[str, Requirement] = {}
    for text, word in entity_type.inherits.members:
        target = _target(entity_type, _tokens(text))
        for key in _strings(document, _tokens(text)):
            name = key if target is None else str(EntityRef(target, key))
            if word == "required":
                members[name] = "required"
            else:
                members.setdefault(name, "optional")
    return Declared(tuple(dict.fromkeys(parents)), tuple(members.items()))


def member_text(entity_type: EntityType, pointer: str, name: str) -> str:
    """Returns a member's name as it would stand in the list at a pointer."""
    target = _target(entity_type, _tokens(pointer))
    return name if target is None else name.removeprefix(f"{target}/")


def node_of(entity_type: EntityType, state: EntityState) -> Node:
    """Returns an entity of this type among those that inherit, by what it is."""
    return declared_in(entity_type, state.document) if isinstance(state, Live) else state


def canonical_node(canonical: Snapshot, entity: EntityRef, blob: Oid | None = None) -> Node:
    """Returns an entity of canonical among those that inherit; ``blob``, where it is known, is its file."""
    entity_type = canonical.configuration.entities.get(entity.type)
    if entity_type is None:
        return Absent()
    blob = blob or canonical.blob(entity)
    if blob is not None:
        try:
            document = read_document(
                canonical.source.read_blob(blob), limits=canonical.configuration.limits, source=str(entity)
            )
        except InvalidInput:  # reported as json/invalid where the entity itself is validated
            return Unreadable()
        return declared_in(entity_type, document)
    match readable_tombstone(canonical.source, canonical.tombstone_blob(entity)):
        case None:
            return Absent()
        case RedirectTombstone(redirects_to=target):
            return Redirected(EntityRef(entity.type, target))
        case _:
            return Deleted()


@lru_cache(maxsize=256)
def _tokens(pointer: str) -> PathPattern:
    return parse_pointer(pointer)


def _target(entity_type: EntityType, pointer: PathPattern) -> str | None:
    """Returns the type that the strings at a pointer name, or those in the list there."""
    for rule in entity_type.references:
        if rule.pattern in (pointer, (*pointer, "*")):
            return rule.types[0]
    return None


def _strings(document: JSON, pattern: PathPattern) -> list[str]:
    values = [value for _, value in places(document, pattern)]
    inner = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return [item for item in inner if isinstance(item, str)]
