"""Members of a forge's answers: of a kind that was checked, and empty where the forge has none."""

from __future__ import annotations

from gitdraft.lazy_regex import regex
from gitdraft.model.names import Oid
from gitdraft.model.values import JSON

OID = regex(r"[0-9a-f]{40}")
Record = dict[str, JSON]


def record(value: JSON, *path: str) -> Record:
    """Returns the object below ``value``, member by member; an empty one where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def records(value: JSON) -> list[Record]:
    """Returns the objects of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: JSON, *path: str) -> str:
    """Returns the text below ``value``, or an empty one; a number is its text."""
    *outer, name = path
    member = record(value, *outer).get(name)
    if isinstance(member, int) and not isinstance(member, bool):
        return str(member)
    return member if isinstance(member, str) else ""


def number(value: JSON, *path: str) -> int:
    """Returns the integer below ``value``, or 0."""
    *outer, name = path
    member = record(value, *outer).get(name)
    return member if isinstance(member, int) else 0


def flag(value: JSON, name: str) -> bool:
    """Returns whether the member is true."""
    return record(value).get(name) is True


def oid(value: JSON, *path: str) -> Oid | None:
    """Returns the commit below ``value``; ``None`` where there is none."""
    digits = text(value, *path)
    return Oid(digits) if OID.fullmatch(digits) else None


def names(value: JSON) -> tuple[str, ...]:
    """Returns the names of labels, be they texts or objects."""
    if not isinstance(value, list):
        return ()
    return tuple(each if isinstance(each, str) else text(each, "name") for each in value)
