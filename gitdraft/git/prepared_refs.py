"""Refs that are locked and compared, and move when everything else is ready: the first phase of git's ref transaction."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import killed_by_signal, start_git, translate_failure
from gitdraft.git.known_refs import read_ref
from gitdraft.git.lock_records import remove_left_locks
from gitdraft.git.refs import lock_files, moved_by_another
from gitdraft.git.repository import GitRepository
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.operations import RefMove

COMMAND = "update-ref"
ZERO = "0" * 40


@dataclass(frozen=True, slots=True)
class PreparedRefs:
    """A git that holds the locks of these refs, each at its old value."""

    process: subprocess.Popen[bytes]
    errors: IO[bytes]
    git: GitRepository

    def commit(self) -> None:
        """Moves the refs. Raises RepositoryError when git could not."""
        self.send("commit")
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        if self.process.wait():
            raise self.failure()

    def send(self, *commands: str) -> None:
        """Hands over commands and waits for git's answer to the last one. Raises RepositoryError for a refusal."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        content = "".join(f"{command}\0" for command in commands).encode("utf-8", "surrogateescape")
        try:
            self.process.stdin.write(content)
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise self.failure() from error
        word = commands[-1].encode()
        while line := self.process.stdout.readline():
            if line.rstrip() == word + b": ok":
                return
        raise self.failure()

    def failure(self) -> RepositoryError:
        """The error that git's own words make."""
        if self.process.wait() < 0:
            return killed_by_signal(COMMAND, -self.process.returncode)
        self.errors.seek(0)
        return translate_failure(
            self.git.path, COMMAND, self.errors.read().decode("utf-8", "replace").strip()
        )


@contextmanager
def prepared_refs(git: GitRepository, moves: Sequence[RefMove]) -> Iterator[PreparedRefs]:
    """Locks the refs of ``moves`` and compares each with its old value; they move by ``commit``, and not at all without it.

    Raises Moved where a ref stands elsewhere, RepositoryError where a lock is another's.
    """
    with tempfile.TemporaryFile() as errors:
        process = start_git(
            git.path,
            [COMMAND, "-m", "gitdraft", "--no-deref", "--stdin", "-z"],
            settings={"core.fsync": "reference", "core.filesRefLockTimeout": "2000"},
            environment={"GIT_DIR": str(git.path)},
            errors=errors,
        )
        refs = PreparedRefs(process, errors, git)
        try:
            updates = [
                f"delete {move.name}\0{move.old}"
                if move.new is None
                else f"update {move.name}\0{move.new}\0{move.old or ZERO}"
                for move in moves
            ]
            try:
                refs.send("start", *updates, "prepare")
            except RepositoryError as error:
                for move in moves:
                    actual = read_ref(git, move.name)
                    if actual not in (move.old, move.new):
                        raise moved_by_another(move, actual) from error
                raise
            yield refs
        finally:
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.close()  # git takes its locks away at the end of its input
            if process.wait() < 0:
                remove_left_locks(git.common, lock_files(git, moves))
            assert process.stdout is not None
            process.stdout.close()
