"""The names of branches that gitdraft.yaml gives."""

from __future__ import annotations

from typing import Any

from gitdraft.errors import InvalidInput
from gitdraft.formats.yaml_document import shown

PULLS = "gitdraft/"
FORBIDDEN = frozenset(" ~^:?*[\\\x7f")


def check_branch(text: Any) -> str:
    """Returns the name of a branch. Raises InvalidInput for what git refuses (git-check-ref-format(1))."""
    if not isinstance(text, str):
        raise InvalidInput(f"expected the name of a branch, found {shown(text)}; put it in quotes")
    parts = text.split("/")
    bad = (
        not text
        or text == "@"
        or text[0] == "-"
        or ".." in text
        or "@{" in text
        or text.endswith(".")
        or any(ord(c) < 32 or c in FORBIDDEN for c in text)
        or any(not part or part.startswith(".") or part.endswith(".lock") for part in parts)
    )
    if bad:
        raise InvalidInput(f"{shown(text)} cannot be the name of a branch")
    return text


def check_branch_prefix(text: Any) -> str:
    """Returns the start of branch names, ending in /. Raises InvalidInput."""
    if not isinstance(text, str) or not text.endswith("/"):
        raise InvalidInput(f"expected the start of branch names, ending in /, found {shown(text)}")
    if text.startswith(PULLS):
        raise InvalidInput(f"branches that begin with {PULLS} are those of pull requests")
    return check_branch(text[:-1]) + "/"
