"""The audit as JSON, and as CSV that spreadsheets may open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from gitdraft.formats.reports import Record
from gitdraft.model.view_reports import AuditEntry

COLUMNS = (
    "entity",
    "action",
    "at",
    "by",
    "reason",
    "revision",
    "commit",
    "target",
    "draft",
    "undone_by",
    "by_plain_git",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def audit_json(entry: AuditEntry) -> Record:
    """Returns an entry of the audit."""
    revision = entry.revision
    return {
        "entity": str(entry.entity),
        "action": revision.edit_type,
        "at": revision.at,
        "by": revision.by.text,
        "reason": entry.reason,
        "revision": revision.text,
        "revision_id": revision.number,
        "commit": revision.commit,
        **({} if entry.target is None else {"target": str(entry.target)}),
        **({} if revision.draft is None else {"draft": revision.draft}),
        **({} if entry.undone_by is None else {"undone_by": entry.undone_by}),
        **({"by_plain_git": True} if entry.by_plain_git else {}),
    }


def audit_csv(records: Iterable[Record]) -> Iterator[str]:
    """Yields the records as CSV, a head line first, without line ends; what is absent is an empty cell.

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
