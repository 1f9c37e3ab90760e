"""Tables and timing, shared by the benchmarks. What a table shows as measured is written as JSON too."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Self


class Measured(str):
    """A measured value as a table shows it; less is better."""

    __slots__ = ("unit", "value")
    value: float
    unit: str

    def __new__(cls, text: str, value: float, unit: str) -> Self:
        cell = super().__new__(cls, text)
        cell.value, cell.unit = value, unit
        return cell


@dataclass
class Recording:
    """The tables that were printed."""

    tables: list[tuple[str, list[list[str]]]] = field(default_factory=list)

    def measures(self) -> dict[str, Measured]:
        """Each measured cell by the table's title (up to a semicolon, which may come out differently each time),
        the name of its row and that of its column."""
        cells: dict[str, Measured] = {}
        for title, rows in self.tables:
            header = rows[0] if not rows[0][0] else []
            for row in rows:
                for number, cell in enumerate(row):
                    if isinstance(cell, Measured):
                        column = header[number] if number < len(header) else ""
                        parts = (title.partition(";")[0], row[0].strip(), column)
                        cells[" | ".join(part for part in parts if part)] = cell
        return cells


recording = Recording()


def print_table(title: str, rows: Sequence[Sequence[str]]) -> None:
    """A title and aligned columns."""
    recording.tables.append((title, [list(row) for row in rows]))
    print(f"\n{title}")
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(max(map(len, rows)))]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip())


def seconds(action: Callable[[], object]) -> float:
    """How long the action takes, in seconds of wall-clock time."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def typical(action: Callable[[], object], times: int = 5) -> float:
    """The median of several runs, in seconds."""
    return median(seconds(action) for _ in range(times))


def shown(duration: float) -> Measured:
    """A duration for people."""
    text = f"{duration:,.2f} s" if duration >= 1 else f"{duration * 1000:,.2f} ms"
    return Measured(text, duration, "s")


def megabytes(size: float, digits: int = 0) -> Measured:
    """A size in memory, in units of 1024 x 1024 bytes, for people."""
    return Measured(f"{size:,.{digits}f} MiB", size, "MiB")
