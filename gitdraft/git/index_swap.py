"""A worktree that follows its branch: files first, then the index at once, under git's own lock on it.

git's `index.lock` is held from before the branch's move is recorded until the branch has moved, so that nobody can commit an
index that is older than HEAD: what such a commit leaves out would silently be taken back.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import CompletedProcess

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.kept_files import KeptFiles, keep_files
from gitdraft.git.layout import common_folder
from gitdraft.git.lock_records import LockRecord, locked_by_another, recorded_locks, wait_for_locks
from gitdraft.git.objects import unwritable
from gitdraft.git.values import EMPTY_TREE
from gitdraft.git.worktrees import Checkout
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex

IN_THE_WAY = regex(r"(?:Entry|Updating|file) '(.*)' (?:not uptodate|would )", re.DOTALL)
NOT_REMOVED = "unable to unlink"
UNMERGED = "resolve your current index"
ATTEMPTS = 3
WITHOUT_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)  # of a file system


@dataclass(slots=True)
class IndexSwap:
    """The locked index of a worktree, and the copy of it that takes its place."""

    checkout: Checkout
    copy: Path
    record: LockRecord | None = None
    is_locked: bool = False
    kept: KeptFiles | None = None

    @property
    def lock_file(self) -> Path:
        """git's lock on the index."""
        return self.checkout.git_dir / "index.lock"

    @property
    def index(self) -> Path:
        """The index that git reads."""
        return self.checkout.git_dir / "index"

    @property
    def comparing(self) -> Path:
        """An index made to compare the worktree with a tree."""
        return self.copy.with_name(f"{self.copy.name}.compare")

    def obstacles(self, old: str | None, new: str) -> list[str]:
        """The paths that keep the worktree from following its branch from ``old`` to ``new``; empty when none does.

        A file that git ignores is none, as for `git merge`.
        """
        try:
            self._read_tree(old, new, "-n")
        except RepositoryError as error:
            stderr = error.context.get("stderr", "")
            paths = IN_THE_WAY.findall(stderr)
            if UNMERGED in stderr:
                listing = self.run(["diff", "--name-only", "--diff-filter=U", "-z"]).stdout
                paths = sorted(set(listing.decode("utf-8", "surrogateescape").split("\0")) - {""})
            if not paths:
                raise
            return paths
        return []

    def write_files(self, old: str | None, new: str, paths: Iterable[str]) -> None:
        """Brings the files, and the copy of the index, from ``old`` to ``new``; until that is published, ``put_back`` brings those at
        ``paths`` back. Raises RepositoryError where a file is in the way or the disk refuses."""
        self.kept = keep_files(self.checkout.worktree, self.checkout.git_dir, paths)
        said = self._read_tree(old, new).stderr.decode("utf-8", "replace")
        if NOT_REMOVED in said:  # which git only warns of
            raise unwritable(said.strip().partition("\n")[0])

    def put_back(self) -> None:
        """Has the files as they were before ``write_files``, where the index is; takes no room on the disk. Raises RepositoryError
        when the disk refuses that too."""
        if self.kept is not None:
            self.kept.put_back()

    def publish(self) -> None:
        """Puts the copy in the index's place at once, and takes the lock away. Raises RepositoryError when the disk refuses."""
        try:
            self.copy.replace(self.index)
        except OSError as error:
            raise unwritable(f"{self.index}: {error.strerror}") from error
        self._drop_kept()
        self._unlock()

    def lock(self) -> None:
        """Takes git's lock and copies the index that is there. Raises RepositoryError (``locked``) where another process
        keeps the lock."""
        for attempt in range(ATTEMPTS):
            wait_for_locks(common_folder(self.checkout.git_dir), [self.lock_file])
            try:
                self._make_lock()
            except FileExistsError:
                if attempt == ATTEMPTS - 1:
                    raise locked_by_another(self.lock_file) from None
            except OSError as error:
                raise unwritable(f"{self.lock_file}: {error.strerror}") from error
            else:
                self.is_locked = True
                break
        self.copy_index()

    def _make_lock(self) -> None:
        """Makes git's lock at once with a text that says whose it is: after a kill it is told from another's. Raises OSError."""
        self.copy.write_text(lock_text(self.copy), "utf-8")
        try:
            os.link(self.copy, self.lock_file)
        except OSError as error:
            if error.errno not in WITHOUT_LINKS:
                raise
            with self.lock_file.open("x", encoding="utf-8") as stream:
                stream.write(lock_text(self.copy))

    def copy_index(self) -> None:
        """Copies the index that is there. Raises RepositoryError when the disk refuses."""
        try:
            self.copy.unlink(missing_ok=True)
            lock_of(self.copy).unlink(missing_ok=True)  # a git's that was killed
            with suppress(FileNotFoundError):
                shutil.copy2(self.index, self.copy)
        except OSError as error:
            raise unwritable(f"{self.copy}: {error.strerror}") from error

    def release(self) -> None:
        """Takes the lock away, where it is still held, and the copy. What the disk keeps is left to the next writer."""
        for file in (self.copy, lock_of(self.copy)):
            with suppress(OSError):
                file.unlink(missing_ok=True)
        self._drop_kept()
        self._unlock()

    def _drop_kept(self) -> None:
        if self.kept is not None:
            self.kept.drop()
            self.kept = None

    def _unlock(self) -> None:
        if not self.is_locked:
            return
        try:
            self.lock_file.unlink(missing_ok=True)
        except OSError:
            if self.record is not None:
                self.record.keep()
        self.is_locked = False

    def _read_tree(self, old: str | None, new: str, *options: str) -> CompletedProcess[bytes]:
        self.run(["update-index", "-q", "--refresh"], accept=(0, 1))
        return self.run(["read-tree", "-m", "-u", *options, old or EMPTY_TREE, new])

    def run(
        self,
        arguments: Sequence[str],
        *,
        stdin: bytes = b"",
        accept: Sequence[int] = (0,),
        index: Path | None = None,
    ) -> CompletedProcess[bytes]:
        """Runs git in the worktree on the copy, or on another ``index``. Raises what ``run_git`` does."""
        environment = {
            "GIT_DIR": str(self.checkout.git_dir),
            "GIT_WORK_TREE": str(self.checkout.worktree),
            "GIT_INDEX_FILE": str(index or self.copy),
        }
        return run_git(
            self.checkout.worktree,
            arguments,
            stdin=stdin,
            environment=environment,
            accept=accept,
        )


