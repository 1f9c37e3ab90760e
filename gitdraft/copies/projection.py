"""The index in a SQL database: tables that say what git says, for those who ask in SQL. No gitdraft reads them.

A run is one transaction, which also moves the row of `reflects`: readers see what was before it or what is after, and a run that
is killed has done nothing. What is written is the difference between the rows that are and those that are to be.
"""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from gitdraft.copies.database import Database, Row, Value
from gitdraft.copies.projected_rows import ProjectedRows
from gitdraft.copies.tables import TABLES, Table, statements
from gitdraft.errors import StateRefused
from gitdraft.git.known_refs import read_ref
from gitdraft.model.copies import ProjectionReport, TableDifference
from gitdraft.model.progress import Progress, silent
from gitdraft.model.values import JSON
from gitdraft.store.operation_log import DONE, entry_number, finished_from, read_entry
from gitdraft.store.repository import Store

LARGEST = 1 << 63  # what MySQL keeps of a whole number, beyond which it becomes a fraction
MOST_DIGITS = 131_000  # before the point, in PostgreSQL


class Reflected(NamedTuple):
    """What the tables reflect: the last operation, its number, and what tells one state of the repository from another."""

    operation: str
    number: int
    state: str


class Projection:
    """A repository in a database, under its name."""

    def __init__(self, store: Store, database: Database, name: str, progress: Progress = silent) -> None:
        self.store = store
        self.database = database
        self.name = name
        self.rows = ProjectedRows(store, self._holds, progress)

    def project(self, *, rebuild: bool = False) -> ProjectionReport:
        """Makes the tables what git says; with ``rebuild`` all rows are written again, and take the place of the old ones at once.

        Raises StateRefused (``projection-differs``) where the tables are of another log, ``projection-busy``; RepositoryError
        (``target-unreachable``).
        """
        with self.database.locked():
            for statement in statements(self.database.kind):
                self.database.execute(statement)
            self.database.commit()
            before, now = self._reflected(), self._present()
            if before is not None and not rebuild:
                self._require_ours(before)
                if before == now:
                    return ProjectionReport(self.database.target, now.operation, now.number, 0, 0)
            added = removed = 0
            for table in TABLES:
                expected = self.rows.of(table.name)
                gone, new = (None, expected) if rebuild else self._difference(table, expected)
                removed += self._remove(table, gone)
                added += len(new)
                self._add(table, new)
            self.database.execute("DELETE FROM reflects WHERE repository = %s", (self.name,))
            self._insert("reflects", ("operation", "number", "state"), [now])
            self.database.commit()
        return ProjectionReport(
            self.database.target, now.operation, now.number, added, removed, tuple(self.rows.skipped)
        )

    def verify(self) -> ProjectionReport:
        """Compares every row with git. Raises as ``project``."""
        with self.database.locked():
            for statement in statements(self.database.kind):
                self.database.execute(statement)
            now = self._reflected() or Reflected("", 0, "")
            differences = []
            for table in TABLES:
                expected = {_comparable(table, row) for row in self.rows.of(table.name)}
                actual = {_comparable(table, row) for row in self._existing(table, is_whole=True)}
                differences.append(
                    TableDifference(
                        table.name,
                        len(actual),
                        tuple(sorted(expected - actual, key=repr)),
                        tuple(sorted(actual - expected, key=repr)),
                    )
                )
        return ProjectionReport(
            self.database.target,
            now.operation,
            now.number,
            0,
            0,
            tuple(self.rows.skipped),
            tuple(differences),
        )

    def _difference(self, table: Table, expected: list[Row]) -> tuple[list[Row], list[Row]]:
        """Returns the rows that are too many and those that are missing. A document is as its hash is, so it is not read."""
        width = len(_short(table))
        to_be = {row[:width] for row in expected}
        actual = set(self._existing(table))
        return sorted(actual - to_be, key=repr), [row for row in expected if row[:width] not in actual]

    def _existing(self, table: Table, *, is_whole: bool = False) -> list[Row]:
        names = [column.name for column in table.columns] if is_whole else _short(table)
        flags = {number for number, column in enumerate(table.columns) if column.kind == "flag"}
        query = f"SELECT {', '.join(names)} FROM {table.name} WHERE repository = %s"
        return [
            tuple(bool(value) if number in flags else value for number, value in enumerate(row))
            for row in self.database.rows(query, (self.name,))
        ]

    def _remove(self, table: Table, rows: list[Row] | None) -> int:
        """Removes these rows, or all of the repository's; returns how many there were."""
        if rows is None:
            ((number,),) = self.database.rows(
                f"SELECT COUNT(*) FROM {table.name} WHERE repository = %s", (self.name,)
            )
            self.database.execute(f"DELETE FROM {table.name} WHERE repository = %s", (self.name,))
            return int(number or 0)
        keys = [column.name for column in table.columns[: table.keys or None]]
        where = " AND ".join(f"{name} = %s" for name in ("repository", *keys))
        self.database.execute_many(
            f"DELETE FROM {table.name} WHERE {where}", [(self.name, *row[: len(keys)]) for row in rows]
        )
        return len(rows)

    def _add(self, table: Table, rows: list[Row]) -> None:
        self._insert(table.name, tuple(column.name for column in table.columns), rows)

    def _insert(self, table: str, names: tuple[str, ...], rows: list[Row] | list[Reflected]) -> None:
        places = ", ".join(["%s"] * (len(names) + 1))
        self.database.execute_many(
            f"INSERT INTO {table} (repository, {', '.join(names)}) VALUES ({places})",
            [(self.name, *row) for row in rows],
        )

    def _reflected(self) -> Reflected | None:
        query = "SELECT operation, number, state FROM reflects WHERE repository = %s"
        for operation, number, state in self.database.rows(query, (self.name,)):
            return Reflected(str(operation), int(number or 0), str(state))
        return None

    def _present(self) -> Reflected:
        git = self.store.git
        done = read_ref(git, DONE)
        number = 0 if done is None else entry_number(git, done)
        operation = "" if done is None or not number else read_entry(git, done).operation.id
        refs = [self.store.canonical_tip(), done, self.store.open_drafts(), self.store.closed_drafts()]
        return Reflected(operation, number, hashlib.sha256(json.dumps(refs).encode()).hexdigest())

    def _require_ours(self, reflected: Reflected) -> None:
        """Raises StateRefused (``projection-differs``) where the operation that the tables reflect is none of the log's."""
        if not reflected.number:
            return
        entries = finished_from(self.store.git, reflected.number)
        if entries and read_entry(self.store.git, entries[0][1]).operation.id == reflected.operation:
            return
        raise StateRefused(
            f"the rows of '{self.name}' are another clone's: operation {reflected.number} of the log is not "
            f"{reflected.operation}",
            code="projection-differs",
            context={"target": self.database.target, "repository": self.name},
            hint="gitdraft project --rebuild puts this clone's in their place",
        )

    def _holds(self, value: JSON) -> bool:
        """Returns whether the database can hold a text or a number."""
        is_postgresql = self.database.kind == "postgresql"
        if isinstance(value, str):
            return not (is_postgresql and "\0" in value) and _is_text(value)
        if isinstance(value, int):
            return abs(value) < (10**MOST_DIGITS if is_postgresql else LARGEST)
        return True


def _is_text(value: str) -> bool:
    """Returns whether a text can be written as UTF-8: a half of a surrogate pair cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _short(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.kind != "json"]


def _comparable(table: Table, row: Row) -> Row:
    """Returns a row whose documents are alike where they mean the same."""
    return tuple(
        _same(value) if column.kind == "json" else value
        for column, value in zip(table.columns, row, strict=True)
    )


def _same(value: Value | JSON) -> str:
    document = json.loads(value) if isinstance(value, str) else value
    return json.dumps(document, sort_keys=True)
