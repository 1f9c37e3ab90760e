"""Opening a repository, of the kinds that libgit2 reads; the others are refused with the reason and a way out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from gitdraft.errors import MissingObject, RepositoryError
from gitdraft.git.large_tree import LARGE, LargeTree
from gitdraft.git.layout import common_folder, pointer
from gitdraft.git.object_process import ObjectProcess
from gitdraft.git.place import ordinary_place
from gitdraft.git.spawned import output_of_git
from gitdraft.git.stored import StoredObjects
from gitdraft.git.unsupported import require_supported
from gitdraft.git.values import (
    Commit,
    Lineage,
    TreeEntry,
    iterate_tree,
    parse_commit,
    parse_lineage,
    parse_tree,
)
from gitdraft.model.names import Oid

if TYPE_CHECKING:
    import pygit2

    from gitdraft.git.promised import PromisedObjects

MOST_REMEMBERED = 20_000
MOST_LARGE = 16
ASKED_AT_MOST = 1000  # objects of another process: then libgit2, once loaded, is faster
TYPES = {"commit": 1, "tree": 2, "blob": 3}  # as libgit2 numbers them
LOOKS = (
    False,
    False,
    True,
)  # a gc moves objects into packs, and those into others; whether it is the last one
NOTHING: Mapping[str, str] = MappingProxyType({})


class GitRepository:
    """An open git repository: its objects, and where its folders are.

    ``path`` is this worktree's git directory, ``common`` the one that all worktrees share, ``worktree`` the
    folder with the files, ``None`` in a bare repository and inside a git directory that says nothing of it. Its objects are
    read by another process until libgit2 is worth its loading (``raw``), which whatever else is done needs at once.
    """

    def __init__(
        self,
        path: Path,
        worktree: Path | None,
        raw: pygit2.Repository | None = None,
        *,
        is_in_push: bool = False,
    ) -> None:
        self._raw = raw
        self._is_in_push = is_in_push  # its objects are where the environment says
        self._process = ObjectProcess(path) if raw is None else None
        self.path = path
        self.common = common_folder(path)
        self._stored = StoredObjects(self.common / "objects")
        self.worktree = worktree
        self._trees: dict[str, dict[str, TreeEntry]] = {}
        self._large: dict[str, LargeTree] = {}
        self._lineages: dict[str, Lineage] = {}

    @property
    def raw(self) -> pygit2.Repository:
        """It as libgit2 has it, opened when it is first asked for. Raises as ``open_repository`` does."""
        if self._raw is None:
            self.reopen()
            assert self._raw is not None
        return self._raw

    def read_blob(self, oid: Oid) -> bytes:
        """Returns the content of a blob. Raises MissingObject."""
        return self._read(oid, "blob")

    def read_tree(self, oid: Oid) -> tuple[TreeEntry, ...]:
        """Returns the entries of a tree, in git's order; names that are not UTF-8 with surrogate escapes."""
        return tuple(self._tree(oid).values())

    def find_entry(self, tree: Oid, path: str) -> TreeEntry | None:
        """Returns the entry at a path below a tree, ``None`` when there is none."""
        entry: TreeEntry | None = None
        for name in path.split("/"):
            if entry is not None:
                if not entry.is_tree:
                    return None
                tree = entry.oid
            entry = self._tree(tree).get(name)
            if entry is None:
                return None
        return entry

    def walk(self, tree: Oid, under: str) -> Iterator[tuple[str, Oid]]:
        """Yields path (below ``under``) and oid of the regular files there, in git's order. Nothing is remembered: this is
        for trees that are seen once."""
        if under:
            entry = self.find_entry(tree, under)
            if entry is not None and entry.is_tree:
                yield from self.walk(entry.oid, "")
            return
        for entry in self._iterate(tree):
            if entry.is_tree:
                yield from ((f"{entry.name}/{path}", oid) for path, oid in self.walk(entry.oid, ""))
            elif entry.is_file:
                yield entry.name, entry.oid

    @cached_property
    def promised(self) -> PromisedObjects:
        """What a partial clone lacks."""
        from gitdraft.git.promised import PromisedObjects

        return PromisedObjects(self.path, self.common)

    @cached_property
    def _is_partial(self) -> bool:
        """Whether there are packs from a remote that has promised the rest."""
        try:
            return any(file.name.endswith(".promisor") for file in os.scandir(self.common / "objects/pack"))
        except OSError:
            return False

    def read_lineage(self, oid: Oid) -> Lineage:
        """Returns a commit's tree, parents and recorded base."""
        known = self._lineages.get(oid)
        if known is None:
            raw = self._read(oid, "commit")
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
        raw = self._read(oid, "commit")
        try:
            return parse_commit(oid, raw)
        except ValueError as error:
            raise _malformed(oid, "commit") from error

    @property
    def is_light(self) -> bool:
        """Whether libgit2 is not loaded for it."""
        return self._raw is None

    @property
    def is_bare(self) -> bool:
        """Whether it has no worktree by its settings."""
        return self._raw is not None and self._raw.is_bare  # what is read beside libgit2 is not

    @cached_property
    def settings_beside(self) -> Mapping[str, str] | None:
        """All settings of git's configuration as another process reads them, by their full names."""
        listed = output_of_git(self.path, ["config", "--list", "-z"])
        if listed is None:
            return None
        pairs = (line.partition("\n") for line in listed.decode("utf-8", "replace").split("\0"))
        return {key: value for key, _, value in pairs}

    def is_cut_off(self, oid: Oid) -> bool:
        """Returns whether a shallow clone ends at this commit, which names parents that it does not have."""
        return oid in self._boundary and not any(
            self.has(parent) for parent in self.read_lineage(oid).parents
        )

    @cached_property
    def _boundary(self) -> frozenset[str]:
        return frozenset((pointer(self.common / "shallow") or "").split())

    def has(self, oid: Oid) -> bool:
        """Returns whether the object is stored now, whatever was read of it before; one in the quarantine of a push is not, and
        may never be."""
        if self._process is not None and self._stored.has_first_packs:
            self._process.forget(oid)
            if self._read_beside(oid) is not None:
                return True
        return not self.missing([oid])

    def missing(self, oids: Iterable[Oid]) -> list[Oid]:
        """Returns the objects that are not stored now."""
        return self._stored.missing(oids)

    def reopen(self) -> None:
        """Has libgit2 read the folders again: it sees packs only where there was a folder for them at first."""
        from gitdraft.git.library import FROM_ENVIRONMENT, NO_SEARCH, open_raw

        self._raw = open_raw(self.path, FROM_ENVIRONMENT if self._is_in_push else NO_SEARCH)
        self._process = None

    def _tree(self, oid: Oid) -> dict[str, TreeEntry] | LargeTree:
        """Returns a tree's entries by name. Parsed here, which is faster than an object of libgit2's for each."""
        known: dict[str, TreeEntry] | LargeTree | None = self._trees.get(oid)
        if known is None:
            known = self._large.get(oid)
        return self._parsed(oid) if known is None else known

    def _parsed(self, oid: Oid) -> dict[str, TreeEntry] | LargeTree:
        raw = self._read(oid, "tree")
        try:
            if len(raw) > LARGE:
                if len(self._large) >= MOST_LARGE:
                    self._large.clear()
                return self._large.setdefault(oid, LargeTree(raw))
            if len(self._trees) > MOST_REMEMBERED:
                self._trees.clear()
            return self._trees.setdefault(oid, parse_tree(raw))
        except ValueError as error:
            raise _malformed(oid, "tree") from error

    def _iterate(self, oid: Oid) -> Iterator[TreeEntry]:
        """Yields a tree's entries, of which none is remembered."""
        try:
            yield from iterate_tree(self._read(oid, "tree"))
        except ValueError as error:
            raise _malformed(oid, "tree") from error

    def _read(self, oid: Oid, expected: str, *, is_again: bool = False) -> bytes:
        answer = self._read_beside(oid)
        if answer is not None and answer[0] == expected:
            return answer[1]
        import pygit2

        for is_last in LOOKS:
            try:
                actual, content = self.raw.read(oid)
            except (KeyError, ValueError, OSError, pygit2.GitError) as error:
                if not is_last:
                    self.reopen()
                elif not isinstance(error, KeyError):
                    raise RepositoryError(
                        f"object {oid[:12]} cannot be read: {error}", code="damaged-object", hint="git fsck"
                    ) from error
            else:
                if actual == TYPES[expected]:
                    return content
                raise _missing(oid, expected)
        if not is_again and self.promised.fetch(oid, expected):
            return self._read(oid, expected, is_again=True)
        raise _missing(oid, expected)

    def _read_beside(self, oid: Oid) -> tuple[str, bytes] | None:
        """Returns type and content of an object as another process reads them, where that is the cheaper way."""
        process = self._process
        if process is None or process.asked >= ASKED_AT_MOST or self._is_partial:
            return None
        return process.read(oid)


