"""Git's objects as values. Oids are 40 lower-case hexadecimal characters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from gitdraft.errors import InvalidInput

MODE_FILE = 0o100644
MODE_EXECUTABLE = 0o100755
MODE_SYMLINK = 0o120000
MODE_TREE = 0o040000
MODE_GITLINK = 0o160000
REGULAR_FILES = (MODE_FILE, MODE_EXECUTABLE, 0o100664)


class TreeEntry(NamedTuple):
    """One line of a tree. (A tuple, because listings make tens of thousands.)"""

    name: str
    mode: int
    oid: str

    @property
    def is_tree(self) -> bool:
        """Whether it is a folder."""
        return self.mode == MODE_TREE

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file, executable or not; never a link or a submodule."""
        return self.mode in REGULAR_FILES

    @classmethod
    def file(cls, name: str, oid: str) -> TreeEntry:
        """An ordinary file."""
        return cls(name, MODE_FILE, oid)

    @classmethod
    def folder(cls, name: str, oid: str) -> TreeEntry:
        """A folder."""
        return cls(name, MODE_TREE, oid)


@dataclass(frozen=True, slots=True)
class Signature:
    """Author or committer: Unix time in seconds, zone in minutes east of UTC."""

    name: str
    email: str
    seconds: int
    offset_minutes: int

    def line(self) -> bytes:
        """As a commit has it. Characters that would break the line are left out, as git does.

        Raises InvalidInput when nothing is left of the name.
        """
        return _line(self)


@dataclass(frozen=True, slots=True)
class Lineage:
    """A commit's tree and parents, which is all that a walk needs."""

    tree: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.lstrip("\n").partition("\n")[0]


def _crud(text: str) -> str:
    kept = "".join(c for c in text if c not in "<>\n\r\0" and (c.isprintable() or c == " "))
    return kept.strip(" .,:;\"'\\")


def parse_tree(raw: bytes) -> dict[str, TreeEntry]:
    """The entries of a tree object's content by name, in its order."""
    found = {}
    at = 0
    while at < len(raw):
        space = raw.index(b" ", at)
        nul = raw.index(b"\0", space)
        name = raw[space + 1 : nul].decode("utf-8", "surrogateescape")
        found[name] = TreeEntry(name, int(raw[at:space], 8), raw[nul + 1 : nul + 21].hex())
        at = nul + 21
    return found


def parse_lineage(raw: bytes) -> Lineage:
    """A commit object's tree and parents, which its content starts with."""
    tree = raw[5:45].decode()
    parents = []
    at = 46
    while raw.startswith(b"parent ", at):
        parents.append(raw[at + 7 : at + 47].decode())
        at += 48
    return Lineage(tree, tuple(parents))


def parse_commit(oid: str, raw: bytes) -> Commit:
    """A commit object's content, read leniently: what is not UTF-8 is replaced."""
    lineage = parse_lineage(raw)
    head, _, message = raw.partition(b"\n\n")
    lines = dict(line.partition(b" ")[::2] for line in reversed(head.split(b"\n")))
    return Commit(
        oid,
        lineage.tree,
        lineage.parents,
        _parse_signature(lines.get(b"author", b"")),
        _parse_signature(lines.get(b"committer", b"")),
        message.decode("utf-8", "replace"),
    )


def _parse_signature(raw: bytes) -> Signature:
    who, _, when = raw.decode("utf-8", "replace").rpartition("> ")
    name, _, email = who.partition(" <")
    seconds, _, zone = when.partition(" ")
    try:
        minutes = int(zone[1:3]) * 60 + int(zone[3:5])
        return Signature(name, email, int(seconds), -minutes if zone.startswith("-") else minutes)
    except ValueError:
        return Signature(name or "unknown", email, 0, 0)


@lru_cache(maxsize=256)
def _line(signature: Signature) -> bytes:
    name, email = _crud(signature.name), _crud(signature.email)
    if not name:
        raise InvalidInput("an author or committer needs a name", code="missing-field")
    sign = "-" if signature.offset_minutes < 0 else "+"
    hours, minutes = divmod(abs(signature.offset_minutes), 60)
    return f"{name} <{email}> {signature.seconds} {sign}{hours:02}{minutes:02}".encode(
        "utf-8", "surrogateescape"
    )
