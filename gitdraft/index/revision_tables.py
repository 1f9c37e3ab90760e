"""SQL for the revisions of the entities that were asked about, and for content hashes by blob."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import Actor
from gitdraft.model.revisions import Revision

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
CREATE TABLE hashes (
    blob TEXT PRIMARY KEY,
    hash TEXT NOT NULL
) WITHOUT ROWID;
"""
ROWS = {  # the hashes are not compared: which blobs were asked about is not derived
    "revisions": 'SELECT entity, number, "commit", name, email, at, edit_type, content, tombstone, protection, draft'
    " FROM revisions JOIN histories ON histories.id = history ORDER BY entity, number",
}


@dataclass(frozen=True, slots=True)
class History:
    """The revisions of an entity, oldest first, up to the canonical commit ``reflects``."""

    reflects: Oid
    revisions: tuple[Revision, ...]


def read_history(connection: sqlite3.Connection, entity: EntityRef) -> History | None:
    """Returns the indexed revisions of the entity."""
    row = connection.execute("SELECT id, reflects FROM histories WHERE entity = ?", (str(entity),)).fetchone()
    if row is None:
        return None
    rows = connection.execute(
        'SELECT number, "commit", name, email, at, edit_type, content, tombstone, protection, draft '
        "FROM revisions WHERE history = ? ORDER BY number",
        (row[0],),
    )
    revisions = (Revision(row[0], row[1], Actor(row[2], row[3]), *row[4:]) for row in rows)
    return History(row[1], tuple(revisions))


def write_history(
    connection: sqlite3.Connection, entity: EntityRef, history: History, known: History | None = None
) -> None:
    """Writes the revisions; the first of them are those of ``known``, which the index returned."""
    row = connection.execute("SELECT id, reflects FROM histories WHERE entity = ?", (str(entity),)).fetchone()
    connection.execute(
        "INSERT INTO histories (entity, reflects) VALUES (?, ?) "
        "ON CONFLICT (entity) DO UPDATE SET reflects = excluded.reflects",
        (str(entity), history.reflects),
    )
    (number,) = connection.execute("SELECT id FROM histories WHERE entity = ?", (str(entity),)).fetchone()
    new: Sequence[Revision] = history.revisions
    if known is not None and row is not None and row[1] == known.reflects:
        new = history.revisions[len(known.revisions) :]
    else:  # the index was empty, or another process has written meanwhile
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


def known_histories(connection: sqlite3.Connection) -> list[tuple[str, Oid]]:
    """Returns the entities (`type/key`) whose revisions are indexed, and up to which canonical commit."""
    return list(connection.execute("SELECT entity, reflects FROM histories ORDER BY entity"))


def read_hashes(connection: sqlite3.Connection, blobs: Iterable[str]) -> dict[str, str]:
    """Returns the indexed hashes, by blob."""
    sql = "SELECT hash FROM hashes WHERE blob = ?"
    rows = ((blob, connection.execute(sql, (blob,)).fetchone()) for blob in blobs)
    return {blob: row[0] for blob, row in rows if row is not None}


def write_hashes(connection: sqlite3.Connection, hashes: Mapping[str, str]) -> None:
    """Writes the hashes."""
    connection.executemany("INSERT OR IGNORE INTO hashes VALUES (?, ?)", hashes.items())
