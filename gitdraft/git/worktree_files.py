"""The files of a worktree as git has them: cleaned by its conversions (line ends, encodings, filters) when they are read,
and written by git itself when the worktree goes to another commit.

Nothing is decided from the bytes on the disk: with `core.autocrlf` an unedited file is another there than in its blob.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import CompletedProcess

from gitdraft.git.commands import killed_by_signal, run_git, start_git, translate_failure
from gitdraft.git.kept_files import KeptFiles, keep_files, move_aside, noted_files
from gitdraft.git.lock_records import recorded_locks, wait_for_locks
from gitdraft.git.repository import GitRepository
from gitdraft.git.safe_files import read_below, remove_below
from gitdraft.lazy_dataclass import replace
from gitdraft.model.names import Oid, RefName

UNDER_WAY = (
    "MERGE_HEAD",
    "MERGE_MODE",
    "MERGE_MSG",
    "MERGE_RR",
    "AUTO_MERGE",
    "SQUASH_MSG",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
)
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
    """Makes files, and their entries of the index, what ``commit`` has; those that it has not go. Raises RepositoryError where git or
    the disk refuses; then the files are as they were."""
    assert git.worktree is not None
    if not paths:
        return
    kept = keep_files(git.worktree, git.path, paths)
    try:
        kept.note(commit)
        _discard(git, paths, commit)
    except BaseException:
        kept.put_back()
        kept.drop()
        raise
    kept.drop()


def put_back_discarded(git: GitRepository, rescue_folder: Path) -> list[str]:
    """Puts back what a killed ``discard_edits`` left half: a file that is neither as it was nor as it was to be goes to
    ``rescue_folder``. Returns the paths of those. Raises RepositoryError when the disk refuses."""
    assert git.worktree is not None
    noted = noted_files(git.worktree, git.path)
    if noted is None:
        return []
    kept, commit = noted
    rescued = [path for path in kept.files if not _is_whole(git, kept, path, Oid(commit))]
    for path in rescued:
        move_aside(git.worktree, os.fspath(path), rescue_folder)
    replace(kept, files={path: kept.files[path] for path in rescued}).put_back()
    kept.drop()
    return [os.fspath(path) for path in rescued if os.path.lexists(rescue_folder / path)]


def _is_whole(git: GitRepository, kept: KeptFiles, path: Path, commit: Oid) -> bool:
    file, second = kept.worktree / path, kept.files[path]
    if second is None or not second.exists():
        is_as_before = second is not None or not os.path.lexists(file)
    else:
        is_as_before = os.path.lexists(file) and os.path.samestat(file.lstat(), second.lstat())
    if is_as_before:
        return True
    entry = git.find_entry(git.read_lineage(commit).tree, os.fspath(path)) if git.has(commit) else None
    content = clean_files(git, [os.fspath(path)])[os.fspath(path)]
    return content == (None if entry is None else git.read_blob(entry.oid))


def _discard(git: GitRepository, paths: Sequence[str], commit: Oid) -> None:
    tree = git.read_lineage(commit).tree
    known = [path for path in paths if git.find_entry(tree, path) is not None]
    unknown = [path for path in paths if path not in set(known)]
    if known:
        run_locking(git, ["checkout", "--quiet", commit, *PATHSPECS], _lines(known))
    if unknown:
        command = ["rm", "--quiet", "--force", "--cached", "--ignore-unmatch", *PATHSPECS]
        run_locking(git, command, _lines(unknown))
    assert git.worktree is not None
    for path in unknown:
        remove_below(git.worktree, path)


def uncommit(git: GitRepository, commit: Oid) -> None:
    """Moves a detached HEAD to ``commit``; what was committed since is staged."""
    run_locking(git, ["reset", "--quiet", "--soft", commit])


def put_head(git: GitRepository, commit: Oid, branch: RefName | None, left: str) -> None:
    """Puts HEAD on a branch that is at ``commit``, or detached on the commit; files and index are there already. The reflog says
    which branch or commit was ``left``, and what of a merge or a cherry-pick was under way there ends, as with `git checkout`."""
    message = f"checkout: moving from {left} to {(branch or commit).removeprefix('refs/heads/')}"
    if branch is None:
        command = ["update-ref", "--no-deref", "-m", message, "HEAD", commit]
    else:
        command = ["symbolic-ref", "-m", message, "HEAD", branch]
    run_locking(git, command, locks=("HEAD.lock",))
    for name in UNDER_WAY:
        with suppress(OSError):
            (git.path / name).unlink()


def run_locking(
    git: GitRepository,
    arguments: Sequence[str],
    stdin: bytes = b"",
    locks: Sequence[str] = ("index.lock", "HEAD.lock"),
) -> None:
    """Runs a git that locks the index or HEAD; the locks are recorded as its own and this process's, so that the next
    command may remove what a kill leaves. The caller holds the writers' lock."""
    assert git.worktree is not None
    files = [git.path / name for name in locks]
    wait_for_locks(git.common, files)
    with recorded_locks(git.common, dict.fromkeys(files)), tempfile.TemporaryFile() as errors:
        process = start_git(
            git.worktree, arguments, settings=SETTINGS, environment=_environment(git), errors=errors
        )
        process.communicate(stdin)
        if process.returncode < 0:
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
