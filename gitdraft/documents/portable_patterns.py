"""Regular expressions of Python, rewritten so that an engine of Rust or ECMAScript finds the same with them.

They differ in corners: `$` before a last line break, `.` at a carriage return, the digits and letters that `\\d` and
`\\w` know. Where no rewriting is known to be exact there is none.
"""

from __future__ import annotations

import re
import sys
import warnings
from functools import cache

from gitdraft.lazy_regex import regex

CLASSES = frozenset("dws")
CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
REPETITION = regex(r"(?:[*+?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\})\??(?![*+?{])")
PIECE = regex(r"\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[^0-9A-Za-z]|\\[dwsnrtfv]|[^\\]", re.DOTALL)


def portable_pattern(pattern: str) -> str | None:
    """Returns a pattern that finds a match in exactly the texts in which Python's `re.search` finds one; ``None`` for one
    that has more than literals, classes, groups, alternatives, repetitions, `^` and `$`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a class that will mean something else in a later Python
            re.compile(pattern)
    except (re.error, FutureWarning, OverflowError, RecursionError):
        return None
    out: list[str] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "[":
            piece = _bracket(pattern, at)
        elif character == "(":
            is_plain = pattern[at + 1 : at + 2] != "?" or pattern[at : at + 3] == "(?:"
            piece = ("(?:", at + (3 if pattern[at : at + 3] == "(?:" else 1)) if is_plain else None
        elif character in "*+?{":
            repetition = REPETITION.match(pattern, at)
            piece = (repetition[0], repetition.end()) if repetition and out and out[-1] != "^" else None
        elif character in ")|^":
            piece = character, at + 1
        elif character == "$":
            piece = (r"\x0A?$", at + 1) if pattern[at + 1 : at + 2] in ("", ")", "|") else None
        elif character == ".":
            piece = r"[^\x0A]", at + 1
        else:
            piece = _piece(pattern, at)
        if piece is None:
            return None
        text, at = piece
        out.append(text)
    return "".join(out)


def _bracket(pattern: str, at: int) -> tuple[str, int] | None:
    """Returns a class in brackets, from its `[` at ``at``, and where it ends."""
    end = at + 1
    text = "["
    if pattern[end] == "^":
        text, end = "[^", end + 1
    first = end
    while end == first or pattern[end] != "]":
        if pattern[end] == "[":  # a set in a set to some engines
            return None
        if pattern[end] == "-":
            is_range = end != first and pattern[end + 1] != "]"
            text, end = text + ("-" if is_range else _literal("-")), end + 1
            continue
        piece = _piece(pattern, end, inside=True)
        if piece is None:
            return None
        text, end = text + piece[0], piece[1]
    return f"{text}]", end + 1


def _piece(pattern: str, at: int, *, inside: bool = False) -> tuple[str, int] | None:
    """Returns one character, or a class of them that a letter names, and where it ends."""
    match = PIECE.match(pattern, at)
    if match is None:
        return None
    text = match[0]
    name = text[1:2]
    if text[0] != "\\":
        literal = text
    elif name in CLASSES:
        return (_members(name) if inside else f"[{_members(name)}]"), match.end()
    elif name in CONTROLS:
        literal = CONTROLS[name]
    else:
        literal = chr(int(text[2:], 16)) if name in ("x", "u") else name
    return _literal(literal), match.end()


@cache
def _members(name: str) -> str:
    """Returns the characters of a class as this Python's Unicode has them, as ranges: another engine's may be newer."""
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    runs = [run[0] for run in re.finditer(rf"\{name}+", every)]
    return "".join(f"{_literal(run[0])}-{_literal(run[-1])}" for run in runs)


def _literal(character: str) -> str:
    if character.isalnum() or ord(character) > 0xFFFF:
        return character
    return f"\\x{ord(character):02X}" if ord(character) < 0x100 else f"\\u{ord(character):04X}"
