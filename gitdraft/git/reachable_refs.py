"""Everything by which a repository holds on to its objects: refs, detached HEADs, the stash."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from gitdraft.git.commands import run_git
from gitdraft.git.known_refs import list_refs
from gitdraft.git.layout import pointer
from gitdraft.git.ref_files import is_oid
from gitdraft.git.repository import GitRepository, open_repository
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.names import Oid, RefName

COMMIT, TAG = 1, 4  # as libgit2 numbers the types of objects
DROPPED = (
    "refs/original/",
    "refs/notes/textconv/",
)  # backups of git filter-branch, what git keeps of a diff driver's lines
KEPT = "refs/gitdraft-purge/"
STASH_LOG = "logs/refs/stash"
SIGNATURE = regex(rb"^-----BEGIN (?:PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----", re.M)
IN_COPY = {  # whose refs are synced when the repository takes them over, all in one file
    "core.logAllRefUpdates": "false",
    "core.fsync": "committed,-reference",
}


@dataclass(frozen=True, slots=True)
class Tips:
    """``refs``: the direct ones, name to oid; ``heads``: worktrees' git directories, below the common one, whose HEAD
    is detached, to oid; ``stash``: the lines of the stash, oldest first, as (oid, the rest of the line)."""

    refs: Mapping[RefName, Oid]
    heads: Mapping[str, Oid]
    stash: tuple[tuple[Oid, str], ...]

    @property
    def oids(self) -> tuple[Oid, ...]:
        """Their objects, each once."""
        oids = (*self.refs.values(), *self.heads.values(), *(oid for oid, _ in self.stash))
        return tuple(dict.fromkeys(oids))


def git_folders(common: Path) -> list[Path]:
    """Returns the git directories of all worktrees; the main one's, which is the common one, first."""
    return [common, *sorted(folder for folder in (common / "worktrees").glob("*") if folder.is_dir())]


def read_tips(git: GitRepository) -> Tips:
    """Returns the tips; those that a purge drops are left out. Raises RepositoryError for damaged refs."""
    refs = {name: oid for name, oid in list_refs(git, "refs/").items() if not name.startswith(DROPPED)}
    heads = {}
    for folder in git_folders(git.common):
        oid = (pointer(folder / "HEAD") or "").strip()
        if is_oid(oid):
            heads[str(folder.relative_to(git.common))] = Oid(oid)
    lines = (pointer(git.common / STASH_LOG) or "").splitlines()
    stash = tuple((Oid(line[41:81]), line[82:]) for line in lines if is_oid(line[41:81]))
    return Tips(dict(sorted(refs.items())), heads, stash)


def moved_refs(git: GitRepository, tips: Tips, commits: Iterable[Oid]) -> tuple[RefName, ...]:
    """Returns the refs that are at one of these commits, or at a tag of one."""
    among = set(commits)
    return tuple(name for name, oid in tips.refs.items() if _peeled(git, oid)[1] in among)


def refs_without_commit(git: GitRepository, tips: Tips) -> dict[RefName, Oid]:
    """Returns the refs that are at a tree or a blob, or at a tag of one: name to oid."""
    return {name: oid for name, oid in tips.refs.items() if _peeled(git, oid)[0] != COMMIT}


def map_tips(git: GitRepository, copy: GitRepository, tips: Tips, commits: Mapping[Oid, Oid]) -> Tips:
    """Returns the tips where the commits are others; a tag of one is rewritten in ``copy``, without its signature."""

    def mapped(oid: Oid) -> Oid:
        object_type, content = git.raw.read(oid)
        if object_type != TAG:
            return commits.get(oid, oid)
        target = Oid(content[7:47].decode())
        if mapped(target) == target:
            return oid
        signed = SIGNATURE.search(content)
        text = content[47 : signed.start() if signed else None]
        return Oid(str(copy.raw.write(TAG, b"object " + mapped(target).encode() + text)))

    return Tips(
        {name: mapped(oid) for name, oid in tips.refs.items()},
        {folder: mapped(oid) for folder, oid in tips.heads.items()},
        tuple((mapped(oid), rest) for oid, rest in tips.stash),
    )


def write_refs(copy: Path, tips: Tips, head: str | None) -> GitRepository:
    """Gives a bare repository these refs alone, ``head`` as the branch that HEAD is, and prunes everything else.

    What only a detached HEAD or the stash holds is held by refs under ``KEPT`` meanwhile.
    """
    kept = dict.fromkeys((*tips.heads.values(), *(oid for oid, _ in tips.stash)))
    refs = {**tips.refs, **{RefName(f"{KEPT}{number}"): oid for number, oid in enumerate(kept)}}
    _in_copy(
        copy, ["update-ref", "--stdin", "-z"], "".join(f"create {n}\0{oid}\0" for n, oid in refs.items())
    )
    if head is not None:
        _in_copy(copy, ["symbolic-ref", "HEAD", head])
    _in_copy(copy, ["repack", "-a", "-d", "-q"])
    _in_copy(copy, ["prune", "--expire=now"])
    return open_repository(copy)


def seal_refs(copy: Path) -> None:
    """Removes the refs under ``KEPT``, and packs all others."""
    names = _in_copy(copy, ["for-each-ref", "--format=%(refname)", KEPT]).split()
    _in_copy(copy, ["update-ref", "--stdin", "-z"], "".join(f"delete {name}\0\0" for name in names))
    _in_copy(copy, ["pack-refs", "--all"])


def stash_log(tips: Tips) -> str:
    """Returns the stash as git keeps it: each line with the entry before it."""
    before = ["0" * 40, *(oid for oid, _ in tips.stash)]
    return "".join(f"{old} {new} {rest}\n" for old, (new, rest) in zip(before, tips.stash, strict=False))


def _in_copy(copy: Path, arguments: list[str], stdin: str = "") -> str:
    done = run_git(
        copy,
        arguments,
        stdin=stdin.encode("utf-8", "surrogateescape"),
        settings=IN_COPY,
        environment={"GIT_DIR": str(copy)},
    )
    return done.stdout.decode("utf-8", "surrogateescape")


def _peeled(git: GitRepository, oid: Oid) -> tuple[int, Oid]:
    object_type, content = git.raw.read(oid)
    if object_type == TAG:
        return _peeled(git, Oid(content[7:47].decode()))
    return object_type, oid
