"""A worktree that follows its branch: files first, then the index at once, under git's own lock on it.

git's `index.lock` is held from before the branch's move is recorded until the branch has moved, so that nobody can commit an
index that is older than HEAD: what such a commit leaves out would silently be taken back.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.layout import common_folder
from gitdraft.git.lock_records import locked_by_another, wait_for_locks
from gitdraft.git.objects import unwritable
from gitdraft.git.values import EMPTY_TREE
from gitdraft.git.worktrees import Checkout

IN_THE_WAY = re.compile(r"(?:Entry|Updating|file) '(.*)' (?:not uptodate|would )", re.DOTALL)
UNMERGED = "resolve your current index"
ATTEMPTS = 3


@dataclass(slots=True)
class IndexSwap:
    """The locked index of a worktree, and the copy of it that takes its place."""

    checkout: Checkout
    copy: Path
    is_locked: bool = False

    @property
    def lock_file(self) -> Path:
        """git's lock on the index."""
        return self.checkout.git_dir / "index.lock"

    @property
    def index(self) -> Path:
        """The index that git reads."""
        return self.checkout.git_dir / "index"

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

    def write_files(self, old: str | None, new: str) -> None:
        """Brings the files, and the copy of the index, from ``old`` to ``new``. Raises RepositoryError where a file is in the
        way or the disk refuses."""
        self._read_tree(old, new)

    def publish(self) -> None:
        """Puts the copy in the index's place, still under the lock's name until the last moment, as git does."""
        try:
            self.copy.replace(self.lock_file)
            self.lock_file.replace(self.index)
        except OSError as error:
            raise unwritable(f"{self.index}: {error.strerror}") from error
        self.is_locked = False

    def lock(self) -> None:
        """Takes git's lock and copies the index that is there. Raises RepositoryError (``locked``) where another process
        keeps the lock."""
        for attempt in range(ATTEMPTS):
            wait_for_locks(common_folder(self.checkout.git_dir), [self.lock_file])
            try:
                os.close(os.open(self.lock_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            except FileExistsError:
                if attempt == ATTEMPTS - 1:
                    raise locked_by_another(self.lock_file) from None
            except OSError as error:
                raise unwritable(f"{self.lock_file}: {error.strerror}") from error
            else:
                self.is_locked = True
                break
        self.copy_index()

    def copy_index(self) -> None:
        """Copies the index that is there. Raises RepositoryError when the disk refuses."""
        try:
            self.copy.unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                shutil.copy2(self.index, self.copy)
        except OSError as error:
            raise unwritable(f"{self.copy}: {error.strerror}") from error

    def release(self) -> None:
        """Takes the lock away, where it is still held, and the copy."""
        for file in (self.copy, *([self.lock_file] if self.is_locked else [])):
            with suppress(OSError):
                file.unlink()
        self.is_locked = False

    def _read_tree(self, old: str | None, new: str, *options: str) -> None:
        self.run(["update-index", "-q", "--refresh"], accept=(0, 1))
        self.run(["read-tree", "-m", "-u", *options, old or EMPTY_TREE, new])

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
        return run_git(self.checkout.worktree, arguments, stdin=stdin, environment=environment, accept=accept)


@contextmanager
def index_swap(checkout: Checkout, token: str) -> Iterator[IndexSwap]:
    """Holds git's lock on the index of a worktree; ``token`` makes the name of the copy. Raises RepositoryError (``locked``)."""
    swap = IndexSwap(checkout, checkout.git_dir / f"gitdraft-index.{token}")
    try:
        swap.lock()
        yield swap
    finally:
        swap.release()


@contextmanager
def index_copy(checkout: Checkout, token: str) -> Iterator[IndexSwap]:
    """A copy of the index to look at; nothing is locked, and nothing can be published."""
    swap = IndexSwap(checkout, checkout.git_dir / f"gitdraft-index.{token}")
    try:
        swap.copy_index()
        yield swap
    finally:
        swap.release()
