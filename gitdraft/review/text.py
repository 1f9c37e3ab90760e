"""Text for people: what is unseen in it becomes an escape; two texts are compared word by word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from json import dumps
from typing import Literal, NamedTuple

from gitdraft.documents.alignment import align, runs
from gitdraft.lazy_regex import regex

UNSEEN = regex(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"  # joiners, but between letters that they join
)
LINE_END = regex("(\r\n|\r|\n)")
JOINER = "\u200d"
LONGEST_COMPARED = 20_000  # characters
LEAST_IN_COMMON = 0.2  # of the words of the longer text


class Piece(NamedTuple):
    """A part of a text, and whether the other text has it too."""

    text: str
    is_shared: bool


class Seen(NamedTuple):
    """A part of a text as it is shown: itself, or the escape of what cannot be seen."""

    text: str
    is_escape: bool


def escape_of(character: str) -> str:
    """Returns the escape of a character, as JSON has it where it can (`\\u202e`)."""
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def seen(text: str) -> Iterator[Seen]:
    """Yields the parts of a text; control characters, those that turn the direction of writing, and those that have no
    width are escapes."""
    start = 0
    for match in UNSEEN.finditer(text):
        if match.start() > start:
            yield Seen(text[start : match.start()], False)
        yield Seen(escape_of(match[0]), True)
        start = match.end()
    if start < len(text):
        yield Seen(text[start:], False)


def visible(text: str) -> str:
    """Returns a text in which nothing is unseen."""
    return "".join(part.text for part in seen(text))


def escaped_json(text: str) -> str:
    """Returns JSON text in which nothing is unseen, of the same value: inside its strings it is written as escapes."""
    return UNSEEN.sub(_escaped_in_json, text)


def _escaped_in_json(match: re.Match[str]) -> str:
    if match[0] == "\r":  # a line end of the text
        return "\r"
    return escape_of(match[0]) if ord(match[0]) < 0x10000 else dumps(match[0])[1:-1]


def graphemes(text: str) -> Iterator[str]:
    """Yields what a reader takes for one character each (UAX #29, without the rules of Indic conjuncts)."""
    cluster = ""
    for character in text:
        if cluster and not _joins(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def cut(text: str, most: int) -> str:
    """Returns the beginning of a text, at most so many bytes of UTF-8, no grapheme cut in two."""
    if len(text) * 4 <= most or len(text.encode("utf-8", "surrogatepass")) <= most:
        return text
    start = text.encode("utf-8", "surrogatepass")[:most].decode("utf-8", "ignore")
    *whole, _ = graphemes(start)
    return "".join(whole)


def compare_texts(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]] | None:
    """Returns both texts in pieces; ``None`` where they have too little in common, or are too long to compare."""
    if max(len(old), len(new)) > LONGEST_COMPARED:
        return None
    words = list(_words(old)), list(_words(new))
    matches = align(*words)
    common = sum(len(words[0][i]) for i, _ in matches if words[0][i].strip())
    if common < LEAST_IN_COMMON * max(len(old), len(new)):
        return None
    changed: tuple[set[int], set[int]] = (set(), set())
    for run in runs(matches, len(words[0]), len(words[1])):
        changed[0].update(range(run.old_start, run.old_end))
        changed[1].update(range(run.new_start, run.new_end))
    return _pieces(words[0], changed[0]), _pieces(words[1], changed[1])


def _pieces(words: list[str], changed: set[int]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for index, word in enumerate(words):
        is_shared = index not in changed
        if pieces and pieces[-1].is_shared == is_shared:
            pieces[-1] = Piece(pieces[-1].text + word, is_shared)
        else:
            pieces.append(Piece(word, is_shared))
    return tuple(pieces)


def _words(text: str) -> Iterator[str]:
    """Yields words, runs of blanks, and all else one grapheme each; scripts that have no blanks between words too."""
    run, kind = "", ""
    for cluster in graphemes(text):
        own = _kind(cluster[0])
        if run and (own != kind or own == "other"):
            yield run
            run = ""
        run, kind = run + cluster, own
    if run:
        yield run


def _kind(character: str) -> Literal["word", "blank", "other"]:
    if character.isspace():
        return "blank"
    if character == "_" or (
        character.isalnum() and not "\u0e00" <= character <= "\u0eff" and character < "\u3040"
    ):
        return "word"
    return "other"


def _joins(cluster: str, character: str) -> bool:
    last = cluster[-1]
    if cluster == "\r" and character == "\n":
        return True
    if unicodedata.category(last) == "Cc" or unicodedata.category(character) == "Cc":
        return False
    is_mark = unicodedata.category(character) in ("Mn", "Me", "Mc")
    if is_mark or character in (JOINER, "\u200c") or "\U0001f3fb" <= character <= "\U0001f3ff":
        return True
    if last == JOINER:
        return unicodedata.category(character) == "So"
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return len(cluster) == 1 and "\U0001f1e6" <= last <= "\U0001f1ff"
    return _is_jamo(last, character)


def _is_jamo(last: str, character: str) -> bool:
    """Whether a Hangul syllable goes on (UAX #29, GB6 to GB8)."""
    if "\u1160" <= character <= "\u11a7":
        return "\u1100" <= last <= "\u11a7" or (
            "\uac00" <= last <= "\ud7a3" and (ord(last) - 0xAC00) % 28 == 0
        )
    if "\u11a8" <= character <= "\u11ff":
        return "\u1160" <= last <= "\u11ff" or "\uac00" <= last <= "\ud7a3"
    return "\u1100" <= character <= "\u115f" and "\u1100" <= last <= "\u115f"
