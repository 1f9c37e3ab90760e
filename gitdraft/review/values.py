"""A JSON value as a page shows it: its text, cut where it is long, and what it refers to."""

from __future__ import annotations

import json
from typing import Literal, TypeAlias

from gitdraft.documents.serialise import dump_compact
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import ABSENT, JSON, Maybe
from gitdraft.review.text import cut

LONGEST_SHOWN = 4096  # bytes of a value, and then "show all"

ValueKind: TypeAlias = Literal["text", "number", "boolean", "null", "empty", "json", "absent"]


@dataclass(frozen=True, slots=True)
class Named:
    """An entity that a value names, and its label where it has one."""

    entity: EntityRef
    label: str | None = None
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A value: ``left_out`` is how many characters of its text are not shown, ``named`` the entity that it names."""

    kind: ValueKind
    text: str
    left_out: int = 0
    named: Named | None = None


def show_value(value: Maybe, named: Named | None = None, *, whole: bool = False) -> ShownValue:
    """Returns a value as it is shown, the ``whole`` of it or the first 4 KB."""
    kind, text = _kind_and_text(value)
    shown = text if whole else cut(text, LONGEST_SHOWN)
    return ShownValue(kind, shown, len(text) - len(shown), named)


def _kind_and_text(value: Maybe) -> tuple[ValueKind, str]:
    if value is ABSENT:
        return "absent", "not there"
    if value is None:
        return "null", "null"
    if isinstance(value, bool):
        return "boolean", "true" if value else "false"
    if isinstance(value, str):
        return ("text", value) if value else ("empty", "empty text")
    if isinstance(value, int | float):
        return "number", dump_compact(value)
    if not value:
        return "empty", "empty list" if isinstance(value, list) else "empty object"
    return "json", indented(value)


def indented(value: JSON) -> str:
    """Returns a value as JSON on several lines."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
