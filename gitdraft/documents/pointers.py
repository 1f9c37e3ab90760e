"""JSON pointers, RFC 6901."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from gitdraft.errors import InvalidInput
from gitdraft.lazy_regex import regex
from gitdraft.model.values import ABSENT, JSON, Maybe

Tokens: TypeAlias = tuple[str, ...]
INDEX = regex(r"0|[1-9][0-9]{0,17}")
BAD_ESCAPE = regex(r"~(?![01])")


def parse_pointer(pointer: object) -> Tokens:
    """Returns the tokens of a pointer, unescaped. Raises InvalidInput."""
    if not isinstance(pointer, str):
        raise InvalidInput(f"{pointer!r} is not a JSON pointer, expected a string")
    if pointer and not pointer.startswith("/"):
        hint = f"did you mean '/{pointer.lstrip('#/')}'?"
        raise InvalidInput(
            f"{pointer!r} is not a JSON pointer, expected a leading '/'", context={"path": pointer}, hint=hint
        )
    if BAD_ESCAPE.search(pointer):
        raise InvalidInput(
            f"{pointer!r} is not a JSON pointer: '~' is written '~0', '/' in a name '~1'",
            context={"path": pointer},
        )
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


def format_pointer(tokens: Iterable[str]) -> str:
    """Returns the pointer with these tokens."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)


def get(document: JSON, tokens: Tokens) -> Maybe:
    """Returns the value at a pointer, :data:`ABSENT` where there is none; indices are those of RFC 6901."""
    value = document
    for token in tokens:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and INDEX.fullmatch(token) and int(token) < len(value):
            value = value[int(token)]
        else:
            return ABSENT
    return value
