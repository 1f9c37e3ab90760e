"""The files of a worktree that git is about to replace, kept beside so that they come back where the disk refuses: by a second
name each, which takes no room and is put back by a rename."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gitdraft.git.objects import unwritable

FOLDER = Path("gitdraft/kept")  # of the worktree's git directory
NOT_LINKED = (errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """Paths of a worktree, each with where its file is kept; ``None`` where there was none."""

    worktree: Path
    folder: Path
    files: Mapping[Path, Path | None]

    def put_back(self) -> None:
        """Puts every file back. Raises RepositoryError where the disk refuses that."""
        try:
            for path, kept in self.files.items():
                if kept is None:
                    remove_with_folders(self.worktree, path)
            for path, kept in self.files.items():
                if kept is not None:
                    _put_back(self.worktree / path, kept)
        except OSError as error:
            raise unwritable(f"{self.worktree}: {error.strerror}") from error

    def drop(self) -> None:
        """Gives the second names up. What the disk keeps of them goes with the next ones."""
        shutil.rmtree(self.folder, ignore_errors=True)


def keep_files(worktree: Path, git_dir: Path, paths: Iterable[str]) -> KeptFiles:
    """Keeps what stands at these paths; the caller holds the writers' lock. Raises RepositoryError where the disk
    refuses: then nothing has changed."""
    files: dict[Path, Path | None] = {}
    kept = KeptFiles(worktree, git_dir / FOLDER, files)
    kept.drop()
    try:
        kept.folder.mkdir(parents=True)
        for number, path in enumerate(paths):
            file, second = worktree / path, kept.folder / str(number)
            is_file = os.path.lexists(file) and not (file.is_dir() and not file.is_symlink())
            files[Path(path)] = second if is_file else None
            if is_file:
                _link(file, second)
    except OSError as error:
        kept.drop()
        raise unwritable(f"{kept.folder}: {error.strerror}") from error
    return kept


def remove_with_folders(worktree: Path, path: Path) -> None:
    """Removes a file, where there is one, and the folders that this leaves empty. Raises OSError."""
    with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
        (worktree / path).unlink()
    for above in (worktree / path).parents:
        if above == worktree:
            break
        try:
            above.rmdir()
        except OSError:  # not empty
            break


def _link(file: Path, second: Path) -> None:
    try:
        os.link(file, second, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NOT_LINKED:
            raise
        shutil.copy2(file, second, follow_symlinks=False)


def _put_back(file: Path, kept: Path) -> None:
    if os.path.lexists(file):
        if os.path.samestat(file.lstat(), kept.lstat()):
            return
        if file.is_dir() and not file.is_symlink():
            file.rmdir()
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(kept, file)
