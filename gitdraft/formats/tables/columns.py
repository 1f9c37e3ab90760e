"""The columns of a table: what each is called, and which place of an entity it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gitdraft.documents.pointers import Tokens, format_pointer, parse_pointer
from gitdraft.errors import InvalidInput

ENTITY, COMMIT, STATE, TARGET = "_entity", "_commit", "_state", "_target"
RESERVED = (ENTITY, COMMIT, STATE, TARGET)


class Column(NamedTuple):
    """A column that is a place of its entities."""

    name: str
    tokens: Tokens


class Cell(NamedTuple):
    """What stands in a cell: a text in the form of ``cells``, or a value of a typed table; ``number`` is its column, from 1."""

    value: str | int | float | bool | None
    number: int
    is_typed: bool = False


class TableRow(NamedTuple):
    """A row: its line in the file (from 1; the header's is 1), and its cells by the names of their columns."""

    line: int
    cells: dict[str, Cell]


class Table(NamedTuple):
    """The rows of a file, and its columns."""

    columns: tuple[str, ...]
    rows: Sequence[TableRow]


def column_of(tokens: Tokens) -> Column:
    """Returns the column of a place: called as the member, or by its pointer where it is nested, or the member's name would be
    taken for something else."""
    name = tokens[0] if len(tokens) == 1 else ""
    is_plain = bool(name) and not name.startswith("/") and name not in RESERVED and name == name.strip()
    return Column(name if is_plain else format_pointer(tokens), tokens)


def place_of_column(name: str) -> Column:
    """Returns the place that a column is. Raises InvalidInput for what is no pointer."""
    return Column(name, parse_pointer(name) if name.startswith("/") else (name,))


def check_header(names: Sequence[str]) -> None:
    """Raises InvalidInput (``invalid-table``) for a header without what is needed, or with a column twice."""
    for needed in (ENTITY, COMMIT):
        if needed not in names:
            raise invalid(f"there is no column {needed}", 1, 1, hint=HINT)
    for number, name in enumerate(names, 1):
        if not name.strip():
            raise invalid("a column has no name", 1, number)
        if names.index(name) != number - 1:
            raise invalid(f"the column '{name}' is there twice", 1, number)


HINT = "gitdraft export table TYPE -O FILE writes one that can be read back"


def invalid(message: str, line: int, column: int, *, hint: str | None = None) -> InvalidInput:
    """Returns the error for a file that cannot be read as a table, with line and column."""
    return InvalidInput(
        f"line {line}, column {column}: {message}",
        code="invalid-table",
        context={"line": line, "column": column},
        hint=hint,
    )
