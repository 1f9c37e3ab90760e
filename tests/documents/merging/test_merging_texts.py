"""R9: strings merged by lines."""

from __future__ import annotations

from typing import Any

import pytest
from merge_rows import Row, check, clashes, stays

RULE = {"/s": {"type": "text"}}


def lines(name: str, base: Any, draft: Any, canonical: Any, merged: Any) -> Any:
    return stays(name, {"s": base}, {"s": draft}, {"s": canonical}, {"s": merged}, lists=RULE)


def torn(name: str, base: Any, draft: Any, canonical: Any, kind: str = "modify/modify") -> Any:
    b, d, c = ({} if side is None else {"s": side} for side in (base, draft, canonical))
    return clashes(name, b, d, c, f"{kind} /s", lists=RULE)


ROWS = [
    lines("a line each", "1\n2\n3\n", "1\n2\nC\n", "A\n2\n3\n", "A\n2\nC\n"),
    lines("an insertion each", "1\n2\n", "1\n2\no\n", "t\n1\n2\n", "t\n1\n2\no\n"),
    lines("a deletion each", "1\n2\n3\n", "2\n3\n", "1\n2\n", "2\n"),
    lines("no newline at the end", "1\n2", "1\nB", "A\n2", "A\nB"),
    lines("Windows lines", "1\r\n2\r\n", "1\r\nB\r\n", "A\r\n2\r\n", "A\r\nB\r\n"),
    lines("a form feed ends no line", "1\f1\n2\n", "1\f1\nB\n", "A\f1\n2\n", "A\f1\nB\n"),
    lines("the same edit", "1\n2\n", "1\nB\n", "1\nB\n", "1\nB\n"),
    lines("blank lines", "1\n\n2\n", "1\n\nB\n", "A\n\n2\n", "A\n\nB\n"),
    torn("one line", "1\n2\n", "1\nB\n", "1\nC\n"),
    torn("both append", "1\n", "1\no\n", "1\nt\n"),
    torn("a form feed within a line", "1\f1\n", "A\f1\n", "1\fB\n"),
    torn("two lines are one conflict", "1\n2\n3\n", "A\n2\nC\n", "B\n2\nD\n"),
    torn("one line without a newline", "x", "y", "z"),
    torn("no string any more", "1\n2\n", 5, "A\n2\n"),
    torn("both added it", None, "1\n", "2\n", "add/add"),
    torn("deleted against edited", "1\n2\n", None, "A\n2\n", "delete/modify"),
]


@pytest.mark.parametrize("row", ROWS)
def test_texts(row: Row) -> None:
    check(row)
