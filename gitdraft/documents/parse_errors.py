"""The refusals of texts that are not strict JSON: the sentence, the line, the column, a hint."""

from __future__ import annotations

import json
import math

from gitdraft.documents.lexer import Token, line_and_column, tokens
from gitdraft.errors import InvalidInput
from gitdraft.lazy_regex import regex

BLANK = " \t\r\n"
INTEGER = regex(r"-?(0|[1-9][0-9]*)")
NUMBER = regex(INTEGER.pattern + r"(\.[0-9]+)?([eE][-+]?[0-9]+)?")
MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
RESOLVE_IT = "take one side of each, and the markers out; after git checkout --merge -- FILE gitdraft resolve --file FILE does it"
EXPECTED = {
    "Extra data": "expected nothing more after the value",
    "Expecting value": "expected a value",
    "Expecting property name enclosed in double quotes": "expected a member name in double quotes",
    "Expecting ',' delimiter": "expected ',' or the closing bracket",
    "Expecting ':' delimiter": "expected ':'",
    "Unterminated string starting at": "expected the string to end on its line",
    "Invalid control character at": "expected an escape such as \\n instead of a control character",
    "Invalid \\escape": "expected one of the escapes of JSON",
    "Invalid \\uXXXX escape": "expected four hexadecimal digits after \\u",
}


def refused(source: str, why: str, code: str | None = None) -> InvalidInput:
    """Returns the refusal of ``source`` as a whole."""
    return InvalidInput(f"{source}: {why}", code=code, context={"source": source})


def mistake_at(
    source: str, text: str, offset: int, why: str, hint: str | None = None, *, code: str | None = None
) -> InvalidInput:
    """Returns the refusal of what stands at a character offset of the text."""
    line, column = line_and_column(text, offset)
    return InvalidInput(
        f"{source}, line {line}, column {column}: {why}",
        code=code,
        context={"source": source, "line": line, "column": column},
        hint=hint,
    )


def bad_encoding(content: bytes, start: int, source: str) -> InvalidInput:
    """Returns the refusal of bytes that are no UTF-8 from ``start`` on."""
    head = content[:start].decode("utf-8")
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    hint = "it is UTF-16 or UTF-32; save it as UTF-8" if wide else None
    return mistake_at(source, head, len(head), "expected UTF-8", hint)


def bad_syntax(text: str, error: json.JSONDecodeError, source: str) -> InvalidInput:
    """Returns the refusal of what Python's parser refuses, with a hint for what people usually do."""
    if not text.strip(BLANK):
        return mistake_at(source, text, 0, "it is empty, expected a JSON value")
    why, offset = EXPECTED.get(error.msg) or error.msg[0].lower() + error.msg[1:], error.pos
    if error.msg.startswith(
        "Illegal trailing comma"
    ):  # Python 3.13 names the comma, earlier ones what follows it
        why, offset = EXPECTED["Expecting value"], offset + 1
        offset += len(text[offset:]) - len(text[offset:].lstrip(BLANK))
    if offset >= len(text.rstrip(BLANK)):
        why = f"it ends too early, {why}"
    if (marker := _conflict_marker(text, offset)) is not None:
        why = "git's conflict markers stand here: a merge was not resolved"
        return mistake_at(source, text, marker, why, RESOLVE_IT, code="conflict-markers")
    return mistake_at(source, text, offset, why, _hint(text, offset))


def too_deep(text: str, deepest: int, source: str) -> InvalidInput:
    """Returns the refusal of the first bracket beyond the level ``deepest``."""
    level = 0
    for token in tokens(text):
        level += (token.text in "[{") - (token.text in "]}")
        if level > deepest:
            why = f"nested deeper than {deepest} levels"
            return mistake_at(source, text, token.start, why, code="too-deep")
    return refused(source, "nested deeper than can be read here", code="too-deep")


def unsound(text: str, max_digits: int) -> tuple[int, str] | None:
    """Returns the first thing that is JSON to Python's parser alone: its offset and what is wrong with it. Up to there
    the text is JSON."""
    names_of: list[set[str] | None] = []
    previous: Token | None = None
    for token in tokens(text):
        if token.text in ("{", "["):
            names_of.append(set() if token.text == "{" else None)
        elif token.text in ("}", "]"):
            names_of.pop()
        elif token.text == ":" and previous is not None and (names := names_of[-1]) is not None:
            name = json.loads(previous.text)
            if name in names:
                return previous.start, f"the member {previous.text} stands twice"
            names.add(name)
        elif why := _unsound_scalar(token.text, max_digits):
            return token.start, why
        previous = token
    return None


def _unsound_scalar(text: str, max_digits: int) -> str | None:
    if text in ("NaN", "Infinity", "-Infinity"):
        return f"{text} is not JSON"
    if INTEGER.fullmatch(text):
        too_long = len(text.removeprefix("-")) > max_digits
        return f"an integer of more than {max_digits:,} digits" if too_long else None
    if NUMBER.fullmatch(text) and math.isinf(float(text)):
        return "a number too large for a double"
    if text.startswith('"') and "\\u" in text and not _is_unicode(text):
        return "a lone surrogate, which is no character"
    return None


def _is_unicode(token: str) -> bool:
    try:
        json.loads(token).encode()
    except UnicodeEncodeError:
        return False
    return True


def _conflict_marker(text: str, offset: int) -> int | None:
    """Returns where a conflict marker stands that is at fault for the mistake at ``offset``; ``None`` where none is."""
    start = text.rfind("\n", 0, offset) + 1
    return start if text.startswith(MARKERS, start) else None


def _hint(text: str, offset: int) -> str | None:
    start = text[offset : offset + 8]
    if text.startswith("version https://git-lfs"):
        return "it is a git-lfs pointer, not the content: git lfs pull"
    if "\0" in text[:4]:
        return "it is UTF-16 or UTF-32; save it as UTF-8"
    if start.startswith(("//", "/*", "#")):
        return "JSON has no comments"
    if start.startswith("'"):
        return "JSON takes double quotes"
    if start.startswith(("True", "False", "None")):
        return "JSON writes true, false, null"
    if start.startswith(("}", "]")) and text[:offset].rstrip(BLANK).endswith(","):
        return "a comma stands before a closing bracket"
    return None
