"""SQL for the open drafts: the tip of each, what it changes, which entities it may refer to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from gitdraft.index.rebase_state_tables import carry_rebase_states
from gitdraft.index.review_tables import forget_hashes
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid

SCHEMA = """
CREATE TABLE drafts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    tip TEXT NOT NULL,
    is_loose INTEGER NOT NULL,  -- whether its ref is a file of its own
    is_affected INTEGER NOT NULL,  -- by the canonical tree that the table reflects
    onto TEXT,  -- the draft that it stands on
    content TEXT NOT NULL  -- what its state on canonical depends on
);
CREATE INDEX drafts_content ON drafts (content);
CREATE INDEX drafts_loose ON drafts (name) WHERE is_loose;
CREATE INDEX drafts_affected ON drafts (name) WHERE is_affected;
CREATE INDEX drafts_stacked ON drafts (name) WHERE onto IS NOT NULL;
CREATE TABLE changes (
    draft INTEGER NOT NULL,
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (type, key, draft)
) WITHOUT ROWID;
CREATE INDEX changes_draft ON changes (draft);
CREATE INDEX changes_removing ON changes (kind) WHERE kind IN ('delete', 'rename');
CREATE TABLE names (
    key TEXT NOT NULL,  -- a string in a change file, which may be a reference
    draft INTEGER NOT NULL,
    PRIMARY KEY (key, draft)
) WITHOUT ROWID;
CREATE INDEX names_draft ON names (draft);
CREATE TABLE draft_state (
    tree TEXT NOT NULL,  -- the canonical tree that is_affected is about
    packed TEXT NOT NULL  -- the state of packed-refs when the refs were read
);
"""
ROWS = {
    "drafts": "SELECT name, tip, is_loose, is_affected, onto, content FROM drafts ORDER BY name",
    "changes of drafts": "SELECT name, type, key, kind FROM changes JOIN drafts ON drafts.id = draft"
    " ORDER BY name, type, key",
    "names in drafts": "SELECT name, key FROM names JOIN drafts ON drafts.id = draft ORDER BY name, key",
}


@dataclass(frozen=True, slots=True)
class DraftState:
    """What the tables reflect: a canonical tree, and a state of packed-refs."""

    tree: Oid
    packed: str


@dataclass(frozen=True, slots=True)
class DraftRow:
    """An open draft.

    ``changes`` are the entities that it changes with the kind of each change, ``names`` the strings by which it may
    refer to others, ``parent`` the draft that it is stacked on, ``content`` what its state on canonical depends on.
    """

    name: str
    tip: Oid
    is_loose: bool
    is_affected: bool
    changes: tuple[tuple[EntityRef, str], ...]
    names: frozenset[str]
    parent: str | None = None
    content: str = ""


@dataclass(frozen=True, slots=True)
class DraftUpdate:
    """What differs: the drafts that are ``gone``, the ``rows`` of new and moved ones, the answers for drafts whose row stays
    (``affected``), and the drafts that may stand otherwise on the new tree (``touched``)."""

    gone: Iterable[str]
    rows: Iterable[DraftRow]
    affected: Mapping[str, bool]
    touched: Iterable[str] = ()


def read_state(connection: sqlite3.Connection) -> DraftState | None:
    """Returns what the tables reflect; ``None`` while they are empty."""
    row = connection.execute("SELECT tree, packed FROM draft_state").fetchone()
    return None if row is None else DraftState(*row)


def count_drafts(connection: sqlite3.Connection) -> int:
    """Returns how many drafts are indexed."""
    (number,) = connection.execute("SELECT count(*) FROM drafts").fetchone()
    return int(number)


def all_tips(connection: sqlite3.Connection) -> dict[str, Oid]:
    """Returns name to tip of all drafts."""
    return dict(connection.execute("SELECT name, tip FROM drafts"))


def loose_tips(connection: sqlite3.Connection) -> dict[str, Oid]:
    """Returns name to tip of the drafts whose ref is loose."""
    return dict(connection.execute("SELECT name, tip FROM drafts WHERE is_loose"))


def tips_of(connection: sqlite3.Connection, names: Iterable[str]) -> dict[str, Oid]:
    """Returns name to tip of the drafts with these names."""
    _fill(connection, "names_asked", ((name,) for name in names))
    return dict(
        connection.execute("SELECT name, tip FROM drafts JOIN names_asked ON names_asked.a = drafts.name")
    )


def affected_tips(connection: sqlite3.Connection) -> dict[str, Oid]:
    """Returns name to tip of the drafts that the canonical tree of the state affects."""
    return dict(connection.execute("SELECT name, tip FROM drafts WHERE is_affected"))


def stacked_tips(connection: sqlite3.Connection) -> dict[str, Oid]:
    """Returns name to tip of the stacked drafts."""
    return dict(connection.execute("SELECT name, tip FROM drafts WHERE onto IS NOT NULL"))


def tips_changing(connection: sqlite3.Connection, entities: Iterable[EntityRef]) -> dict[str, Oid]:
    """Returns name to tip of the drafts that change one of these entities."""
    _fill(connection, "changed", ((entity.type, entity.key) for entity in entities))
    return dict(
        connection.execute(
            "SELECT DISTINCT name, tip FROM changed"
            " JOIN changes ON changes.type = changed.a AND changes.key = changed.b"
            " JOIN drafts ON drafts.id = changes.draft"
        )
    )


def tips_of_types(connection: sqlite3.Connection, types: Iterable[str]) -> dict[str, Oid]:
    """Returns name to tip of the drafts that change entities of these types."""
    _fill(connection, "types", ((name,) for name in types))
    return dict(
        connection.execute(
            "SELECT DISTINCT name, tip FROM types JOIN changes ON changes.type = types.a"
            " JOIN drafts ON drafts.id = changes.draft"
        )
    )


def tips_sharing_names(connection: sqlite3.Connection, types: Iterable[str]) -> dict[str, Oid]:
    """Returns name to tip of the drafts that change entities of these types and have a string in common with another."""
    _fill(connection, "types", ((name,) for name in types))
    return dict(
        connection.execute(
            "SELECT DISTINCT name, tip FROM types JOIN changes ON changes.type = types.a"
            " JOIN drafts ON drafts.id = changes.draft JOIN names ON names.draft = drafts.id"
            " WHERE names.key IN (SELECT key FROM names GROUP BY key HAVING count(*) > 1)"
        )
    )


def deleted_entities(connection: sqlite3.Connection) -> frozenset[EntityRef]:
    """Returns the entities that drafts delete, or give another name."""
    rows = connection.execute("SELECT DISTINCT type, key FROM changes WHERE kind IN ('delete', 'rename')")
    return frozenset(EntityRef(*row) for row in rows)


def tips_naming(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, Oid]:
    """Returns name to tip of the drafts that may refer to an entity with one of these keys."""
    _fill(connection, "named", ((key,) for key in keys))
    return dict(
        connection.execute(
            "SELECT DISTINCT name, tip FROM named JOIN names ON names.key = named.a"
            " JOIN drafts ON drafts.id = names.draft"
        )
    )


def write_drafts(
    connection: sqlite3.Connection, before: DraftState | None, after: DraftState, update: DraftUpdate
) -> bool:
    """Moves the tables from one state to the next; ``False``, and nothing done, where another process has moved them
    meanwhile. ``before`` of ``None`` fills them."""
    if before is None:
        for table in ("drafts", "changes", "names"):
            connection.execute(f"DELETE FROM {table}")
        forget_hashes(connection, None)
    elif read_state(connection) != before:
        return False
    else:
        carry_rebase_states(connection, before.tree, after.tree, update.touched)
        forget_hashes(connection, update.touched)
    for name in update.gone:
        _forget(connection, name)
    for row in update.rows:
        _forget(connection, row.name)
        number = connection.execute(
            "INSERT INTO drafts (name, tip, is_loose, is_affected, onto, content) VALUES (?, ?, ?, ?, ?, ?)",
            (row.name, row.tip, row.is_loose, row.is_affected, row.parent, row.content),
        ).lastrowid
        connection.executemany(
            "INSERT INTO changes VALUES (?, ?, ?, ?)",
            ((number, entity.type, entity.key, kind) for entity, kind in row.changes),
        )
        connection.executemany("INSERT INTO names VALUES (?, ?)", ((key, number) for key in row.names))
    connection.executemany(
        "UPDATE drafts SET is_affected = ? WHERE name = ?",
        ((flag, name) for name, flag in update.affected.items()),
    )
    connection.execute("DELETE FROM draft_state")
    connection.execute("INSERT INTO draft_state VALUES (?, ?)", (after.tree, after.packed))
    return True


def shared_changes(connection: sqlite3.Connection) -> list[tuple[EntityRef, str, Oid]]:
    """Returns entity, name and tip of the drafts that change an entity which another draft changes too, sorted."""
    rows = connection.execute(
        "SELECT type, key, name, tip"
        " FROM (SELECT type, key FROM changes GROUP BY type, key HAVING count(*) > 1)"
        " JOIN changes USING (type, key) JOIN drafts ON drafts.id = changes.draft ORDER BY type, key, name"
    )
    return [(EntityRef(type_name, key), name, tip) for type_name, key, name, tip in rows]


def changes_of(
    connection: sqlite3.Connection, entities: Iterable[EntityRef]
) -> list[tuple[EntityRef, str, Oid]]:
    """Returns entity, name and tip of the drafts that change one of these entities, sorted."""
    _fill(connection, "changed", ((entity.type, entity.key) for entity in entities))
    rows = connection.execute(
        "SELECT type, key, name, tip FROM changed"
        " JOIN changes ON changes.type = changed.a AND changes.key = changed.b"
        " JOIN drafts ON drafts.id = changes.draft ORDER BY type, key, name"
    )
    return [(EntityRef(type_name, key), name, tip) for type_name, key, name, tip in rows]


def count_sharing(connection: sqlite3.Connection, name: str) -> int:
    """Returns how many other drafts change an entity that this one changes."""
    (number,) = connection.execute(
        "SELECT count(DISTINCT other.draft) FROM drafts JOIN changes mine ON mine.draft = drafts.id"
        " JOIN changes other ON other.type = mine.type AND other.key = mine.key AND other.draft != mine.draft"
        " WHERE drafts.name = ?",
        (name,),
    ).fetchone()
    return int(number)


def _forget(connection: sqlite3.Connection, name: str) -> None:
    row = connection.execute("SELECT id FROM drafts WHERE name = ?", (name,)).fetchone()
    if row is not None:
        for table, column in (("changes", "draft"), ("names", "draft"), ("drafts", "id")):
            connection.execute(f"DELETE FROM {table} WHERE {column} = ?", row)


def _fill(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[str, ...]]) -> None:
    """A temporary table of one or two columns to join with."""
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table} (a TEXT, b TEXT)")
    connection.execute(f"DELETE FROM {table}")
    for row in rows:
        connection.execute(f"INSERT INTO {table} VALUES (?, ?)", (*row, None)[:2])
