"""Strict JSON (RFC 8259, read as I-JSON where it matters): what Python's parser lets through is refused here."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from typing import Any

from gitdraft.documents.parse_errors import bad_encoding, bad_syntax, mistake_at, refused, too_deep, unsound
from gitdraft.documents.pointers import Tokens, format_pointer
from gitdraft.documents.serialise import dump_compact
from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.values import JSON

RESERVED_MEMBERS = frozenset(
    (
        "_change_status",
        "_conflicts",
        "_deleted",
        "_reason",
        "_redirect",
        "_redirects_to",
        "_renamed_from",
        "_revision",
        "_violations",
    )
)
JSON_TYPES = frozenset((dict, list, str, int, float, bool, type(None)))
SURROGATE_ESCAPE = regex(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a document: its size in bytes, its depth in levels, the digits of an integer, the seconds of its
    validation."""

    max_bytes: int = 1 << 20
    max_depth: int = 64
    max_integer_digits: int = 4300
    validation_seconds: float = 10


READABLE = Limits(max_bytes=1 << 26, max_depth=200)
"""What can be read at all, whatever the configuration says."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A bound that a document breaks: the rule, the pointer of the member, a sentence, and how far (bytes, levels)."""

    rule: str
    pointer: str
    message: str
    amount: int


def parse_json(content: bytes, *, limits: Limits = Limits(), source: str = "input") -> JSON:
    """Returns the value in ``content``. Raises InvalidInput naming ``source``, line and column.

    Refused: what is not UTF-8 or has a byte order mark, duplicate members, NaN and the infinities, numbers that
    overflow, lone surrogates, and what is beyond ``limits``. Integers are exact.
    """
    if len(content) > limits.max_bytes:
        raise refused(source, f"larger than {limits.max_bytes:,} bytes", code="too-large")
    text = _decode(content, source)
    try:
        value = STRICT.decode(text)
    except json.JSONDecodeError as error:
        raise bad_syntax(text, error, source) from None
    except RecursionError:
        raise too_deep(text, limits.max_depth, source) from None
    except (_Unsound, ValueError) as error:  # an integer of too many digits is a ValueError
        raise _unsound(text, limits, source) or refused(source, f"not JSON: {error}") from None
    if text.count("[") + text.count("{") > limits.max_depth and depth(value) > limits.max_depth:
        raise too_deep(text, limits.max_depth, source)
    is_suspect = SURROGATE_ESCAPE.search(text) or _may_have_long_integers(text, limits)
    if is_suspect and (mistake := _unsound(text, limits, source)):
        raise mistake
    return value


def parse_document(content: bytes, *, limits: Limits = Limits(), source: str = "input") -> JSON:
    """Returns the entity in ``content``: an object without the members that the effective view adds."""
    value = parse_json(content, limits=limits, source=source)
    check_root(value, source)
    return value


def read_document(content: bytes, *, limits: Limits, source: str) -> JSON:
    """Returns the entity in a file that is there: one that is over a bound, or has a reserved member, can be read, so that it
    can be mended. Raises InvalidInput for what is not strict JSON, or no object."""
    try:
        return parse_document(content, limits=limits, source=source)
    except InvalidInput:
        value = parse_json(content, limits=READABLE, source=source)
        if isinstance(value, dict):
            return value
        raise


def find_flaws(document: JSON, size: int, limits: Limits) -> Iterator[Flaw]:
    """Yields what an entity may not be although it can be read: over a bound, or with a member that gitdraft gives itself.
    ``size`` is that of its file in bytes."""
    if size > limits.max_bytes:
        yield Flaw("document/too-large", "", f"larger than {limits.max_bytes:,} bytes", size)
    if isinstance(document, dict):
        for name in sorted(RESERVED_MEMBERS & document.keys()):
            yield Flaw("document/reserved-member", f"/{name}", f"the member '{name}' is gitdraft's own", 1)
    levels = depth(document)
    if levels > limits.max_depth:
        yield Flaw("document/too-deep", "", f"nested deeper than {limits.max_depth} levels", levels)


def check_value(value: Any, *, limits: Limits = Limits(), source: str = "input") -> None:
    """Raises InvalidInput for a value in memory that is not JSON or beyond ``limits``.

    Refused, with the pointer as the context's ``path``: other types than those that parsing gives (subclasses and tuples
    too), member names that are no strings, NaN, lone surrogates, what contains itself. The size of a value is that of its
    compact text.
    """
    size, levels, level = 1, 0, [value]
    while level:
        if not set(map(type, level)) <= JSON_TYPES:
            raise _misplaced(value, limits, source)
        containers = [item for item in level if type(item) in (dict, list)]
        levels += bool(containers)
        if levels > limits.max_depth:
            raise refused(source, f"nested deeper than {limits.max_depth} levels", code="too-deep")
        # counted before it is looked into: shared parts can make a small value an endless text
        size += sum(map(len, containers)) + sum(len(item) for item in level if type(item) is str)
        if size > limits.max_bytes:
            raise _too_large(limits, source)
        if not all(set(map(type, item)) <= {str} for item in containers if type(item) is dict):
            raise _misplaced(value, limits, source)
        level = _inside(containers)
    try:
        text = dump_compact(value)
        size = len(text.encode())
    except ValueError:
        raise _misplaced(value, limits, source) from None
    if size > limits.max_bytes:
        raise _too_large(limits, source)
    if _may_have_long_integers(text, limits) and any(_mistakes(value, limits)):
        raise _misplaced(value, limits, source)


