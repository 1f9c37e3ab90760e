"""The index of a worktree: one git at a time writes it, and a killed one leaves the files half-way."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.model.names import Oid

PATIENCE = 3.0
PAUSE = 0.02


def run_on_index(
    worktree: Path,
    git_dir: Path,
    arguments: Sequence[str],
    *,
    stdin: bytes = b"",
    accept: Sequence[int] = (0,),
) -> subprocess.CompletedProcess[bytes]:
    """Runs a git command that writes the index, waiting up to ``PATIENCE`` seconds for another git to be done
    with it. Raises RepositoryError: ``locked`` after that, and what ``run_git`` raises."""
    environment = {"GIT_DIR": str(git_dir), "GIT_WORK_TREE": str(worktree)}
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return run_git(worktree, arguments, stdin=stdin, environment=environment, accept=accept)
        except RepositoryError as error:
            if error.code != "locked" or time.monotonic() > until:
                raise
            time.sleep(PAUSE)


def staged_tree(git_dir: Path, index: Path | None) -> Oid:
    """Returns what is staged, as a tree (which `git commit` writes anyhow); ``index`` is the file that git commits from,
    which is another one for `git commit FILE`. Raises RepositoryError while paths are unmerged."""
    environment = {"GIT_DIR": str(git_dir)}
    if index is not None:
        environment["GIT_INDEX_FILE"] = str(index.absolute())
    return Oid(run_git(git_dir, ["write-tree"], environment=environment).stdout.decode().strip())
