"""Tables as Parquet. A column of whole numbers, of numbers, or of true and false has that type; every other one is text in the form of
cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO

from gitdraft.formats.tables.cells import AnyKinds, encode
from gitdraft.formats.tables.columns import Cell, Column, Table, TableRow, check_header, invalid
from gitdraft.formats.tables.workbook import require
from gitdraft.model.values import ABSENT, Maybe

INT64 = 2**63


def write_parquet(
    fixed: Sequence[str],
    columns: Sequence[tuple[Column, AnyKinds]],
    rows: Iterable[tuple[Sequence[str], Sequence[Maybe]]],
    stream: IO[bytes],
) -> None:
    """Writes rows: the texts of the ``fixed`` columns, and the values of the others, with the kinds of their places. Raises RepositoryError (``not-installed``)."""
    arrow, parquet = require("pyarrow"), require("pyarrow.parquet")
    heads: list[list[str]] = [[] for _ in fixed]
    values: list[list[Maybe]] = [[] for _ in columns]
    for texts, cells in rows:
        for head, text in zip(heads, texts, strict=True):
            head.append(text)
        for column, value in zip(values, cells, strict=True):
            column.append(value)
    types = [_type(column) for column in values]
    arrays = [arrow.array(head, arrow.string()) for head in heads]
    for kind, (_, kinds), column in zip(types, columns, values, strict=True):
        if kind == "string":
            arrays.append(arrow.array([encode(value, kinds) or None for value in column], arrow.string()))
        else:
            known = [None if value is ABSENT else value for value in column]
            arrays.append(arrow.array(known, getattr(arrow, kind)()))
    names = [*fixed, *(column.name for column, _ in columns)]
    parquet.write_table(arrow.table(arrays, names=names), stream)


def read_parquet(stream: IO[bytes]) -> Table:
    """Reads the rows. Raises InvalidInput (``invalid-table``)."""
    arrow, parquet = require("pyarrow"), require("pyarrow.parquet")
    try:
        table = parquet.read_table(stream)
    except (arrow.ArrowInvalid, OSError) as error:
        raise invalid(f"not Parquet: {error}", 1, 1) from None
    names = [name for name in table.column_names if not name.startswith("__index_level_")]
    check_header(names)
    columns = [table.column(name).to_pylist() for name in names]
    rows = []
    for index in range(table.num_rows):
        cells = {}
        for number, (name, column) in enumerate(zip(names, columns, strict=True), 1):
            value = column[index]
            if not isinstance(value, str | int | float | bool | None):
                raise invalid(f"the column '{name}' has {type(value).__name__} values", index + 2, number)
            cells[name] = Cell(value, number, is_typed=not isinstance(value, str) and value is not None)
        rows.append(TableRow(index + 2, cells))
    return Table(tuple(names), rows)


def _type(values: Sequence[Maybe]) -> str:
    """Returns the type of a column, by pyarrow's name."""
    known = [value for value in values if value is not ABSENT]
    if known and all(isinstance(value, bool) for value in known):
        return "bool_"
    if not known or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in known):
        return "string"
    numbers = [value for value in known if isinstance(value, int | float)]
    if all(isinstance(value, int) and -INT64 <= value < INT64 for value in numbers):
        return "int64"
    exact = all(isinstance(value, float) for value in numbers)
    return "float64" if exact else "string"
