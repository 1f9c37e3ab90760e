"""The commits that changed files at given paths, with the files before and after: one `git log`."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git, stream_git
from gitdraft.git.repository import GitRepository
from gitdraft.git.trees import FileChange
from gitdraft.git.values import LATEST_SECONDS, REGULAR_FILES
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid
from gitdraft.model.operations import Actor

NO_FILE = b"0" * 40
FIELDS = "%H%x00%an%x00%ae%x00%ct%x00%B"
# each undoes a setting of the user's that would change what is printed
PLAIN = (
    "--no-follow",
    "--no-show-signature",
    "--no-color",
    "--no-renames",
    "--no-relative",
    "--no-ext-diff",
    "--root",
    "--encoding=UTF-8",
    "-O/dev/null",
)
SETTINGS = {"log.diffMerges": "separate"}  # what -m means; with --first-parent the others are left out


@dataclass(frozen=True, slots=True)
class PathCommit:
    """A commit and the files, of those asked for, that it left otherwise than its first parent has them.

    ``seconds`` is when it was committed (Unix time), ``by`` its author.
    """

    oid: Oid
    by: Actor
    seconds: int
    message: str
    changes: tuple[FileChange, ...]


def path_history(
    git: GitRepository,
    tip: Oid,
    paths: Sequence[str],
    since: Oid | None = None,
    *,
    kept: Container[str] | None = None,
    removals: bool = False,
) -> Iterator[PathCommit]:
    """Yields the commits on the first-parent line up to ``tip`` that changed one of ``paths``, newest first.

    A path is a file or a folder; no paths mean all. With ``since``, a commit of that line, only those after it. Of a commit's
    changes those of files in ``kept`` are kept alone, where it is given: what one commit changed may not fit in memory. With
    ``removals`` only commits that removed a file are read, and of them only the files that are gone.
    Links and submodules count as no file. Raises RepositoryError: ``shallow`` where the line was cut off.
    """
    if since is None:
        _require_full_history(git, tip)
    walked = tip if since is None else f"{since}..{tip}"
    arguments = [
        "log",
        "--first-parent",
        "-m",
        "--raw",
        "--no-abbrev",
        "-z",
        *PLAIN,
        *(["--diff-filter=DT"] if removals else []),
        f"--format=tformat:{FIELDS}",
    ]
    chunks = stream_git(git.path, [*arguments, walked, "--", *paths], settings=SETTINGS)
    yield from _parse(_split(chunks), kept)


def _require_full_history(git: GitRepository, tip: Oid) -> None:
    """Raises RepositoryError (``shallow``) where the beginning of the line is missing, so that its numbers are not known."""
    if not (git.common / "shallow").exists():
        return
    roots = run_git(git.path, ["rev-list", "--first-parent", "--max-parents=0", tip]).stdout.decode().split()
    if any(git.is_cut_off(Oid(root)) for root in roots):
        raise RepositoryError(
            "this clone is shallow: the beginning of the history is not in it",
            code="shallow",
            hint="git fetch --unshallow",
        )


def _split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole


def _parse(tokens: Iterator[bytes], kept: Container[str] | None) -> Iterator[PathCommit]:
    """Yields the commits from five fields each, then two tokens a file: modes and oids, and the path."""
    head: list[bytes] = []
    changes: list[FileChange] = []
    for token in tokens:
        if token.startswith((b":", b"\n:")):
            path = next(tokens).decode("utf-8", "surrogateescape")
            if kept is None or path in kept:
                changes.append(_change(token, path))
            continue
        if head:
            yield _commit(head, changes)
        head, changes = [token, *(next(tokens) for _ in range(4))], []
    if head:
        yield _commit(head, changes)


def _commit(head: list[bytes], changes: list[FileChange]) -> PathCommit:
    oid, name, email, seconds, message = (field.decode("utf-8", "replace") for field in head)
    at = int(seconds) if seconds.isdecimal() and int(seconds) <= LATEST_SECONDS else 0
    return PathCommit(Oid(oid), Actor(name or "unknown", email), at, message, tuple(changes))


def _change(token: bytes, path: str) -> FileChange:
    old_mode, new_mode, old, new, _ = token.lstrip(b"\n:").split(b" ")
    return FileChange(path, _file(old_mode, old), _file(new_mode, new))


def _file(mode: bytes, oid: bytes) -> Oid | None:
    return Oid(oid.decode()) if oid != NO_FILE and int(mode, 8) in REGULAR_FILES else None
