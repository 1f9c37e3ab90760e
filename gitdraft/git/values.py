"""Git's objects as values. Oids are 40 lower-case hexadecimal characters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple, cast

from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.names import Oid
from gitdraft.model.operations import utc

MODE_FILE = 0o100644
MODE_EXECUTABLE = 0o100755
MODE_SYMLINK = 0o120000
MODE_TREE = 0o040000
MODE_GITLINK = 0o160000
EMPTY_TREE = Oid("4b825dc642cb6eb9a060e54bf8d69288fbee4904")
REGULAR_FILES = (MODE_FILE, MODE_EXECUTABLE, 0o100664)
BASE_TRAILER = "Gitdraft-Base"
BASE_LINE = regex(rb"\n[ \t]*Gitdraft-Base:[ \t]*([0-9a-f]{40})[ \t\r]*(?![^\n])")
DRAFT_LINE = regex(rb"\n[ \t]*Gitdraft-Draft:[ \t]*([^\n]*)")

LATEST_SECONDS = (
    253_402_214_400  # a day before the year 10000: no zone carries it beyond what datetime can show
)
WHO = regex(rb"([^<]*)(?:<([^>]*))?")
WHEN = regex(rb"> *([0-9]{1,18})(?: ([+-])([0-9]{2})([0-5][0-9]))?$")
CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), ord("<"), ord(">")])
_as_oid = cast("Callable[[bytes], Oid]", bytes.hex)  # listings read tens of thousands
CRUD = " .,:;\"'\\"


class TreeEntry(NamedTuple):
    """One line of a tree. (A tuple, because listings make tens of thousands.)"""

    name: str
    mode: int
    oid: Oid

    @property
    def is_tree(self) -> bool:
        """Whether it is a folder."""
        return self.mode == MODE_TREE

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file, executable or not; never a link or a submodule."""
        return self.mode in REGULAR_FILES

    @classmethod
    def file(cls, name: str, oid: Oid) -> TreeEntry:
        """Returns an ordinary file."""
        return cls(name, MODE_FILE, oid)

    @classmethod
    def folder(cls, name: str, oid: Oid) -> TreeEntry:
        """Returns a folder."""
        return cls(name, MODE_TREE, oid)


@dataclass(frozen=True, slots=True)
class Signature:
    """Author or committer: Unix time in seconds, zone in minutes east of UTC."""

    name: str
    email: str
    seconds: int
    offset_minutes: int

    def line(self) -> bytes:
        """Returns the line that a commit has. Characters that would break the line are left out, as git does.

        Raises InvalidInput when nothing is left of the name.
        """
        return _line(self)


@dataclass(frozen=True, slots=True)
class Lineage:
    """A commit's tree and parents, which is all that a walk needs.

    ``recorded_base`` is the canonical commit that a draft's commit says it was made on (trailer `Gitdraft-Base`), which
    is another than the one below it where plain git has moved the commit; ``recorded_draft`` is the draft's id in it
    (`Gitdraft-Draft`).
    """

    tree: Oid
    parents: tuple[Oid, ...]
    recorded_base: Oid | None = None
    recorded_draft: bytes | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit."""

    oid: Oid
    tree: Oid
    parents: tuple[Oid, ...]
    author: Signature
    committer: Signature
    message: str

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.lstrip("\n").partition("\n")[0]

    def as_json(self) -> dict[str, str]:
        """Returns the commit as the reports print it."""
        return {
            "commit": self.oid,
            "author": f"{self.author.name} <{self.author.email}>",
            "at": utc(self.author.seconds),
            "subject": self.subject,
        }


def encode_text(text: str) -> bytes:
    """Returns the text as git stores it: UTF-8, bytes that came in as surrogate escapes as they were.

    Raises InvalidInput for a lone surrogate, which is no character.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise InvalidInput(f"{text[:60]!r} holds half a character", context={"at": error.start}) from error


