"""Answers of a size that can be read: lists come in pages, large values in parts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from gitdraft.errors import InvalidInput
from gitdraft.formats.reports import Record
from gitdraft.model.values import JSON

MOST = 30_000  # characters of an answer, as JSON
MOST_OF_ONE = 4_000  # of one record in a page
USUAL_PAGE = 20
LARGEST_PAGE = 100


class Page(NamedTuple):
    """Which part of a list is asked for: from ``start``, at most ``limit``."""

    start: int
    limit: int

    def members(self, name: str, records: Iterable[Record]) -> Record:
        """Returns the records of the page under a name, with the cursor of the `next` page where there is one; a record that is
        too large without its largest members, which `left_out` names."""
        taken: list[Record] = []
        size, rest = 0, iter(islice(records, self.start, None))
        for record in rest:
            small = _shrunk(record)
            size += _size(small)
            if taken and (size > MOST or len(taken) == self.limit):
                return {name: taken, "next": str(self.start + len(taken))}
            taken.append(small)
        return {name: taken}


def parse_page(cursor: str | None, limit: int | None) -> Page:
    """Returns the page at a cursor. Raises InvalidInput for one that no answer gave."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise InvalidInput(
            "cursor is none: take it from `next` of the answer before", context={"path": "/cursor"}
        )
    return Page(int(cursor or 0), limit or USUAL_PAGE)


def value_members(value: JSON, pointer: str, page: Page) -> Record:
    """Returns a value whole, or, where it is too large, a page of its parts: those of an object or a list each with its pointer
    and its value, which is left out where it is large itself (ask for its pointer); a text in pieces."""
    if _size(value) <= MOST:
        return {"value": value}
    if isinstance(value, str):
        piece = value[page.start : page.start + MOST]
        end = page.start + len(piece)
        part: Record = {"pointer": pointer, "from": page.start, "value": piece}
        return {"parts": [part], **({"next": str(end)} if end < len(value) else {})}
    return Page(page.start, LARGEST_PAGE).members("parts", _parts(value, pointer))


def _parts(value: JSON, pointer: str) -> Iterator[Record]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        token = str(name).replace("~", "~0").replace("/", "~1")
        size = _size(inner)
        known = {} if size > MOST_OF_ONE else {"value": inner}
        yield {"pointer": f"{pointer}/{token}", "characters": size, **known}


def _shrunk(record: Record) -> Record:
    sizes = {name: _size(value) for name, value in record.items()}
    left_out: list[str] = []
    for name in sorted(sizes, key=lambda name: -sizes[name]):
        if sum(sizes.values()) <= MOST_OF_ONE:
            break
        left_out.append(name)
        sizes.pop(name)
    if not left_out:
        return record
    return {name: value for name, value in record.items() if name in sizes} | {"left_out": sorted(left_out)}


def _size(value: JSON) -> int:
    return len(json.dumps(value, ensure_ascii=False))
