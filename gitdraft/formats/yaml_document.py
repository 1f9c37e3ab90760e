"""What a YAML file says, apart from how it is read."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from gitdraft.lazy_dataclass import dataclass

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Foreign:
    """A scalar that YAML reads as something that JSON does not have, such as a date."""

    text: str


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """The value and the line (from 1) of each place in it, named by keys and indices."""

    value: Any
    lines: dict[Path, int]


def shown(value: Any) -> str:
    """Returns a value as a message about it shows it."""
    if isinstance(value, Foreign):
        return f"{value.text[:60]} (which YAML does not read as text)"
    return json.dumps(value, ensure_ascii=False, default=str)[:80]
