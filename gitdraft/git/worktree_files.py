"""The files of a worktree as git has them: cleaned by its conversions (line ends, encodings, filters) when they are read,
and written by git itself when the worktree goes to another commit.

Nothing is decided from the bytes on the disk: with `core.autocrlf` an unedited file is another there than in its blob.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from subprocess import CompletedProcess

from gitdraft.errors import RepositoryError, StateRefused
from gitdraft.git.commands import killed_by_signal, run_git, start_git, translate_failure
from gitdraft.git.lock_records import recorded_locks, remove_locks_of_killed, wait_for_locks
from gitdraft.git.repository import GitRepository
from gitdraft.git.safe_files import read_below, remove_below
from gitdraft.model.names import Oid, RefName

OVERWRITTEN = "would be overwritten by checkout"
UNMERGED = re.compile(r"^(.*): needs merge$", re.MULTILINE)
PATHSPECS = ("--pathspec-from-file=-", "--pathspec-file-nul")
SETTINGS = {"core.safecrlf": "false"}  # what cannot be converted there and back is no reason to refuse


def clean_files(git: GitRepository, paths: Iterable[str]) -> dict[str, bytes | None]:
    """Returns the contents of files as `git add` would store them, ``None`` where there is no file.

    Raises InvalidInput (``symlink``) where a link stands anywhere on the way, RepositoryError where a conversion fails.
    """
    assert git.worktree is not None
    contents = {path: read_below(git.worktree, path) for path in paths}
    present = [path for path, content in contents.items() if content is not None]
    if not present:
        return contents
    listing = "".join(f"{_quoted(path)}\n" for path in present).encode("utf-8", "surrogateescape")
    done = _run(git, ["hash-object", "-w", "--stdin-paths"], stdin=listing)
    for path, line in zip(present, done.stdout.decode().split(), strict=True):
        contents[path] = git.read_blob(Oid(line))
    return contents


def smudge(git: GitRepository, path: str, content: bytes) -> bytes:
    """Returns what git would write to the worktree for a blob of this content at a path."""
    blob = _run(git, ["hash-object", "-w", "--stdin"], stdin=content).stdout.decode().strip()
    return _run(git, ["cat-file", "--filters", f"--path={path}", blob]).stdout


def discard_edits(git: GitRepository, paths: Sequence[str], commit: Oid) -> None:
    """Makes files, and their entries of the index, what ``commit`` has; those that it has not go."""
    tree = git.read_lineage(commit).tree
    known = [path for path in paths if git.find_entry(tree, path) is not None]
    unknown = [path for path in paths if path not in set(known)]
    if known:
        _run_locking(git, ["checkout", "--quiet", commit, *PATHSPECS], _lines(known))
    if unknown:
        command = ["rm", "--quiet", "--force", "--cached", "--ignore-unmatch", *PATHSPECS]
        _run_locking(git, command, _lines(unknown))
    assert git.worktree is not None
    for path in unknown:
        remove_below(git.worktree, path)


def uncommit(git: GitRepository, commit: Oid) -> None:
    """Moves a detached HEAD to ``commit``; what was committed since is staged."""
    _run_locking(git, ["reset", "--quiet", "--soft", commit])


def detach(git: GitRepository, commit: Oid) -> None:
    """Puts the worktree on ``commit`` with HEAD detached; local changes of files that are the same there stay.

    Raises StateRefused (``worktree-in-the-way``) where a change would be overwritten; nothing has moved then.
    """
    _check_out(git, ["--detach", commit])


def switch_to(git: GitRepository, branch: RefName) -> None:
    """Puts the worktree on a branch. Raises as ``detach`` does."""
    _check_out(git, [branch.removeprefix("refs/heads/")])


def _check_out(git: GitRepository, arguments: Sequence[str]) -> None:
    try:
        _run_locking(git, ["checkout", "--quiet", *arguments, "--"])
    except RepositoryError as error:
        said = error.context.get("stderr", "")
        unmerged = UNMERGED.findall(said)
        if OVERWRITTEN not in said and not unmerged:
            raise
        paths = unmerged or [line[1:] for line in said.splitlines() if line.startswith("\t")]
        raise StateRefused(
            f"local changes in {git.worktree} would be overwritten: {', '.join(paths[:5])}",
            code="worktree-in-the-way",
            context={"worktree": str(git.worktree), "paths": paths},
            hint="commit them, or git stash, then try again",
        ) from error


def _run_locking(git: GitRepository, arguments: Sequence[str], stdin: bytes = b"") -> None:
    """Runs a git that locks the index or HEAD; the locks are recorded as its own and this process's, so that the next
    command may remove what a kill leaves."""
    assert git.worktree is not None
    locks = [git.path / "index.lock", git.path / "HEAD.lock"]
    wait_for_locks(git.common, locks)
    with recorded_locks(git.common, dict.fromkeys(locks)), tempfile.TemporaryFile() as errors:
        process = start_git(
            git.worktree, arguments, settings=SETTINGS, environment=_environment(git), errors=errors
        )
        process.communicate(stdin)
        if process.returncode < 0:  # killed: its locks are nobody's now
            remove_locks_of_killed(dict.fromkeys(locks))
            raise killed_by_signal(arguments[0], -process.returncode)
        if process.returncode != 0:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").strip()
            raise translate_failure(git.worktree, arguments[0], said)


def _run(git: GitRepository, arguments: Sequence[str], *, stdin: bytes = b"") -> CompletedProcess[bytes]:
    assert git.worktree is not None
    return run_git(git.worktree, arguments, stdin=stdin, environment=_environment(git), settings=SETTINGS)


def _environment(git: GitRepository) -> dict[str, str]:
    return {"GIT_DIR": str(git.path), "GIT_WORK_TREE": str(git.worktree)}


def _lines(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def _quoted(path: str) -> str:
    if '"' not in path and "\\" not in path and "\n" not in path:
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
