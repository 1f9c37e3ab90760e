"""Strict JSON (RFC 8259, read as I-JSON where it matters): what Python's parser lets through is refused here."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gitdraft.documents.tokens import Token, line_and_column, tokens
from gitdraft.errors import InvalidInput
from gitdraft.model.values import JSON

RESERVED_MEMBERS = frozenset(
    ("_change_status", "_deleted", "_redirects_to", "_conflicts", "_violations", "_revision")
)
SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a document: its size in bytes, its depth in levels, the digits of an integer."""

    max_bytes: int = 1 << 20
    max_depth: int = 64
    max_integer_digits: int = 4300


def parse_json(content: bytes, *, limits: Limits = Limits(), source: str = "input") -> JSON:
    """The value in ``content``. Raises InvalidInput naming ``source``, line and column.

    Refused: what is not UTF-8 or has a byte order mark, duplicate members, NaN and the infinities, numbers that
    overflow, lone surrogates, and what is beyond ``limits``. Integers are exact.
    """
    if len(content) > limits.max_bytes:
        raise _refused(source, f"larger than {limits.max_bytes:,} bytes", code="too-large")
    text = _decode(content, source)
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
    except json.JSONDecodeError as error:
        raise _at(source, text, error.pos, _expectation(text, error), _hint(text, error.pos)) from None
    except RecursionError:
        raise _too_deep(text, limits.max_depth, source) from None
    except (_Unsound, ValueError) as error:
        why, offset = _locate(text, limits, str(error))
        raise _at(source, text, offset, why) from None
    if text.count("[") + text.count("{") > limits.max_depth and _depth(value) > limits.max_depth:
        raise _too_deep(text, limits.max_depth, source)
    if SURROGATE_ESCAPE.search(text) and not _is_utf8(value):
        offset = next(SURROGATE_ESCAPE.finditer(text)).start()
        raise _at(source, text, offset, "a lone surrogate, which is no character")
    return value


def parse_document(content: bytes, *, limits: Limits = Limits(), source: str = "input") -> JSON:
    """The entity in ``content``: an object without the members that the effective view adds."""
    value = parse_json(content, limits=limits, source=source)
    _check_root(value, source)
    return value


def check_value(value: Any, *, limits: Limits = Limits(), source: str = "input") -> None:
    """Raise InvalidInput for a value in memory that is not JSON, or beyond ``limits``."""
    size = 0
    for level, item in _walk(value):
        if level > limits.max_depth:
            raise _refused(source, f"nested deeper than {limits.max_depth} levels", code="too-deep")
        match item:
            case str():
                if not item.isascii() and any(0xD800 <= ord(c) <= 0xDFFF for c in item):
                    raise _refused(source, "a lone surrogate, which is no character")
                size += len(item)
            case float():
                if not math.isfinite(item):
                    raise _refused(source, f"{item} is not JSON")
            case int():
                if item.bit_length() > limits.max_integer_digits * 3.33:
                    raise _refused(source, f"an integer of more than {limits.max_integer_digits} digits")
            case dict() | list() | bool() | None:
                size += 2
            case _:
                raise _refused(source, f"a {type(item).__name__} is not JSON")
    if size > limits.max_bytes:
        raise _refused(source, f"larger than {limits.max_bytes:,} bytes", code="too-large")


def check_document(value: Any, *, limits: Limits = Limits(), source: str = "input") -> None:
    """Raise InvalidInput for a value in memory that cannot be an entity."""
    check_value(value, limits=limits, source=source)
    _check_root(value, source)


class _Unsound(Exception):
    """The parser met something that is JSON to Python alone."""


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unsound
    return found


def _constant(name: str) -> JSON:
    raise _Unsound(name)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _Unsound(text)
    return value


def _decode(content: bytes, source: str) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        head = content[: error.start].decode("utf-8", "replace")
        wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
        hint = "it is UTF-16 or UTF-32; save it as UTF-8" if wide else None
        raise _at(source, head, len(head), "expected UTF-8", hint) from None
    if text.startswith("\ufeff"):
        raise _at(source, text, 0, "a byte order mark", "save the file as UTF-8 without BOM")
    return text


