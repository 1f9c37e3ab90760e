"""A file that says on which branch it counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gitdraft.git.head import head_commit
from gitdraft.git.known_refs import read_ref
from gitdraft.git.repository import GitRepository
from gitdraft.git.trees import find
from gitdraft.model.names import Oid, RefName

Value = TypeVar("Value")

BRANCHES = "refs/heads/"
USUAL_BRANCHES = ("main", "master", "trunk")


def read_on_own_branch(
    git: GitRepository, path: str, read: Callable[[Oid], Value], branch_of: Callable[[Value], str]
) -> Value | None:
    """Returns what the file at ``path`` says on the branch that it names; ``None`` where no branch has it.

    It is read on HEAD, else on a branch with a usual name, and then again on the branch that it names there (where that
    has none, the first reading counts): so another branch that is checked out cannot send it somewhere else than its own
    branch says. Raises what ``read``, which is given the oid of its blob, does.
    """
    tips = [head_commit(git), *(read_ref(git, RefName(BRANCHES + name)) for name in USUAL_BRANCHES)]
    for tip in tips:
        blob = _blob(git, tip, path)
        if blob is not None:
            value = read(blob)
            own = _blob(git, read_ref(git, RefName(BRANCHES + branch_of(value))), path)
            return value if own is None else read(own)
    return None


def _blob(git: GitRepository, commit: Oid | None, path: str) -> Oid | None:
    if commit is None:
        return None
    entry = find(git, git.read_lineage(commit).tree, path)
    return entry.oid if entry is not None and entry.is_file else None
