"""How soon the drafts have moved after `git commit` on canonical, with `gitdraft watch` running.

From the return of `git commit` to the moment at which the branch of the draft that it concerns has moved, by
reading the ref again and again. `python -m benchmarks.watch_speed [DRAFTS] [COMMITS]`
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter

from benchmarks import runs
from benchmarks.rebase_speed import make_drafts
from benchmarks.repositories import IDENTITY, folder, git, make_repository, write_json
from benchmarks.tables import print_table, shown
from gitdraft.git.known_refs import read_ref
from gitdraft.store.repository import Store, open_store

ENTITIES = 1_000
PATIENCE = 60.0  # seconds


def start(path: Path, *options: str) -> subprocess.Popen[str]:
    """A watcher that has caught up."""
    watcher = subprocess.Popen(
        [sys.executable, "-m", "gitdraft.cli.main", "-o", "jsonl", "watch", *options],
        cwd=path,
        env={**os.environ, **IDENTITY},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert watcher.stdout is not None
    for line in watcher.stdout:
        if '"event": "rebased"' in line:
            return watcher
    raise RuntimeError("the watcher has ended")


def commit(path: Path, file: str, thing: dict[str, object], number: int) -> float:
    """One commit of canonical's; when it returned."""
    (path / file).write_bytes(write_json({**thing, "values": [number]}))
    git(path, "commit", "--quiet", "--message", f"Step {number}", "--", file)
    return perf_counter()


def wait_for_move(store: Store, draft_id: str, old: str | None) -> float:
    """When the draft's branch was seen to have moved."""
    until = monotonic() + PATIENCE
    ref = store.draft_ref(draft_id)
    while read_ref(store.git, ref) == old:
        if monotonic() > until:
            raise RuntimeError(f"{ref} does not move")
    return perf_counter()


def measure(path: Path, things: dict[str, dict[str, object]], commits: int, *options: str) -> list[float]:
    """Seconds from each commit to its draft, sorted."""
    store = open_store(path)
    watcher = start(path, *options)
    times = []
    try:
        for number in range(commits):
            name = list(things)[number % ENTITIES]
            draft_id = str(things[name]["id"]).replace("thing", "draft")
            old = read_ref(store.git, store.draft_ref(draft_id))
            committed = commit(path, name, things[name], number + len(options) * commits)
            times.append(wait_for_move(store, draft_id, old) - committed)
    finally:
        watcher.terminate()
        watcher.communicate()
    return sorted(times)


def main() -> None:
    """Print the table."""
    drafts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    commits = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    with folder() as path:
        things = make_repository(path, ENTITIES)
        make_drafts(open_store(path), drafts)
        rows = [["", "median", "95 of 100 within", "worst"]]
        for name, options in (("events", ()), ("--poll", ("--poll",))):
            times = measure(path, things, commits, *options)
            most = times[int(len(times) * 0.95) - 1]
            rows.append([name, shown(median(times)), shown(most), shown(times[-1])])
        git(path, "fsck", "--no-dangling")
        load = os.getloadavg()[0]
        print_table(
            f"{commits} commits, {drafts:,} open drafts, one concerned by each; load average {load:.1f} on "
            f"{os.cpu_count()} processors",
            rows,
        )


if __name__ == "__main__":
    runs.run(main)
