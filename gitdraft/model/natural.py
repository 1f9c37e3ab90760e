"""The order in which people look for things: Q2 before Q10."""

from __future__ import annotations

from typing import TypeAlias

from gitdraft.lazy_regex import regex
from gitdraft.model.entities import EntityRef

NUMBER = regex(r"([0-9]+)")
NaturalKey: TypeAlias = tuple[str | tuple[int, str, str], ...]


def natural_key(text: str) -> NaturalKey:
    """Returns what to sort a text by: numbers in it by their value, then by how they are written."""
    parts = NUMBER.split(text)  # text and number by turns, the first and the last are texts
    return tuple(_number(part) if place % 2 else part for place, part in enumerate(parts))


def natural_entity_key(entity: EntityRef) -> tuple[str, NaturalKey]:
    """Returns what to sort an entity by: its type, then its key."""
    return entity.type, natural_key(entity.key)


def _number(digits: str) -> tuple[int, str, str]:
    value = digits.lstrip("0")
    return len(value), value, digits