@contextmanager
def index_swap(checkout: Checkout, token: str) -> Iterator[IndexSwap]:
    """Holds git's lock on the index of a worktree, recorded with the gits that work on it; ``token`` makes the name of the copy.
    Raises RepositoryError (``locked``)."""
    copy = checkout.git_dir / f"gitdraft-index.{token}"
    locks = {checkout.git_dir / "index.lock": (lock_text(copy),)}
    swap = IndexSwap(checkout, copy)
    own = [one for file in (copy, swap.comparing) for one in (file, lock_of(file))]
    with recorded_locks(common_folder(checkout.git_dir), locks, own) as swap.record:
        try:
            swap.lock()
            yield swap
        finally:
            swap.release()


def lock_text(copy: Path) -> str:
    """Returns what an `index.lock` of ours holds."""
    return f"gitdraft {copy.name}"


def lock_of(file: Path) -> Path:
    """Returns the lock of an index at another place."""
    return file.with_name(f"{file.name}.lock")


@contextmanager
def index_copy(checkout: Checkout, token: str) -> Iterator[IndexSwap]:
    """A copy of the index to look at; nothing is locked, and nothing can be published."""
    swap = IndexSwap(checkout, checkout.git_dir / f"gitdraft-index.{token}")
    try:
        swap.copy_index()
        yield swap
    finally:
        swap.release()