def open_repository(start: Path, environment: Mapping[str, str] = NOTHING) -> GitRepository:
    """Returns the repository that holds ``start``, found upwards as git does, which heeds `GIT_DIR`, `GIT_WORK_TREE` and
    `GIT_CEILING_DIRECTORIES` of the ``environment``; relative ones are read from ``start``.

    Raises RepositoryError: ``not-a-repository``, ``unsupported-repository`` (sha256, reftable),
    ``unsafe-ownership``, ``damaged-repository``.
    """
    if not start.is_dir():
        raise RepositoryError(f"no folder '{start}'", code="not-a-repository")
    ceilings = [
        os.path.realpath(folder)
        for folder in environment.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep)
        if folder
    ]
    if not environment.get("GIT_DIR") and not environment.get("GIT_WORK_TREE"):
        place = ordinary_place(start, ceilings)
        if place is not None:
            return GitRepository(Path(place[0]), Path(place[1]))
    from gitdraft.git.library import UPWARDS, discover, open_raw

    named, work_tree = environment.get("GIT_DIR"), environment.get("GIT_WORK_TREE")
    worktree = (start / work_tree).resolve() if work_tree else None
    if named:
        return _open_named(start, (start / named).resolve(), worktree)
    git_dir = discover(start, os.pathsep.join(ceilings))
    if git_dir is None:
        raise RepositoryError(
            f"'{start}' is not in a git repository",
            code="not-a-repository",
            hint="gitdraft init makes one here",
        )
    require_supported(common_folder(git_dir))
    return _opened(open_raw(start, UPWARDS), worktree)  # 0: search upwards


