"""Opening a repository, of the kinds that libgit2 reads; the others are refused with the reason and a way out."""

from __future__ import annotations

import os
import shlex
import threading
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pygit2
from pygit2.enums import ObjectType, RepositoryOpenFlag

from gitdraft.errors import MissingObject, RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.layout import common_folder, leads_to, pointer
from gitdraft.git.promised import PromisedObjects
from gitdraft.git.unsupported import require_supported
from gitdraft.git.values import (
    REGULAR_FILES,
    Commit,
    Lineage,
    TreeEntry,
    parse_commit,
    parse_lineage,
    parse_tree,
)
from gitdraft.model.names import Oid, RefName

MOST_REMEMBERED = 20_000
NOTHING: Mapping[str, str] = MappingProxyType({})
_UNVALIDATED = threading.Lock()  # libgit2 has one setting for all threads

pygit2.settings.enable_fsync_gitdir(True)
pygit2.settings.set_extensions(["partialclone"])  # what is missing there is fetched here


class GitRepository:
    """An open git repository: its objects, and where its folders are.

    ``path`` is this worktree's git directory, ``common`` the one that all worktrees share, ``worktree`` the
    folder with the files, ``None`` in a bare repository and inside a git directory that says nothing of it.
    """

    def __init__(
        self,
        raw: pygit2.Repository,
        stored: pygit2.Repository | None = None,
        worktree: Path | None = None,
    ) -> None:
        self.raw = raw
        self._stored = stored
        self.path = Path(raw.path)
        self.common = common_folder(self.path)
        self.worktree = worktree or _worktree(raw)
        self._trees: dict[str, dict[str, TreeEntry]] = {}
        self._lineages: dict[str, Lineage] = {}

    def read_blob(self, oid: Oid) -> bytes:
        """Returns the content of a blob. Raises MissingObject."""
        return self._read(oid, ObjectType.BLOB)

    def read_tree(self, oid: Oid) -> tuple[TreeEntry, ...]:
        """Returns the entries of a tree, in git's order; names that are not UTF-8 with surrogate escapes."""
        return tuple(self._entries(oid).values())

    def find_entry(self, tree: Oid, path: str) -> TreeEntry | None:
        """Returns the entry at a path below a tree, ``None`` when there is none."""
        entry: TreeEntry | None = None
        for name in path.split("/"):
            if entry is not None:
                if not entry.is_tree:
                    return None
                tree = entry.oid
            entry = self._entries(tree).get(name)
            if entry is None:
                return None
        return entry

    def walk(self, tree: Oid, under: str) -> Iterator[tuple[str, Oid]]:
        """Yields path (below ``under``) and oid of the regular files there, in git's order. Nothing is remembered: this is
        for trees that are seen once."""
        if self._is_partial:
            yield from self._walk_parsed(tree, under)
            return
        root = self._object(tree)
        try:
            below = root[under] if under else root
        except (KeyError, pygit2.GitError):
            self.find_entry(tree, under)  # a folder on the way may be missing, which is no empty one
            return
        if isinstance(below, pygit2.Tree):
            yield from _files_of(below, "")

    def _walk_parsed(self, tree: Oid, under: str) -> Iterator[tuple[str, Oid]]:
        """Does what ``walk`` does where trees may have to be fetched."""
        if under:
            entry = self.find_entry(tree, under)
            if entry is not None and entry.is_tree:
                yield from self._walk_parsed(entry.oid, "")
            return
        for entry in self.read_tree(tree):
            if entry.is_tree:
                yield from ((f"{entry.name}/{path}", oid) for path, oid in self._walk_parsed(entry.oid, ""))
            elif entry.is_file:
                yield entry.name, entry.oid

    @cached_property
    def promised(self) -> PromisedObjects:
        """What a partial clone lacks."""
        return PromisedObjects(self.path, self.common)

    @cached_property
    def _is_partial(self) -> bool:
        """Whether there are packs from a remote that has promised the rest."""
        return any((self.common / "objects" / "pack").glob("*.promisor"))

    def read_lineage(self, oid: Oid) -> Lineage:
        """Returns a commit's tree, parents and recorded base."""
        known = self._lineages.get(oid)
        if known is None:
            raw = self._read(oid, ObjectType.COMMIT)
            try:
                known = parse_lineage(raw)
            except ValueError as error:
                raise _malformed(oid, "commit") from error
            if len(self._lineages) > MOST_REMEMBERED:
                self._lineages.clear()
            self._lineages[oid] = known
        return known

    def read_commit(self, oid: Oid) -> Commit:
        """Returns a commit, its message and signatures read leniently."""
        raw = self._read(oid, ObjectType.COMMIT)
        try:
            return parse_commit(oid, raw)
        except ValueError as error:
            raise _malformed(oid, "commit") from error

    def is_cut_off(self, oid: Oid) -> bool:
        """Returns whether a shallow clone ends at this commit, which names parents that it does not have."""
        return oid in self._boundary and not any(
            self.has(parent) for parent in self.read_lineage(oid).parents
        )

    @cached_property
    def _boundary(self) -> frozenset[str]:
        return frozenset((pointer(self.common / "shallow") or "").split())

    def has(self, oid: Oid) -> bool:
        """Returns whether the object is stored; one in the quarantine of a push is not, and may never be."""
        return oid in (self._stored or self.raw)

    def reopen(self) -> None:
        """Has libgit2 read the folders again: it sees packs only where there was a folder for them at first."""
        self.raw = _open_raw(self.path, RepositoryOpenFlag.NO_SEARCH)

    def _entries(self, oid: Oid) -> dict[str, TreeEntry]:
        """Returns a tree's entries by name. Parsed here, which is faster than an object of libgit2's for each."""
        known = self._trees.get(oid)
        if known is None:
            raw = self._read(oid, ObjectType.TREE)
            try:
                known = parse_tree(raw)
            except ValueError as error:
                raise _malformed(oid, "tree") from error
            if len(self._trees) > MOST_REMEMBERED:
                self._trees.clear()
            self._trees[oid] = known
        return known

    def _object(self, oid: Oid) -> Any:
        for _ in range(2):  # as in _read
            try:
                return self.raw[oid]
            except KeyError:
                continue
        raise _missing(oid, "object")

    def _read(self, oid: Oid, expected: ObjectType, *, is_again: bool = False) -> bytes:
        for _ in range(2):  # gc may have moved the object into a pack that was not there a moment ago
            try:
                actual, content = self.raw.read(oid)
            except KeyError:
                continue
            except (ValueError, pygit2.GitError) as error:
                raise RepositoryError(
                    f"object {oid[:12]} cannot be read: {error}", code="damaged-object", hint="git fsck"
                ) from error
            if actual == expected:
                return content
            raise _missing(oid, expected.name.lower())
        if not is_again and self.promised.fetch(oid, expected.name.lower()):
            return self._read(oid, expected, is_again=True)
        raise _missing(oid, expected.name.lower())


