"""Entity keys, types and draft ids: what may be one, and in which form it is stored.

A key becomes a file name on every disk and a word on every terminal, so what some file system, git, a shell, a
reader's eye or a URL would take for something else is refused.
"""

from __future__ import annotations

import re
import unicodedata

from gitdraft.errors import InvalidInput
from gitdraft.lazy_regex import regex
from gitdraft.model.names import DraftId

LONGEST_KEY = 200
LONGEST_SLUG = 40
TYPE = regex(r"[a-z][a-z0-9_-]{0,63}")
PLAIN_KEY = regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}")
DRAFT_ID = regex(r"[a-z0-9][a-z0-9-]{0,62}")
OID_LIKE = regex(r"[0-9a-f]{40}")
FORBIDDEN = frozenset('<>:"|?*\\/')
DEVICES = frozenset(
    (
        *("con", "prn", "aux", "nul", "clock$", "conin$", "conout$"),
        *(f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"),
    )
)
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def normalise_key(text: object, *, nested: bool = False) -> str:
    """Returns the key in its stored form (NFC). Raises InvalidInput saying what is wrong with it.

    With ``nested`` it may have several segments (`a/b`), each under the same rule, but for what real repositories
    hold: those before the last may also start with `_` (`_globals/atob`), those after the first with `-`
    (`properties/-webkit-mask`; behind a folder no program takes it for an option).
    """
    if not isinstance(text, str):
        raise _refused("key", text, "it is not a string")
    if PLAIN_KEY.fullmatch(text) and text.lower() not in DEVICES:
        return text  # the everyday case; what follows gives the same
    _check_surrogates("key", text)
    key = unicodedata.normalize("NFC", text)
    if not key:
        raise _refused("key", text, "it is empty")
    if len(key.encode()) > LONGEST_KEY:
        raise _refused("key", text, f"it is longer than {LONGEST_KEY} bytes")
    segments = key.split("/") if nested else [key]
    for position, segment in enumerate(segments):
        also = ("_" if position < len(segments) - 1 else "") + ("-" if position else "")
        why = _flaw(segment, also)
        if why is not None:
            raise _refused("key", text, why)
    return key


def normalise_type(text: object) -> str:
    """Returns the entity type. Raises InvalidInput."""
    if not isinstance(text, str) or not TYPE.fullmatch(text):
        raise _refused("entity type", text, "expected a-z, then up to 63 of a-z, 0-9, _ and -")
    if text in DEVICES:
        raise _refused("entity type", text, "Windows reserves the name")
    return text


def check_draft_id(text: object) -> DraftId:
    """Returns the draft id, unchanged. Raises InvalidInput."""
    if not isinstance(text, str) or not DRAFT_ID.fullmatch(text):
        raise _refused("draft id", text, "expected a-z or 0-9, then up to 62 of a-z, 0-9 and -")
    if text in DEVICES:
        raise _refused("draft id", text, "Windows reserves the name")
    if OID_LIKE.fullmatch(text):
        raise _refused("draft id", text, "it looks like a commit")
    return DraftId(text)


def decode_text(raw: bytes) -> str:
    """Returns the text of bytes. Raises InvalidInput where it is not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"not UTF-8 at byte {error.start}", context={"byte": error.start}) from error


def fold_key(key: str) -> str:
    """Returns the form in which keys must be unique: without regard to case, as disks compare them."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", key).casefold())


def slug(title: str) -> str:
    """Returns a draft id made of a title in any script: ASCII letters, digits and hyphens, at most 40; empty where the title has
    no letter and no digit."""
    plain = title
    if not title.isascii():
        from anyascii import anyascii

        plain = anyascii(unicodedata.normalize("NFC", title))
    plain = plain.lower().replace("'", "")
    text = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-")
    try:
        return check_draft_id(text)
    except InvalidInput:
        return f"draft-{text}" if text else ""


def _flaw(segment: str, also_first: str) -> str | None:
    """Returns what is wrong with one segment of a key, which may start with one of ``also_first`` too."""
    if not segment:
        return "a segment is empty"
    for character in segment:
        if unicodedata.category(character) in INVISIBLE or 0xFE00 <= ord(character) <= 0xFE0F:
            return f"it holds the invisible character U+{ord(character):04X}"
        if 0xE0100 <= ord(character) <= 0xE01EF:
            return f"it holds the variation selector U+{ord(character):04X}"
        if character in FORBIDDEN:
            return f"it holds {character!r}, which not every disk takes"
        if unicodedata.category(character) == "Zs" and character != " ":
            return f"it holds the unusual space U+{ord(character):04X}"
    first = segment[0]
    if unicodedata.category(first)[0] not in "LN" and first not in also_first:
        return f"it starts with {first!r}, expected a letter or a digit"
    if segment[-1] in ". ":
        return f"it ends with {segment[-1]!r}, which some disks drop"
    if segment.lower().endswith(".lock"):
        return "it ends with '.lock', which git reserves"
    if "@{" in segment or ".." in segment:
        return "it holds git's revision syntax"
    if re.fullmatch(r"git~\d+", segment, re.IGNORECASE):
        return "Windows takes it for a short name of .git"
    if segment.split(".", maxsplit=1)[0].rstrip(" ").casefold() in DEVICES:
        return "Windows reserves the name"
    return None


def _check_surrogates(what: str, text: str) -> None:
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise _refused(what, text.encode("utf-8", "backslashreplace").decode(), "it is not UTF-8")


def _refused(what: str, text: object, why: str) -> InvalidInput:
    shown = repr(text) if len(repr(text)) <= 80 else repr(text)[:79] + "…"
    safe = shown.encode("utf-8", "backslashreplace").decode()
    return InvalidInput(f"{safe} cannot be a {what}: {why}", context={"value": safe})
