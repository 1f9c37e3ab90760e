"""Tables and timing, shared by the benchmarks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median


def print_table(title: str, rows: Sequence[Sequence[str]]) -> None:
    """A title and aligned columns."""
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


def shown(duration: float) -> str:
    """A duration for people."""
    if duration >= 1:
        return f"{duration:,.2f} s"
    return f"{duration * 1000:,.2f} ms"
