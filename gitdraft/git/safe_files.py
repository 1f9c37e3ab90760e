"""Files below a folder, never through a symbolic link: what a link points to is not the repository's."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gitdraft.errors import InvalidInput
from gitdraft.git.objects import unwritable
from gitdraft.git.trees import check_name


def read_below(root: Path, path: str) -> bytes | None:
    """Returns the content of the regular file at ``path`` ("a/b.json"), ``None`` when there is none.

    Raises InvalidInput: ``symlink`` where a link stands anywhere on the way, ``forbidden-name`` for a path that
    no tree may hold.
    """
    with _folder_of(root, path) as target:
        if target is None:
            return None
        folder, name = target
        if _file_mode(folder, name, path) is None:
            return None
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        with os.fdopen(descriptor, "rb") as stream:
            return stream.read()


def write_below(root: Path, path: str, content: bytes) -> None:
    """Replaces the file at ``path`` at once, its mode kept; the folders on the way are made.

    Raises InvalidInput as ``read_below`` does, RepositoryError when the disk refuses.
    """
    try:
        with _folder_of(root, path, make=True) as target:
            assert target is not None
            _replace(*target, path, content)
    except OSError as error:
        raise unwritable(f"{path}: {error.strerror}") from error


def remove_below(root: Path, path: str) -> None:
    """Removes the file at ``path`` and the folders that this leaves empty. Raises as ``write_below`` does."""
    try:
        with _folder_of(root, path) as target:
            if target is None:
                return
            folder, name = target
            _file_mode(folder, name, path)
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
    except OSError as error:
        raise unwritable(f"{path}: {error.strerror}") from error
    for above in [above for above in Path(path).parents if above.name]:
        try:
            (root / above).rmdir()
        except OSError:  # not empty
            break


def write_note(file: Path, text: str | None) -> None:
    """Replaces a file of gitdraft's own at once; ``None`` removes it. Raises RepositoryError when the disk refuses."""
    try:
        if text is None:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(exist_ok=True)
        temporary = file.with_suffix(".new")
        temporary.write_text(text, "utf-8")
        temporary.replace(file)
    except OSError as error:
        raise unwritable(f"{file}: {error.strerror}") from error


@contextmanager
def _folder_of(root: Path, path: str, *, make: bool = False) -> Iterator[tuple[int, str] | None]:
    """Yields an open descriptor of the folder that holds ``path``, and the last name; ``None`` where there is no such
    folder."""
    names = path.split("/")
    for name in names:
        check_name(name)
    opened = [os.open(root, os.O_RDONLY | os.O_DIRECTORY)]
    try:
        for name in names[:-1]:
            below = _open_folder(opened[-1], name, path, make=make)
            if below is None:
                yield None
                return
            opened.append(below)
        yield opened[-1], names[-1]
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _open_folder(above: int, name: str, path: str, *, make: bool) -> int | None:
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=above)
    mode = _mode(above, name, path)
    if mode is None or (not make and not stat.S_ISDIR(mode)):
        return None
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)


def _file_mode(folder: int, name: str, path: str) -> int | None:
    """Returns the permissions of a regular file, ``None`` when it is none."""
    mode = _mode(folder, name, path)
    return stat.S_IMODE(mode) if mode is not None and stat.S_ISREG(mode) else None


def _mode(folder: int, name: str, path: str) -> int | None:
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(mode):
        raise InvalidInput(f"'{path}' leads through a symbolic link", code="symlink", context={"path": path})
    return mode


def _replace(folder: int, name: str, path: str, content: bytes) -> None:
    mode = _file_mode(folder, name, path)
    temporary = f".{os.urandom(8).hex()}.gitdraft"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            if mode is not None:
                os.fchmod(stream.fileno(), mode)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
