"""SQL for what lists say of drafts' reviews: the hash of each draft's changes, and how many comments and verdicts it has.

The hash is of the changes as they apply to canonical. So a row is good for one tip, and until canonical touches what the
draft changes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from gitdraft.model.names import Oid

SCHEMA = """
CREATE TABLE reviewed_drafts (
    name TEXT NOT NULL,
    is_closed INTEGER NOT NULL,
    tip TEXT NOT NULL,
    change_hash TEXT NOT NULL,
    comments INTEGER NOT NULL,
    reviews INTEGER NOT NULL,
    PRIMARY KEY (is_closed, name)
) WITHOUT ROWID;
"""
ROWS: dict[str, str] = {}  # a hash is remembered; catching up with canonical makes none


class ReviewRow(NamedTuple):
    """A draft at a tip: the hash of its changes, how many comments and verdicts lie in it."""

    name: str
    tip: Oid
    change_hash: str
    comments: int
    reviews: int


def read_review_rows(connection: sqlite3.Connection, *, is_closed: bool) -> dict[str, ReviewRow]:
    """Returns all rows of open drafts, or of closed ones, by name."""
    rows = connection.execute(
        "SELECT name, tip, change_hash, comments, reviews FROM reviewed_drafts WHERE is_closed = ?",
        (is_closed,),
    )
    return {row[0]: ReviewRow(*row) for row in rows}


def write_review_rows(connection: sqlite3.Connection, rows: Iterable[ReviewRow], *, is_closed: bool) -> None:
    """Keeps these rows."""
    connection.executemany(
        "INSERT OR REPLACE INTO reviewed_drafts (is_closed, name, tip, change_hash, comments, reviews)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        ((is_closed, *row) for row in rows),
    )


def forget_hashes(connection: sqlite3.Connection, names: Iterable[str] | None) -> None:
    """Forgets the rows of the open drafts with these names, or of all: canonical has touched what they change."""
    if names is None:
        connection.execute("DELETE FROM reviewed_drafts WHERE NOT is_closed")
        return
    connection.executemany(
        "DELETE FROM reviewed_drafts WHERE NOT is_closed AND name = ?", ((name,) for name in names)
    )
