"""What became slower, or larger, from one run of a benchmark to another.

`python -m benchmarks.compare BEFORE.json AFTER.json [--threshold 1.2] [--least 0.002]`

Exits with 1 when a measure grew by more than the threshold, with 2 when the files have no measure in common.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.runs import KIND
from benchmarks.tables import print_table, shown

SLOWER = 1
NOTHING_COMPARED = 2


@dataclass(frozen=True, slots=True)
class Measure:
    """A value and its unit; less is better."""

    value: float
    unit: str

    def __str__(self) -> str:
        return str(shown(self.value)) if self.unit == "s" else f"{self.value:,.1f} {self.unit}"


@dataclass(frozen=True, slots=True)
class Change:
    """One measure in both runs."""

    name: str
    before: Measure
    after: Measure

    @property
    def ratio(self) -> float:
        """How many times as much it is."""
        return self.after.value / self.before.value if self.before.value else float("inf")

    def is_slower(self, threshold: float, least: float) -> bool:
        """Whether it grew by more than noise: by the factor, and by at least so much of its unit."""
        return self.ratio > threshold and self.after.value - self.before.value >= least


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs: what both measured, and what only one did."""

    changes: tuple[Change, ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]


def read(file: Path) -> dict[str, Measure]:
    """The measures of a run by name. Raises ValueError for a file that holds none."""
    document = json.loads(file.read_text())
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise ValueError(f"{file} is no result of a benchmark")
    return {
        name: Measure(float(measure["value"]), measure["unit"])
        for name, measure in document["measures"].items()
    }


def compare(before: dict[str, Measure], after: dict[str, Measure]) -> Comparison:
    """Match the measures by name; one whose unit changed is another measure."""
    both = [name for name in before if name in after and before[name].unit == after[name].unit]
    return Comparison(
        tuple(Change(name, before[name], after[name]) for name in both),
        tuple(name for name in before if name not in both),
        tuple(name for name in after if name not in both),
    )


def verdict(change: Change, threshold: float, least: float) -> str:
    """A word for what happened to it, empty when it is within the threshold."""
    if change.is_slower(threshold, least):
        return "SLOWER" if change.before.unit == "s" else "LARGER"
    if Change(change.name, change.after, change.before).is_slower(threshold, least):
        return "faster" if change.before.unit == "s" else "smaller"
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--threshold", type=float, default=1.2, help="the factor above which it is slower")
    parser.add_argument("--least", type=float, default=0.002, help="a difference below it is noise")
    options = parser.parse_args(arguments)
    comparison = compare(read(options.before), read(options.after))
    if not comparison.changes:
        print("the two runs have no measure in common", file=sys.stderr)
        return NOTHING_COMPARED
    rows = [["", "before", "after", "ratio", ""]]
    for change in sorted(comparison.changes, key=lambda change: -change.ratio):
        word = verdict(change, options.threshold, options.least)
        rows.append([change.name, str(change.before), str(change.after), f"{change.ratio:.2f} x", word])
    print_table(f"{options.before} and {options.after}", rows)
    for title, names in (("no longer measured", comparison.removed), ("new", comparison.added)):
        for name in names:
            print(f"  {title}: {name}")
    slower = [change for change in comparison.changes if change.is_slower(options.threshold, options.least)]
    print(f"\n{len(slower)} of {len(comparison.changes)} grew by more than {options.threshold:g} x")
    return SLOWER if slower else 0


if __name__ == "__main__":
    sys.exit(main())
