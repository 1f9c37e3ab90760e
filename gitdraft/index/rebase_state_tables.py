"""SQL for how drafts stood on canonical when that was judged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from gitdraft.model.names import Oid
from gitdraft.model.rebase_states import UNKNOWN, RebaseState

SCHEMA = """
CREATE TABLE rebase_states (
    content TEXT NOT NULL,  -- what the state depends on beside canonical: base, changes, answers to conflicts
    tree TEXT NOT NULL,  -- canonical's
    status TEXT NOT NULL,
    conflict_count INTEGER NOT NULL,
    conflict_since TEXT,
    PRIMARY KEY (content, tree)
) WITHOUT ROWID;
CREATE INDEX rebase_states_tree ON rebase_states (tree);
"""
ROWS: dict[str, str] = {}  # a judgement is remembered; catching up with canonical judges nothing


def write_rebase_states(
    connection: sqlite3.Connection, tree: Oid, rebase_states: Iterable[tuple[str, RebaseState]]
) -> None:
    """Keeps how drafts, each by its content, stand on the canonical ``tree``."""
    connection.executemany(
        "INSERT OR REPLACE INTO rebase_states VALUES (?, ?, ?, ?, ?)",
        (
            (content, tree, state.status, state.conflict_count, state.conflict_since)
            for content, state in rebase_states
        ),
    )


def carry_rebase_states(
    connection: sqlite3.Connection, before: Oid, after: Oid, touched: Iterable[str]
) -> None:
    """Has what was judged on the tree ``before`` hold on ``after``, but for the drafts ``touched`` by what differs."""
    if before == after:
        return
    contents = [
        row
        for name in touched
        if (row := connection.execute("SELECT content FROM drafts WHERE name = ?", (name,)).fetchone())
    ]
    connection.executemany(
        "DELETE FROM rebase_states WHERE content = ? AND tree = ?", ((*row, before) for row in contents)
    )
    connection.execute("UPDATE OR IGNORE rebase_states SET tree = ? WHERE tree = ?", (after, before))
    connection.execute("DELETE FROM rebase_states WHERE tree NOT IN (?, ?)", (before, after))


def is_any_invalid(connection: sqlite3.Connection) -> bool:
    """Returns whether a draft was judged `invalid`, which an entity that comes may change."""
    return bool(
        connection.execute("SELECT EXISTS (SELECT 1 FROM rebase_states WHERE status = 'invalid')").fetchone()[
            0
        ]
    )


def rebase_states_at(
    connection: sqlite3.Connection, tree: Oid, contents: Iterable[str]
) -> dict[str, RebaseState]:
    """Returns the rebase_states of these contents on the tree, those that are known."""
    rows = (
        (
            content,
            connection.execute(
                "SELECT status, conflict_count, conflict_since FROM rebase_states WHERE content = ? AND tree = ?",
                (content, tree),
            ).fetchone(),
        )
        for content in contents
    )
    return {content: RebaseState(*row) for content, row in rows if row is not None}


def read_rebase_states(connection: sqlite3.Connection, tree: Oid) -> dict[str, RebaseState]:
    """Returns name to how they stand of the open drafts that may not be clean on the canonical ``tree``: the affected ones, and
    those that were judged there."""
    affected = connection.execute("SELECT name FROM drafts WHERE is_affected")
    rebase_states = {name: UNKNOWN for (name,) in affected}
    judged = connection.execute(
        "SELECT name, status, conflict_count, conflict_since FROM rebase_states"
        " JOIN drafts ON drafts.content = rebase_states.content WHERE tree = ?",
        (tree,),
    )
    for name, *judgement in judged:
        rebase_states[name] = RebaseState(*judgement)
    return rebase_states
