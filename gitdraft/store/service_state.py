"""`<git directory>/gitdraft/service.sqlite3`: what a service knows beside git, and git cannot rebuild.

The verdicts that were given through it, and the webhooks that it calls with what is still to be delivered. It lies beside the
tokens, is its owner's alone (0600), and is never in git: who can push can write nothing into it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitdraft.errors import RepositoryError

FILE = "gitdraft/service.sqlite3"
VERSION = 1
PATIENCE = 10.0  # seconds that one process waits for another's transaction
SCHEMA = """
CREATE TABLE verdicts (
    draft TEXT NOT NULL,
    id TEXT NOT NULL,  -- of the review
    content BLOB NOT NULL,  -- SHA-256 of its file
    PRIMARY KEY (draft, id)
) WITHOUT ROWID;
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    events TEXT NOT NULL,  -- names, with blanks between
    allow_private INTEGER NOT NULL,
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE TABLE deliveries (
    id TEXT NOT NULL,  -- of the message: one an event, the same for every webhook
    webhook TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    body BLOB NOT NULL,
    place INTEGER NOT NULL,  -- in the order of the events
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER,  -- NULL: it is given up
    error TEXT,
    PRIMARY KEY (webhook, id)
) WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE TABLE feed (
    cursor TEXT NOT NULL  -- behind the last event that deliveries were made of
);
"""


@contextmanager
def open_service_state(common: Path) -> Iterator[sqlite3.Connection]:
    """Yields the file of the repository with this common git directory, in a transaction; it is made when there is none.

    Raises RepositoryError (``service-state``) where it cannot be read or written, or is of a later version.
    """
    file = common / FILE
    try:
        file.parent.mkdir(exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection)
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                yield connection
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise RepositoryError(
            f"{FILE}: {error}",
            code="service-state",
            hint="what is in it is nowhere else: look at the file, its folder and the disk before you move it",
        ) from None


def is_there(common: Path) -> bool:
    """Returns whether a service has ever kept anything there."""
    return (common / FILE).exists()


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise RepositoryError(
            f"{FILE} was written by gitdraft of format {version}",
            code="service-state",
            hint="upgrade gitdraft",
        )
    if version == VERSION:
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:  # another process was first
            return
        for statement in SCHEMA.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