def open_repository(start: Path, environment: Mapping[str, str] = NOTHING) -> GitRepository:
    """Returns the repository that holds ``start``, found upwards as git does, which heeds `GIT_DIR`, `GIT_WORK_TREE` and
    `GIT_CEILING_DIRECTORIES` of the ``environment``; relative ones are read from ``start``.

    Raises RepositoryError: ``not-a-repository``, ``unsupported-repository`` (sha256, reftable),
    ``unsafe-ownership``, ``damaged-repository``.
    """
    if not start.is_dir():
        raise RepositoryError(f"no folder '{start}'", code="not-a-repository")
    named, work_tree = environment.get("GIT_DIR"), environment.get("GIT_WORK_TREE")
    worktree = (start / work_tree).resolve() if work_tree else None
    if named:
        return _open_named(start, (start / named).resolve(), worktree)
    ceilings = [
        folder for folder in environment.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep) if folder
    ]
    try:
        git_dir = pygit2.discover_repository(
            str(start), False, os.pathsep.join(os.path.realpath(folder) for folder in ceilings)
        )
    except pygit2.GitError as error:
        raise _unopenable(start, str(error)) from error
    if git_dir is None:
        raise RepositoryError(
            f"'{start}' is not in a git repository",
            code="not-a-repository",
            hint="gitdraft init makes one here",
        )
    require_supported(common_folder(Path(git_dir)))
    try:
        raw = _open_raw(start, RepositoryOpenFlag(0))  # 0: search upwards
    except pygit2.GitError as error:
        raise _unopenable(start, str(error)) from error
    return GitRepository(raw, worktree=worktree)


def open_again(git: GitRepository) -> GitRepository:
    """Returns the same repository, read from the disk again."""
    try:
        raw = _open_raw(git.path, RepositoryOpenFlag.NO_SEARCH)
    except pygit2.GitError as error:
        raise _unopenable(git.path, str(error)) from error
    return GitRepository(raw, worktree=git.worktree)


def _open_named(start: Path, named: Path, worktree: Path | None) -> GitRepository:
    """Opens what `GIT_DIR` names. As for git, the worktree is ``start`` where nothing says otherwise."""
    text = (pointer(named) or "") if named.is_file() else ""
    git_dir = named.parent / text.removeprefix("gitdir: ") if text.startswith("gitdir: ") else named
    if not (git_dir / "HEAD").exists():
        raise RepositoryError(
            f"'{named}', which GIT_DIR names, is not a git repository",
            code="not-a-repository",
            hint="unset GIT_DIR",
        )
    require_supported(common_folder(git_dir))
    try:
        raw = _open_raw(git_dir, RepositoryOpenFlag.NO_SEARCH)
    except pygit2.GitError as error:
        raise _unopenable(git_dir, str(error)) from error
    is_linked = (git_dir / "commondir").exists()
    is_told = not is_linked and ("core.worktree" in raw.config or raw.is_bare)
    is_inside = start.resolve().is_relative_to(git_dir.resolve())  # as hooks of a push are
    if worktree is None and not is_told and not is_inside:
        worktree = start.resolve()
    return GitRepository(raw, worktree=worktree)


