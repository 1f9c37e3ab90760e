"""The files side: branches that are checked out follow when they move, and entity files are read and written.

A worktree follows by git's own two-tree merge (`git read-tree -m -u OLD NEW`), which keeps local changes and
refuses where they are in the way.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.opening import GitRepository

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A worktree with a branch (`refs/heads/…`) checked out."""

    worktree: Path
    git_dir: Path
    branch: str


def checkouts(git: GitRepository) -> list[Checkout]:
    """The worktrees and their branches; those with a detached HEAD, and a bare repository, have none."""
    found = []
    if not git.raw.is_bare or git.path != git.common:
        main = git.common.parent if git.path != git.common else git.worktree
        if main is not None and not _is_bare(git):
            found.append((main, git.common))
    for folder in sorted((git.common / "worktrees").glob("*")):
        pointer = folder / "gitdir"
        if pointer.is_file():
            found.append((Path(pointer.read_text().strip()).parent, folder))
    heads = [(worktree, folder, _head(folder)) for worktree, folder in found]
    return [
        Checkout(worktree, folder, branch)
        for worktree, folder, branch in heads
        if branch and worktree.is_dir()
    ]


def obstacles(checkout: Checkout, old: str | None, new: str) -> list[str]:
    """The paths that keep the worktree from following its branch; empty when nothing does."""
    _refresh(checkout)
    done = run_git(
        checkout.worktree, _read_tree(old, new, "-n"), environment=_environment(checkout), accept=(0, 1, 128)
    )
    if done.returncode == 0:
        return []
    said = done.stderr.decode("utf-8", "replace")
    named = [line.strip() for line in said.splitlines() if line.startswith("\t")]
    quoted = [line.split("'")[1] for line in said.splitlines() if line.count("'") >= 2]
    return named or quoted or [said.strip()]


def follow(checkout: Checkout, old: str | None, new: str) -> None:
    """Bring the worktree and its index from ``old`` to ``new``; nothing happens when they are there already."""
    _refresh(checkout)
    run_git(checkout.worktree, _read_tree(old, new, "-u"), environment=_environment(checkout))


def modified_files(git: GitRepository, under: Sequence[str]) -> list[str]:
    """The paths below ``under`` that differ from HEAD in this worktree, new and deleted ones included."""
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
    """The content of a file, ``None`` when there is none. Raises InvalidInput (``symlink``) where a link stands
    anywhere on the way: what it points to is not the repository's."""
    assert git.worktree is not None
    file = git.worktree
    for part in path.split("/"):
        file = file / part
        try:
            mode = file.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISLNK(mode):
            raise InvalidInput(
                f"'{path}' leads through a symbolic link", code="symlink", context={"path": path}
            )
    if not stat.S_ISREG(mode):
        return None
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read()


def write_worktree_file(git: GitRepository, path: str, content: bytes | None) -> None:
    """Replace a file at once, or remove it (``None``), never through a link. Raises InvalidInput (``symlink``)."""
    assert git.worktree is not None
    if read_worktree_file(git, path) == content:
        return
    file = git.worktree / path
    if content is None:
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == git.worktree or any(folder.iterdir()):
                break
            folder.rmdir()
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f".{file.name[:100]}.{secrets.token_hex(4)}")
        temporary.write_bytes(content)
        temporary.replace(file)
    except OSError as error:
        raise RepositoryError(
            f"'{path}' cannot be written: {error.strerror}", code="no-permission"
        ) from error


def _refresh(checkout: Checkout) -> None:
    """Have git look at the files again: a copied or touched file is no local change."""
    run_git(
        checkout.worktree,
        ["update-index", "-q", "--refresh"],
        environment=_environment(checkout),
        accept=(0, 1),
    )


def _read_tree(old: str | None, new: str, how: str) -> list[str]:
    flags = ["-m", "-u", "-n"] if how == "-n" else ["-m", "-u"]
    return ["read-tree", *flags, old or EMPTY_TREE, new]


def _environment(checkout: Checkout) -> dict[str, str]:
    return {"GIT_DIR": str(checkout.git_dir), "GIT_WORK_TREE": str(checkout.worktree)}


def _is_bare(git: GitRepository) -> bool:
    try:
        return bool(git.raw.config.get_bool("core.bare"))
    except KeyError:
        return False


def _head(folder: Path) -> str | None:
    try:
        text = (folder / "HEAD").read_text("utf-8", "surrogateescape").strip()
    except FileNotFoundError:
        return None
    return text.removeprefix("ref:").strip() if text.startswith("ref:") else None
