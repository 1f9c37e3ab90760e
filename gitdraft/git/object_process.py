"""Objects as a `git cat-file --batch` reads them: for a command that reads a few, since to load libgit2 takes longer.

It knows what git knows (alternates, packs that a gc has just made). What it does not answer plainly (an object that is
missing, or damaged) is for libgit2 to judge.
"""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gitdraft.git.spawned import PIECE, SpawnedGit, spawn_git
from gitdraft.model.names import Oid

MISSING = "missing"
SMALL = (
    1 << 13
)  # bytes of an object that is kept: several parts of a command ask for the same commits and trees


class ObjectProcess:
    """A git that is asked for one object after another; started when it is first asked, ended with this value."""

    def __init__(self, git_dir: Path) -> None:
        self.asked = 0
        self._answered: dict[Oid, tuple[str, bytes]] = {}
        self._git_dir = git_dir
        self._turn = allocate_lock()
        self._git: SpawnedGit | None = None
        self._owner = os.getpid()
        self._is_in_step = True

    def read(self, oid: Oid) -> tuple[str, bytes] | None:
        """Returns type and content of an object; ``None`` where git does not say, for whatever reason."""
        known = self._answered.get(oid)
        if known is not None:
            return known
        with self._turn:
            if not self._is_in_step or self._owner != os.getpid():
                return None
            self._is_in_step = False  # until the whole answer is read: a signal may come between
            try:
                answer = self._ask(oid)
            except OSError:
                answer = None
            self._is_in_step = answer is not None
            self.asked += 1
            if answer is None or answer[0] == MISSING:
                return None
            if len(answer[1]) <= SMALL:
                self._answered[oid] = answer
            return answer

    def forget(self, oid: Oid) -> None:
        """Has git asked for an object again, though it has answered."""
        self._answered.pop(oid, None)

    def end(self) -> None:
        """Ends the process, where it runs."""
        git, self._git, self._is_in_step = self._git, None, False
        if git is not None and self._owner == os.getpid():
            with suppress(ChildProcessError):
                git.close()

    def __del__(self, is_last: Callable[[], bool] = sys.is_finalizing) -> None:
        if not is_last():  # else the system closes what is open, which ends it, too
            self.end()

    def _ask(self, oid: Oid) -> tuple[str, bytes] | None:
        if self._git is None:
            self._git = spawn_git(self._git_dir, ["cat-file", "--batch"])
        os.write(self._git.stdin, f"{oid}\n".encode())
        stdout = self._git.stdout
        answer = os.read(stdout, PIECE)
        while b"\n" not in answer:
            if not (piece := os.read(stdout, PIECE)):
                return None
            answer += piece
        head, _, content = answer.partition(b"\n")
        _, type_name, *size = head.decode().split(" ")
        if not size:  # `<oid> missing`
            return MISSING, b""
        pieces, left = [content], int(size[0]) + 1 - len(content)
        while left > 0:
            if not (piece := os.read(stdout, left)):
                return None
            pieces.append(piece)
            left -= len(piece)
        return type_name, b"".join(pieces)[:-1]
