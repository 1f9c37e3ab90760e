"""What the hooks cost: `git commit` with them against without.

`python -m benchmarks.hook_speed [ENTITIES]`
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks import runs
from benchmarks.rebase_speed import make_drafts
from benchmarks.repositories import IDENTITY, folder, git, make_repository, write_json
from benchmarks.tables import print_table, seconds, shown
from gitdraft.store.hooks.install import install, uninstall
from gitdraft.store.repository import open_store

ENTITIES = 10_000
DRAFTS = 1_000
AFFECTED = 3
RUNS = 60
SLOW_RUNS = 5
GOAL = 1.15
ENVIRONMENT = {
    **os.environ,
    **IDENTITY,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def commit(path: Path, file: str, content: bytes) -> float:
    """Change one file and commit it; what `git commit` takes, in seconds."""
    (path / file).write_bytes(content)
    git(path, "add", file)
    command = ["git", "commit", "--quiet", "--message", "change"]
    return seconds(
        lambda: subprocess.run(command, cwd=path, env=ENVIRONMENT, check=True, capture_output=True)
    )


def put_empty_hooks(path: Path) -> None:
    """What any pre-commit and post-commit cost: git starts a shell, and reads the index anew after pre-commit."""
    for name in ("pre-commit", "post-commit"):
        hook = path / ".git/hooks" / name
        hook.write_text("#!/bin/sh\nexit 0\n")
        hook.chmod(0o755)


def remove_empty_hooks(path: Path) -> None:
    """No hook at all again."""
    for name in ("pre-commit", "post-commit"):
        (path / ".git/hooks" / name).unlink()


def compared(path: Path, change: Callable[[int], tuple[str, bytes]], runs: int) -> list[str]:
    """Median times of `git commit` without hooks, with empty ones and with gitdraft's, by turns, and how many times
    the first the others are (the median of the turns)."""
    store = open_store(path)
    turns = []
    for run in range(runs):
        without = commit(path, *change(3 * run))
        put_empty_hooks(path)
        empty = commit(path, *change(3 * run + 1))
        remove_empty_hooks(path)
        install(store)
        turns.append((without, empty, commit(path, *change(3 * run + 2))))
        uninstall(store.git)
    times = [shown(median(column)) for column in zip(*turns, strict=True)]
    ratios = [median(turn[i] / turn[0] for turn in turns) for i in (1, 2)]
    return [times[0], times[1], f"{ratios[0]:.2f}", times[2], f"{ratios[1]:.2f}"]


def main() -> None:
    """Print the table."""
    entities = int(sys.argv[1]) if len(sys.argv) > 1 else ENTITIES
    rows = [["", "without", "empty hooks", "times", "gitdraft's", "times", "goal"]]
    with folder() as path:
        things = make_repository(path, entities)
        make_drafts(open_store(path), DRAFTS)
        names = list(things)

        def note(run: int) -> tuple[str, bytes]:
            return "notes.txt", f"note {run}\n".encode()

        def untouched(run: int) -> tuple[str, bytes]:
            name = names[DRAFTS + 1 + run]
            return name, write_json({**things[name], "values": [run]})

        commit(path, "notes.txt", b"first\n")  # a branch in use is a file of its own, not packed
        git(path, "update-ref", "refs/gitdraft/rebased", "main")
        git(path, "switch", "--quiet", "--create", "feature")
        cases = [("on another branch, no entity staged", note, RUNS, f"{GOAL}")]
        cases += [("on another branch, an entity staged and checked", untouched, SLOW_RUNS, "")]
        for title, change, runs, goal in cases:
            rows.append([title, *compared(path, change, runs), goal])
        git(path, "switch", "--quiet", "main")

        def affecting(run: int) -> tuple[str, bytes]:
            for name in names[AFFECTED * run : AFFECTED * (run + 1) - 1]:
                (path / name).write_bytes(write_json({**things[name], "values": [run]}))
                git(path, "add", name)
            name = names[AFFECTED * (run + 1) - 1]
            return name, write_json({**things[name], "values": [run]})

        title = f"on canonical, {DRAFTS:,} open drafts, {AFFECTED} rebased"
        rows.append([title, *compared(path, affecting, SLOW_RUNS)])
    print_table(f"git commit with the hooks against without, {entities:,} entities", rows)


if __name__ == "__main__":
    runs.run(main)