def parse_tree(raw: bytes) -> dict[str, TreeEntry]:
    """Returns the entries of a tree object's content by name, in its order. Raises ValueError when it is none."""
    return {entry.name: entry for entry in iterate_tree(raw)}


def iterate_tree(raw: bytes, at: int = 0) -> Iterator[TreeEntry]:
    """Yields the entries of a tree object's content, from the one that begins at a byte. Raises ValueError when it is none."""
    while at < len(raw):
        space = raw.index(b" ", at)
        nul = raw.index(b"\0", space)
        name = raw[space + 1 : nul].decode("utf-8", "surrogateescape")
        yield TreeEntry(name, int(raw[at:space], 8), _as_oid(raw[nul + 1 : nul + 21]))
        at = nul + 21


def parse_lineage(raw: bytes) -> Lineage:
    """Returns a commit object's tree and parents, which its content starts with. Raises ValueError when it is none."""
    if not raw.startswith(b"tree "):
        raise ValueError("no tree")
    tree = Oid(raw[5:45].decode())
    parents = []
    at = 46
    while raw.startswith(b"parent ", at):
        parents.append(Oid(raw[at + 7 : at + 47].decode()))
        at += 48
    return Lineage(tree, tuple(parents), *recorded(raw[at:]))


def recorded(message: bytes) -> tuple[Oid | None, bytes | None]:
    """Returns the base and the draft that the last such trailers of a commit's message name, indented ones too, as in the
    text of a squash; ``None`` without a base."""
    if b"Gitdraft-Base:" not in message:
        return None, None
    bases, drafts = BASE_LINE.findall(message), DRAFT_LINE.findall(message)
    if not bases:
        return None, None
    return Oid(bases[-1].decode()), drafts[-1].strip() if drafts else None


def parse_commit(oid: Oid, raw: bytes) -> Commit:
    """Returns a commit object's content, read leniently: in the encoding that it declares, and what is not in it
    replaced. Raises ValueError when it is no commit."""
    lineage = parse_lineage(raw)
    head, _, message = raw.partition(b"\n\n")
    lines = dict(line.partition(b" ")[::2] for line in reversed(head.split(b"\n")))
    encoding = lines.get(b"encoding", b"utf-8")
    return Commit(
        oid,
        lineage.tree,
        lineage.parents,
        _parse_signature(lines.get(b"author", b""), encoding),
        _parse_signature(lines.get(b"committer", b""), encoding),
        _decode(message, encoding),
    )


def _parse_signature(raw: bytes, encoding: bytes) -> Signature:
    """Returns a time or zone that git's fsck would not let be written again is the beginning of 1970, in UTC."""
    who, when = WHO.match(raw), WHEN.search(raw)
    name, email = (who[1], who[2] or b"") if who else (b"", b"")
    seconds, minutes = 0, 0
    if when is not None and int(when[1]) <= LATEST_SECONDS:
        seconds = int(when[1])
        if when[2]:
            minutes = (int(when[3]) * 60 + int(when[4])) * (-1 if when[2] == b"-" else 1)
    return Signature(_decode(name.strip(), encoding) or "unknown", _decode(email, encoding), seconds, minutes)


def _decode(raw: bytes, encoding: bytes) -> str:
    try:
        text = raw.decode(encoding.decode("ascii", "replace"), "replace")
    except (LookupError, ValueError):  # an encoding that nobody has heard of
        return raw.decode("utf-8", "replace")
    return text.encode("utf-8", "replace").decode()  # UTF-7, for one, can spell half a character


@lru_cache(maxsize=256)
def _line(signature: Signature) -> bytes:
    name, email = (text.translate(CONTROLS).strip(CRUD) for text in (signature.name, signature.email))
    if not name:
        raise InvalidInput("an author or committer needs a name", code="missing-field")
    sign = "-" if signature.offset_minutes < 0 else "+"
    hours, minutes = divmod(abs(signature.offset_minutes), 60)
    return encode_text(f"{name} <{email}> {signature.seconds} {sign}{hours:02}{minutes:02}")
