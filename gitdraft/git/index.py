"""The index of a worktree: one git at a time writes it, and a killed one leaves the files half-way."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
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


def refresh(worktree: Path, git_dir: Path) -> None:
    """Has git look at the files again: a copied or touched file is no local change."""
    run_on_index(worktree, git_dir, ["update-index", "--refresh"], accept=(0, 1))


def update_index(worktree: Path, git_dir: Path, old: Oid, new: Oid) -> None:
    """Records in the index those files that are as the tree ``new`` has them already, of those that it has
    differently from ``old``: a killed `git read-tree` has written files, and not yet the index."""
    undone = _differing(worktree, git_dir, new)
    done = [
        b"%s %s\t%s\0" % (mode, oid, path)
        for mode, oid, path in _changes(worktree, git_dir, old, new)
        if path not in undone and (int(mode, 8) or not _exists(worktree, path))
    ]
    run_on_index(worktree, git_dir, ["update-index", "-z", "--index-info"], stdin=b"".join(done))
    refresh(worktree, git_dir)


def _differing(worktree: Path, git_dir: Path, tree: Oid) -> frozenset[bytes]:
    """Returns the paths of ``tree`` that the worktree has differently, by an index made for that."""
    index = git_dir / "gitdraft-index"
    index.unlink(missing_ok=True)
    environment = {
        "GIT_DIR": str(git_dir),
        "GIT_WORK_TREE": str(worktree),
        "GIT_INDEX_FILE": str(index),
    }
    try:
        run_git(worktree, ["read-tree", tree], environment=environment)
        run_git(worktree, ["update-index", "-q", "--refresh"], environment=environment, accept=(0, 1))
        diff = run_git(worktree, ["diff-files", "--name-only", "-z"], environment=environment)
    finally:
        index.unlink(missing_ok=True)
    return frozenset(diff.stdout.split(b"\0"))


def _changes(worktree: Path, git_dir: Path, old: Oid, new: Oid) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yields mode (`000000`: removed), oid and path in ``new`` of what differs from ``old``."""
    done = run_git(
        worktree,
        ["diff-tree", "-r", "-z", "--no-renames", "--raw", old, new],
        environment={"GIT_DIR": str(git_dir)},
    )
    fields = done.stdout.split(b"\0")
    for change, path in zip(fields[::2], fields[1::2], strict=False):
        _, mode, _, oid, _ = change.split(b" ")
        yield mode, oid, path


def _exists(worktree: Path, path: bytes) -> bool:
    file = worktree / path.decode("utf-8", "surrogateescape")
    return file.is_symlink() or file.exists()
