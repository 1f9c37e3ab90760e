"""Tables as CSV and TSV. What a spreadsheet would take for a formula has an apostrophe before it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO

from gitdraft.errors import InvalidInput
from gitdraft.formats.tables.columns import COMMIT, ENTITY, HINT, Cell, Table, TableRow, check_header, invalid
from gitdraft.lazy_regex import regex

FORMULA = regex(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
NUMBER = regex(r"-[0-9][0-9.eE+-]*")
DELIMITERS = ",;\t|"
BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
SEPARATOR_LINE = regex(r"sep=(.)\r?\n")


def write_text(
    names: Sequence[str], rows: Iterable[Sequence[str]], stream: IO[bytes], delimiter: str
) -> None:
    """Writes rows of cells."""
    text = io.TextIOWrapper(stream, "utf-8", newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow([guard(name) for name in names])
    for row in rows:
        writer.writerow([guard(cell) for cell in row])
    text.flush()
    text.detach()


def read_text(content: bytes) -> Table:
    """Reads what any program may have saved: with a byte order mark or none, with commas, semicolons, tabs or bars. Raises InvalidInput
    (``invalid-table``) with line and column."""
    text = _decode(content)
    separator = SEPARATOR_LINE.match(text)
    skipped = 0
    if separator is not None:
        text, skipped = text[separator.end() :], 1
    delimiter = _delimiter(text, skipped + 1)
    names: tuple[str, ...] = ()
    rows: list[TableRow] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for fields in reader:
            if not names:
                names = tuple(map(unguard, fields))
                check_header(names)
            elif any(fields):
                rows.append(_row(names, fields, line + skipped))
            line = reader.line_num + 1
    except csv.Error as error:
        raise invalid(f"not {_named(delimiter)}: {error}", reader.line_num + skipped, 1) from None
    return Table(names, rows)


def guard(text: str) -> str:
    """Returns the text of a cell so that no spreadsheet takes it for a formula."""
    is_formula = FORMULA.match(text) and not NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def unguard(text: str) -> str:
    """Returns the text of a cell without what ``guard`` put before it."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def _row(names: tuple[str, ...], fields: Sequence[str], line: int) -> TableRow:
    if len(fields) != len(names):
        raise invalid(
            f"the row has {len(fields)} cells, and the header {len(names)}",
            line,
            min(len(fields), len(names)) + 1,
        )
    cells = enumerate(zip(names, fields, strict=True), 1)
    return TableRow(line, {name: Cell(unguard(field), number) for number, (name, field) in cells})


def _decode(content: bytes) -> str:
    for mark, encoding in BOMS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise _not_text(content, len(mark) + error.start, encoding) from None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_text(content, error.start, "utf-8") from None


def _not_text(content: bytes, at: int, encoding: str) -> InvalidInput:
    line = content.count(b"\n", 0, at) + 1
    column = at - (content.rfind(b"\n", 0, at) + 1) + 1
    return invalid(
        f"byte {content[at]:#04x} is not {encoding.upper()}",
        line,
        column,
        hint="save it as UTF-8: the code page that it was saved in is not in the file",
    )


def _delimiter(text: str, line: int) -> str:
    """Returns what stands between the names of the header."""
    for delimiter in DELIMITERS:
        header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        if ENTITY in header and COMMIT in header:
            return delimiter
    raise invalid(f"the header has no {ENTITY} and no {COMMIT}", line, 1, hint=HINT)


def _named(delimiter: str) -> str:
    return "TSV" if delimiter == "\t" else "CSV"