def _depth(value: JSON) -> int:
    """The levels of a parsed value."""
    deepest = 0
    level = [value]
    while containers := [item for item in level if isinstance(item, dict | list)]:
        deepest += 1
        level = [x for item in containers for x in (item.values() if isinstance(item, dict) else item)]
    return deepest


def _too_deep(text: str, deepest: int, source: str) -> InvalidInput:
    level = 0
    for token in tokens(text):
        level += (token.text in "[{") - (token.text in "]}")
        if level > deepest:
            return _at(source, text, token.start, f"nested deeper than {deepest} levels")
    raise AssertionError("a deep value has no deep text")


def _check_root(value: JSON, source: str) -> None:
    if not isinstance(value, dict):
        raise _refused(source, f"expected an object, found {_kind(value)}")
    for name in RESERVED_MEMBERS & value.keys():
        raise InvalidInput(
            f"{source}: the member '{name}' is gitdraft's own",
            context={"source": source, "path": f"/{name}"},
            hint="it belongs to a view, not to the entity; leave it out",
        )


def _locate(text: str, limits: Limits, said: str) -> tuple[str, int]:
    """What Python's parser let through or stumbled over, and where."""
    names: list[set[str] | None] = []
    previous: Token | None = None
    for token in tokens(text):
        if token.text in "{[":
            names.append(set() if token.text == "{" else None)
        elif token.text in "}]":
            names.pop()
        elif token.text == ":" and previous is not None and names and (seen := names[-1]) is not None:
            name = json.loads(previous.text)
            if name in seen:
                return f"the member {previous.text} stands twice", previous.start
            seen.add(name)
        elif token.text in ("NaN", "Infinity", "-Infinity"):
            return f"{token.text} is not JSON", token.start
        elif NUMBER.fullmatch(token.text):
            if token.text.lstrip("-").isdecimal() and len(token.text.lstrip("-")) > limits.max_integer_digits:
                return f"an integer of more than {limits.max_integer_digits} digits", token.start
            if not token.text.lstrip("-").isdecimal() and math.isinf(float(token.text)):
                return f"the number {token.text} is too large", token.start
        previous = token
    return said or "not JSON", 0


def _expectation(text: str, error: json.JSONDecodeError) -> str:
    if error.pos >= len(text.rstrip()):
        return "it ends too early" if text.strip() else "it is empty, expected a JSON value"
    return error.msg[0].lower() + error.msg[1:]


def _hint(text: str, offset: int) -> str | None:
    line = text[text.rfind("\n", 0, offset) + 1 :].partition("\n")[0]
    before = text[:offset].rstrip()
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "a merge conflict was committed; take the markers out"
    if text.startswith("version https://git-lfs"):
        return "it is a git-lfs pointer, not the content: git lfs pull"
    if line.lstrip().startswith(("//", "/*", "#")):
        return "JSON has no comments"
    if "'" in line[:40] and '"' not in line[:40]:
        return "JSON takes double quotes"
    if before.endswith(",") or (before[-1:] in "{[" and text[offset : offset + 1] == ","):
        return "a comma stands before a closing bracket"
    return None


def _at(source: str, text: str, offset: int, why: str, hint: str | None = None) -> InvalidInput:
    line, column = line_and_column(text, offset)
    return InvalidInput(
        f"{source}, line {line}, column {column}: {why}",
        context={"source": source, "line": line, "column": column},
        hint=hint,
    )


def _refused(source: str, why: str, code: str | None = None) -> InvalidInput:
    return InvalidInput(f"{source}: {why}", code=code, context={"source": source})


def _walk(value: Any) -> Iterator[tuple[int, Any]]:
    waiting = [(1, value)]
    while waiting:
        level, item = waiting.pop()
        yield level if isinstance(item, dict | list) else 0, item
        if isinstance(item, dict):
            waiting.extend((level + 1, inner) for pair in item.items() for inner in pair)
            if any(not isinstance(name, str) for name in item):
                waiting.append((level, object()))
        elif isinstance(item, list):
            waiting.extend((level + 1, inner) for inner in item)


def _is_utf8(value: JSON) -> bool:
    return all(
        not any(0xD800 <= ord(c) <= 0xDFFF for c in item) for _, item in _walk(value) if isinstance(item, str)
    )


def _kind(value: JSON) -> str:
    kinds = {list: "an array", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return kinds.get(type(value), "null")
