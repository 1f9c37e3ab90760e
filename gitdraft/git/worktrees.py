"""The files side: branches that are checked out follow when they move, and entity files are read and written.

A worktree follows by git's own two-tree merge (`git read-tree -m -u OLD NEW`), which keeps local changes and
refuses where they are in the way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.index import refresh, run_on_index, update_index
from gitdraft.git.layout import main_worktree, pointer
from gitdraft.git.repository import GitRepository
from gitdraft.git.safe_files import read_below, remove_below, write_below
from gitdraft.git.values import EMPTY_TREE
from gitdraft.model.names import Oid, RefName

IN_THE_WAY = re.compile(r"(?:Entry|Updating|file) '(.*)' (?:not uptodate|would )", re.DOTALL)
UNMERGED = "resolve your current index"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A worktree with a branch (`refs/heads/…`) checked out."""

    worktree: Path
    git_dir: Path
    branch: RefName


def worktree_folders(git: GitRepository) -> list[tuple[Path, Path]]:
    """Returns the worktrees, each with its git directory, the main one first; one may be gone, or on a disk that is not there.
    A bare repository has no main one."""
    main = git.worktree if git.path == git.common else main_worktree(git.common)
    folders = [] if main is None else [(main, git.common)]
    for folder in sorted((git.common / "worktrees").glob("*")):
        file = pointer(folder / "gitdir")
        if file is not None:
            folders.append(((folder / file).parent, folder))
    return folders


def checkouts(git: GitRepository) -> list[Checkout]:
    """Returns the worktrees and their branches; those with a detached HEAD, and a bare repository, have none."""
    heads = [(worktree, folder, _head(folder)) for worktree, folder in worktree_folders(git)]
    return [
        Checkout(worktree, folder, branch)
        for worktree, folder, branch in heads
        if branch and worktree.is_dir()
    ]


def obstacles(checkout: Checkout, old: Oid | None, new: Oid) -> list[str]:
    """Returns the paths that keep the worktree from following its branch; empty when nothing does.

    A file that git ignores is none, as for `git merge`. Raises RepositoryError (``locked``) while another git
    is at work on that index.
    """
    where = (checkout.worktree, checkout.git_dir)
    refresh(*where)
    try:
        run_on_index(*where, ["read-tree", "-m", "-u", "-n", old or EMPTY_TREE, new])
    except RepositoryError as error:
        said = error.context.get("stderr", "")
        paths = IN_THE_WAY.findall(said)
        if UNMERGED in said:
            unmerged = run_on_index(*where, ["diff", "--name-only", "--diff-filter=U", "-z"]).stdout
            paths = sorted(set(unmerged.decode("utf-8", "surrogateescape").split("\0")) - {""})
        if not paths:
            raise
        return paths
    return []


def follow(checkout: Checkout, old: Oid | None, new: Oid) -> None:
    """Brings the worktree and its index from ``old`` to ``new``; what is there already stays, so that it can be
    done again after it was interrupted. Raises RepositoryError where a file is in the way."""
    where = (checkout.worktree, checkout.git_dir)
    merge = ["read-tree", "-m", "-u", old or EMPTY_TREE, new]
    refresh(*where)
    try:
        run_on_index(*where, merge)
    except RepositoryError as error:
        if error.code == "locked":
            raise
        update_index(*where, old or EMPTY_TREE, new)
        run_on_index(*where, merge)


def modified_files(git: GitRepository, under: Sequence[str]) -> list[str]:
    """Returns the paths below ``under`` that differ from HEAD in this worktree, new and deleted ones included."""
    if git.worktree is None:
        return []
    done = run_git(
        git.worktree,
        [
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=all",
            "--no-renames",
            "--",
            *(u or "." for u in under),
        ],
        environment={"GIT_DIR": str(git.path), "GIT_WORK_TREE": str(git.worktree)},
    )
    records = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return sorted({record[3:] for record in records if len(record) > 3})


def read_worktree_file(git: GitRepository, path: str) -> bytes | None:
    """Returns the content of a file, ``None`` when there is none. Raises InvalidInput (``symlink``) where a link stands
    anywhere on the way."""
    assert git.worktree is not None
    return read_below(git.worktree, path)


def write_worktree_file(git: GitRepository, path: str, content: bytes | None) -> None:
    """Replaces a file at once, or remove it (``None``), never through a link; nothing happens to one that says
    so already. Raises InvalidInput (``symlink``), RepositoryError when the disk refuses."""
    assert git.worktree is not None
    if read_below(git.worktree, path) == content:
        return
    if content is None:
        remove_below(git.worktree, path)
    else:
        write_below(git.worktree, path, content)


def _head(folder: Path) -> RefName | None:
    text = pointer(folder / "HEAD") or ""
    return RefName(text.removeprefix("ref:").strip()) if text.startswith("ref:") else None
