"""One lock for all writers: `flock` on a file in the common git directory, released by the kernel with the process."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gitdraft.errors import RepositoryError
from gitdraft.git.lock_records import (
    clear_dead_locks,
    has_dead_records,
    recorded_locks,
)
from gitdraft.git.objects import unwritable
from gitdraft.git.repository import GitRepository

LOCK = "writers.lock"
PATIENCE = 30.0
PAUSE = 0.01


@contextmanager
def writers_lock(git: GitRepository, *, timeout: float = PATIENCE) -> Iterator[None]:
    """Waits for the lock, at most ``timeout`` seconds. Raises RepositoryError (``locked``) naming the holder."""
    folder = git.common / "gitdraft"
    try:
        folder.mkdir(exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise unwritable(f"{folder}: {error.strerror}") from error
    try:
        _wait(descriptor, timeout)
        note = f"{os.getpid()} {' '.join(sys.argv)[:200]}\n".encode("utf-8", "replace")
        with suppress(OSError):  # the note is for people: on a full disk there is none
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, note, 0)
        yield
    finally:
        os.close(descriptor)


def is_writing(git: GitRepository) -> bool:
    """Returns whether a living process holds the writers' lock."""
    return is_held(git.common / "gitdraft" / LOCK, fcntl.LOCK_SH)


def is_held(file: Path, probe: int) -> bool:
    """Returns whether a living process holds a lock on the file that keeps the ``probe`` (of flock(2): `LOCK_SH`, `LOCK_EX`) away."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, probe | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def locking_git(git: GitRepository, *locks: Path) -> Iterator[None]:
    """Records, for a git that is started in the `with`, the locks that it makes; a folder stands for those below it. What dead writers
    left is cleared before. The caller does not hold the writers' lock.

    Raises RepositoryError (``locked``).
    """
    if has_dead_records(git.common):
        with writers_lock(git):
            clear_dead_locks(git.common)
    with recorded_locks(git.common, dict.fromkeys(locks)):
        yield


def _wait(descriptor: int, timeout: float) -> None:
    until = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                holder = os.pread(descriptor, 300, 0).decode("utf-8", "replace").strip()
                raise RepositoryError(
                    "another gitdraft process is writing", code="locked", hint=f"it is process {holder}"
                ) from None
            time.sleep(PAUSE)
        else:
            return
