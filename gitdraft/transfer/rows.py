"""Which entity a row of an import is: a plain document, or one with its address."""

from __future__ import annotations

from gitdraft.documents.parse import Limits, check_document, check_root, parse_json
from gitdraft.documents.pointers import get, parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.formats.configuration import Configuration
from gitdraft.formats.entity_streams import Row
from gitdraft.formats.keys import normalise_key
from gitdraft.formats.paths import decode_key
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import ABSENT, JSON
from gitdraft.views.entity_names import known_types, parse_entity

WRAPPER = {"entity", "document"}
LARGER = 8  # a row may spell every character as an escape


@dataclass(frozen=True, slots=True)
class Naming:
    """How rows without an address name their entities: the type, and the pointer (RFC 6901) of the key in the document.
    ``None``: the only type, and where its `id:` says."""

    type_name: str | None = None
    key: str | None = None


class RowReader:
    """Reads rows as entities of a configuration."""

    def __init__(self, configuration: Configuration, naming: Naming) -> None:
        self.configuration = configuration
        self.naming = naming
        if naming.type_name is not None:
            known_types(configuration, naming.type_name)
        types = tuple(configuration.entities)
        self.type_name = naming.type_name or (types[0] if len(types) == 1 else None)
        entity_type = configuration.entities.get(self.type_name or "")
        pointer = naming.key
        if pointer is None and entity_type is not None:
            pointer = entity_type.id_pointer
        self.key_pointer = pointer
        self._key_tokens = None if pointer is None else parse_pointer(pointer)
        limits = configuration.limits
        self.longest = limits.max_bytes * LARGER
        self._limits = Limits(self.longest, limits.max_depth + 1, limits.max_integer_digits)

    def read(self, row: Row) -> tuple[EntityRef, JSON]:
        """Returns the entity and its document. Raises InvalidInput for a malformed row, NotFound for an unknown type."""
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
        if self.naming.type_name not in (None, entity.type):
            raise InvalidInput(
                f"'{entity}' is not of type '{self.naming.type_name}'", context={"path": "/entity"}
            )
        return entity

    def _named(self, document: JSON, path: str | None) -> EntityRef:
        type_name, stem = self.type_name, None
        if path is not None:
            folder, _, name = path.rpartition("/")
            stem = name.removesuffix(".json")
            if self.naming.type_name is None and folder.partition("/")[0] in self.configuration.entities:
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
        nested = self.configuration.entities[type_name].nested
        return EntityRef(type_name, normalise_key(key, nested=nested))
