"""`git merge` of 1,000 entities that both sides changed, by git's own text merge, by the strategy and by the driver.
`python -m benchmarks.driver_speed [FILES]`"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import runs
from benchmarks.repositories import folder, git, make_repository, write_json
from benchmarks.tables import print_table, seconds, shown
from gitdraft.git.drivers import install_drivers
from gitdraft.git.repository import open_repository

FILES = 1000


def diverge(path: Path, files: int) -> None:
    """Two branches that both change every entity, in members that lie apart."""
    things = make_repository(path, files)
    for branch, member in (("theirs", "label"), ("main", "owner")):
        git(path, "switch", "--quiet", *(["--create"] if branch == "theirs" else []), branch)
        for name, thing in things.items():
            (path / name).write_bytes(write_json({**thing, member: f"{branch} {thing['label']}"}))
        git(path, "commit", "--quiet", "--all", "--message", branch)


def merged_in(path: Path, *options: str) -> tuple[float, float]:
    """The seconds that `git merge` takes, on the clock and of the processors; the branches are then as before."""
    taken = measured(lambda: git(path, "merge", "--quiet", "--no-edit", *options, "theirs"))
    git(path, "reset", "--quiet", "--hard", "HEAD~")
    return taken


def measured(action: Callable[[], object]) -> tuple[float, float]:
    """The seconds on the clock, and those of the processors that the processes it starts take."""
    before = os.times()
    clock = seconds(action)
    after = os.times()
    return clock, sum(after[2:4]) - sum(before[2:4])


def main() -> None:
    """Print the table."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with folder() as path:
        diverge(path, files)
        by_lines = merged_in(path)
        install_drivers(open_repository(path))
        (path / ".git/info/attributes").write_text("things/**/*.json merge=gitdraft diff=gitdraft\n")
        by_members = merged_in(path)
        by_strategy = merged_in(path, "--strategy=gitdraft")
        empty = measured(
            lambda: [
                subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True) for _ in range(files)
            ]
        )
        log = measured(lambda: git(path, "log", "-p", "-1"))
    rows = [["", "in all", "a file", "processor time a file", ""]]
    for name, (clock, processor) in (
        ("git's text merge", by_lines),
        ("git merge -s gitdraft", by_strategy),
        ("the driver", by_members),
        ("(python -I -S -c pass each)", empty),
        ("git log -p -1", log),
    ):
        ratio = f"{processor / by_lines[1]:,.0f} x"
        rows.append([name, shown(clock), shown(clock / files), shown(processor / files), ratio])
    print_table(f"git merge of {files:,} entities that both sides changed", rows)


if __name__ == "__main__":
    runs.run(main)
