"""Text for people: columns, colours, values on one line, and nothing from the data that moves the cursor."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from gitdraft.cli.echo import styled, unstyled
from gitdraft.model.values import ABSENT, Maybe

if TYPE_CHECKING:
    from gitdraft.model.merge import Conflict

WHOLE = "(whole entity)"
LEAST_WRAPPED = 20  # columns in which a text can be read
LEFT_BEHIND = ("conflict", "invalid", "broken", "unknown")  # drafts that a rebase does not move
BOLD, DIM, RED, GREEN, YELLOW, MAGENTA, CYAN = 1, 2, 31, 32, 33, 35, 36  # codes of ECMA-48's SGR
STATUS_COLOURS = {
    "clean": (GREEN,),
    "rebased": (GREEN,),
    "added": (GREEN,),
    "modified": (YELLOW,),
    "deleted": (RED,),
    "redirected": (MAGENTA,),
    "renamed": (MAGENTA,),
    "conflict": (RED,),
    "invalid": (RED,),
    "broken": (RED,),
    "unknown": (YELLOW,),
    "validated": (GREEN,),
    "submitted": (CYAN,),
    "merged": (MAGENTA,),
    "rejected": (RED,),
    "error": (RED,),
    "warning": (YELLOW,),
    "breaking": (RED,),
    "additive": (YELLOW,),
    "cosmetic": (GREEN,),
}


def escape(text: str) -> str:
    """Returns the text with control, format and line-breaking characters written as escapes."""
    if text.isascii() and text.isprintable():
        return text
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


def place_text(conflict: Conflict) -> str:
    """Returns what is in conflict: its pointers, or that it is the whole entity."""
    return escape(conflict.place)


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
    return len(text) if text.isascii() and "\x1b" not in text else _columns_of(text)


@lru_cache(maxsize=4096)  # tables have the same cells again and again
def _columns_of(text: str) -> int:
    plain = unstyled(text)
    if plain.isascii():
        return len(plain)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in plain
    )


@lru_cache(maxsize=256)
def status(word: str) -> str:
    """Returns a status in its colour."""
    return styled(word, *STATUS_COLOURS.get(word, ()))


def strong(text: str) -> str:
    """Returns a heading, or the name of what is talked about, in bold."""
    return styled(text, BOLD)


@lru_cache(maxsize=256)
def faint(text: str) -> str:
    """Returns dimmed what one reads only when one looks for it."""
    return styled(text, DIM)


class Command(str):
    """A cell that is a command: it is pasted, so that no terminal is too narrow for it."""

    __slots__ = ()


def command(text: str) -> Command:
    """Returns what to do next, dimmed."""
    return Command(faint(text))


def shell(text: str) -> str:
    """Returns the text as a word that a shell takes as it is."""
    import shlex

    return shlex.quote(escape(text))


def columns(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """Returns the rows as aligned columns, two spaces between them: the one way in which commands print tables (what draws
    on the screen, `watch`, has rich).

    On a terminal that is too narrow for them the last column is wrapped in its place; where no room is left for that, each
    row is wrapped as a whole. Nothing is cut, and a command stays in one piece.
    """
    if not rows:
        return []
    sizes = [[*map(columns_of, row)] for row in rows]
    widths = [max(column) for column in zip_longest(*sizes, fillvalue=0)]
    room = terminal_width()
    if room is None or len(indent) + sum(widths) + 2 * (len(widths) - 1) <= room:
        return [_aligned(row, of_row, widths, indent) for row, of_row in zip(rows, sizes, strict=True)]
    start = len(indent) + sum(widths[:-1]) + 2 * (len(widths) - 1)
    if len(widths) > 1 and room - start >= LEAST_WRAPPED:
        return [line for row in rows for line in _last_wrapped(row, widths, indent, room - start)]
    return [line for row in rows for line in _flowing(row, indent, room)]


def terminal_width() -> int | None:
    """Returns how many columns the terminal has that standard output is; ``None`` where it is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def wrap(text: str, width: int) -> list[str]:
    """Returns the text in lines of at most ``width`` columns, broken at blanks, within a word only where that is longer than a
    line; a colour that the whole of it has stays."""
    plain = unstyled(text)
    if columns_of(plain) <= width:
        return [text]
    lines, line = [], ""
    for word in plain.split(" "):
        if line and columns_of(line) + 1 + columns_of(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
        while columns_of(line) > width:
            head = shorten(line, width + 1).removesuffix("…")
            lines.append(head)
            line = line[len(head) :]
    lines.append(line)
    before, whole, after = text.partition(plain)
    return [before + line + after for line in lines] if whole else lines


def prose(text: str) -> list[str]:
    """Returns a sentence, at a narrow terminal in several lines; one with a command in it is left to the terminal, so that it
    can be pasted."""
    room = terminal_width()
    return [text] if room is None else wrap(text, room)


def _aligned(row: Sequence[str], sizes: Sequence[int], widths: Sequence[int], indent: str) -> str:
    # a cell without text has no colour either, so that no line ends in blanks
    cells = [
        (cell if size else "") + " " * (width - size)
        for cell, size, width in zip(row, sizes, widths, strict=False)  # a row may be short
    ]
    return indent + "  ".join(cells).rstrip()


def _last_wrapped(row: Sequence[str], widths: Sequence[int], indent: str, room: int) -> list[str]:
    """Returns the row with its last cell, where it has all of them, in several lines below one another."""
    if len(row) < len(widths):
        return [_aligned(row, [*map(columns_of, row)], widths, indent)]
    first, *others = _broken(row[-1], room)
    below = " " * (len(indent) + sum(widths[:-1]) + 2 * (len(widths) - 1))
    row = [*row[:-1], first]
    return [_aligned(row, [*map(columns_of, row)], widths, indent), *(below + line for line in others)]


def _broken(cell: str, room: int) -> list[str]:
    return [cell] if isinstance(cell, Command) else wrap(cell, room)


def _flowing(row: Sequence[str], indent: str, room: int) -> list[str]:
    """Returns the row's cells one after the other, in lines of which those after the first stand further in."""
    lines, line = [], indent
    for cell in (cell for cell in row if columns_of(cell)):
        joined = line + cell if line == indent else f"{line}  {cell}"
        if columns_of(joined) <= room:
            line = joined
            continue
        if line.strip():
            lines.append(line)
        inner = indent + ("    " if lines else "")
        first, *others = [inner + part for part in _broken(cell, max(1, room - len(inner)))]
        lines += [first, *others][:-1]
        line = [first, *others][-1]
    return [*lines, line.rstrip()]


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Returns a number with its noun: `1 draft`, `3 drafts`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
