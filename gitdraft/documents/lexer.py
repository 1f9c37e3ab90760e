"""The pieces of a text that may not be JSON: tokens with their offsets, lines and columns, literals."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex

TOKEN = regex(
    r'(?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")|(?P<punctuation>[{}\[\],:])|(?P<space>[ \t\r\n]+)'
    r"|(?P<scalar>[^\s{}\[\],:\"]+)|(?P<rest>.)",
    re.DOTALL,
)


STRING = rb'(?s)"((?:[^"\\]|\\.)*)"'
NUMBER = rb"-?[0-9][0-9.eE+-]*"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text from ``start`` to ``end`` (character offsets)."""

    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Yields the tokens of the text, white space left out. Text that is not JSON gives tokens too."""
    for match in TOKEN.finditer(text):
        if match.lastgroup != "space":
            yield Token(match[0], match.start(), match.end())


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Returns line and column, both from 1, of a character offset."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1


def literals(content: bytes, shortest: int) -> Iterator[bytes]:
    """Yields the strings, names of members included, and the numbers of at least ``shortest`` characters, in every
    spelling that another file may have: as written, plain, and with JSON's escapes."""
    for match in re.finditer(STRING, content):
        try:
            text = json.loads(match[0])
        except ValueError:  # a control character in it, or a broken escape
            text = match[1].decode("utf-8", "replace")
        if len(text) >= shortest:
            spelled = (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
            yield match[1]
            yield from (spelling.encode("utf-8", "surrogatepass") for spelling in spelled)
    for number in re.findall(NUMBER, re.sub(STRING, b" ", content)):
        if len(number) >= shortest:
            yield number
