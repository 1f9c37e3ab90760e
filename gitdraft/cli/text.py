"""Text for people: columns, colours, values on one line, and nothing from the data that moves the cursor."""

from __future__ import annotations

import json
import shlex
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from gitdraft.model.values import ABSENT, Maybe

if TYPE_CHECKING:
    from gitdraft.model.merge import Conflict

WHOLE = "(whole entity)"
STATUS_COLOURS = {
    "clean": "green",
    "rebased": "green",
    "added": "green",
    "modified": "yellow",
    "deleted": "red",
    "redirected": "magenta",
    "conflict": "red",
    "invalid": "red",
    "broken": "red",
    "validated": "green",
    "submitted": "cyan",
    "merged": "magenta",
    "rejected": "red",
    "error": "red",
    "warning": "yellow",
    "breaking": "red",
    "additive": "yellow",
    "cosmetic": "green",
}


def escape(text: str) -> str:
    """Returns the text with control, format and line-breaking characters written as escapes."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def value(document: Maybe, width: int = 72) -> str:
    """Returns a JSON value on one line of at most ``width`` columns; `(nothing)` for absence."""
    if document is ABSENT:
        return "(nothing)"
    return shorten(escape(json.dumps(document, ensure_ascii=False)), width)


def conflict_text(conflict: Conflict) -> str:
    """Returns the type of a conflict, with the members that belong together (G1)."""
    members = ", ".join(map(escape, conflict.members))
    return f"{conflict.type} ({members})" if members else conflict.type


def pointer_text(pointer: str) -> str:
    """Returns an RFC 6901 pointer for people; that of the whole document is empty."""
    return escape(pointer) or WHOLE


def printable(document: Maybe) -> str:
    """Returns the document as JSON in which nothing moves a terminal's cursor: control characters escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return "\n".join(
        "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line) for line in text.split("\n")
    )


def shorten(text: str, width: int) -> str:
    """Returns the text cut to ``width`` columns, with an ellipsis where something is missing."""
    if columns_of(text) <= width:
        return text
    kept = ""
    for character in text:
        if columns_of(kept + character) >= width:
            break
        kept += character
    return kept + "…"


def columns_of(text: str) -> int:
    """Returns how many terminal columns the text takes, colour codes aside."""
    plain = click.unstyle(text)
    if plain.isascii():
        return len(plain)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in plain
    )


def status(word: str) -> str:
    """Returns a status in its colour."""
    return click.style(word, fg=STATUS_COLOURS.get(word))


def strong(text: str) -> str:
    """Returns a heading, or the name of what is talked about, in bold."""
    return click.style(text, bold=True)


def faint(text: str) -> str:
    """Returns dimmed what one reads only when one looks for it."""
    return click.style(text, dim=True)


def shell(text: str) -> str:
    """Returns the text as a word that a shell takes as it is."""
    return shlex.quote(escape(text))


def columns(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """Returns the rows as aligned columns, two spaces between them."""
    if not rows:
        return []
    widths = [max(columns_of(row[i]) for row in rows if i < len(row)) for i in range(max(map(len, rows)))]
    return [
        (
            indent
            + "  ".join(cell + " " * (widths[i] - columns_of(cell)) for i, cell in enumerate(row)).rstrip()
        )
        for row in rows
    ]


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Returns a number with its noun: `1 draft`, `3 drafts`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
