"""What a property of an entity is: a JSON pointer (`/parents/*`), the name of a member, or, in what Wikibase made, a property's
id. Lists are gone through; a value that names another entity is that entity."""

from __future__ import annotations

import json
from collections.abc import Iterator

from gitdraft.documents.parse import read_document
from gitdraft.documents.pointers import parse_pointer
from gitdraft.errors import InvalidInput, StateRefused
from gitdraft.index.names import description_of, label_of
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.lazy_regex import regex
from gitdraft.model.entities import EntityRef
from gitdraft.model.lists import PathPattern
from gitdraft.model.reconciliation import Cell, DateValue, EntityValue
from gitdraft.model.values import ABSENT, JSON
from gitdraft.store.references import places, references_in
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.redirects import follow

OF_WIKIBASE = regex(r"P[1-9][0-9]*")
DATE = regex(
    r"-?(?:[1-9][0-9]*)?[0-9]{4}-(1[0-2]|0[1-9])-(3[01]|0[1-9]|[12][0-9])"
    r"T(2[0-3]|[01][0-9]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-](2[0-3]|[01][0-9]):[0-5][0-9])?"
)
TIME = regex(r"\+?(-?)0*([0-9]+)-([0-9]{2})-([0-9]{2})T.*")
MOST_KEPT = 1000  # documents in memory
OF_DAY = 11  # a precision of Wikibase's


def tokens_of(name: str) -> PathPattern:
    """Returns the place that a property's name stands for. Raises InvalidInput for what looks like a pointer and is none."""
    return parse_pointer(name) if name.startswith("/") else (name,)


@dataclass(slots=True)
class Reading:
    """Canonical's entities as they are read for one request, each once."""

    view: EffectiveView
    _documents: dict[EntityRef, JSON] = field(default_factory=dict)

    def document(self, entity: EntityRef) -> JSON:
        """Returns the document of a live entity; null for a file that cannot be read."""
        if entity not in self._documents:
            canonical = self.view.canonical
            blob = canonical.blob(entity)
            try:
                content = b"null" if blob is None else canonical.source.read_blob(blob)
                document = read_document(content, limits=canonical.configuration.limits, source=str(entity))
            except InvalidInput:  # it was taken in by plain git
                document = None
            if len(self._documents) == MOST_KEPT:
                self._documents.clear()
            self._documents[entity] = document
        return self._documents[entity]

    def end(self, entity: EntityRef) -> EntityRef | None:
        """Returns the live entity that a name stands for, a redirect being followed; ``None`` where there is none."""
        if entity.type not in self.view.canonical.configuration.entities:
            return None
        if self.view.canonical.blob(entity) is not None:
            return entity
        try:
            last = follow(self.view, entity)
        except (StateRefused, InvalidInput):
            return None
        return last if self.view.canonical.blob(last) is not None else None

    def name(self, entity: EntityRef) -> str:
        """Returns what a live entity is called: its label, else its key."""
        return label_of(self.document(entity)) or entity.key

    def description(self, entity: EntityRef) -> str | None:
        """Returns what a live entity says of itself."""
        return description_of(self.document(entity))

    def cells(self, entity: EntityRef, property_name: str) -> list[Cell]:
        """Returns the values of a property of a live entity, in their order."""
        document = self.document(entity)
        claims = document.get("claims") if isinstance(document, dict) else None
        if OF_WIKIBASE.fullmatch(property_name) and isinstance(claims, dict):
            return list(self._statements(claims.get(property_name)))
        named = {
            reference.tokens: reference.candidates
            for reference in references_in(self.view.canonical.configuration.entities[entity.type], document)
            if not reference.rule.members
        }
        cells: list[Cell] = []
        for tokens, value in places(document, tokens_of(property_name)):
            for place, scalar in _scalars(value, tokens):
                cells += self._cell(scalar, named.get(place, ()))
        return cells

    def _cell(self, value: JSON, candidates: tuple[EntityRef, ...]) -> Iterator[Cell]:
        ends = (self.end(candidate) for candidate in candidates)
        target = next((end for end in ends if end is not None), None)
        if target is not None:
            yield EntityValue(target, self.name(target))
        elif isinstance(value, bool):
            yield "true" if value else "false"
        elif isinstance(value, str):
            yield DateValue(value) if DATE.fullmatch(value) else value
        elif isinstance(value, int | float):
            yield value
        elif value is not None:
            yield json.dumps(value, ensure_ascii=False)

    def _statements(self, statements: JSON) -> Iterator[Cell]:
        """Yields the values of the best statements, as Wikibase ranks them."""
        known = [s for s in statements if isinstance(s, dict)] if isinstance(statements, list) else []
        for rank in ("preferred", "normal"):
            best = [statement for statement in known if statement.get("rank", "normal") == rank]
            if best:
                for statement in best:
                    snak = statement.get("mainsnak")
                    value = snak.get("datavalue") if isinstance(snak, dict) else None
                    if isinstance(value, dict):
                        yield from self._data_value(value.get("value"))
                return

    def _data_value(self, value: JSON) -> Iterator[Cell]:
        match value:
            case {"id": str(key)} | {"entity-type": "item", "numeric-id": key}:
                name = key if isinstance(key, str) else f"Q{key}"
                types = self.view.canonical.configuration.entities
                yield from self._cell(name, tuple(EntityRef(type_name, name) for type_name in types))
            case {"time": str(text), "precision": int(precision)}:
                yield _time(text, precision)
            case {"amount": str(text)}:
                amount = text.removeprefix("+")
                yield int(amount) if amount.lstrip("-").isdecimal() else float(amount)
            case {"latitude": latitude, "longitude": longitude}:
                yield f"{latitude},{longitude}"
            case {"text": str(text)}:
                yield text
            case _:
                yield from self._cell(value, ())


def _scalars(value: JSON, tokens: PathPattern) -> Iterator[tuple[PathPattern, JSON]]:
    """Yields what is in a list, and in lists in it, with its place; anything else is itself."""
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _scalars(inner, (*tokens, str(index)))
    elif value is not None and value is not ABSENT:
        yield tokens, value


def _time(text: str, precision: int) -> Cell:
    """Returns a time of Wikibase's: a date from the precision of a day, else the year, or the year and the month."""
    match = TIME.fullmatch(text)
    if match is None:
        return text
    sign, year, month, day = match.groups()
    year = sign + year.zfill(4)
    if precision >= OF_DAY:
        return DateValue(f"{year}-{month}-{day}T00:00:00Z")
    return f"{year}-{month}" if precision == OF_DAY - 1 else year
