"""JSON text as tokens with their places: for edits that keep formatting, and for errors that say where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")|(?P<punctuation>[{}\[\],:])|(?P<space>[ \t\r\n]+)'
    r"|(?P<scalar>[^\s{}\[\],:\"]+)|(?P<rest>.)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text from ``start`` to ``end`` (character offsets)."""

    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of the text, white space left out. Text that is not JSON gives tokens too."""
    for found in TOKEN.finditer(text):
        if found.lastgroup != "space":
            yield Token(found[0], found.start(), found.end())


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of a character offset."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1
