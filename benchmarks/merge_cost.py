"""How the cost of a merge grows: with the document, and with the edits of one list; `diff` against jsonpatch's own.

`python -m benchmarks.merge_cost`
"""

from __future__ import annotations

import copy
import json
import math
import random
from functools import partial
from typing import Any

import jsonpatch

from benchmarks import runs
from benchmarks.merge_speed import document
from benchmarks.tables import print_table, shown, typical
from gitdraft.documents.alignment import align
from gitdraft.documents.diff import diff
from gitdraft.documents.merge.three_way import merge_documents

SIZES = (100, 1000, 10_000)
EDITS = (300, 1000, 3000, 10_000, 30_000)


def large(records: int) -> list[Any]:
    """A list of records, and an object of entities of about 5 KB each beside it."""
    chance = random.Random(records)
    entities = {f"E{n}": document(chance) for n in range(records // 10)}
    return [entities, [{"n": n, "label": f"record {n}", "tags": ["a", "b", str(n)]} for n in range(records)]]


def edited(base: list[Any], remainder: int) -> list[Any]:
    """The document with every hundredth record edited, and one before it removed, and each tenth entity edited."""
    result = copy.deepcopy(base)
    for n, entity in enumerate(result[0].values()):
        if n % 10 == remainder:
            entity["labels"]["en"]["value"] = f"edited {remainder}"
    result[1] = [
        {**record, "label": f"edited {remainder}"} if n % 100 == remainder else record
        for n, record in enumerate(result[1])
        if n % 100 != remainder - 1
    ]
    return result


def documents_table() -> None:
    """Documents of growing size: merge, diff and jsonpatch's own, beside reading and writing the text."""
    rows = [["", "read and write", "merge", "x", "diff", "jsonpatch", "x"]]
    times = []
    for size in SIZES:
        base = large(size)
        draft, canonical = edited(base, 7), edited(base, 4)
        text = json.dumps(base)
        bytes_taken = typical(lambda text=text: json.dumps(json.loads(text)), 3)  # type: ignore[misc]
        merge = typical(partial(merge_documents, base, canonical, draft), 3)
        ours = typical(partial(diff, base, draft), 3)
        theirs = typical(partial(jsonpatch.make_patch, base, draft), 3)
        times.append((len(text), merge))
        rows.append(
            [
                f"{len(text):,} bytes",
                shown(bytes_taken),
                shown(merge),
                f"{merge / bytes_taken:.1f}",
                shown(ours),
                shown(theirs),
                f"{ours / theirs:.2f}",
            ]
        )
    (small, first), (big, last) = times[0], times[-1]
    exponent = math.log(last / first) / math.log(big / small)
    print_table(f"a merge by the size of the document; exponent {exponent:.2f}", rows)


def lists_table() -> None:
    """One list of four times as many elements as were edited, scattered, by each side."""
    rows = [["edits by each side", "alignment", "merge", "conflicts"]]
    for edits in EDITS:
        base = [f"line {n}" for n in range(4 * edits)]
        draft = [f"draft {n}" if n % 4 == 0 else line for n, line in enumerate(base)]
        canonical = [f"other {n}" if n % 8 in (0, 6) else line for n, line in enumerate(base)]
        merged = merge_documents(base, canonical, draft)
        rows.append(
            [
                f"{edits:,}",
                shown(typical(partial(align, base, draft), 3)),
                shown(typical(partial(merge_documents, base, canonical, draft), 3)),
                f"{len(merged.conflicts):,}",
            ]
        )
    print_table("one list; half of the draft's edits are canonical's too, differently", rows)


def main() -> None:
    """Print the tables."""
    documents_table()
    lists_table()


if __name__ == "__main__":
    runs.run(main)
