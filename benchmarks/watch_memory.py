"""The memory of `gitdraft watch` over thousands of moves of canonical, each of which rebases a draft.

What the C library keeps, free, between the pieces in use grows at first (to a third over a new watcher's); what is
lost with each move would grow for ever. `python -m benchmarks.watch_memory [MOVES] [DRAFTS]`; exit code 1 when the last
fifth of the moves added more than a twentieth.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import runs
from benchmarks.rebase_speed import make_drafts
from benchmarks.repositories import OCCASION, folder, git, make_repository, write_json
from benchmarks.tables import megabytes, print_table
from benchmarks.watch_speed import start
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import update_tree
from gitdraft.store.repository import open_store
from gitdraft.store.signatures import signature

ENTITIES = 1_000
LOOSE_AT_MOST = 200
NEW = 50


def move(path: Path, file: str, thing: dict[str, object], number: int) -> str:
    """Canonical one commit further, as another git would move it."""
    store = open_store(path)
    buffer = ObjectBuffer(store.git)
    tip = store.snapshot(buffer)
    assert tip.commit is not None
    who = signature(OCCASION)
    blob = buffer.blob(write_json({**thing, "values": [number]}))
    tree = update_tree(buffer, tip.tree, {file: blob})
    commit = buffer.commit(tree=tree, parents=(tip.commit,), author=who, committer=who, message=f"{number}\n")
    buffer.flush()
    git(path, "update-ref", "refs/heads/main", commit)
    return commit


def resident(process: int) -> float:
    """The memory of a process in MiB, without the files that it maps: a pack grows with the history."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) / 1024


def wait(watcher: subprocess.Popen[str], commit: str) -> None:
    """Read what the watcher tells until it has rebased onto the commit."""
    assert watcher.stdout is not None
    for line in watcher.stdout:
        if json.loads(line).get("to") == commit:
            return
    raise RuntimeError("the watcher has ended")


def follow(
    path: Path, things: dict[str, dict[str, object]], numbers: range, measured_each: int
) -> dict[int, float]:
    """The memory of a new watcher after so many moves."""
    names = list(things)
    watcher = start(path)
    sizes = {}
    try:
        for number in numbers:
            name = names[number % len(names)]
            wait(watcher, move(path, name, things[name], number))
            if (number + 1) % measured_each == 0:
                sizes[number + 1] = resident(watcher.pid)
            if (number + 1) % LOOSE_AT_MOST == 0:
                git(path, "gc", "--quiet")
    finally:
        watcher.terminate()
        watcher.communicate()
    return sizes


def main() -> None:
    """Print the table."""
    moves = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    drafts = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    with folder() as path:
        things = make_repository(path, ENTITIES)
        make_drafts(open_store(path), drafts)
        chosen = dict(list(things.items())[:drafts])
        sizes = follow(path, chosen, range(moves), moves // 10)
        new = follow(path, chosen, range(moves, moves + NEW), NEW)[moves + NEW]
        git(path, "fsck", "--no-dangling")
    print_table(
        f"memory of a watcher, {drafts:,} open drafts, gc each {LOOSE_AT_MOST} moves",
        [
            ["", *(f"{number:,}" for number in sizes), f"a new watcher then, after {NEW}"],
            ["memory", *(megabytes(size, 1) for size in sizes.values()), megabytes(new, 1)],
        ],
    )
    if sizes[moves] > list(sizes.values())[-3] * 1.05:
        sys.exit(1)


if __name__ == "__main__":
    runs.run(main)
