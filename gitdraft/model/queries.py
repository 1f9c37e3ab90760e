"""What a search asks for."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import ABSENT, Maybe


@dataclass(frozen=True, slots=True)
class Word:
    """The key, a text or a number of the entity holds this text, case folded."""

    text: str


@dataclass(frozen=True, slots=True)
class OfType:
    """The entity is of this type."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """The entity has something at the pointer ``tokens`` (`*`: each member or element): anything where ``text`` is ``None``,
    else a text that is exactly it, or ``value``, what it is as JSON."""

    tokens: tuple[str, ...]
    text: str | None = None
    value: Maybe = ABSENT


Condition: TypeAlias = Word | OfType | Member


class Term(NamedTuple):
    """A condition, or that it does not hold."""

    condition: Condition
    is_negated: bool = False


Query: TypeAlias = tuple[Term, ...]


class Match(NamedTuple):
    """An entity that a search matched, and its label where it has one."""

    entity: EntityRef
    label: str | None = None
