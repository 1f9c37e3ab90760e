"""The path of a request: a slash that is sent as `%2F` is part of a name, and never splits a path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from starlette.types import Scope

from gitdraft.lazy_regex import regex

ESCAPED = regex(rb"%2[fF]")
SLASH = "\udc2f"  # stands for it until the route is known; no path that can be sent has it


def with_whole_names(scope: Scope) -> Scope:
    """Returns the scope with a path in which `%2F` is no slash yet."""
    raw = scope.get("raw_path") or b""
    if not ESCAPED.search(raw):
        return scope
    path = SLASH.join(unquote(part.decode("ascii", "replace")) for part in ESCAPED.split(raw))
    return {**scope, "path": path}


def with_slashes(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the parts of a path, by name, with the slashes that were sent as `%2F`."""
    return {
        name: value.replace(SLASH, "/") if isinstance(value, str) else value
        for name, value in parameters.items()
    }
