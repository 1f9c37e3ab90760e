"""An entity for `git diff`: one line a pointer; what is no JSON, as it is."""

from __future__ import annotations

import sys

from gitdraft.documents.flatten import pointer_lines
from gitdraft.documents.parse import Limits, parse_json
from gitdraft.errors import InvalidInput

LIMITS = Limits(max_bytes=1 << 26, max_depth=200)


def show(file: str) -> int:
    """Prints the file."""
    sys.stdout.buffer.write(_shown(file))
    sys.stdout.buffer.flush()
    return 0


def diff(old: str, new: str) -> int:
    """Prints the lines that differ."""
    from difflib import unified_diff

    before, after = (_shown(file).decode("utf-8", "backslashreplace").splitlines() for file in (old, new))
    for line in unified_diff(before, after, n=0, lineterm=""):
        if not line.startswith(("---", "+++", "@@")):
            print(line)
    return 0


def _shown(file: str) -> bytes:
    with open(file, "rb") as stream:
        content = stream.read()
    try:
        document = parse_json(content, limits=LIMITS)
    except InvalidInput:
        return content
    return "".join(f"{line}\n" for line in pointer_lines(document)).encode()
