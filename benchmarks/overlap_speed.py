"""Overlaps among many open drafts: one entity that a tenth of them change, a thousand pairs, the rest alone.

`python -m benchmarks.overlap_speed [DRAFTS]` (100,000 unless it is said)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from benchmarks import runs
from benchmarks.rebase_speed import make_drafts, run
from benchmarks.repositories import IDENTITY, folder, make_repository
from benchmarks.tables import print_table, shown, typical
from gitdraft.store.repository import open_store

PAIRS = 1000
RUNS = 5


def counts(path: Path) -> dict[str, int]:
    """What `overlaps` finds."""
    command = [sys.executable, "-m", "gitdraft.cli.main", "-o", "json", "overlaps"]
    done = subprocess.run(command, cwd=path, check=True, capture_output=True, env={**os.environ, **IDENTITY})
    found: dict[str, int] = json.loads(done.stdout)["counts"]
    return found


def main() -> None:
    """Print the table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    crowd = number // 10

    def entity_of(draft: int) -> int:
        if draft < crowd:
            return 0
        return draft - draft % 2 if draft < crowd + 2 * PAIRS else draft

    with folder() as path:
        make_repository(path, number)
        make_drafts(open_store(path), number, entity_of)
        cold = run(path, "overlaps")
        rows = [["overlaps, the index made first", shown(cold)]]
        for title, *command in (
            ["overlaps", "overlaps"],
            ["overlaps of a draft that shares its entity with one", "overlaps", f"draft-{crowd}"],
            [f"overlaps of a draft that shares it with {crowd - 1:,}", "overlaps", "draft-5"],
            ["list", "list"],
            ["status, no draft current", "status"],
        ):
            rows.append([title, shown(typical(partial(run, path, *command), RUNS))])
        run(path, "switch", f"draft-{crowd}")
        rows.append(["status, a draft current", shown(typical(lambda: run(path, "status"), RUNS))])
        found = counts(path)
        told = f"{found['entities']:,} entities shared, {found['pairs']:,} pairs judged, {found['conflict']:,} conflict"
        print_table(f"{number:,} open drafts; {told}", rows)


if __name__ == "__main__":
    runs.run(main)
