"""`gitdraft status` against `git status` in a repository of 10,000 files. `python -m benchmarks.status_speed`"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks import runs
from benchmarks.repositories import IDENTITY, folder, make_repository
from benchmarks.tables import print_table, shown, typical

ENTITIES = 10_000


def run(path: Path, *command: str) -> None:
    """The command, its output thrown away."""
    subprocess.run(command, cwd=path, check=True, capture_output=True, env={**os.environ, **IDENTITY})


def main() -> None:
    """Print the table."""
    with folder() as path:
        make_repository(path, ENTITIES)
        gitdraft = [sys.executable, "-m", "gitdraft.cli.main", "status"]
        run(path, *gitdraft)
        git = typical(lambda: run(path, "git", "status"), 11)
        ours = typical(lambda: run(path, *gitdraft), 11)
        bare = typical(lambda: run(path, sys.executable, "-c", "import pygit2, click"), 11)
        loaded = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys, gitdraft.cli.main; print([m for m in ('pygit2', 'jsonschema') if m in sys.modules])",
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        print_table(
            f"a repository of {ENTITIES:,} files",
            [
                ["", "time", "against git status"],
                ["git status", shown(git), "1.0 x"],
                ["gitdraft status", shown(ours), f"{ours / git:,.1f} x"],
                ["python -c 'import pygit2, click'", shown(bare), f"{bare / git:,.1f} x"],
                ["of pygit2 and jsonschema, `import gitdraft.cli.main` loads", loaded],
            ],
        )


if __name__ == "__main__":
    runs.run(main)
