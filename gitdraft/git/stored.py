"""Which objects are stored now: an open repository of libgit2's says of what it has read that it is there, and looks in packs
that a gc has removed, for as long as it lives."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gitdraft.model.names import Oid

if TYPE_CHECKING:
    import pygit2


class StoredObjects:
    """The objects in a folder of them, its packs and its alternates. None is ever read, so none is remembered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._first_packs = self._packs = self._list_packs()
        self._objects: pygit2.Odb | None = None

    @property
    def has_first_packs(self) -> bool:
        """Whether the packs are those that were there when this was made."""
        return self._list_packs() == self._first_packs

    def missing(self, oids: Iterable[Oid]) -> list[Oid]:
        """Returns the objects that are not there."""
        import pygit2

        packs = self._list_packs()
        if self._objects is None or packs != self._packs:
            self._packs, self._objects = packs, pygit2.Odb(str(self._folder))
        return [oid for oid in oids if pygit2.Oid(hex=oid) not in self._objects]

    def _list_packs(self) -> frozenset[str]:
        try:
            return frozenset(entry.name for entry in os.scandir(self._folder / "pack"))
        except OSError:
            return frozenset()
