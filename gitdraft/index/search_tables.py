"""SQL for searching canonical: the texts of each entity, and its names, cut into threes of characters, so that any part of a
word is found, and a name that is much like another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from gitdraft.index.names import plain
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid

SCHEMA = """
CREATE TABLE searched (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    blob TEXT NOT NULL,
    label TEXT,
    names TEXT NOT NULL,  -- what it is called, one a line
    UNIQUE (type, key)
);
CREATE TABLE search_state (
    tree TEXT NOT NULL,  -- the canonical tree that the tables reflect
    declared TEXT NOT NULL  -- the types that gitdraft.yaml declared
);
"""
IN_THREES = "CREATE VIRTUAL TABLE IF NOT EXISTS {} USING fts5 (text, tokenize = 'trigram case_sensitive 1')"
ROWS = {"searched entities": "SELECT type, key, blob, label, names FROM searched ORDER BY type, key"}
PARTS = 3  # characters that the index knows at least of a word
MOST_PARTS = 60  # of a name that others are to be like
OLDEST = (3, 34)  # the first SQLite that cuts texts into threes


@dataclass(frozen=True, slots=True)
class SearchState:
    """What the tables reflect: a canonical tree, read by these declarations."""

    tree: Oid
    declared: str


@dataclass(frozen=True, slots=True)
class SearchRow:
    """An entity to be found: its blob (``None``: it is gone), its texts, case folded, one a line, its label, and what it is
    called."""

    entity: EntityRef
    blob: Oid | None
    text: str = ""
    label: str | None = None
    names: tuple[str, ...] = ()


def can_search(connection: sqlite3.Connection) -> bool:
    """Returns whether this SQLite has the full-text index."""
    options = {name for (name,) in connection.execute("PRAGMA compile_options")}
    return sqlite3.sqlite_version_info >= OLDEST and "ENABLE_FTS5" in options


def read_state(connection: sqlite3.Connection) -> SearchState | None:
    """Returns what the tables reflect; ``None`` while they are empty."""
    row = connection.execute("SELECT tree, declared FROM search_state").fetchone()
    return None if row is None else SearchState(*row)


def write_searched(
    connection: sqlite3.Connection,
    before: SearchState | None,
    after: SearchState,
    rows: Iterable[SearchRow],
) -> bool:
    """Moves the tables from one state to the next, or fills them when ``before`` is ``None``.

    ``False``, and nothing done, where another process has moved them meanwhile, and where this SQLite cannot.
    """
    if not can_search(connection):
        return False
    for table in ("search_texts", "search_names"):
        connection.execute(IN_THREES.format(table))
    if before is None:
        for table in ("searched", "search_texts", "search_names"):
            connection.execute(f"DELETE FROM {table}")
    elif read_state(connection) != before:
        return False
    for row in rows:
        if before is not None:
            _forget(connection, row.entity)
        if row.blob is None:
            continue
        number = connection.execute(
            "INSERT INTO searched (type, key, blob, label, names) VALUES (?, ?, ?, ?, ?)",
            (row.entity.type, row.entity.key, row.blob, row.label, "\n".join(row.names)),
        ).lastrowid
        connection.execute(
            "INSERT INTO search_names (rowid, text) VALUES (?, ?)", (number, "\n".join(map(plain, row.names)))
        )
        connection.execute("INSERT INTO search_texts (rowid, text) VALUES (?, ?)", (number, row.text))
    connection.execute("DELETE FROM search_state")
    connection.execute("INSERT INTO search_state VALUES (?, ?)", (after.tree, after.declared))
    return True


def read_rows(
    connection: sqlite3.Connection, types: Sequence[str], parts: Sequence[str]
) -> Iterator[SearchRow]:
    """Yields the entities of these types whose texts hold all these parts, each of ``PARTS`` characters or more, sorted by type
    and key."""
    chosen = ", ".join("?" * len(types))
    matching = " AND search_texts MATCH ?" if parts else ""
    rows = connection.execute(
        "SELECT type, key, blob, text, label FROM search_texts JOIN searched ON searched.id = search_texts.rowid"
        f" WHERE type IN ({chosen}){matching} ORDER BY type, key",
        (*types, *([" AND ".join(_phrase(part) for part in parts)] if parts else [])),
    )
    for type_name, key, blob, text, label in rows:
        yield SearchRow(EntityRef(type_name, key), blob, text, label)


def read_named(
    connection: sqlite3.Connection, types: Sequence[str], name: str, most: int
) -> Iterator[SearchRow]:
    """Yields the entities of these types with a name that holds ``name`` (as ``plain`` makes it), those that are called exactly
    so first, then, where they are fewer than ``most``, those with a name that is like it: at most ``most`` of each."""
    is_long = len(name) >= PARTS
    of_type = f" AND type IN ({', '.join('?' * len(types))})"
    holds = ("search_names MATCH ?" if is_long else "instr(search_names.text, ?)") + of_type
    order = "instr(char(10) || text || char(10), char(10) || ? || char(10)) = 0, length(text)"
    asked = _phrase(name) if is_long else name
    rows = list(_named(connection, holds, order, (asked, *types, name, most)))
    yield from rows
    if len(rows) < most and is_long:
        parts = dict.fromkeys(name[at : at + PARTS] for at in range(len(name) - PARTS + 1))
        alike = " OR ".join(map(_phrase, list(parts)[:MOST_PARTS]))
        yield from _named(connection, holds, "rank", (alike, *types, most))


def _named(
    connection: sqlite3.Connection, condition: str, order: str, values: Sequence[str | int]
) -> Iterator[SearchRow]:
    rows = connection.execute(
        "SELECT type, key, blob, label, names FROM search_names JOIN searched ON searched.id = search_names.rowid"
        f" WHERE {condition} ORDER BY {order} LIMIT ?",
        values,
    )
    for type_name, key, blob, label, names in rows:
        yield SearchRow(EntityRef(type_name, key), blob, "", label, tuple(names.split("\n")))


def _phrase(part: str) -> str:
    escaped = part.replace('"', '""')
    return f'"{escaped}"'


def _forget(connection: sqlite3.Connection, entity: EntityRef) -> None:
    row = connection.execute(
        "SELECT id FROM searched WHERE type = ? AND key = ?", (entity.type, entity.key)
    ).fetchone()
    if row is not None:
        for table in ("search_texts", "search_names"):
            connection.execute(f"DELETE FROM {table} WHERE rowid = ?", row)
        connection.execute("DELETE FROM searched WHERE id = ?", row)
