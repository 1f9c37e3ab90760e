"""The tables of a projection: their columns, and the statements that make them in each database.

Texts are compared by code point, whatever the collation of the database is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

DatabaseKind: TypeAlias = Literal["postgresql", "mariadb", "mysql"]
ColumnKind: TypeAlias = Literal["short", "name", "text", "number", "flag", "json"]

POSTGRESQL: dict[ColumnKind, str] = {
    "short": 'VARCHAR(100) COLLATE "C"',
    "name": 'VARCHAR(200) COLLATE "C"',
    "text": 'TEXT COLLATE "C"',
    "number": "BIGINT",
    "flag": "BOOLEAN",
    "json": "JSONB",
}
MYSQL: dict[ColumnKind, str] = {
    "short": "VARCHAR(100)",
    "name": "VARCHAR(200)",
    "text": "LONGTEXT",
    "number": "BIGINT",
    "flag": "BOOLEAN",
    "json": "JSON",
}
KINDS: dict[str, ColumnKind] = {kind: kind for kind in POSTGRESQL}
COLLATIONS = {"mariadb": "utf8mb4_nopad_bin", "mysql": "utf8mb4_0900_bin"}  # that do not pad with blanks


class Column(NamedTuple):
    """A column; ``kind`` is what it holds, a `short` one at most 100 characters, a `name` 200."""

    name: str
    kind: ColumnKind
    may_be_null: bool = False


class Table(NamedTuple):
    """A table: the columns behind `repository`, the first ``keys`` of which are the primary key with it (0: there is none), and the
    indexes, of columns each."""

    name: str
    columns: tuple[Column, ...]
    keys: int
    indexes: tuple[tuple[str, ...], ...] = ()


def _columns(text: str) -> tuple[Column, ...]:
    """Returns columns of lines `name kind`, with `?` behind a kind that may be null."""
    pairs = (word.split(":") for word in text.split())
    return tuple(Column(name, KINDS[kind.rstrip("?")], kind.endswith("?")) for name, kind in pairs)


ENTITY = "entity_type:name entity_key:name "
TABLES = (
    Table(
        "entity_head",
        _columns(
            ENTITY
            + "internal_id:number revision_id:number revision:name edit_type:name changed_at:name changed_by:text"
            " content_hash:name deleted:flag redirects_to:name? skipped:text document:json"
        ),
        2,
        (("internal_id",), ("entity_type", "redirects_to")),
    ),
    Table(
        "entity_redirects",
        _columns(
            "redirect_from_id:number redirect_to_id:number entity_type:name redirect_from:name redirect_to:name"
            " created_at:name created_by:text reason:text"
        ),
        2,
        (("redirect_to_id",), ("entity_type", "redirect_from"), ("entity_type", "redirect_to")),
    ),
    Table(
        "deletion_audit",
        _columns(
            ENTITY
            + "revision_id:number revision:name edit_type:name happened_at:name happened_by:text reason:text"
            " target:name? by_plain_git:flag"
        ),
        3,
        (("happened_at",),),
    ),
    Table(
        "drafts",
        _columns(
            "draft_id:name status:name title:text author:text created_at:name? base:name? tip:name changes:number"
            " updated_at:name?"
        ),
        1,
        (("status",),),
    ),
    Table(
        "draft_changes",
        _columns("draft_id:name " + ENTITY + "change_type:name"),
        3,
        (("entity_type", "entity_key"),),
    ),
    Table(
        "entity_references",
        _columns(ENTITY + "pointer:text target_type:name target_key:name"),
        0,
        (("entity_type", "entity_key"), ("target_type", "target_key")),
    ),
    Table(
        "effective_members",
        _columns(ENTITY + "member:text requirement:name source_type:name source_key:name depth:number"),
        0,
        (("entity_type", "entity_key"), ("source_type", "source_key")),
    ),
)
REFLECTS = Table("reflects", _columns("operation:name number:number state:name"), 0)


def statements(kind: DatabaseKind) -> Iterator[str]:
    """Yields the statements that make the tables where they are not there."""
    types = POSTGRESQL if kind == "postgresql" else MYSQL
    for table in TABLES:
        yield from _statements(
            table, ("repository", *(c.name for c in table.columns[: table.keys])), kind, types
        )
    yield from _statements(REFLECTS, ("repository",), kind, types)


def _statements(
    table: Table, key: tuple[str, ...], kind: DatabaseKind, types: dict[ColumnKind, str]
) -> Iterator[str]:
    columns = (Column("repository", "short"), *table.columns)
    lines = [f"{c.name} {types[c.kind]}{'' if c.may_be_null else ' NOT NULL'}" for c in columns]
    if len(key) > 1 or table is REFLECTS:
        lines.append(f"PRIMARY KEY ({', '.join(key)})")
    names = {f"{table.name}_{'_'.join(index)}": ", ".join(("repository", *index)) for index in table.indexes}
    if kind == "postgresql":
        yield _create(table.name, lines, "")
        for name, index in names.items():
            yield f"CREATE INDEX IF NOT EXISTS {name} ON {table.name} ({index})"
    else:
        lines += [f"KEY {name} ({index})" for name, index in names.items()]
        yield _create(table.name, lines, f" DEFAULT CHARACTER SET utf8mb4 COLLATE {COLLATIONS[kind]}")


def _create(name: str, lines: list[str], rest: str) -> str:
    inner = ",\n    ".join(lines)
    return f"CREATE TABLE IF NOT EXISTS {name} (\n    {inner}\n){rest}"
