"""SQL for what drafts, open and closed, say of themselves: one line each, as lists show them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from gitdraft.model.names import Oid

SCHEMA = """
CREATE TABLE draft_lines (
    name TEXT NOT NULL,
    is_closed INTEGER NOT NULL,
    tip TEXT NOT NULL,
    base TEXT,
    changes INTEGER NOT NULL,
    is_foreign INTEGER NOT NULL,  -- whether its branch changes files beside its folder
    updated_at TEXT,
    reason TEXT,  -- why it cannot be read
    title TEXT, description TEXT, author TEXT, source TEXT, status TEXT, created_at TEXT, created_from TEXT,
    PRIMARY KEY (is_closed, name)
) WITHOUT ROWID;
"""
COLUMNS = (
    "name, tip, base, changes, is_foreign, updated_at, reason,"
    " title, description, author, source, status, created_at, created_from"
)
ROWS = {"lines of drafts": f"SELECT is_closed, {COLUMNS} FROM draft_lines ORDER BY is_closed, name"}


class LineRow(NamedTuple):
    """A draft as its tip has it; what draft.json says is ``None`` where it cannot be read, and ``reason`` says why."""

    name: str
    tip: Oid
    base: Oid | None
    changes: int
    is_foreign: int
    updated_at: str | None
    reason: str | None
    title: str | None = None
    description: str | None = None
    author: str | None = None
    source: str | None = None
    status: str | None = None
    created_at: str | None = None
    created_from: str | None = None


def read_lines(connection: sqlite3.Connection, *, is_closed: bool) -> list[LineRow]:
    """Returns all rows of open drafts, or of closed ones, sorted by name."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM draft_lines WHERE is_closed = ? ORDER BY name", (is_closed,)
    )
    return [*map(LineRow._make, rows)]


def write_lines(
    connection: sqlite3.Connection, rows: Iterable[LineRow], gone: Iterable[str], *, is_closed: bool
) -> None:
    """Writes these rows, and forgets the drafts that are gone."""
    connection.executemany(
        "DELETE FROM draft_lines WHERE is_closed = ? AND name = ?", ((is_closed, name) for name in gone)
    )
    values = ", ".join("?" * len(LineRow._fields))
    connection.executemany(
        f"INSERT OR REPLACE INTO draft_lines (is_closed, {COLUMNS}) VALUES (?, {values})",
        ((is_closed, *row) for row in rows),
    )
