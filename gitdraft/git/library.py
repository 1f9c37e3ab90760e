"""libgit2, opened with the settings under which gitdraft uses it. To load it takes longer than many a command: it is imported
where it is used, this module too."""

from __future__ import annotations

import shlex
import threading
from pathlib import Path

import pygit2 as pygit2  # noqa: PLC0414 (mypy takes no other form for exported)
from pygit2.enums import RepositoryOpenFlag

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.layout import leads_to

_UNVALIDATED = threading.Lock()  # libgit2 has one setting for all threads
NO_SEARCH = RepositoryOpenFlag.NO_SEARCH
FROM_ENVIRONMENT = RepositoryOpenFlag.FROM_ENV
UPWARDS = RepositoryOpenFlag(0)

pygit2.settings.enable_fsync_gitdir(True)
pygit2.settings.mwindow_size = 1 << 20  # of packs it would have all in memory that it has ever read
pygit2.settings.mwindow_mapped_limit = 1 << 24
pygit2.settings.set_extensions(["partialclone"])  # what is missing there is fetched here


def discover(start: Path, ceilings: str) -> Path | None:
    """Returns the git directory that git finds upwards from ``start``; ``None`` where there is none. Raises RepositoryError."""
    try:
        git_dir = pygit2.discover_repository(str(start), False, ceilings)
    except pygit2.GitError as error:
        raise unopenable(start, str(error)) from error
    return None if git_dir is None else Path(git_dir)


def open_raw(path: Path, flags: RepositoryOpenFlag) -> pygit2.Repository:
    """Returns what libgit2 opens. Of a repository that belongs to somebody else git is asked whether it may be used: libgit2
    reads `safe.directory` from two files alone, git from the environment and its command line too. A git directory that is
    named, git always uses. Raises RepositoryError."""
    try:
        return pygit2.Repository(str(path), flags)
    except pygit2.GitError as error:
        is_named = flags != UPWARDS
        if "owned" not in str(error) or not (is_named or _is_safe_for_git(path)):
            raise unopenable(path, str(error)) from error
    with _UNVALIDATED:
        pygit2.settings.owner_validation = False
        try:
            return pygit2.Repository(str(path), flags)
        except pygit2.GitError as error:
            raise unopenable(path, str(error)) from error
        finally:
            pygit2.settings.owner_validation = True


def _is_safe_for_git(path: Path) -> bool:
    return run_git(path, ["rev-parse", "--git-dir"], accept=range(256)).returncode == 0


def worktree_of(raw: pygit2.Repository) -> Path | None:
    """Returns the folder with the files. libgit2 takes the folder around a git directory for the worktree even where no `.git` there leads to it."""
    workdir: str | None = raw.workdir
    if workdir is None:
        return None
    path, folder = Path(raw.path), Path(workdir)
    is_known = (path / "commondir").exists() or "core.worktree" in raw.config or leads_to(folder, path)
    return folder if is_known else None


def unopenable(start: Path, message: str) -> RepositoryError:
    """Returns the error for what libgit2 does not open, by its own words."""
    if "owned" in message:
        above = start.absolute()
        top = next((folder for folder in (above, *above.parents) if (folder / ".git").exists()), above)
        return RepositoryError(
            f"'{top}' belongs to another user",
            code="unsafe-ownership",
            hint=f"git config --global --add safe.directory {shlex.quote(str(top))}",
        )
    if "unsupported" in message:
        return RepositoryError(
            f"this repository cannot be used: {message.rpartition(': ')[2]}",
            code="unsupported-repository",
            hint="git clone makes one without that",
        )
    return RepositoryError(
        f"'{start}' cannot be opened: {message}", code="damaged-repository", hint="git fsck"
    )
