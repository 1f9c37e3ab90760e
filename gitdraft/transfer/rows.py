"""What a row of an import is about: an entity by itself, or with its address."""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.documents.parse import Limits, check_document, check_root, parse_json
from gitdraft.documents.pointers import get, parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import Configuration
from gitdraft.formats.entity_streams import Row
from gitdraft.formats.keys import normalise_key
from gitdraft.formats.paths import decode_key
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import ABSENT, JSON
from gitdraft.views.entity_names import known_types, parse_entity

WRAPPER = {"entity", "document"}
LARGER = 8  # a row may spell every character as an escape


@dataclass(frozen=True, slots=True)
class Naming:
    """How rows name their entities: the type of those without an address, and where in them the key is (RFC 6901);
    ``None``: where the type's `id:` says."""

    entity_type: str | None = None
    key: str | None = None


class RowReader:
    """Reads rows as entities."""

    def __init__(self, configuration: Configuration, naming: Naming) -> None:
        self.configuration = configuration
        self.naming = naming
        if naming.entity_type is not None:
            known_types(configuration, naming.entity_type)
        types = tuple(configuration.entities)
        self.entity_type = naming.entity_type or (types[0] if len(types) == 1 else None)
        kind = configuration.entities.get(self.entity_type or "")
        pointer = naming.key if naming.key is not None else kind.id_pointer if kind else None
        self.key_pointer = pointer
        self._key_tokens = None if pointer is None else parse_pointer(pointer)
        limits = configuration.limits
        self.longest = limits.max_bytes * LARGER
        self._limits = Limits(self.longest, limits.max_depth + 1, limits.max_integer_digits)

    def read(self, row: Row) -> tuple[EntityRef, JSON]:
        """The entity and its document. Raises InvalidInput, NotFound for an unknown type."""
        if isinstance(row.content, InvalidInput):
            raise row.content
        source = row.path or "the entity"
        value = parse_json(row.content, limits=self._limits, source=source)
        limits = self.configuration.limits
        if isinstance(value, dict) and value.keys() == WRAPPER and self.key_pointer != "/entity":
            document = value["document"]
            check_document(document, limits=limits, source=source)
            return self._addressed(value["entity"]), document
        check_root(value, source)
        if row.content.count(b"{") + row.content.count(b"[") > limits.max_depth:
            check_document(value, limits=limits, source=source)
        return self._named(value, row.path), value

    def _addressed(self, address: JSON) -> EntityRef:
        if not isinstance(address, str):
            raise InvalidInput("entity: expected its address, TYPE/KEY", context={"path": "/entity"})
        entity = parse_entity(self.configuration, address)
        if self.naming.entity_type not in (None, entity.type):
            raise InvalidInput(
                f"'{entity}' is not of type '{self.naming.entity_type}'", context={"path": "/entity"}
            )
        return entity

    def _named(self, document: JSON, path: str | None) -> EntityRef:
        type_name, stem = self.entity_type, None
        if path is not None:
            folder, _, name = path.rpartition("/")
            stem = name.removesuffix(".json")
            if self.naming.entity_type is None and folder.partition("/")[0] in self.configuration.entities:
                return EntityRef(folder.partition("/")[0], decode_key(stem))
        if type_name is None:
            raise InvalidInput(
                "which type is it of?",
                code="missing-field",
                hint='--type TYPE, or {"entity": "TYPE/KEY", "document": …} for each',
            )
        if self._key_tokens is None:
            if stem is None:
                raise InvalidInput(
                    f"where is its key? Entities of type '{type_name}' have no id member",
                    code="missing-field",
                    hint="--key POINTER names the member",
                )
            return EntityRef(type_name, decode_key(stem))
        key = get(document, self._key_tokens)
        if key is ABSENT:
            raise InvalidInput(
                f"it has no key at '{self.key_pointer}'",
                code="missing-field",
                context={"path": self.key_pointer},
            )
        kind = self.configuration.entities[type_name]
        return EntityRef(type_name, normalise_key(key, nested=kind.nested))