def open_again(git: GitRepository) -> GitRepository:
    """Returns the same repository, read from the disk again."""
    from gitdraft.git.library import NO_SEARCH, open_raw

    return _opened(open_raw(git.path, NO_SEARCH), git.worktree)


def _open_named(start: Path, named: Path, worktree: Path | None) -> GitRepository:
    """Opens what `GIT_DIR` names. As for git, the worktree is ``start`` where nothing says otherwise."""
    from gitdraft.git.library import NO_SEARCH, open_raw

    text = (pointer(named) or "") if named.is_file() else ""
    git_dir = named.parent / text.removeprefix("gitdir: ") if text.startswith("gitdir: ") else named
    if not (git_dir / "HEAD").exists():
        raise RepositoryError(
            f"'{named}', which GIT_DIR names, is not a git repository",
            code="not-a-repository",
            hint="unset GIT_DIR",
        )
    require_supported(common_folder(git_dir))
    raw = open_raw(git_dir, NO_SEARCH)
    is_linked = (git_dir / "commondir").exists()
    is_told = not is_linked and ("core.worktree" in raw.config or raw.is_bare)
    is_inside = start.resolve().is_relative_to(git_dir.resolve())  # as hooks of a push are
    if worktree is None and not is_told and not is_inside:
        worktree = start.resolve()
    return _opened(raw, worktree)


def _opened(
    raw: pygit2.Repository, worktree: Path | None = None, *, is_in_push: bool = False
) -> GitRepository:
    from gitdraft.git.library import worktree_of

    return GitRepository(Path(raw.path), worktree or worktree_of(raw), raw, is_in_push=is_in_push)


def open_from_environment(environment: Mapping[str, str]) -> GitRepository:
    """Returns the repository for which git runs a hook: `GIT_DIR` where git sets it, its worktree and index, and the
    objects of a push that is not accepted yet.

    Raises as ``open_repository`` does.
    """
    start = Path(environment.get("GIT_DIR", "."))
    if "GIT_DIR" not in environment:
        return open_repository(start, environment)
    from gitdraft.git.library import FROM_ENVIRONMENT, open_raw

    require_supported(common_folder(start.resolve()))
    return _opened(open_raw(start, FROM_ENVIRONMENT), is_in_push="GIT_QUARANTINE_PATH" in environment)


def initialise_repository(folder: Path, branch: str) -> GitRepository:
    """Returns a new repository in ``folder``, made if need be, with ``branch`` checked out (and no commit).

    Raises RepositoryError when it cannot be made there.
    """
    from gitdraft.git.library import pygit2

    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _opened(pygit2.init_repository(str(folder), initial_head=branch))
    except (OSError, pygit2.GitError) as error:
        raise RepositoryError(f"no repository can be made in '{folder}': {error}") from error


def _missing(oid: Oid, type_name: str) -> MissingObject:
    return MissingObject(
        f"{type_name} {oid[:12]} is not in the repository",
        context={"oid": oid},
        hint="git fsck shows what is damaged; a shallow clone lacks history: git fetch --unshallow",
    )


def _malformed(oid: Oid, type_name: str) -> RepositoryError:
    return RepositoryError(f"{type_name} {oid[:12]} is malformed", code="damaged-object", hint="git fsck")
