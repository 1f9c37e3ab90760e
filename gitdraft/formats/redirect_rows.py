"""Redirects as rows, CSV or JSON lines: what `redirect batch` and `import` read and `export` writes.

A row says `from` and `to` (`type/key`), or `from_type`, `from_key`, `to_type` and `to_key`; and it may say `reason`,
`by` and `at`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gitdraft.documents.parse import parse_json
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.formats.keys import decode_text
from gitdraft.formats.records import TIME
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.operations import is_moment

ADDRESSES = ("from", "to")
PARTS = ("from_type", "from_key", "to_type", "to_key")
OPTIONAL = ("reason", "by", "at")
LONGEST_BY = 500


@dataclass(frozen=True, slots=True)
class RedirectRow:
    """One row, its line in the file (from 1), the texts as they stand there. ``source_type`` and ``target_type``
    are ``None`` where an address may hold the type itself."""

    number: int
    source: str
    target: str
    source_type: str | None = None
    target_type: str | None = None
    reason: str | None = None
    by: str | None = None
    at: str | None = None


Rows = tuple[list[RedirectRow], list[tuple[int, GitdraftError]]]


def read_rows(content: bytes) -> Rows:
    """Returns the rows, and those that cannot be read with the reason. JSON where the file starts as JSON does, else CSV.

    Raises InvalidInput when the file as a whole cannot be read.
    """
    text = decode_text(content.removeprefix(b"\xef\xbb\xbf"))
    values = _read_json(text) if text.lstrip()[:1] in ("{", "[") else _read_csv(text)
    rows: list[RedirectRow] = []
    problems: list[tuple[int, GitdraftError]] = []
    for number, value in values:
        try:
            rows.append(_row(number, value if not isinstance(value, GitdraftError) else _raise(value)))
        except GitdraftError as error:
            problems.append((number, error))
    return rows, problems


def write_csv(rows: Iterable[RedirectRow]) -> Iterator[str]:
    """Yields the lines of a CSV file with a header."""
    yield _csv_line([*ADDRESSES, *OPTIONAL])
    for row in rows:
        yield _csv_line([row.source, row.target, row.reason, row.by, row.at])


def write_jsonl(rows: Iterable[RedirectRow]) -> Iterator[str]:
    """Yields a line of JSON for each row."""
    for row in rows:
        members = {"from": row.source, "to": row.target, "reason": row.reason, "by": row.by, "at": row.at}
        yield json.dumps({k: v for k, v in members.items() if v is not None}, ensure_ascii=False)


def _csv_line(cells: Sequence[str | None]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)  # what ends lines is what gets quoted
    return line.getvalue().removesuffix("\r\n")


def _read_json(text: str) -> Iterator[tuple[int, Any]]:
    if text.lstrip()[:1] == "[":
        for index, value in enumerate(parse_json(text.encode(), source="the rows")):
            yield index + 1, value
        return
    for index, line in enumerate(text.split("\n")):
        if not line.strip():
            continue
        try:
            yield index + 1, parse_json(line.encode(), source=f"row {index + 1}")
        except InvalidInput as error:
            yield index + 1, error


def _read_csv(text: str) -> Iterator[tuple[int, Any]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    names: list[str] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, InvalidInput(f"not CSV: {error}")
            return
        if not any(cells):
            continue
        if names is None:
            first = [cell.strip() for cell in cells]
            if first[0] in (*ADDRESSES, *PARTS):
                names = first
                continue
            names = [*ADDRESSES, "reason"]
        if len(cells) > len(names):
            yield reader.line_num, InvalidInput(f"{len(cells)} cells where {len(names)} were expected")
        else:
            yield (
                reader.line_num,
                {n: c for n, c in zip(names, cells, strict=False) if c or n not in OPTIONAL},
            )


def _row(number: int, value: Any) -> RedirectRow:
    if not isinstance(value, dict):
        raise InvalidInput("expected an object with from and to")
    unknown = value.keys() - {*ADDRESSES, *PARTS, *OPTIONAL}
    if unknown:
        raise InvalidInput(f"unknown member '{min(unknown)}'", context={"path": f"/{min(unknown)}"})
    for name, member in value.items():
        if not isinstance(member, str):
            raise InvalidInput(
                f"{name}: expected text, found {json.dumps(member)}", context={"path": f"/{name}"}
            )
    by_parts = any(name in value for name in PARTS)
    needed = PARTS if by_parts else ADDRESSES
    for name in needed:
        if not value.get(name):
            raise InvalidInput(f"{name} is missing", code="missing-field", context={"path": f"/{name}"})
    reason, by, at = (value.get(name) for name in OPTIONAL)
    if by is not None and (not by.isprintable() or not by.strip() or len(by) > LONGEST_BY):
        raise InvalidInput("by: expected a name on one line", context={"path": "/by"})
    if at is not None and not (TIME.fullmatch(at) and is_moment(at)):
        raise InvalidInput("at: expected a time such as 2026-01-24T09:27:00Z", context={"path": "/at"})
    if by_parts:
        return RedirectRow(
            number, value["from_key"], value["to_key"], value["from_type"], value["to_type"], reason, by, at
        )
    return RedirectRow(number, value["from"], value["to"], reason=reason, by=by, at=at)


def _raise(error: GitdraftError) -> Any:
    raise error
