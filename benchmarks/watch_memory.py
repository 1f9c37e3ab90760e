"""The memory of `gitdraft watch` over thousands of moves of canonical, each of which rebases a draft.

`python -m benchmarks.watch_memory [MOVES] [DRAFTS]`; exit code 1 when it grew by more than a tenth after the first tenth.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.rebase_speed import make_drafts
from benchmarks.repositories import OCCASION, folder, git, make_repository, write_json
from benchmarks.tables import print_table
from benchmarks.watch_speed import start
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import update_tree
from gitdraft.store.repository import open_store
from gitdraft.store.signatures import signature

ENTITIES = 1_000
LOOSE_AT_MOST = 200


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
    """The resident memory of a process in MiB."""
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True
    )
    return int(told.stdout) / 1024


def wait(watcher: subprocess.Popen[str], commit: str) -> None:
    """Read what the watcher tells until it has rebased onto the commit."""
    assert watcher.stdout is not None
    for line in watcher.stdout:
        if json.loads(line).get("to") == commit:
            return
    raise RuntimeError("the watcher has ended")


def main() -> None:
    """Print the table."""
    moves = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    drafts = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    with folder() as path:
        things = make_repository(path, ENTITIES)
        make_drafts(open_store(path), drafts)
        names = list(things)[:drafts]
        watcher = start(path)
        sizes = {0: resident(watcher.pid)}
        try:
            for number in range(1, moves + 1):
                name = names[number % drafts]
                wait(watcher, move(path, name, things[name], number))
                if number % (moves // 10) == 0:
                    sizes[number] = resident(watcher.pid)
                if number % LOOSE_AT_MOST == 0:
                    git(path, "gc", "--quiet")
        finally:
            watcher.terminate()
            watcher.communicate()
        git(path, "fsck", "--no-dangling")
    print_table(
        f"resident memory of a watcher, {drafts:,} open drafts, gc each {LOOSE_AT_MOST} moves",
        [
            ["moves", *(f"{number:,}" for number in sizes)],
            ["MiB", *(f"{size:.1f}" for size in sizes.values())],
        ],
    )
    if sizes[moves] > sizes[moves // 10] * 1.1:
        sys.exit(1)


if __name__ == "__main__":
    main()
