"""`rebase_patch` on a 5 KB entity against nbdime's generic three-way merge. `python -m benchmarks.merge_speed`"""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from benchmarks import runs
from benchmarks.tables import print_table, shown, typical
from gitdraft.documents.diff import diff
from gitdraft.documents.rebase import rebase_patch


def document(chance: random.Random) -> dict[str, Any]:
    """About 5 KB, as an entity of a knowledge graph looks."""
    return {
        "id": "Q42",
        "labels": {
            lang: {"language": lang, "value": f"label {lang}"} for lang in ("en", "de", "fr", "es", "ja")
        },
        "aliases": {"en": [f"alias {n}" for n in range(10)]},
        "claims": {
            f"P{p}": [
                {"id": f"Q42${p}-{n}", "rank": "normal", "value": chance.randrange(10_000), "note": "x" * 20}
                for n in range(3)
            ]
            for p in range(15)
        },
        "steps": [f"step {n} of the procedure" for n in range(20)],
    }


def main() -> None:
    """Print the table."""
    base = document(random.Random(1))
    draft, canonical = copy.deepcopy(base), copy.deepcopy(base)
    draft["labels"]["en"]["value"] = "a better label"
    draft["steps"][12] = "a better step"
    canonical["steps"].insert(0, "first of all")
    canonical["claims"]["P3"][1]["rank"] = "preferred"
    patch = diff(base, draft)
    lists = {"/claims/*": {"type": "keyed", "key": ["id"]}}
    ours = typical(lambda: [rebase_patch(base, canonical, patch, lists) for _ in range(50)]) / 50
    rows = [["", "time", ""], ["gitdraft.rebase_patch", shown(ours), ""]]
    try:
        from nbdime.merging.generic import decide_merge
    except ImportError:
        rows.append(["nbdime", "not installed: pip install '.[bench]'", ""])
    else:
        theirs = typical(lambda: [decide_merge(base, draft, canonical) for _ in range(10)]) / 10
        rows.append(
            ["nbdime generic merge (decisions only)", shown(theirs), f"{theirs / ours:,.1f} x as long"]
        )
    print_table(f"one entity of {len(json.dumps(base)):,} bytes, both sides changed it", rows)


if __name__ == "__main__":
    runs.run(main)
