"""10,000 redirects in one batch, and 100, in a repository of 20,000 entities, against git writing and committing the
same files. `python -m benchmarks.redirect_batch_speed [ENTITIES]`
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks import runs
from benchmarks.repositories import IDENTITY, folder, git, make_repository
from benchmarks.tables import print_table, seconds, shown

ENTITIES = 20_000
MANY = 10_000
FEW = 100
TARGETS = 500


def run(path: Path, *arguments: str, stdin: str = "") -> float:
    """A gitdraft command as a process, in seconds."""
    command = [sys.executable, "-m", "gitdraft.cli.main", "-q", *arguments]
    environment = {**os.environ, **IDENTITY}
    return seconds(
        lambda: subprocess.run(
            command, cwd=path, env=environment, check=True, input=stdin, text=True, capture_output=True
        )
    )


def rows(first: int, number: int, last: int) -> str:
    """So many redirects, each to an entity from the end."""
    pairs = (f"thing-{n},thing-{last - 1 - n % TARGETS}" for n in range(first, first + number))
    return "from,to\n" + "".join(f"{pair}\n" for pair in pairs)


def by_git(path: Path, files: list[str], first: int) -> float:
    """The same files removed and written in the worktree, then added and committed by git; in seconds."""

    def redirect() -> None:
        (path / "marks").mkdir(exist_ok=True)
        for n, name in enumerate(files):
            (path / name).unlink()
            tombstone = {"kind": "redirect", "id": f"thing-{first + n}", "redirects_to": "thing-1"}
            (path / f"marks/thing-{first + n}.json").write_text(json.dumps(tombstone, indent=2))
        git(path, "add", "--all")
        git(path, "commit", "--quiet", "--message", "Redirect")

    return seconds(redirect)


def main() -> None:
    """Print the table."""
    entities = int(sys.argv[1]) if len(sys.argv) > 1 else ENTITIES
    many = min(MANY, entities // 2)
    with folder() as path:
        files = list(make_repository(path, entities))
        run(path, "status")
        batch = ["redirect", "batch", "-", "--type", "thing"]
        few = run(path, *batch, stdin=rows(0, FEW, entities))
        told = run(path, *batch, "-n", stdin=rows(FEW, many - FEW, entities))
        most = run(path, *batch, stdin=rows(FEW, many - FEW, entities))
        again = run(path, *batch, stdin=rows(0, many, entities))
        flat = run(
            path,
            "redirect",
            "create",
            f"thing/thing-{entities - 1}",
            f"thing/thing-{many}",
            "--reason",
            "same",
        )
        undone = run(path, "undo")
        git(path, "fsck", "--strict", "--no-dangling")
    with folder() as path:
        files = list(make_repository(path, entities))
        git_few = by_git(path, files[:FEW], 0)
        git_most = by_git(path, files[FEW:many], FEW)
    print_table(
        f"a repository of {entities:,} entities",
        [
            ["", "gitdraft", "git, files in the worktree"],
            [f"{FEW} redirects, one commit", shown(few), shown(git_few)],
            [f"{many - FEW:,} redirects, one commit", shown(most), shown(git_most)],
            ["the same, said only (-n)", shown(told)],
            [f"{many:,} that are there already", shown(again)],
            [f"one more, {many // TARGETS} taken along", shown(flat)],
            ["undo of it", shown(undone)],
        ],
    )


if __name__ == "__main__":
    runs.run(main)
