"""`<git directory>/gitdraft/index.sqlite3`: what history says, kept so that it need not be read again.

Everything in it is derived: deleting it loses nothing. The one module that knows SQL. Whatever goes wrong with the
file, the caller goes without it: nothing here raises.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from gitdraft.index import draft_tables, redirect_tables, reference_tables
from gitdraft.model.actors import Actor
from gitdraft.model.entities import EntityRef
from gitdraft.model.revisions import Revision

FILE = "gitdraft/index.sqlite3"
VERSION = 4
PATIENCE = 2.0  # seconds that one process waits for another's transaction
UNUSABLE = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_MISMATCH)
SCHEMA = """
CREATE TABLE histories (
    id INTEGER PRIMARY KEY,
    entity TEXT NOT NULL UNIQUE,
    reflects TEXT NOT NULL  -- the canonical commit up to which its revisions are known
);
CREATE TABLE revisions (
    history INTEGER NOT NULL,
    number INTEGER NOT NULL,
    "commit" TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    at TEXT NOT NULL,
    edit_type TEXT NOT NULL,
    content TEXT,
    tombstone TEXT,
    protection TEXT,
    draft TEXT,
    PRIMARY KEY (history, number)
) WITHOUT ROWID;
"""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class History:
    """The revisions of an entity, oldest first, up to the canonical commit ``reflects``."""

    reflects: str
    revisions: tuple[Revision, ...]


class Index:
    """The open file; ``None`` in place of a connection answers that nothing is known and keeps nothing."""

    def __init__(self, file: Path, connection: sqlite3.Connection | None) -> None:
        self._file = file
        self._connection = connection

    def history(self, entity: EntityRef) -> History | None:
        """What is known of the entity's revisions."""
        return self._try(lambda connection: _read_history(connection, entity))

    def keep_history(self, entity: EntityRef, history: History, known: History | None = None) -> None:
        """Keep the revisions; those of ``known``, which the index gave, are the first of them."""
        self._try(lambda connection: _write_history(connection, entity, history, known))

    def read(self, action: Callable[[sqlite3.Connection], Answer]) -> Answer | None:
        """What the action finds, all in one state of the file; ``None`` without an index."""
        return self._try(lambda connection: _within("BEGIN", connection, action))

    def write(self, action: Callable[[sqlite3.Connection], Answer]) -> Answer | None:
        """Do the action as one transaction; ``None`` without an index, and where it cannot be written."""
        return self._try(lambda connection: _within("BEGIN IMMEDIATE", connection, action))

    def _try(self, action: Callable[[sqlite3.Connection], Answer]) -> Answer | None:
        if self._connection is None:
            return None
        try:
            with self._connection:  # commits, or takes back
                return action(self._connection)
        except sqlite3.Error as error:
            if _is_unusable(error):
                _remove(self._file)
            return None


@contextmanager
def open_index(common: Path) -> Iterator[Index]:
    """The index of the repository with this common git directory, made when there is none.

    One that another version wrote, or that is damaged, is made anew. Where it can be neither read nor written, an
    index that knows nothing.
    """
    file = common / FILE
    connection = _open(file)
    try:
        yield Index(file, connection)
    finally:
        if connection is not None:
            connection.close()


def _open(file: Path) -> sqlite3.Connection | None:
    for _ in range(2):
        connection: sqlite3.Connection | None = None
        try:
            file.parent.mkdir(exist_ok=True)
            connection = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)
            _bring_to_version(connection)
        except (OSError, sqlite3.Error) as error:
            if connection is not None:
                connection.close()
            if not (isinstance(error, sqlite3.Error) and _is_unusable(error)):
                return None
            _remove(file)
        else:
            return connection
    return None


def _within(
    begin: str, connection: sqlite3.Connection, action: Callable[[sqlite3.Connection], Answer]
) -> Answer:
    connection.execute(begin)
    return action(connection)


def _bring_to_version(connection: sqlite3.Connection) -> None:
    if _version(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if _version(connection) == VERSION:  # another process was first
            return
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (name,) in tables:
            connection.execute(f'DROP TABLE "{name}"')
        schemas = SCHEMA + draft_tables.SCHEMA + redirect_tables.SCHEMA + reference_tables.SCHEMA
        for statement in filter(str.strip, schemas.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _read_history(connection: sqlite3.Connection, entity: EntityRef) -> History | None:
    connection.execute("BEGIN")
    found = connection.execute(
        "SELECT id, reflects FROM histories WHERE entity = ?", (str(entity),)
    ).fetchone()
    if found is None:
        return None
    rows = connection.execute(
        'SELECT number, "commit", name, email, at, edit_type, content, tombstone, protection, draft '
        "FROM revisions WHERE history = ? ORDER BY number",
        (found[0],),
    )
    revisions = (Revision(row[0], row[1], Actor(row[2], row[3]), *row[4:]) for row in rows)
    return History(found[1], tuple(revisions))


def _write_history(
    connection: sqlite3.Connection, entity: EntityRef, history: History, known: History | None
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    found = connection.execute(
        "SELECT id, reflects FROM histories WHERE entity = ?", (str(entity),)
    ).fetchone()
    connection.execute(
        "INSERT INTO histories (entity, reflects) VALUES (?, ?) "
        "ON CONFLICT (entity) DO UPDATE SET reflects = excluded.reflects",
        (str(entity), history.reflects),
    )
    (number,) = connection.execute("SELECT id FROM histories WHERE entity = ?", (str(entity),)).fetchone()
    new: Sequence[Revision] = history.revisions
    if known is not None and found is not None and found[1] == known.reflects:
        new = history.revisions[len(known.revisions) :]
    else:  # nothing was there, or another process has kept something else meanwhile
        connection.execute("DELETE FROM revisions WHERE history = ?", (number,))
    connection.executemany(
        "INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (number, r.number, r.commit, r.by.name, r.by.email, r.at, r.edit_type, *_files(r), r.draft)
            for r in new
        ),
    )


def _files(revision: Revision) -> tuple[str | None, ...]:
    return revision.content, revision.tombstone, revision.protection


def _is_unusable(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in UNUSABLE


def _remove(file: Path) -> None:
    for found in (file.with_name(file.name + "-journal"), file):
        with suppress(OSError):
            found.unlink()
