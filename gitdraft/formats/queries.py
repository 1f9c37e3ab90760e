"""The text of a query: words, `/pointer=value`, `/pointer`, `type:NAME`, each with `-` before it for not.

What holds blanks stands in double quotes, in which a backslash takes the next character as it is. A word that is quoted from
its first character on is never a pointer or a type.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitdraft.documents.parse import parse_json
from gitdraft.documents.pointers import parse_pointer
from gitdraft.errors import InvalidInput
from gitdraft.model.queries import Condition, Member, OfType, Query, Term, Word
from gitdraft.model.values import ABSENT, JSON, Absence

TYPE = "type:"


class _Piece(NamedTuple):
    """A part of the query between blanks: its text without quotes, and whether each character stood in them."""

    text: str
    quoted: tuple[bool, ...]


def parse_query(text: str) -> Query:
    """Returns the terms of a query, all of which must hold. Raises InvalidInput (``invalid-query``) for one without a term, with
    a quote that does not end, or with a pointer that is none."""
    terms = tuple(_term(piece) for piece in _pieces(text))
    if not terms:
        raise _refused("a query needs a word, /pointer=value, /pointer or type:NAME", text)
    return terms


def _pieces(text: str) -> Iterator[_Piece]:
    letters: list[str] = []
    quoted: list[bool] = []
    in_quotes = is_open = False
    characters = iter(text)
    for character in characters:
        if character == '"':
            in_quotes, is_open = not in_quotes, True
        elif in_quotes and character == "\\":
            letters.append(next(characters, "\\"))
            quoted.append(True)
        elif character.isspace() and not in_quotes:
            if is_open or letters:
                yield _Piece("".join(letters), tuple(quoted))
            letters, quoted, is_open = [], [], False
        else:
            letters.append(character)
            quoted.append(in_quotes)
    if in_quotes:
        raise _refused("a double quote is not closed", text)
    if is_open or letters:
        yield _Piece("".join(letters), tuple(quoted))


def _term(piece: _Piece) -> Term:
    text, quoted = piece
    if text.startswith("-") and len(text) > 1 and not quoted[0]:
        return Term(_condition(text[1:], quoted[1:]), is_negated=True)
    return Term(_condition(text, quoted))


def _condition(text: str, quoted: tuple[bool, ...]) -> Condition:
    if not text:
        raise _refused("an empty word is in every text", text)
    if quoted[0]:
        return Word(text)
    if text.startswith(TYPE) and not any(quoted[: len(TYPE)]):
        return OfType(text.removeprefix(TYPE))
    if not text.startswith("/"):
        return Word(text)
    equals = next((i for i, c in enumerate(text) if c == "=" and not quoted[i]), None)
    try:
        tokens = parse_pointer(text[:equals])
    except InvalidInput as error:
        raise _refused(error.message, text) from None
    if equals is None:
        return Member(tokens)
    return Member(tokens, text[equals + 1 :], _as_json(text[equals + 1 :]))


def _as_json(text: str) -> JSON | Absence:
    try:
        return parse_json(text.encode(), source="value")
    except (InvalidInput, UnicodeEncodeError):
        return ABSENT


def _refused(why: str, text: str) -> InvalidInput:
    return InvalidInput(
        why,
        code="invalid-query",
        context={"query": text},
        hint="""gitdraft search 'person -robot type:category /parents/*=Agent /label="New York"'""",
    )
