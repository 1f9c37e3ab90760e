"""Starting git without the library for processes, which takes longer to load than git takes to answer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gitdraft.git.sealed import git_command, sealed

PIECE = 1 << 16  # bytes
READS = "GITDRAFT_READS"  # in the environment of a git that writes nothing, and so holds no lock


class SpawnedGit(NamedTuple):
    """A running git, and the descriptors of its standard input and output; it is ended by ``close``."""

    pid: int
    stdin: int
    stdout: int

    def close(self) -> int:
        """Closes both, waits for its end, and returns its exit code."""
        os.close(self.stdin)
        os.close(self.stdout)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def spawn_git(git_dir: Path, arguments: Sequence[str]) -> SpawnedGit:
    """Starts a git that reads a repository; what it says on standard error is dropped. Raises OSError."""
    theirs, stdin = os.pipe()
    stdout, printed = os.pipe()
    try:
        pid = os.posix_spawnp(
            "git",
            git_command(arguments),
            sealed({"GIT_DIR": str(git_dir), READS: "1"}),
            file_actions=[
                (os.POSIX_SPAWN_DUP2, theirs, 0),
                (os.POSIX_SPAWN_DUP2, printed, 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
        )
    except OSError:
        os.close(stdin)
        os.close(stdout)
        raise
    finally:
        os.close(theirs)
        os.close(printed)
    return SpawnedGit(pid, stdin, stdout)


def output_of_git(git_dir: Path, arguments: Sequence[str]) -> bytes | None:
    """Returns what git prints; ``None`` where it fails."""
    try:
        git = spawn_git(git_dir, arguments)
    except OSError:
        return None
    pieces = []
    try:
        while piece := os.read(git.stdout, PIECE):
            pieces.append(piece)
    finally:
        code = git.close()
    return None if code else b"".join(pieces)
