"""A value as the text of a cell, and back: the one form that all tables have.

A text stands as it is. Nothing is an empty cell, null is ``null``, the empty text is ``""``; numbers, true and false, lists and
objects are JSON. A text that would be taken for one of these, or that a file could not hold, is a JSON string. What a cell that
was edited means is said by the kinds that its place has, never by its looks.
"""

from __future__ import annotations

import json
import re
from math import isnan

from gitdraft.documents.equality import identical
from gitdraft.documents.parse import READABLE, parse_json
from gitdraft.documents.serialise import dump_compact
from gitdraft.errors import InvalidInput
from gitdraft.formats.tables.columns import Cell
from gitdraft.lazy_regex import regex
from gitdraft.model.values import ABSENT, JSON, Maybe

TRUE_AND_FALSE: dict[str, JSON] = {"true": True, "false": False}
# what a spreadsheet or a line of text would not give back: controls, a return, `_x0041_`, blanks around
UNSAFE = regex(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|^\s|\s$")
EXACT = 2**53  # a number of a typed table from here on has lost digits
AnyKinds = frozenset[str] | None
"""The kinds that may stand at a place, by JSON's names; ``None`` where nothing is said of it."""


def encode(value: Maybe, kinds: AnyKinds) -> str:
    """Returns the text of a value at a place of these kinds."""
    if value is ABSENT:
        return ""
    if not isinstance(value, str):
        return dump_compact(value)
    is_text_alone = kinds is not None and kinds <= {"string"}
    if value in ("", "null") or value.startswith('"') or UNSAFE.search(value):
        return _quoted(value)
    if not is_text_alone and _as_json(value) is not ABSENT:
        return _quoted(value)
    return value


def decode(cell: Cell, now: Maybe, kinds: AnyKinds) -> Maybe:
    """Returns the value that a cell means at a place of these kinds where ``now`` stands. A cell that was not edited means what
    stands there. Raises InvalidInput for one that means nothing there."""
    if cell.is_typed:
        return _typed(cell.value, now, kinds)
    text = cell.value if isinstance(cell.value, str) else ""
    if text == encode(now, kinds):
        return now
    if text in ("", "null"):
        return ABSENT if text == "" else None
    if text.startswith('"'):
        quoted = _as_json(text)
        return quoted if isinstance(quoted, str) else text
    if _is_text(text, now, kinds):
        return text
    return _as_kind(text, kinds, now)


def _is_text(text: str, now: Maybe, kinds: AnyKinds) -> bool:
    """Returns whether a text is one at a place: where only texts may stand, or one stands now; of a place of which nothing is said,
    where nothing stands."""
    if kinds is None:
        return isinstance(now, str) or now is ABSENT or now is None
    if "string" not in kinds:
        return False
    others = kinds - {"string", "null"}
    return not others or isinstance(now, str) or now is ABSENT or now is None or _as_json(text) is ABSENT


def _as_kind(text: str, kinds: AnyKinds, now: Maybe) -> JSON:
    value: Maybe = TRUE_AND_FALSE.get(text.casefold(), ABSENT)
    if value is ABSENT:
        value = _as_json(text)
    expected = sorted(kinds - {"string"}) if kinds is not None else [kind_name(now)]
    if value is ABSENT or kind_name(value) not in expected:
        raise InvalidInput(f"'{_short(text)}' is no {' or '.join(expected)}")
    return value


def _typed(value: str | int | float | bool | None, now: Maybe, kinds: AnyKinds) -> Maybe:
    """Returns what a value of a typed table means."""
    if value is None or (isinstance(value, float) and isnan(value)):
        return ABSENT if now is not None else None
    if isinstance(value, str):
        return decode(Cell(value, 0), now, kinds)
    if isinstance(now, bool) == isinstance(value, bool) and isinstance(now, int | float) and now == value:
        return now
    if (
        isinstance(value, int | float)
        and isinstance(now, int)
        and not isinstance(now, bool)
        and float(now) == value
    ):
        return now
    number = (
        int(value)
        if isinstance(value, float) and value.is_integer() and not isinstance(now, float)
        else value
    )
    if isinstance(now, str) or (kinds is not None and kind_name(number) not in kinds):
        if now is not ABSENT and encode(now, kinds) == dump_compact(number):
            return now
        raise InvalidInput(f"{number} is {kind_name(number)} here, and was text: its digits may have changed")
    if isinstance(value, float) and abs(value) >= EXACT:
        raise InvalidInput(f"{number} is larger than a number of this table can be without losing digits")
    return number


def kind_name(value: Maybe) -> str:
    """Returns the kind of a value by JSON's name."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def is_same(one: Maybe, other: Maybe) -> bool:
    """Returns whether two values are the same; nothing is the same as nothing alone."""
    if one is ABSENT or other is ABSENT:
        return one is other
    return identical(one, other)


def _as_json(text: str) -> Maybe:
    try:
        return parse_json(text.encode(), limits=READABLE, source="cell")
    except (InvalidInput, UnicodeEncodeError):
        return ABSENT


def _quoted(text: str) -> str:
    written = json.dumps(text, ensure_ascii=bool(UNSAFE.search(text)))
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", r"\\u005f", written)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
