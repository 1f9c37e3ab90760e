"""Worktrees: which branch each one shows, and entity files that are read and written there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gitdraft.git.commands import run_git
from gitdraft.git.layout import main_worktree, pointer
from gitdraft.git.repository import GitRepository
from gitdraft.git.safe_files import remove_below, write_below
from gitdraft.git.worktree_files import clean_files, smudge
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import RefName


@dataclass(frozen=True, slots=True)
class Checkout:
    """A worktree with a branch (`refs/heads/…`) checked out, or, with HEAD detached, held by a `git rebase` (``is_rebasing``)
    that moves it at its end."""

    worktree: Path
    git_dir: Path
    branch: RefName
    is_rebasing: bool = False


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
    """Returns the worktrees that show a branch, and those that hold one in a rebase; a bare repository has none, and a
    worktree with HEAD detached counts only while it rebases."""
    listing = []
    for worktree, folder in worktree_folders(git):
        if worktree.is_dir():
            branch = _head(folder)
            listing += [Checkout(worktree, folder, branch)] if branch else []
            listing += [
                Checkout(worktree, folder, held, is_rebasing=True) for held in _rebased_branches(folder)
            ]
    return listing


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
    """Returns the content of a file as `git add` would store it, ``None`` when there is none. Raises InvalidInput
    (``symlink``) where a link stands anywhere on the way."""
    return clean_files(git, [path])[path]


def write_worktree_file(git: GitRepository, path: str, content: bytes | None) -> None:
    """Replaces a file at once, or removes it (``None``), never through a link: ``content`` is what `git add` is to store.
    Nothing happens to a file that has it already. Raises InvalidInput (``symlink``), RepositoryError when the disk
    refuses."""
    assert git.worktree is not None
    if read_worktree_file(git, path) == content:
        return
    if content is None:
        remove_below(git.worktree, path)
    else:
        write_below(git.worktree, path, smudge(git, path, content))


def _head(folder: Path) -> RefName | None:
    text = pointer(folder / "HEAD") or ""
    return RefName(text.removeprefix("ref:").strip()) if text.startswith("ref:") else None


def _rebased_branches(folder: Path) -> set[RefName]:
    """The branches that a `git rebase` in this worktree will move at its end; with `--update-refs` those on its way too."""
    names = [pointer(folder / state / "head-name") for state in ("rebase-merge", "rebase-apply")]
    names += (pointer(folder / "rebase-merge/update-refs") or "").split("\n")
    return {RefName(name) for name in names if name is not None and name.startswith("refs/heads/")}
