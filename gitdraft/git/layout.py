"""Where a repository's folders are: the git directory that its worktrees share, and the main worktree.

A wrong answer would have files written into a folder that is nobody's worktree, so nothing is guessed here.
"""

from __future__ import annotations

import os
from pathlib import Path

from gitdraft.errors import RepositoryError


def common_folder(git_dir: Path) -> Path:
    """Returns the git directory that all worktrees share; ``git_dir`` itself unless that is a linked worktree's."""
    pointed = pointer(git_dir / "commondir")
    return (git_dir / pointed).resolve() if pointed is not None else git_dir


def main_worktree(common: Path) -> Path | None:
    """Returns the folder with the files of the repository whose common git directory this is.

    ``None`` when it is bare, and when its place cannot be known from here: a git directory of another name than
    `.git` says nothing of the folder whose `.git` file or link leads to it.
    """
    settings = local_settings(common)
    if settings.get("core.bare", "").lower() in ("true", "yes", "on", "1"):
        return None
    configured = settings.get("core.worktree")
    if configured is not None:
        return Path(os.path.normpath(common / configured))
    return common.parent if leads_to(common.parent, common) else None


def leads_to(folder: Path, git_dir: Path) -> bool:
    """Returns whether git, started in ``folder``, finds ``git_dir`` through the `.git` there."""
    if not (folder / ".git").exists():
        return False
    import pygit2

    try:
        discovered = pygit2.discover_repository(str(folder))
    except pygit2.GitError:
        return False
    return discovered is not None and Path(discovered).resolve() == git_dir.resolve()


def local_settings(common: Path) -> dict[str, str]:
    """Returns the repository's own configuration, that of its main worktree included; names in lower case.

    Raises RepositoryError (``damaged-repository``) when it cannot be read.
    """
    import pygit2

    settings: dict[str, str] = {}
    for file in (common / "config", common / "config.worktree"):
        if not file.exists():
            continue
        try:
            settings |= {entry.name.lower(): entry.value or "" for entry in pygit2.Config(str(file))}
        except (OSError, pygit2.GitError, ValueError) as error:
            raise RepositoryError(f"{file} cannot be read: {error}", code="damaged-repository") from error
    return settings


def pointer(file: Path) -> str | None:
    """Returns the path in one of git's pointer files, ``None`` when there is no such file."""
    try:
        return os.fsdecode(file.read_bytes()).rstrip("\n")
    except (FileNotFoundError, NotADirectoryError):
        return None
