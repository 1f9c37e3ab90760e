"""Running git: no shell, no hooks, no pager, an environment in which nothing points elsewhere."""

from __future__ import annotations

import os
import re
import select
import shlex
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from pathlib import Path
from types import MappingProxyType
from typing import IO

from gitdraft.errors import RepositoryError, without_credentials
from gitdraft.git.sealed import git_command, sealed
from gitdraft.lazy_dataclass import dataclass

PIECE = 1 << 16  # bytes
PAUSE = 0.2  # seconds
PATIENCE = 10.0  # seconds, for a git that was asked to end
PIPE_BUFFER = 1 << 20  # bytes
LITTLE_ROOM = 1 << 20  # bytes
FREE_SOME = "free some space and try again"
LISTENERS: ContextVar[tuple[Callable[[int], None], ...]] = ContextVar("LISTENERS", default=())
LOCK = r"Unable to create '(.*)': File exists"


def run_git(
    folder: Path,
    arguments: Sequence[str],
    *,
    stdin: bytes = b"",
    settings: Mapping[str, str] = MappingProxyType({}),
    environment: Mapping[str, str] = MappingProxyType({}),
    accept: Sequence[int] = (0,),
) -> subprocess.CompletedProcess[bytes]:
    """Runs git in ``folder``, with these settings of its configuration.

    Raises RepositoryError with git's own sentence (``context["stderr"]`` has all of them) for an exit code not
    in ``accept``: ``no-space``, ``no-permission``, ``locked`` by another git, ``no-git``, or ``git`` (with ``context["signal"]``
    where it was killed).
    """
    git = start_git(folder, arguments, settings=settings, environment=environment, errors=subprocess.PIPE)
    out, err = _communicate(git, stdin)
    return _ended(folder, arguments, git, (out, err), accept)


def talk_git(
    folder: Path,
    arguments: Sequence[str],
    hear: Callable[[bytes], None],
    *,
    environment: Mapping[str, str] = MappingProxyType({}),
    accept: Sequence[int] = (0,),
) -> subprocess.CompletedProcess[bytes]:
    """Runs git as ``run_git`` does, and calls ``hear``, in a thread of its own and the caller's context, with what it says on
    standard error as it comes; with nothing every now and then while it says nothing."""
    said: list[bytes] = []
    context = copy_context()
    heard, pipe = os.pipe()

    def listen() -> None:
        while True:
            piece = os.read(heard, PIECE) if select.select([heard], [], [], PAUSE)[0] else None
            if piece == b"":
                break
            said.append(piece or b"")
            with suppress(OSError):  # a terminal that is gone: git must not wait for a reader
                context.run(hear, piece or b"")

    with os.fdopen(heard, "rb", buffering=0):
        try:
            git = start_git(folder, arguments, environment=environment, errors=pipe)
        finally:
            os.close(pipe)
        beside = threading.Thread(target=listen)
        beside.start()
        try:
            out, _ = _communicate(git, b"")
        finally:
            beside.join()
    return _ended(folder, arguments, git, (out, b"".join(said)), accept)


def _communicate(git: subprocess.Popen[bytes], stdin: bytes) -> tuple[bytes, bytes]:
    with git:
        try:
            return git.communicate(stdin)
        except BaseException:
            _end(git)
            raise


def _end(git: subprocess.Popen[bytes]) -> None:
    """Asks git to end, which has it take its locks away; a signal while it begins to heed signals can have it ask itself for ever
    (git 2.39), so it is killed in the end."""
    git.terminate()
    try:
        git.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        git.kill()


def _ended(
    folder: Path,
    arguments: Sequence[str],
    git: subprocess.Popen[bytes],
    printed: tuple[bytes, bytes],
    accept: Sequence[int],
) -> subprocess.CompletedProcess[bytes]:
    """Returns what git printed, or raises what its exit code means."""
    out, err = printed
    if git.returncode < 0:
        raise killed_by_signal(arguments[0], -git.returncode)
    if git.returncode not in accept:
        raise translate_failure(folder, arguments[0], err.decode("utf-8", "replace").strip())
    return subprocess.CompletedProcess(git.args, git.returncode, out, err)