def open_from_environment(environment: Mapping[str, str]) -> GitRepository:
    """Returns the repository for which git runs a hook: `GIT_DIR` where git sets it, its worktree and index, and the
    objects of a push that is not accepted yet.

    Raises as ``open_repository`` does.
    """
    start = Path(environment.get("GIT_DIR", "."))
    if "GIT_DIR" not in environment:
        return open_repository(start, environment)
    require_supported(common_folder(start.resolve()))
    is_push = "GIT_QUARANTINE_PATH" in environment
    try:
        return GitRepository(
            _open_raw(start, RepositoryOpenFlag.FROM_ENV),
            _open_raw(start, RepositoryOpenFlag.NO_SEARCH) if is_push else None,
        )
    except pygit2.GitError as error:
        raise _unopenable(start, str(error)) from error


def initialise_repository(folder: Path, branch: str) -> GitRepository:
    """Returns a new repository in ``folder``, made if need be, with ``branch`` checked out (and no commit).

    Raises RepositoryError when it cannot be made there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return GitRepository(pygit2.init_repository(str(folder), initial_head=branch))
    except (OSError, pygit2.GitError) as error:
        raise RepositoryError(f"no repository can be made in '{folder}': {error}") from error


def head_branch(git: GitRepository) -> RefName | None:
    """Returns the full name of the branch that is checked out, born or not; ``None`` when HEAD is detached.

    Raises RepositoryError (``damaged-repository``) when HEAD is neither.
    """
    try:
        head = git.raw.lookup_reference("HEAD")
    except (KeyError, pygit2.GitError) as error:
        raise RepositoryError(
            f"HEAD cannot be read: {error}",
            code="damaged-repository",
            hint="git symbolic-ref HEAD refs/heads/main",
        ) from error
    target = head.raw_target
    return RefName(target.decode("utf-8", "surrogateescape")) if isinstance(target, bytes) else None


def head_commit(git: GitRepository) -> Oid | None:
    """Returns the commit that HEAD is at, ``None`` before the first one."""
    try:
        return Oid(str(git.raw.lookup_reference("HEAD").resolve().target))
    except (KeyError, pygit2.GitError):
        return None


def _open_raw(path: Path, flags: RepositoryOpenFlag) -> pygit2.Repository:
    """Returns what libgit2 opens. Of a repository that belongs to somebody else git is asked whether it may be used: libgit2
    reads `safe.directory` from two files alone, git from the environment and its command line too. A git directory that is
    named, git always uses."""
    try:
        return pygit2.Repository(str(path), flags)
    except pygit2.GitError as error:
        is_named = flags != RepositoryOpenFlag(0)
        if "owned" not in str(error) or not (is_named or _is_safe_for_git(path)):
            raise
    with _UNVALIDATED:
        pygit2.settings.owner_validation = False
        try:
            return pygit2.Repository(str(path), flags)
        finally:
            pygit2.settings.owner_validation = True


def _is_safe_for_git(path: Path) -> bool:
    return run_git(path, ["rev-parse", "--git-dir"], accept=range(256)).returncode == 0


def _files_of(tree: pygit2.Tree, prefix: str) -> Iterator[tuple[str, Oid]]:
    try:
        entries = list(tree)
    except (KeyError, pygit2.GitError) as error:
        raise _missing(Oid(str(tree.id)), "tree") from error
    for entry in entries:
        name = (entry.raw_name or b"").decode("utf-8", "surrogateescape")
        if isinstance(entry, pygit2.Tree):
            yield from _files_of(entry, f"{prefix}{name}/")
        elif entry.filemode in REGULAR_FILES:
            yield prefix + name, Oid(str(entry.id))


def _worktree(raw: pygit2.Repository) -> Path | None:
    """libgit2 takes the folder around a git directory for the worktree even where no `.git` there leads to it."""
    workdir: str | None = raw.workdir
    if workdir is None:
        return None
    path, folder = Path(raw.path), Path(workdir)
    is_known = (path / "commondir").exists() or "core.worktree" in raw.config or leads_to(folder, path)
    return folder if is_known else None


def _missing(oid: Oid, type_name: str) -> MissingObject:
    return MissingObject(
        f"{type_name} {oid[:12]} is not in the repository",
        context={"oid": oid},
        hint="git fsck shows what is damaged; a shallow clone lacks history: git fetch --unshallow",
    )


def _malformed(oid: Oid, type_name: str) -> RepositoryError:
    return RepositoryError(f"{type_name} {oid[:12]} is malformed", code="damaged-object", hint="git fsck")


def _unopenable(start: Path, message: str) -> RepositoryError:
    if "owned" in message:
        above = start.absolute()
        top = next((folder for folder in (above, *above.parents) if (folder / ".git").exists()), above)
        return RepositoryError(
            f"'{top}' belongs to another user",
            code="unsafe-ownership",
            hint=f"git config --global --add safe.directory {shlex.quote(str(top))}",
        )
    if "unsupported" in message:
        return RepositoryError(
            f"this repository cannot be used: {message.rpartition(': ')[2]}",
            code="unsupported-repository",
            hint="git clone makes one without that",
        )
    return RepositoryError(
        f"'{start}' cannot be opened: {message}", code="damaged-repository", hint="git fsck"
    )
