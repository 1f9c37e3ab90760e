"""The files of a worktree that git is about to replace, kept beside so that they come back where the disk refuses: by a second
name each, which takes no room and is put back by a rename."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from gitdraft.git.objects import unwritable
from gitdraft.git.safe_files import write_note
from gitdraft.lazy_dataclass import dataclass

FOLDER = Path("gitdraft/kept")  # of the worktree's git directory
NOTE = FOLDER / "note.json"
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

    def note(self, commit: str) -> None:
        """Notes which files these are, and the commit that they go to: a kill leaves that to the next command. Raises
        RepositoryError when the disk refuses."""
        files = {os.fspath(path): kept and kept.name for path, kept in self.files.items()}
        write_note(self.folder / NOTE.name, json.dumps({"commit": commit, "files": files}))

    def drop(self) -> None:
        """Gives the second names up. What the disk keeps of them goes with the next ones."""
        with suppress(OSError):
            (self.folder / NOTE.name).unlink(missing_ok=True)  # first: it speaks of the others
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


def noted_files(worktree: Path, git_dir: Path) -> tuple[KeptFiles, str] | None:
    """Returns the files that a killed process kept and noted, and the commit that they were to go to; ``None`` where none are."""
    try:
        note = json.loads((git_dir / NOTE).read_text("utf-8"))
        folder = git_dir / FOLDER
        files = {Path(path): name and folder / name for path, name in note["files"].items()}
        return KeptFiles(worktree, folder, files), str(note["commit"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def move_aside(worktree: Path, path: str, folder: Path) -> None:
    """Moves what stands at a path to the same path below ``folder``. Raises RepositoryError when the disk refuses."""
    source, target = worktree / path, folder / path
    if not os.path.lexists(source):
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
    except OSError as error:
        raise unwritable(f"{source}: {error.strerror}") from error


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
