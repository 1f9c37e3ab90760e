"""The file of the index, `<git directory>/gitdraft/index.sqlite3`, and transactions on it.

Everything in it is derived: deleting it loses nothing. Whatever goes wrong with the file, the caller goes on without
it: nothing here raises. SQL is here and in the modules of ``_tables``, a group of tables each; `sorted_entities.py` has a file
of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from gitdraft.errors import RepositoryError

FILE = "gitdraft/index.sqlite3"
VERSION = 13
PATIENCE = 2.0  # seconds that one process waits for another's transaction
UNUSABLE = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_MISMATCH)
Answer = TypeVar("Answer")


class Index:
    """The open index; without a connection it knows nothing and keeps nothing."""

    def __init__(self, file: Path, connection: sqlite3.Connection | None) -> None:
        self._file = file
        self._connection = connection

    def read(self, action: Callable[[sqlite3.Connection], Answer]) -> Answer | None:
        """Returns what the action reads, all from one state of the file; ``None`` without an index."""
        return self._try(lambda connection: _within("BEGIN", connection, action))

    def require_open(self) -> None:
        """Raises RepositoryError (``unwritable``) where the index can be neither read nor written."""
        if self._connection is None:
            raise not_written(self._file)

    def write(self, action: Callable[[sqlite3.Connection], Answer]) -> Answer | None:
        """Runs the action as one transaction; returns ``None`` without an index, and where it cannot be written."""
        return self._try(lambda connection: _within("BEGIN IMMEDIATE", connection, action))

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Returns all rows of the index by subject, sorted; empty without an index."""
        return self.read(_all_rows) or {}

    def _try(self, action: Callable[[sqlite3.Connection], Answer]) -> Answer | None:
        if self._connection is None:
            return None
        try:
            with self._connection:  # commits, or takes back
                return action(self._connection)
        except sqlite3.Error as error:
            if _is_unusable(error):
                _warn("the index is damaged, the next command rebuilds it")
                _remove(self._file)
            return None


@contextmanager
def open_index(common: Path, name: str = FILE) -> Iterator[Index]:
    """Opens the index of the repository with this common git directory; creates it when there is none.

    ``name`` is another file for an index beside it. An index that another version wrote, or that is damaged, is rebuilt.
    Where the file can be neither read nor written, the index knows nothing.
    """
    file = common / name
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
            _migrate(connection)
        except (OSError, sqlite3.Error) as error:
            if connection is not None:
                connection.close()
            if not (isinstance(error, sqlite3.Error) and _is_unusable(error)):
                return None
            _warn("the index is damaged, it is rebuilt")
            _remove(file)
        else:
            return connection
    return None


def _all_rows(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    return {name: list(connection.execute(sql)) for group in _tables() for name, sql in group.ROWS.items()}


def remove_index(common: Path, name: str = FILE) -> None:
    """Deletes the file, if that can be; the next question rebuilds it."""
    _remove(common / name)


def not_written(file: Path) -> RepositoryError:
    """Returns the refusal of what needs an index that is written."""
    return RepositoryError(
        f"{file}: the index cannot be written",
        code="unwritable",
        context={"path": str(file)},
        hint="look at the disk, and at who may write there; the index can be deleted at any time",
    )


def _within(
    begin: str, connection: sqlite3.Connection, action: Callable[[sqlite3.Connection], Answer]
) -> Answer:
    connection.execute(begin)
    return action(connection)


def _migrate(connection: sqlite3.Connection) -> None:
    if _version(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if _version(connection) == VERSION:  # another process was first
            return
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY sql LIKE 'CREATE VIRTUAL%' DESC"
        ).fetchall()  # a virtual table takes its own tables along
        if tables:
            _warn("the index is of another version of gitdraft, it is rebuilt")
        for (name,) in tables:
            connection.execute(f'DROP TABLE IF EXISTS "{name}"')
        for group in _tables():
            for statement in filter(str.strip, group.SCHEMA.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _is_unusable(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in UNUSABLE


def _remove(file: Path) -> None:
    for path in (file.with_name(file.name + "-journal"), file):
        with suppress(OSError):
            path.unlink()


def _warn(text: str) -> None:
    import logging

    logging.getLogger("gitdraft").warning(text)


def _tables() -> tuple[ModuleType, ...]:
    """Returns the modules with the tables, a group each. (Whoever only reads needs few of them.)"""
    from gitdraft.index import (
        draft_line_tables,
        draft_tables,
        effective_tables,
        rebase_state_tables,
        redirect_tables,
        reference_tables,
        review_tables,
        revision_tables,
        search_tables,
    )

    return (
        draft_line_tables,
        draft_tables,
        effective_tables,
        rebase_state_tables,
        redirect_tables,
        reference_tables,
        review_tables,
        revision_tables,
        search_tables,
    )
