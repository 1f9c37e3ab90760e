"""SQL for the redirects of canonical: which key leads to which, type by type."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid

SCHEMA = """
CREATE TABLE redirects (
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (type, key)
) WITHOUT ROWID;
CREATE INDEX redirects_target ON redirects (type, target);
CREATE TABLE redirect_state (
    type TEXT PRIMARY KEY,
    tree TEXT NOT NULL  -- the tree of the type's tombstones that the table reflects
) WITHOUT ROWID;
"""
ROWS = {"redirects": "SELECT type, key, target FROM redirects ORDER BY type, key"}


@dataclass(frozen=True, slots=True)
class RedirectRows:
    """The redirects of a type, target by key, in one tree of its tombstones."""

    tree: Oid
    targets: dict[str, str]


def read_redirects(
    connection: sqlite3.Connection, type_name: str, targets: Collection[str] | None
) -> RedirectRows | None:
    """Returns the redirects of a type to ``targets``, or all; ``None`` while nothing is known of the type."""
    tree = _state(connection, type_name)
    if tree is None:
        return None
    if targets is None:
        rows = connection.execute("SELECT key, target FROM redirects WHERE type = ?", (type_name,))
        return RedirectRows(tree, dict(rows))
    redirects: dict[str, str] = {}
    for target in targets:
        sql = "SELECT key, target FROM redirects WHERE type = ? AND target = ?"
        redirects.update(connection.execute(sql, (type_name, target)))
    return RedirectRows(tree, redirects)


def write_redirects(
    connection: sqlite3.Connection,
    type_name: str,
    before: str | None,
    after: str,
    changes: Mapping[str, str | None],
) -> None:
    """Moves the redirects of a type from one tree of tombstones to the next, or fills them when ``before`` is ``None``:
    the target by key, ``None`` for no redirect.

    Nothing is done where another process has moved them meanwhile.
    """
    if before is None:
        connection.execute("DELETE FROM redirects WHERE type = ?", (type_name,))
    elif _state(connection, type_name) != before:
        return
    connection.executemany(
        "DELETE FROM redirects WHERE type = ? AND key = ?",
        ((type_name, key) for key, target in changes.items() if target is None),
    )
    connection.executemany(
        "INSERT OR REPLACE INTO redirects VALUES (?, ?, ?)",
        ((type_name, key, target) for key, target in changes.items() if target is not None),
    )
    connection.execute("INSERT OR REPLACE INTO redirect_state VALUES (?, ?)", (type_name, after))


def _state(connection: sqlite3.Connection, type_name: str) -> Oid | None:
    row = connection.execute("SELECT tree FROM redirect_state WHERE type = ?", (type_name,)).fetchone()
    return None if row is None else Oid(row[0])
