"""A tree of many entries as git stores it: its bytes, and where each entry begins."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator

from gitdraft.git.values import TreeEntry, iterate_tree

OID = 20  # bytes
FOLDER = (b"40000", b"040000")
LARGE = (
    1 << 16
)  # bytes of a tree, with some two thousand entries; a value for each of them takes ten times as much


class LargeTree:
    """Finds one entry after another, none of which is kept. Raises ValueError for bytes that are no tree."""

    __slots__ = ("_raw", "_starts")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._starts = array("Q")
        at = 0
        while at < len(raw):
            self._starts.append(at)
            at = raw.index(b"\0", at) + 1 + OID
        if at > len(raw):
            raise ValueError("an entry is cut off")

    def get(self, name: str) -> TreeEntry | None:
        """Returns the entry with this name, ``None`` when there is none."""
        try:
            raw_name = name.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return None
        for key in (raw_name, raw_name + b"/"):
            place = bisect_left(self._starts, key, key=self._key)
            if place < len(self._starts) and self._key(self._starts[place]) == key:
                entry = next(iterate_tree(self._raw, self._starts[place]))
                return entry if entry.name == name else None
        if b" %s\0" % raw_name in self._raw:  # out of git's order, which git never writes
            return next((entry for entry in iterate_tree(self._raw) if entry.name == name), None)
        return None

    def values(self) -> Iterator[TreeEntry]:
        """Yields all entries."""
        return iterate_tree(self._raw)

    def _key(self, start: int) -> bytes:
        """Returns what git sorts the entry by: its name, that of a folder with `/`."""
        mode, _, name = self._raw[start : self._raw.index(b"\0", start)].partition(b" ")
        return name + b"/" if mode in FOLDER else name
