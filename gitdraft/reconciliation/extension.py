"""The values of properties, fetched for many entities."""

from __future__ import annotations

from collections.abc import Sequence

from gitdraft.errors import GitdraftError
from gitdraft.index.names import label_of
from gitdraft.model.entities import EntityRef
from gitdraft.model.reconciliation import AskedColumn, Cell, EntityValue, Extension
from gitdraft.reconciliation.properties import OF_WIKIBASE, Reading, tokens_of
from gitdraft.views.effective_view import EffectiveView
from gitdraft.views.entity_names import find_entity


def extend(view: EffectiveView, names: Sequence[str], asked: Sequence[AskedColumn]) -> Extension:
    """Returns the values of the properties of the entities with these names, by the names as they were given. What is unknown
    or deleted has none. Raises InvalidInput for what is no pointer."""
    for column in asked:
        tokens_of(column.property)
    reading = Reading(view)
    rows = {name: _row(reading, find_live(reading, name), asked) for name in names}
    columns = []
    for index, column in enumerate(asked):
        types = {c.entity.type for row in rows.values() for c in row[index] if isinstance(c, EntityValue)}
        columns.append(
            (column.property, name_of(reading, column.property), types.pop() if len(types) == 1 else None)
        )
    return Extension(tuple(columns), rows)


def find_live(reading: Reading, name: str) -> EntityRef | None:
    """Returns the live entity with a name, a redirect being followed; ``None`` where there is none."""
    try:
        return reading.end(find_entity(reading.view, name))
    except GitdraftError:
        return None


def name_of(reading: Reading, property_name: str) -> str:
    """Returns what a property is called: of a Wikibase's property its label, else its member."""
    if OF_WIKIBASE.fullmatch(property_name):
        for type_name in reading.view.canonical.configuration.entities:
            entity = EntityRef(type_name, property_name)
            if reading.view.canonical.blob(entity) is not None:
                return label_of(reading.document(entity)) or property_name
    return " ".join(token for token in tokens_of(property_name) if token != "*") or property_name


def _row(reading: Reading, entity: EntityRef | None, asked: Sequence[AskedColumn]) -> list[list[Cell]]:
    if entity is None:
        return [[] for _ in asked]
    return [
        reading.cells(entity, column.property)[: column.limit or None] if column.limit >= 0 else []
        for column in asked
    ]
