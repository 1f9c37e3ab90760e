"""SQL for inheritance on canonical: what each entity says itself, who names whom as a parent, the effective members."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from itertools import groupby

from gitdraft.documents.inheritance import (
    Declared,
    Effective,
    FollowedRedirect,
    LostParent,
    Member,
    Node,
    Unreadable,
    named_by,
)
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.outcomes import Absent, Deleted, Redirected
from gitdraft.model.values import JSON

SCHEMA = """
CREATE TABLE heirs (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    says TEXT NOT NULL,  -- what the entity is and says itself, as JSON
    effective TEXT,  -- its members and whence they come, as JSON
    UNIQUE (type, key)
);
CREATE TABLE heir_parents (
    type TEXT NOT NULL,  -- of the entity that is named as a parent, or redirected to
    key TEXT NOT NULL,
    heir INTEGER NOT NULL,
    PRIMARY KEY (type, key, heir)
) WITHOUT ROWID;
CREATE INDEX heir_parents_heir ON heir_parents (heir);
CREATE TABLE heir_state (
    tree TEXT NOT NULL,  -- the canonical tree that the tables reflect
    declared TEXT NOT NULL  -- the types and inheritance that gitdraft.yaml declared
);
"""
ROWS = {
    "effective members": "SELECT type, key, says, effective FROM heirs ORDER BY type, key",
    "parents": "SELECT heir_parents.type, heir_parents.key, heirs.type, heirs.key"
    " FROM heir_parents JOIN heirs ON heirs.id = heir ORDER BY 1, 2, 3, 4",
}


@dataclass(frozen=True, slots=True)
class HeirState:
    """What the tables reflect: a canonical tree, read by these declarations."""

    tree: Oid
    declared: str


def read_state(connection: sqlite3.Connection) -> HeirState | None:
    """Returns what the tables reflect; ``None`` while they are empty."""
    row = connection.execute("SELECT tree, declared FROM heir_state").fetchone()
    return None if row is None else HeirState(*row)


def write_state(connection: sqlite3.Connection, before: HeirState | None, after: HeirState) -> bool:
    """Moves from one state to the next, or empties the tables when ``before`` is ``None``.

    Returns ``False``, with nothing done, where another process has moved them meanwhile.
    """
    if before is None:
        for table in ("heirs", "heir_parents"):
            connection.execute(f"DELETE FROM {table}")
    elif read_state(connection) != before:
        return False
    connection.execute("DELETE FROM heir_state")
    connection.execute("INSERT INTO heir_state VALUES (?, ?)", (after.tree, after.declared))
    return True


def read_node(connection: sqlite3.Connection, entity: EntityRef) -> Node:
    """Returns what the entity declares itself."""
    row = connection.execute(
        "SELECT says FROM heirs WHERE type = ? AND key = ?", (entity.type, entity.key)
    ).fetchone()
    return Absent() if row is None else _read_node(json.loads(row[0]))


def write_node(connection: sqlite3.Connection, entity: EntityRef, node: Node) -> bool:
    """Writes what the entity declares itself; returns whether that differs from before."""
    where = (entity.type, entity.key)
    row = connection.execute("SELECT id, says FROM heirs WHERE type = ? AND key = ?", where).fetchone()
    says = None if isinstance(node, Absent) else _text(_node_json(node))
    if says == (None if row is None else row[1]):
        return False
    if row is not None:
        connection.execute("DELETE FROM heir_parents WHERE heir = ?", row[:1])
        connection.execute("DELETE FROM heirs WHERE id = ?", row[:1])
    if says is not None:
        number = connection.execute(
            "INSERT INTO heirs (type, key, says) VALUES (?, ?, ?)", (*where, says)
        ).lastrowid
        connection.executemany(
            "INSERT OR IGNORE INTO heir_parents VALUES (?, ?, ?)",
            ((parent.type, parent.key, number) for parent in named_by(node)),
        )
    return True


def all_heirs(connection: sqlite3.Connection) -> list[EntityRef]:
    """Returns every indexed entity."""
    return [EntityRef(*row) for row in connection.execute("SELECT type, key FROM heirs ORDER BY id")]


def read_children(connection: sqlite3.Connection, entity: EntityRef) -> list[EntityRef]:
    """Returns the entities that name this one as a parent, or redirect to it."""
    rows = connection.execute(
        "SELECT heirs.type, heirs.key FROM heir_parents JOIN heirs ON heirs.id = heir"
        " WHERE heir_parents.type = ? AND heir_parents.key = ?",
        (entity.type, entity.key),
    )
    return [EntityRef(*row) for row in rows]


def read_effective(connection: sqlite3.Connection, entity: EntityRef) -> Effective:
    """Returns the effective members of the entity; none for one that is not indexed."""
    row = connection.execute(
        "SELECT effective FROM heirs WHERE type = ? AND key = ?", (entity.type, entity.key)
    ).fetchone()
    return Effective() if row is None or row[0] is None else _read_effective(json.loads(row[0]))


def write_effective(connection: sqlite3.Connection, members: Iterable[tuple[EntityRef, Effective]]) -> None:
    """Writes the effective members of the entities."""
    connection.executemany(
        "UPDATE heirs SET effective = ? WHERE type = ? AND key = ?",
        ((_text(_effective_json(effective)), e.type, e.key) for e, effective in members),
    )


def _text(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _node_json(node: Declared | Redirected | Deleted | Unreadable) -> JSON:
    match node:
        case Declared():
            return {"parents": [_pair(e) for e in node.parents], "members": node.members}
        case Redirected(target=target):
            return {"redirects_to": _pair(target)}
        case Deleted():
            return "deleted"
        case Unreadable():
            return "unreadable"


def _read_node(value: JSON) -> Node:
    if isinstance(value, str):
        return Deleted() if value == "deleted" else Unreadable()
    if "redirects_to" in value:
        return Redirected(EntityRef(*value["redirects_to"]))
    parents = tuple(EntityRef(*pair) for pair in value["parents"])
    return Declared(parents, tuple((name, requirement) for name, requirement in value["members"]))


def _effective_json(effective: Effective) -> JSON:
    sources = groupby(effective.members, key=lambda member: (member.source, member.depth))
    parts: dict[str, JSON] = {
        "members": [
            [_pair(source), depth, [[member.name, member.requirement] for member in members]]
            for (source, depth), members in sources
        ],
        "redirects": [[_pair(r.entity), _pair(r.parent), _pair(r.target)] for r in effective.redirects],
        "lost": [[_pair(lost.entity), _pair(lost.parent), lost.reason] for lost in effective.lost],
        "cycles": [[_pair(entity) for entity in way] for way in effective.cycles],
    }
    return {name: rows for name, rows in parts.items() if rows}


def _read_effective(value: JSON) -> Effective:
    members = [
        Member(name, requirement, source, depth)
        for pair, depth, rows in value.get("members", ())
        for source in (EntityRef(*pair),)
        for name, requirement in rows
    ]
    redirects = [FollowedRedirect(*(EntityRef(*pair) for pair in row)) for row in value.get("redirects", ())]
    lost = [LostParent(EntityRef(*e), EntityRef(*p), reason) for e, p, reason in value.get("lost", ())]
    cycles = [tuple(EntityRef(*pair) for pair in way) for way in value.get("cycles", ())]
    return Effective(tuple(members), tuple(redirects), tuple(lost), tuple(cycles))


def _pair(entity: EntityRef) -> list[str]:
    return [entity.type, entity.key]
