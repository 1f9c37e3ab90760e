"""Ancestry, and the commits that changed a path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitdraft.errors import MissingObject
from gitdraft.git.objects import ObjectSource
from gitdraft.git.repository import GitRepository
from gitdraft.git.trees import find
from gitdraft.git.values import Commit
from gitdraft.model.names import Oid

FEW = 256  # commits that are read before libgit2 is loaded for them


def is_ancestor(git: GitRepository, ancestor: Oid, descendant: Oid) -> bool:
    """Returns whether ``descendant`` is ``ancestor`` or comes after it. Raises MissingObject."""
    if ancestor == descendant:
        return True
    import pygit2

    try:
        return bool(git.raw.descendant_of(pygit2.Oid(hex=descendant), pygit2.Oid(hex=ancestor)))
    except (KeyError, pygit2.GitError) as error:
        raise _incomplete(error) from error


def merge_base(git: GitRepository, one: Oid, other: Oid) -> Oid | None:
    """Returns the best common ancestor, ``None`` when there is none. Raises MissingObject."""
    import pygit2

    try:
        base = git.raw.merge_base(pygit2.Oid(hex=one), pygit2.Oid(hex=other))
    except (KeyError, pygit2.GitError) as error:
        raise _incomplete(error) from error
    return None if base is None else Oid(str(base))


def first_parents(source: ObjectSource, tip: Oid) -> Iterator[Commit]:
    """Yields the commit and its first parents, newest first; a shallow clone ends where it was cut off."""
    oid: Oid | None = tip
    while oid is not None:
        commit = source.read_commit(oid)
        yield commit
        oid = commit.parents[0] if commit.parents and not source.is_cut_off(oid) else None


def commits_between(source: ObjectSource, base: Oid, tip: Oid) -> list[Commit]:
    """Returns the commits after ``base`` up to ``tip`` by first parents, oldest first."""
    commits = []
    for commit in first_parents(source, tip):
        if commit.oid == base:
            break
        commits.append(commit)
    return commits[::-1]


def commits_since(git: GitRepository, tip: Oid, since: Oid | None) -> Iterator[Commit]:
    """Yields the commits that ``tip`` contains and ``since`` (``None``: nothing) does not, newest first, whatever parents they have. Raises
    MissingObject."""
    line = _straight_line(git, tip, since) if git.is_light else None
    if line is not None:
        yield from line
        return
    import pygit2
    from pygit2.enums import SortMode

    try:
        walker = git.raw.walk(pygit2.Oid(hex=tip), SortMode.TOPOLOGICAL)
        if since is not None:
            walker.hide(pygit2.Oid(hex=since))
        for commit in walker:
            yield git.read_commit(Oid(str(commit.id)))
    except (KeyError, pygit2.GitError) as error:
        raise _incomplete(error) from error


def _straight_line(git: GitRepository, tip: Oid, since: Oid | None) -> list[Commit] | None:
    """Returns the commits of ``commits_since`` where they are few and none is a merge; else ``None``."""
    line: list[Commit] = []
    oid: Oid | None = tip
    while oid != since:
        if oid is None or len(line) > FEW:
            return None
        commit = git.read_commit(oid)
        if len(commit.parents) > 1 or git.is_cut_off(oid):
            return None
        line.append(commit)
        oid = next(iter(commit.parents), None)
    return line


def commits_touching(
    source: ObjectSource, tip: Oid, paths: Sequence[str], since: Oid | None = None
) -> Iterator[Commit]:
    """Yields the commits, by first parents, newest first, after which one of ``paths`` is another than before. With ``since``, a
    commit of that line, only those after it."""
    newer: Commit | None = None
    entries: list[object] = []
    for commit in first_parents(source, tip):
        current: list[object] = [find(source, commit.tree, path) for path in paths]
        if newer is not None and current != entries:
            yield newer
        newer, entries = commit, current
        if commit.oid == since:
            return
    if newer is not None and any(entry is not None for entry in entries):
        yield newer


def _incomplete(error: Exception) -> MissingObject:
    return MissingObject(f"the history is incomplete: {error}", hint="git fsck shows what is damaged")
