"""A file that says on which branch it counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gitdraft.git.refs import read_ref
from gitdraft.git.repository import GitRepository, head_commit
from gitdraft.git.trees import find
from gitdraft.model.names import Oid, RefName

Value = TypeVar("Value")

BRANCHES = "refs/heads/"
USUAL_BRANCHES = ("main", "master", "trunk")


def read_on_own_branch(
    git: GitRepository, path: str, parse: Callable[[bytes], Value], branch_of: Callable[[Value], str]
) -> Value | None:
    """Returns what the file at ``path`` says on the branch that it names; ``None`` where no branch has it.

    It is read on HEAD, else on a branch with a usual name, and then again on the branch that it names there (where that
    has none, the first reading counts): so another branch that is checked out cannot send it somewhere else than its own
    branch says. Raises what ``parse`` does.
    """
    tips = [head_commit(git), *(read_ref(git, RefName(BRANCHES + name)) for name in USUAL_BRANCHES)]
    for tip in tips:
        content = _content(git, tip, path)
        if content is not None:
            value = parse(content)
            own = _content(git, read_ref(git, RefName(BRANCHES + branch_of(value))), path)
            return value if own is None else parse(own)
    return None


def _content(git: GitRepository, commit: Oid | None, path: str) -> bytes | None:
    if commit is None:
        return None
    entry = find(git, git.read_lineage(commit).tree, path)
    return git.read_blob(entry.oid) if entry is not None and entry.is_file else None
