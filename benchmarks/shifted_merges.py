"""Generated merges of lists that both sides edited and shifted at once, against what was done: the right answer is known.

Each side of each case edits, inserts, removes and moves elements of a list of records; an element is the same by where it
came from, whatever it looks like. `python -m benchmarks.shifted_merges [CASES]`
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

from benchmarks import runs
from benchmarks.tables import print_table
from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical
from gitdraft.documents.rebase import rebase_patch

CASES = 20_000
KINDS = ("with an id", "with a name", "without either", "much alike")
Record = dict[str, Any]


@dataclass
class Side:
    """What one side made of the list: each element with the number it has in the base (new ones have none)."""

    elements: list[tuple[int | None, Record]]
    edited: dict[int, dict[str, Any]]
    removed: set[int]
    moved: set[int]

    @property
    def document(self) -> list[Record]:
        """The list."""
        return [record for _, record in self.elements]


def record(kind: str, number: int, chance: random.Random) -> Record:
    """One element as lists of real files have them."""
    known = {"with an id": {"id": f"r{number}"}, "with a name": {"name": f"record {number}"}}.get(kind, {})
    alike = {"type": "record", "status": "active", "lang": "en", "rank": 1}
    own = {
        "value": chance.randrange(10**6),
        "note": f"note {number}",
        "page": number,
        "author": f"a{number % 5}",
    }
    return {**known, **alike, **(own if kind != "much alike" else {"value": chance.randrange(10**6)})}


def change(kind: str, base: list[Record], first: int, chance: random.Random) -> Side:
    """The list after one to four edits of a side."""
    side = Side([(n, dict(element)) for n, element in enumerate(base)], {}, set(), set())
    for step in range(chance.randint(1, 4)):
        how = chance.choices(["edit", "insert", "remove", "move"], [6, 3, 2, 1])[0]
        at = chance.randrange(len(side.elements) + 1)
        if how == "insert" or at == len(side.elements):
            side.elements.insert(at, (None, record(kind, first + step, chance)))
            continue
        number, element = side.elements[at]
        if number is None:
            continue
        if how == "edit":
            name = chance.choice(["value", "status", "extra"])
            element[name] = f"{first}-{step}"
            side.edited.setdefault(number, {})[name] = element[name]
        elif how == "remove":
            side.elements.pop(at)
            side.removed.add(number)
        else:
            side.elements.insert(chance.randrange(len(side.elements)), side.elements.pop(at))
            side.moved.add(number)
    return side


def clashes(draft: Side, canonical: Side) -> bool:
    """Whether both wrote one member of one element, or one touched what the other removed."""
    both = draft.edited.keys() & canonical.edited.keys()
    if any(draft.edited[n].keys() & canonical.edited[n].keys() for n in both):
        return True
    return any(
        one.removed & (other.edited.keys() | other.moved) or one.moved & other.moved
        for one, other in ((draft, canonical), (canonical, draft))
    )


def verdict(base: list[Record], draft: Side, canonical: Side) -> str:
    """How the merge fared: `right`, `conflict`, with its rules where the edits are apart, or `wrong` where an element or an
    edit is lost or doubled."""
    result = rebase_patch(base, canonical.document, diff(base, draft.document))
    if result.status != "clean":
        rules = "+".join(sorted({conflict.rule for conflict in result.conflicts}))
        return (
            "conflict, both wrote one place"
            if clashes(draft, canonical)
            else f"conflict, edits apart: {rules}"
        )
    merged = result.document
    assert isinstance(merged, list)
    expected = [expected_record(n, base, draft, canonical) for n in range(len(base))]
    rest = list(merged)
    for element in [e for e in expected if e is not None] + [
        e for side in (draft, canonical) for n, e in side.elements if n is None
    ]:
        place = next((i for i, other in enumerate(rest) if identical(other, element)), None)
        if place is None:
            return "clean, both wrote one place" if clashes(draft, canonical) else "wrong"
        rest.pop(place)
    return "wrong" if rest else "right"


def expected_record(number: int, base: list[Record], draft: Side, canonical: Side) -> Record | None:
    """An element with the edits of both sides; ``None`` where one removed it."""
    if number in draft.removed or number in canonical.removed:
        return None
    return {**base[number], **canonical.edited.get(number, {}), **draft.edited.get(number, {})}


def generated(case: int) -> str:
    """How the merge of this number fares."""
    chance = random.Random(case)
    kind = KINDS[case % len(KINDS)]
    base = [record(kind, n, chance) for n in range(chance.randint(2, 12))]
    return verdict(base, change(kind, base, 100, chance), change(kind, base, 200, chance))


def main() -> None:
    """Print the table."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    counts = {kind: Counter[str]() for kind in KINDS}
    for case in range(cases):
        counts[KINDS[case % len(KINDS)]][generated(case)] += 1
    names = sorted({name for each in counts.values() for name in each})
    rows = [["", *KINDS]] + [[name, *(f"{counts[kind][name]:,}" for kind in KINDS)] for name in names]
    print_table(f"{cases:,} merges of lists, edited and shifted by both sides", rows)


if __name__ == "__main__":
    runs.run(main)