def stream_git(
    folder: Path,
    arguments: Sequence[str],
    *,
    stdin: Path | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[bytes]:
    """Yields what git prints, in pieces as it comes, given the file ``stdin``; git is stopped when the caller wants no more.

    Raises what ``run_git`` does, after the last piece.
    """
    try:
        with Path(stdin or os.devnull).open("rb") as given:
            git = subprocess.Popen(
                git_command(arguments, settings),
                cwd=folder,
                env=sealed({}),
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
    except OSError as error:
        raise not_started(folder, error) from error
    said: list[bytes] = []
    with git:
        assert git.stdout is not None
        assert git.stderr is not None
        # whoever reads one pipe to its end alone may wait for the other for ever
        beside = threading.Thread(target=lambda pipe: said.append(pipe.read()), args=(git.stderr,))
        beside.start()
        try:
            while piece := os.read(git.stdout.fileno(), PIECE):
                yield piece
        except (GeneratorExit, KeyboardInterrupt):
            git.kill()
            raise
        finally:
            beside.join()
    if git.returncode:
        raise translate_failure(folder, arguments[0], b"".join(said).decode("utf-8", "replace").strip())


@dataclass(frozen=True, slots=True)
class FedGit:
    """A git that reads what is written to it."""

    _git: subprocess.Popen[bytes]
    _said: IO[bytes]
    _folder: Path
    _command: str

    def write(self, content: bytes) -> None:
        """Writes a piece more of its standard input. Raises what ``run_git`` does when it has stopped."""
        assert self._git.stdin is not None
        try:
            self._git.stdin.write(content)
        except BrokenPipeError as error:
            raise self._failure() from error

    def end(self) -> None:
        """Closes its standard input and waits until it is done. Raises what ``run_git`` does."""
        assert self._git.stdin is not None
        try:
            self._git.stdin.close()
        except BrokenPipeError as error:
            raise self._failure() from error
        if self._git.wait():
            raise self._failure()

    def _failure(self) -> RepositoryError:
        self._git.wait()
        self._said.seek(0)
        return translate_failure(
            self._folder, self._command, self._said.read().decode("utf-8", "replace").strip()
        )


@contextmanager
def fed_git(
    folder: Path, arguments: Sequence[str], *, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[FedGit]:
    """Yields a git that is given its standard input piece by piece and prints nothing; stopped at the end unless the caller
    ended it."""
    import tempfile

    with tempfile.TemporaryFile() as said:
        try:
            git = subprocess.Popen(
                git_command(arguments, settings),
                cwd=folder,
                env=sealed({"GIT_DIR": str(folder)}),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
                bufsize=PIPE_BUFFER,
            )
        except OSError as error:
            raise not_started(folder, error) from error
        try:
            yield FedGit(git, said, folder, arguments[0])
        finally:
            if git.poll() is None:
                git.kill()
            assert git.stdin is not None
            with suppress(BrokenPipeError):
                git.stdin.close()
            git.wait()


def start_git(
    folder: Path,
    arguments: Sequence[str],
    *,
    settings: Mapping[str, str] = MappingProxyType({}),
    environment: Mapping[str, str] = MappingProxyType({}),
    errors: IO[bytes] | int,
) -> subprocess.Popen[bytes]:
    """Starts a git that is talked to over its standard input and output. Raises RepositoryError where there is none."""
    try:
        git = subprocess.Popen(
            git_command(arguments, settings),
            cwd=folder,
            env=sealed(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    except OSError as error:
        raise not_started(folder, error) from error
    _tell_of(git)
    return git


@contextmanager
def hearing_of_gits(hear: Callable[[int], None]) -> Iterator[None]:
    """Calls ``hear`` with the process number of each git that is started until the end of the `with`; where it raises, that git is
    ended."""
    LISTENERS.set((*LISTENERS.get(), hear))
    try:
        yield
    finally:
        LISTENERS.set(tuple(listener for listener in LISTENERS.get() if listener is not hear))


def _tell_of(git: subprocess.Popen[bytes]) -> None:
    try:
        for hear in LISTENERS.get():
            hear(git.pid)
    except BaseException as error:
        with git:
            _end(git)
        if isinstance(error, RepositoryError) and git.returncode < 0:
            error.context["signal"] = -git.returncode  # it may have left a lock
        raise


def is_full(folder: Path) -> bool:
    """Returns whether there is hardly any room left where ``folder`` is: git and libgit2 do not always say so."""
    import shutil

    return shutil.disk_usage(folder).free < LITTLE_ROOM


def not_started(folder: Path, error: OSError) -> RepositoryError:
    """Returns the error for a git that could not be started."""
    if not isinstance(error, FileNotFoundError):
        return RepositoryError(f"git cannot be started: {error.strerror}", code="git", hint="try again")
    if not folder.is_dir():
        return RepositoryError(f"there is no folder '{folder}' any more")
    return RepositoryError("git is not installed", code="no-git", hint="install git")


def killed_by_signal(command: str, signal: int) -> RepositoryError:
    """Returns the error for a git that was killed."""
    return RepositoryError(
        f"git {command} was killed by signal {signal}",
        code="git",
        context={"signal": signal},
        hint="try again",
    )


def translate_failure(folder: Path, command: str, said: str) -> RepositoryError:
    """Returns the error that git's own words mean, without the credentials that an address among them may have."""
    said = without_credentials(said)
    lines = [line for line in said.splitlines() if line] or ["it failed"]
    first = next((line for line in lines if line.startswith(("fatal: ", "error: "))), lines[-1])
    sentence = first.removeprefix("fatal: ").removeprefix("error: ")
    lowered = said.lower()
    code, hint = "git", None
    context: dict[str, str] = {"stderr": said[:2000]}
    if "no space left" in lowered:
        code, hint = "no-space", FREE_SOME
    elif "permission denied" in lowered or "insufficient permission" in lowered:
        code = "no-permission"
    elif lock := re.search(LOCK, said):
        code, sentence = "locked", f"another git is at work: {lock[1]} exists"
        hint = f"see who it is: fuser -v {shlex.quote(lock[1])}; if nobody is, remove the file"
        context["path"] = lock[1]
    elif is_full(folder):
        code, hint = "no-space", FREE_SOME
    return RepositoryError(f"git {command}: {sentence}", code=code, context=context, hint=hint)
