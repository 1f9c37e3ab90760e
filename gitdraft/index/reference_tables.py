"""SQL for the references of canonical: who names whom, and where."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid

SCHEMA = """
CREATE TABLE referrers (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    blob TEXT NOT NULL,
    UNIQUE (type, key)
);
CREATE TABLE entity_references (
    type TEXT NOT NULL,  -- of the entity that is named
    key TEXT NOT NULL,
    referrer INTEGER NOT NULL,
    pointer TEXT NOT NULL,
    PRIMARY KEY (type, key, referrer, pointer)
) WITHOUT ROWID;
CREATE INDEX entity_references_referrer ON entity_references (referrer);
CREATE TABLE reference_state (
    tree TEXT NOT NULL,  -- the canonical tree that the tables reflect
    declared TEXT NOT NULL  -- the types and references that gitdraft.yaml declared
);
"""
ROWS = {
    "referrers": "SELECT type, key, blob FROM referrers ORDER BY type, key",
    "references": "SELECT entity_references.type, entity_references.key, referrers.type, referrers.key, pointer"
    " FROM entity_references JOIN referrers ON referrers.id = referrer ORDER BY 1, 2, 3, 4, 5",
}


@dataclass(frozen=True, slots=True)
class ReferenceState:
    """What the tables reflect: a canonical tree, read by these declarations."""

    tree: Oid
    declared: str


@dataclass(frozen=True, slots=True)
class ReferrerRow:
    """An entity that may refer to others: its blob (``None``: it is deleted), the targets, and the pointers to them."""

    entity: EntityRef
    blob: Oid | None
    names: tuple[tuple[EntityRef, str], ...] = ()


def read_state(connection: sqlite3.Connection) -> ReferenceState | None:
    """Returns what the tables reflect; ``None`` while they are empty."""
    row = connection.execute("SELECT tree, declared FROM reference_state").fetchone()
    return None if row is None else ReferenceState(*row)


def read_referrers(connection: sqlite3.Connection, target: EntityRef) -> list[tuple[EntityRef, str]]:
    """Returns the entities that refer to this one, with the pointer to the reference; sorted."""
    rows = connection.execute(
        "SELECT referrers.type, referrers.key, pointer FROM entity_references"
        " JOIN referrers ON referrers.id = referrer"
        " WHERE entity_references.type = ? AND entity_references.key = ?",
        (target.type, target.key),
    )
    return sorted((EntityRef(type_name, key), pointer) for type_name, key, pointer in rows)


def write_references(
    connection: sqlite3.Connection,
    before: ReferenceState | None,
    after: ReferenceState,
    rows: Iterable[ReferrerRow],
) -> bool:
    """Moves the tables from one state to the next, or fills them when ``before`` is ``None``.

    ``False``, and nothing done, where another process has moved them meanwhile.
    """
    if before is None:
        for table in ("referrers", "entity_references"):
            connection.execute(f"DELETE FROM {table}")
    elif read_state(connection) != before:
        return False
    for row in rows:
        if before is not None:
            _forget(connection, row.entity)
        if row.blob is None:
            continue
        number = connection.execute(
            "INSERT INTO referrers (type, key, blob) VALUES (?, ?, ?)",
            (row.entity.type, row.entity.key, row.blob),
        ).lastrowid
        connection.executemany(
            "INSERT OR IGNORE INTO entity_references VALUES (?, ?, ?, ?)",
            ((target.type, target.key, number, pointer) for target, pointer in row.names),
        )
    connection.execute("DELETE FROM reference_state")
    connection.execute("INSERT INTO reference_state VALUES (?, ?)", (after.tree, after.declared))
    return True


def _forget(connection: sqlite3.Connection, entity: EntityRef) -> None:
    where = (entity.type, entity.key)
    row = connection.execute("SELECT id FROM referrers WHERE type = ? AND key = ?", where).fetchone()
    if row is not None:
        connection.execute("DELETE FROM entity_references WHERE referrer = ?", row)
        connection.execute("DELETE FROM referrers WHERE id = ?", row)
