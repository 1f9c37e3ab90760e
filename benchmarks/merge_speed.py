"""`rebase_patch` against nbdime's generic three-way merge, and how both grow with the entity. `python -m benchmarks.merge_speed`"""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from benchmarks import runs
from benchmarks.tables import print_table, shown, typical
from gitdraft.documents.diff import diff
from gitdraft.documents.rebase import rebase_patch

SIZES = (1, 36, 380)  # statements a property: about 3, 60 and 600 KB


def document(chance: random.Random, statements: int = 3) -> dict[str, Any]:
    """An entity as those of a knowledge graph look."""
    return {
        "id": "Q42",
        "labels": {
            lang: {"language": lang, "value": f"label {lang}"} for lang in ("en", "de", "fr", "es", "ja")
        },
        "aliases": {"en": [f"alias {n}" for n in range(10)]},
        "claims": {
            f"P{p}": [
                {"id": f"Q42${p}-{n}", "rank": "normal", "value": chance.randrange(10_000), "note": "x" * 20}
                for n in range(statements)
            ]
            for p in range(15)
        },
        "steps": [f"step {n} of the procedure" for n in range(20)],
    }


def measured(statements: int) -> tuple[int, float, float | None]:
    """The bytes of an entity that both sides changed, and the seconds that ours and nbdime's merge of it take (``None``: it is not
    installed)."""
    base = document(random.Random(1), statements)
    draft, canonical = copy.deepcopy(base), copy.deepcopy(base)
    draft["labels"]["en"]["value"] = "a better label"
    draft["steps"][12] = "a better step"
    canonical["steps"].insert(0, "first of all")
    canonical["claims"]["P3"][-1]["rank"] = "preferred"
    patch = diff(base, draft)
    lists = {"/claims/*": {"type": "keyed", "key": ["id"]}}
    runs = max(1, 50 // statements)
    ours = typical(lambda: [rebase_patch(base, canonical, patch, lists) for _ in range(runs)]) / runs
    size = len(json.dumps(base))
    try:
        from nbdime.merging.generic import decide_merge
    except ImportError:
        return size, ours, None
    return size, ours, typical(lambda: decide_merge(base, draft, canonical), 1 if statements > 100 else 3)


def main() -> None:
    """Print the table."""
    rows = [["", "gitdraft.rebase_patch", "nbdime (decisions only)", ""]]
    for statements in SIZES:
        size, ours, theirs = measured(statements)
        row: list[str] = [f"{size / 1024:,.0f} KB", shown(ours)]
        row += ["pip install '.[bench]'"] if theirs is None else [shown(theirs), f"{theirs / ours:,.1f} x"]
        rows.append(row)
    print_table("one entity that both sides changed in two places each", rows)


if __name__ == "__main__":
    runs.run(main)
