"""The audit as CSV that spreadsheets may open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

COLUMNS = ("entity", "action", "at", "by", "reason", "revision", "commit", "target", "draft")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def audit_csv(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The records as CSV, a head line first, without line ends; what is absent is an empty cell.

    A cell that a spreadsheet would take for a formula has an apostrophe before it.
    """
    yield _line(COLUMNS)
    for record in records:
        yield _line([_safe(str(record.get(name, ""))) for name in COLUMNS])


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