def check_document(value: Any, *, limits: Limits = Limits(), source: str = "input") -> None:
    """Raises InvalidInput for a value in memory that cannot be an entity."""
    check_value(value, limits=limits, source=source)
    check_root(value, source)


def depth(value: JSON) -> int:
    """Returns the levels of containers in a value; 0 for a scalar."""
    levels, level = 0, [value]
    while containers := [item for item in level if type(item) in (dict, list)]:
        levels += 1
        level = _inside(containers)
    return levels


class _Unsound(Exception):
    """The parser met something that is JSON to Python alone."""


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Unsound
    return members


def _constant(name: str) -> JSON:
    raise _Unsound(name)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _Unsound(text)
    return value


STRICT = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)


def _decode(content: bytes, source: str) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad_encoding(content, error.start, source) from None
    if text.startswith("\ufeff"):
        raise mistake_at(source, text, 0, "a byte order mark", "save the file as UTF-8 without BOM")
    return text


def _unsound(text: str, limits: Limits, source: str) -> InvalidInput | None:
    mistake = unsound(text, limits.max_integer_digits)
    return mistake_at(source, text, *mistake) if mistake else None


def _may_have_long_integers(text: str, limits: Limits) -> bool:
    """Whether an integer of too many digits may have got past the interpreter's own limit."""
    guard, most = sys.get_int_max_str_digits(), limits.max_integer_digits
    return not 0 < guard <= most and re.search(rf"[0-9]{{{most + 1}}}", text) is not None


def check_root(value: JSON, source: str) -> None:
    """Raises InvalidInput for a value that is no object, or has members that the effective view adds."""
    if not isinstance(value, dict):
        raise refused(source, f"expected an object, found {_kind(value)}")
    for name in sorted(RESERVED_MEMBERS & value.keys()):
        raise InvalidInput(
            f"{source}: the member '{name}' is gitdraft's own",
            context={"source": source, "path": f"/{name}"},
            hint="it belongs to a view, not to the entity; leave it out",
        )


def _inside(containers: list[Any]) -> list[Any]:
    return [inner for item in containers for inner in (item.values() if type(item) is dict else item)]


def _misplaced(value: Any, limits: Limits, source: str) -> InvalidInput:
    """Returns the refusal of the first part of a value that is not JSON."""
    for tokens, why in _mistakes(value, limits):
        path = format_pointer(tokens)
        where = f"{source}, at '{path}'" if path else source
        return InvalidInput(f"{where}: {why}", context={"source": source, "path": path})
    raise AssertionError("nothing is misplaced")


def _mistakes(value: Any, limits: Limits) -> Iterator[tuple[Tokens, str]]:
    """Yields what is not JSON in a value, level by level, with why."""
    level: list[tuple[Tokens, Any]] = [((), value)]
    while level:
        below: list[tuple[Tokens, Any]] = []
        for tokens, item in level:
            if why := _mistake(item, limits):
                yield tokens, why
            elif type(item) is dict:
                below += (((*tokens, name), inner) for name, inner in item.items())
            elif type(item) is list:
                below += (((*tokens, str(index)), inner) for index, inner in enumerate(item))
        level = below


def _mistake(item: Any, limits: Limits) -> str | None:
    if type(item) not in JSON_TYPES:
        return f"a {type(item).__name__} is not a JSON value"
    if isinstance(item, float) and not math.isfinite(item):
        return f"{item} is not JSON"
    if isinstance(item, int) and item.bit_length() > 3 * limits.max_integer_digits:
        too_long = abs(item) >= 10**limits.max_integer_digits
        return f"an integer of more than {limits.max_integer_digits:,} digits" if too_long else None
    if isinstance(item, dict) and any(type(name) is not str for name in item):
        return "a member name that is not a string"
    if any(0xD800 <= ord(c) <= 0xDFFF for text in _texts(item) for c in text):
        return "a lone surrogate, which is no character"
    return None


def _texts(item: Any) -> list[str]:
    if isinstance(item, dict):
        return list(item)
    return [item] if isinstance(item, str) else []


def _too_large(limits: Limits, source: str) -> InvalidInput:
    return refused(source, f"larger than {limits.max_bytes:,} bytes", code="too-large")


def _kind(value: JSON) -> str:
    kinds = {list: "an array", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return kinds.get(type(value), "null")
