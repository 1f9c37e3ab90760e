"""The files in which git keeps refs: one for each (loose), and `packed-refs` for many (gitrepository-layout(5))."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from gitdraft.errors import RepositoryError
from gitdraft.model.names import Oid

Stamp = tuple[int, int, int]
SYMBOLIC = "ref:"
HEX = frozenset("0123456789abcdef")
PACKED = r"^([0-9a-f]{40}) (.*)$"
NO_REF = r"^[#^]"  # its header, what a tag is of
FORBIDDEN = frozenset(" ~^:?*[\\\x7f").union(map(chr, range(0x20)))
NONE: Mapping[str, Oid] = MappingProxyType({})


def read_loose(file: str | os.PathLike[str]) -> str | None:
    """Returns what stands in a ref's file: an oid, or `ref:` and the name of another; ``None`` when there is none. Raises
    RepositoryError for garbage."""
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as stream:  # noqa: PTH123 (ten thousand at a time)
            text = stream.read(5000).strip()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    if not text.startswith(SYMBOLIC) and not is_oid(text):
        raise RepositoryError(f"ref file {os.fspath(file)} is damaged", code="damaged-ref", hint="git fsck")
    return text


def is_oid(text: str) -> bool:
    """Returns whether the text is 40 hexadecimal digits in lower case."""
    return len(text) == 40 and HEX.issuperset(text)


def is_valid_ref(name: str) -> bool:
    """Returns whether git takes the name for a ref's (git-check-ref-format(1)), and it leads nowhere but below the folder."""
    return (
        "/" in name
        and FORBIDDEN.isdisjoint(name)
        and ".." not in name
        and "@{" not in name
        and not name.endswith(".")
        and not any(not part or part.startswith(".") or part.endswith(".lock") for part in name.split("/"))
    )


def stamp_of(file: Path) -> Stamp | None:
    """Returns what tells one state of a file from another, as git compares them: it replaces `packed-refs` at each change."""
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def packed_refs(common: Path) -> Mapping[str, Oid]:
    """Returns the refs in packed-refs, which is read once for each state of it. Raises RepositoryError for a line that is none of
    git's: a listing is never short without saying so."""
    stamp = stamp_of(common / "packed-refs")
    return NONE if stamp is None else _parsed(common / "packed-refs", stamp)


@lru_cache(maxsize=4)
def _parsed(file: Path, _stamp: Stamp) -> Mapping[str, Oid]:
    try:
        text = file.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return NONE
    refs = re.findall(PACKED, text, re.MULTILINE)  # a hundred thousand at a time
    number = text.removesuffix("\n").count("\n") + bool(text)
    if len(refs) + len(re.findall(NO_REF, text, re.MULTILINE)) == number:
        return {name: oid for oid, name in refs}
    lines = text.removesuffix("\n").split("\n")  # splitlines splits at characters that names may hold
    damaged = next(line for line in lines if not (re.match(PACKED, line) or re.match(NO_REF, line)))
    raise RepositoryError(
        f"packed-refs has a damaged line: {damaged[:60]!r}", code="damaged-ref", hint="git fsck"
    )
