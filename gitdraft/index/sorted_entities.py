"""Entities in the order of type and key, however many they are: sorted in a file that nobody sees."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from gitdraft.errors import RepositoryError
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid

Listed = tuple[EntityRef, Oid | None]
"""An entity, with the blob of its file or without one."""


class SortedEntities:
    """Entities, each once, with what was put in last for it; SQLite keeps them in a file of its own, which it removes."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute(
            "CREATE TABLE entities (type TEXT, key TEXT, blob TEXT, PRIMARY KEY (type, key)) WITHOUT ROWID"
        )

    def put(self, listed: Iterable[Listed]) -> None:
        """Puts entities in. Raises RepositoryError (``no-space``) where the folder of temporary files has none left."""
        rows = ((entity.type, entity.key, blob) for entity, blob in listed)
        try:
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT OR REPLACE INTO entities VALUES (?, ?, ?)", rows)
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise RepositoryError(
                f"entities cannot be sorted: {error}",
                code="no-space",
                hint="TMPDIR=DIR gitdraft ... sorts in another folder",
            ) from error

    def __len__(self) -> int:
        (number,) = self._connection.execute("SELECT count(*) FROM entities").fetchone()
        assert isinstance(number, int)
        return number

    def __iter__(self) -> Iterator[Listed]:
        rows = self._connection.execute("SELECT type, key, blob FROM entities ORDER BY type, key")
        for name, key, blob in rows:
            yield EntityRef(name, key), None if blob is None else Oid(blob)
