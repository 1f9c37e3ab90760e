"""SQL for content hashes by blob: what is true of a blob stays true."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

SCHEMA = """
CREATE TABLE hashes (
    blob TEXT PRIMARY KEY,
    hash TEXT NOT NULL
) WITHOUT ROWID;
"""
ROWS: dict[str, str] = {}  # not compared: which blobs were asked about is nobody's truth


def read_hashes(connection: sqlite3.Connection, blobs: Iterable[str]) -> dict[str, str]:
    """The hashes that are known, by blob."""
    sql = "SELECT hash FROM hashes WHERE blob = ?"
    found = ((blob, connection.execute(sql, (blob,)).fetchone()) for blob in blobs)
    return {blob: row[0] for blob, row in found if row is not None}


def write_hashes(connection: sqlite3.Connection, hashes: Mapping[str, str]) -> None:
    """Keep the hashes."""
    connection.executemany("INSERT OR IGNORE INTO hashes VALUES (?, ?)", hashes.items())
