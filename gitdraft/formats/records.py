"""Reading JSON objects of a fixed form, by hand.

The JSON Schemas in `schemas/` say the same for everybody else; a test holds both to the same verdicts. (Every
command reads such files, and importing jsonschema takes longer than most commands.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from gitdraft.documents.parse import Limits, parse_json
from gitdraft.errors import InvalidInput, NewerFormat
from gitdraft.lazy_regex import regex
from gitdraft.model.names import Oid
from gitdraft.model.values import JSON

FORMAT = 1
"""The format of every file on disk that this gitdraft writes, as their member `version`; 1 is written by leaving it out."""
TIME = regex(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z")


def require_known_format(value: Any, source: str) -> None:
    """Raises NewerFormat where the object in the file ``source`` has the `version` of a later format, InvalidInput where that
    is none. A value that is no object has none."""
    version = value.get("version", FORMAT) if isinstance(value, dict) else FORMAT
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        message = f"{source} /version: expected {FORMAT}"
        raise InvalidInput(message, context={"source": source, "path": "/version"})
    if version > FORMAT:
        raise newer_format(version, source)


def newer_format(version: int, source: str) -> NewerFormat:
    """Returns the error about a file of a later format."""
    return NewerFormat(
        f"{source}: written by gitdraft of format {version}; this one reads format {FORMAT}",
        context={"source": source, "format": version},
        hint="upgrade gitdraft",
    )


class Record:
    """A JSON object that is read member by member. Raises InvalidInput naming the file and the member."""

    def __init__(self, value: Any, source: str, at: str = "") -> None:
        self.source, self.at = source, at
        if not isinstance(value, dict):
            raise self.refused("", "expected an object")
        self.members: dict[str, Any] = value

    @classmethod
    def parse(cls, content: bytes, source: str, limits: Limits = Limits()) -> Record:
        """Returns the object in a file. Raises NewerFormat for a file of a later format."""
        value = parse_json(content, limits=limits, source=source)
        require_known_format(value, source)
        return cls(value, source)

    def text(self, name: str, default: str | None = None) -> str:
        """Returns a member that is a string; without a default it is required."""
        if name not in self.members and default is not None:
            return default
        value = self.members.get(name)
        if not isinstance(value, str):
            raise self.refused(name, "expected a string")
        return value

    def filled(self, name: str) -> str:
        """Returns a required member that is a string and not empty."""
        if not self.text(name):
            raise self.refused(name, "expected a string that is not empty")
        return self.text(name)

    def optional_text(self, name: str) -> str | None:
        """Returns a member that is a string, ``None`` where it is missing."""
        return self.text(name) if name in self.members else None

    def flag(self, name: str, *, default: bool) -> bool:
        """Returns a member that is true or false."""
        value = self.members.get(name, default)
        if not isinstance(value, bool):
            raise self.refused(name, "expected true or false")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A required member that is a list of strings, none of them empty."""
        value = self.members.get(name)
        if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
            raise self.refused(name, "expected a list of strings")
        return tuple(str(text) for text in value)

    def time(self, name: str) -> str:
        """Returns a required member that is a time in UTC, RFC 3339 with `Z`."""
        if not TIME.fullmatch(self.text(name)):
            raise self.refused(name, "expected a time such as 2026-01-24T09:27:00Z")
        return self.text(name)

    def oid(self, name: str) -> Oid:
        """Returns a required member that is a commit's oid."""
        if not re.fullmatch(r"[0-9a-f]{40}", self.text(name)):
            raise self.refused(name, "expected the oid of a commit, 40 hexadecimal digits")
        return Oid(self.text(name))

    def records(self, name: str) -> list[Record]:
        """Returns a member that is an array of objects; none where it is missing."""
        items = self.members.get(name, [])
        if not isinstance(items, list):
            raise self.refused(name, "expected an array")
        return [Record(item, self.source, f"{self.at}/{name}/{i}") for i, item in enumerate(items)]

    def others(self, names: Iterable[str]) -> dict[str, JSON]:
        """Returns the members beside these: a later gitdraft's of the same format, which who writes the file again keeps. (Its
        `version` is one of them.)"""
        return {name: value for name, value in self.members.items() if name not in names}

    def only(self, names: Iterable[str]) -> None:
        """Raises InvalidInput for members other than these."""
        for name in self.members.keys() - set(names):
            raise self.refused(name, "unknown member")

    def refused(self, name: str, why: str) -> InvalidInput:
        """Returns the error about a member."""
        pointer = f"{self.at}/{name}" if name else self.at
        return InvalidInput(
            f"{self.source}{' ' + pointer if pointer else ''}: {why}",
            context={"source": self.source, "path": pointer},
        )


def parse_schema_version(value: JSON) -> int | None:
    """Returns the version of a type's schema, a number from 1 on; ``None`` where none is given. Raises InvalidInput."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise InvalidInput("expected a number from 1 on")
