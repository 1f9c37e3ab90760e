"""Which refs there are, and where they stand: direct ones only, read from git's files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import cast

from gitdraft.errors import NotFound, RepositoryError
from gitdraft.git.ref_files import is_oid, is_valid_ref, packed_refs, read_loose, stamp_of
from gitdraft.git.repository import GitRepository
from gitdraft.model.names import Oid, RefName


def list_refs(git: GitRepository, prefix: str) -> dict[RefName, Oid]:
    """Returns the direct refs whose names start with ``prefix``, a name ending in `/`: name to oid.

    packed-refs is read once and the loose files laid over it, as git does. Raises RepositoryError for a line
    in packed-refs that is none of git's: a listing is never short without saying so.
    """
    packed = packed_refs(git.common)
    refs = cast(
        "dict[RefName, Oid]", {name: packed[name] for name in packed if name.startswith(prefix)}
    )  # a hundred thousand at a time
    for name, oid in _loose_oids(git, prefix):
        if oid is None:
            refs.pop(name, None)
        else:
            refs[name] = oid
    return refs


def list_loose(git: GitRepository, prefix: str) -> dict[RefName, Oid | None]:
    """Returns those of the refs that are files of their own, not lines of packed-refs; ``None`` for a symbolic one."""
    return dict(_loose_oids(git, prefix))


def packed_state(git: GitRepository) -> str:
    """Returns what tells one state of packed-refs from another: git replaces the file whenever it changes."""
    return " ".join(map(str, stamp_of(git.common / "packed-refs") or ()))


def read_ref(git: GitRepository, name: RefName) -> Oid | None:
    """Returns the oid that a direct ref holds, ``None`` when there is none.

    Raises RepositoryError (``symbolic-ref``) for a symbolic one, or a symbolic link: following it would write
    somewhere else.
    """
    if not is_valid_ref(name):
        raise RepositoryError(f"ref '{name}' cannot be read: it is no name", code="damaged-ref")
    file = f"{git.common}/{name}"
    text = read_loose(file)
    if text is None:
        return packed_refs(git.common).get(name)
    if not is_oid(text) or os.path.islink(file):  # noqa: PTH114
        raise RepositoryError(
            f"'{name}' is a symbolic ref",
            code="symbolic-ref",
            context={"ref": name},
            hint=f"git update-ref --no-deref -d {name}",
        )
    return Oid(text)


def is_valid_branch(name: str) -> bool:
    """Returns whether git takes ``name`` for a branch's."""
    return not name.startswith("-") and is_valid_ref(f"refs/heads/{name}")


def read_ref_file(file: str | os.PathLike[str]) -> Oid | None:
    """Returns the oid in a loose ref's file; ``None`` for a symbolic ref. Raises RepositoryError for garbage."""
    text = read_loose(file)
    return Oid(text) if text is not None and is_oid(text) else None


def _loose(folder: str, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _loose(entry.path, f"{prefix}{entry.name}/")
        elif not entry.name.endswith(".lock"):
            yield prefix + entry.name, entry


def _loose_oids(git: GitRepository, prefix: str) -> Iterator[tuple[RefName, Oid | None]]:
    """Yields the loose refs; ``None`` for a symbolic one."""
    for name, file in _loose(str(git.common / prefix), prefix):
        yield RefName(name), None if file.is_symlink() else read_ref_file(file.path)


def resolve_commit(git: GitRepository, revision: str) -> Oid:
    """Returns the commit that a revision expression names. Raises NotFound."""
    from gitdraft.git.commands import run_git

    oid = ""
    if "\0" not in revision:
        done = run_git(
            git.worktree or git.path,
            ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"],
            environment={"GIT_DIR": str(git.path)},
            accept=(0, 1, 128),
        )
        oid = done.stdout.decode().strip()
    if not is_oid(oid):
        raise unknown_revision(revision)
    return Oid(oid)


def unknown_revision(revision: str) -> NotFound:
    """Returns the error for a revision that is none, or that whoever asks may not know of."""
    return NotFound(
        f"unknown revision '{revision}'",
        context={"revision": revision},
        hint="git branch -a lists the branches",
    )
