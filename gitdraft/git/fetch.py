"""Fetching beside other work: git talks to the remote in a process of its own, and nobody waits for it."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from typing import IO

from gitdraft.errors import RepositoryError, without_credentials
from gitdraft.git.commands import PATIENCE, run_git
from gitdraft.git.credentials import remote_environment
from gitdraft.git.repository import GitRepository
from gitdraft.git.settings import find_remote
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import RefName

ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")


@dataclass(frozen=True, slots=True)
class Upstream:
    """The remote that a branch follows, and the ref that remembers where the branch is there."""

    remote: str
    ref: RefName


def find_upstream(git: GitRepository, branch: str) -> Upstream:
    """Returns what the branch (`refs/heads/…`) is set to follow, else its namesake of `origin`, or of the only remote.

    Raises NotFound (``no-remote``).
    """
    where = {"GIT_DIR": str(git.path)}
    shown = ["for-each-ref", "--format=%(upstream:remotename)%00%(upstream)", branch]
    remote, _, ref = run_git(git.path, shown, environment=where).stdout.decode().strip().partition("\0")
    if remote and ref.startswith("refs/remotes/"):
        return Upstream(remote, RefName(ref))
    short = branch.removeprefix("refs/heads/")
    name = find_remote(git, short)
    return Upstream(name, RefName(f"refs/remotes/{name}/{short}"))


class Fetch:
    """A `git fetch` that is on its way."""

    def __init__(self, git: GitRepository, remote: str) -> None:
        """Starts it. The credentials, agents and proxies that git knows of are as in the user's shell; nobody is
        asked for a password. Raises RepositoryError when git cannot be started."""
        mine = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        try:
            self._process = subprocess.Popen(
                ["git", "fetch", "--quiet", "--no-write-fetch-head", "--no-recurse-submodules", "--", remote],
                cwd=git.worktree or git.path,
                env={
                    **mine,
                    **remote_environment(git.raw, remote),
                    "GIT_DIR": str(git.path),
                    "GIT_TERMINAL_PROMPT": "0",
                    "LC_ALL": "C",
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                start_new_session=True,  # what git starts ends with it
            )
        except OSError as error:
            self._said.close()
            raise RepositoryError(f"git cannot be started: {error.strerror}", code="no-git") from error

    def is_done(self) -> bool:
        """Returns whether git has ended. Raises RepositoryError (``fetch``), with git's own words, when it failed."""
        if self._process.poll() is None:
            return False
        self._said.seek(0)
        said = self._said.read(4000).decode("utf-8", "replace").strip()
        said = without_credentials(said)
        self._said.close()
        if self._process.returncode:
            lines = [line for line in said.splitlines() if line.startswith(("fatal: ", "error: "))]
            sentence = (lines or said.splitlines() or ["it was stopped"])[0]
            raise RepositoryError(
                f"git fetch: {sentence.removeprefix('fatal: ').removeprefix('error: ')}",
                code="fetch",
                context={"stderr": said},
            )
        return True

    def stop(self) -> None:
        """Ends it, done or not."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._said.close()
