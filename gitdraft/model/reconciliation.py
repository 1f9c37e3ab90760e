"""What the reconciliation of names with entities asks and answers."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON

TypeStrictness: TypeAlias = Literal["any", "should", "all"]


class AskedProperty(NamedTuple):
    """A property, and the values of which a candidate is to have one; ``{"id": …}`` names an entity."""

    name: str
    values: tuple[JSON, ...]


@dataclass(frozen=True, slots=True)
class NameQuery:
    """One name to be reconciled, or the values of properties alone. Without ``types`` all count; of several, ``should`` likes
    their entities better and takes others too, ``all`` asks for entities that are of each."""

    name: str | None
    types: tuple[str, ...] = ()
    type_strict: TypeStrictness = "any"
    limit: int = 10
    properties: tuple[AskedProperty, ...] = ()


class Candidate(NamedTuple):
    """An entity that may be meant. ``score`` is out of 100; ``features`` are what it was made of, each from 0 to 1.

    ``is_match``: it is called so, has the values that were asked for, and no other candidate does.
    """

    entity: EntityRef
    name: str
    description: str | None
    score: float
    is_match: bool
    features: tuple[tuple[str, float], ...] = ()


class Suggestion(NamedTuple):
    """Something that goes on as was typed: its id, its name, what it is, and, of an entity, its type."""

    id: str
    name: str
    description: str | None = None
    type: str | None = None


class EntityValue(NamedTuple):
    """A value that is an entity of the repository."""

    entity: EntityRef
    name: str


class DateValue(NamedTuple):
    """A value that is a date and time, in ISO 8601."""

    text: str


Cell: TypeAlias = EntityValue | DateValue | str | int | float
"""One value of a property of an entity."""


@dataclass(frozen=True, slots=True)
class AskedColumn:
    """A property whose values are fetched, at most ``limit`` of an entity (0: all)."""

    property: str
    limit: int = 0


class Extension(NamedTuple):
    """The values that were fetched: each property's name and the type of the entities that it names, and a row an entity."""

    columns: tuple[tuple[str, str, str | None], ...]
    rows: dict[str, list[list[Cell]]]
