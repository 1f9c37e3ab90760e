"""Tables as XLSX: every cell is text, so that no spreadsheet gives one another kind."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import chain
from typing import IO, Any

from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.formats.tables.columns import Cell, Table, TableRow, check_header, invalid

LONGEST_CELL = 32_767
MOST_ROWS = 1_048_576
SHEET = "entities"
EXACT = 10**15  # a number of a spreadsheet from here on has lost digits


def write_workbook(names: Sequence[str], rows: Iterable[Sequence[str]], stream: IO[bytes]) -> None:
    """Writes rows of cells. Raises InvalidInput (``too-large``) for a cell, or a number of rows, that a spreadsheet cannot hold,
    RepositoryError (``not-installed``)."""
    openpyxl = require("openpyxl")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "B2"
    for line, row in enumerate(chain([names], rows), 1):
        if line > MOST_ROWS:
            raise InvalidInput(f"a sheet has at most {MOST_ROWS:,} rows", code="too-large")
        sheet.append([_written(openpyxl, sheet, text, row[0]) for text in row])
    book.save(stream)


def read_workbook(content: IO[bytes]) -> Table:
    """Reads the first sheet. Raises InvalidInput (``invalid-table``) with row and column for what is no text: a formula, a date, a
    number that has lost digits."""
    openpyxl = require("openpyxl")
    try:
        with warnings.catch_warnings():  # of styles and dates, which the cells show
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(content, read_only=True)
            lines = list(book.worksheets[0].iter_rows())
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, IndexError) as error:
        raise invalid(f"not a workbook: {error}", 1, 1) from None
    names: list[str] = []
    rows: list[TableRow] = []
    for line, cells in enumerate(lines, 1):
        texts = [_read(cell, line, number) for number, cell in enumerate(cells, 1)]
        while texts and texts[-1].value == "" and (not names or len(texts) > len(names)):
            texts.pop()
        if not names:
            names = [str(cell.value) for cell in texts]
            check_header(names)
        elif any(cell.value != "" for cell in texts):
            if len(texts) > len(names):
                raise invalid("a cell has no column in the header", line, len(names) + 1)
            texts += [Cell("", number) for number in range(len(texts) + 1, len(names) + 1)]
            rows.append(TableRow(line, dict(zip(names, texts, strict=True))))
    book.close()
    return Table(tuple(names), rows)


def require(library: str) -> Any:
    """Returns a library of the extra `tables`. Raises RepositoryError (``not-installed``)."""
    try:
        return import_module(library)
    except ModuleNotFoundError as error:
        raise RepositoryError(
            f"{error.name} is not installed",
            code="not-installed",
            hint="pip install '.[tables]' in a clone of gitdraft",
        ) from error


def _written(openpyxl: Any, sheet: Any, text: str, entity: str) -> Any:
    if len(text) > LONGEST_CELL:
        raise InvalidInput(
            f"{entity} has a text of {len(text):,} characters, and a cell at most {LONGEST_CELL:,}",
            code="too-large",
            context={"entity": entity},
            hint="--format parquet or csv has no such bound",
        )
    cell = openpyxl.cell.WriteOnlyCell(sheet, None)
    if text:
        cell.value = text
        cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _read(cell: Any, line: int, number: int) -> Cell:
    value = cell.value
    if value is None:
        return Cell("", number)
    kind = cell.data_type
    if kind == "f":
        raise invalid("a formula: paste its value as text", line, number)
    if kind == "e":
        raise invalid(f"an error: {value}", line, number)
    if isinstance(value, str):
        return Cell(value.replace("\r\n", "\n"), number)
    if isinstance(value, bool):
        return Cell("true" if value else "false", number)
    if isinstance(value, int | float) and abs(value) < EXACT:
        whole = isinstance(value, float) and value.is_integer()
        return Cell(int(value) if whole else value, number, is_typed=True)
    what = "a number that has lost digits" if isinstance(value, int | float) else "a date"
    raise invalid(f"{what}: format the cell as text and type it again", line, number)
