"""Git's objects as values. Oids are 40 lower-case hexadecimal characters."""

from __future__ import annotations

from dataclasses import dataclass

from gitdraft.errors import InvalidInput

MODE_FILE = 0o100644
MODE_EXECUTABLE = 0o100755
MODE_SYMLINK = 0o120000
MODE_TREE = 0o040000
MODE_GITLINK = 0o160000


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of a tree."""

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
        return self.mode in (MODE_FILE, MODE_EXECUTABLE, 0o100664)

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
        name, email = _crud(self.name), _crud(self.email)
        if not name:
            raise InvalidInput("an author or committer needs a name", code="missing-field")
        sign = "-" if self.offset_minutes < 0 else "+"
        hours, minutes = divmod(abs(self.offset_minutes), 60)
        return f"{name} <{email}> {self.seconds} {sign}{hours:02}{minutes:02}".encode(
            "utf-8", "surrogateescape"
        )


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
