"""A worktree on its way from one commit to another without any ref but HEAD: noted before git starts, so that a kill in the
middle leaves nothing half.

HEAD is detached first: who commits what a kill left moves no branch. git writes the files, then the index, then HEAD. Until
HEAD has moved, the way is back.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gitdraft.errors import GitdraftError, OperationPending, RepositoryError
from gitdraft.git.head import head_branch, head_commit
from gitdraft.git.index_swap import IndexSwap, index_swap
from gitdraft.git.kept_files import NOTE as KEPT_NOTE
from gitdraft.git.known_refs import read_ref
from gitdraft.git.refs import set_head
from gitdraft.git.repository import GitRepository
from gitdraft.git.safe_files import write_note
from gitdraft.git.worktree_files import put_back_discarded, put_head
from gitdraft.git.worktree_repair import RESCUED, repair
from gitdraft.git.worktrees import Checkout
from gitdraft.model.names import Oid, RefName
from gitdraft.store.checkouts import bring_files, in_the_way

NOTE = Path("gitdraft/checkout-move.json")


def move_worktree(git: GitRepository, target: Oid, branch: RefName | None = None) -> None:
    """Puts files, index and HEAD on a commit: on ``branch``, which is there, or detached. The caller holds the writers' lock.

    Local changes of files that are the same there stay. Raises StateRefused (``worktree-in-the-way``) where one would be
    overwritten; on a failure the worktree is put back before the error goes on, and OperationPending is raised where that fails too.
    """
    start, left = head_commit(git), head_branch(git)
    assert git.worktree is not None
    assert start is not None
    file = git.path / NOTE
    operation = f"checkout-{os.urandom(4).hex()}"
    with index_swap(_checkout(git), operation) as swap:
        refusal = in_the_way(swap, start, target)
        if refusal is not None:
            raise refusal
        write_note(file, json.dumps({"from": start, "to": target, "branch": left}))
        try:
            if left is not None:
                set_head(git, start)
            bring_files(git, swap, start, target)
            swap.publish()
            put_head(git, target, branch, (left or start).removeprefix("refs/heads/"))
        except BaseException as error:
            _put_back(git, swap, operation, error)
            raise
    with suppress(RepositoryError):  # HEAD has moved: the note says nothing any more
        write_note(file, None)


def _put_back(git: GitRepository, swap: IndexSwap, operation: str, cause: BaseException) -> None:
    """Puts the worktree back where it was. Raises OperationPending from ``cause`` where that fails too: the next command does."""
    try:
        swap.put_back()
        swap.release()
        finish_move(git)
    except (GitdraftError, OSError) as failure:
        raise OperationPending(
            f"{cause}; the worktree could not be put back: {failure}",
            context={"operation": operation},
            hint="the next command puts it back: gitdraft rebase",
        ) from cause


def is_moving(git: GitRepository) -> bool:
    """Returns whether a checkout of this worktree, or a save there, is under way, or was interrupted."""
    return (git.path / NOTE).is_file() or (git.path / KEPT_NOTE).is_file()


def finish_move(git: GitRepository) -> list[str]:
    """Puts a worktree back that a kill left between two commits. Returns notices that name what was moved aside: a file that
    is as neither of the two has it.

    The caller holds the writers' lock. Raises RepositoryError where the disk refuses or another process keeps the index.
    """
    file = git.path / NOTE
    if git.worktree is None or not is_moving(git):
        return []
    aside = git.common / RESCUED / f"save-{os.urandom(4).hex()}"
    notices = _name(put_back_discarded(git, aside), aside)
    if not file.is_file():
        return notices
    move = _read(file)
    head = head_commit(git)
    if move is not None and head == move.start and git.has(move.start) and git.has(move.end):
        folder = git.common / RESCUED / f"checkout-{os.urandom(4).hex()}"
        with index_swap(_checkout(git), folder.name) as swap:
            rescued = repair(swap, move.end, move.start, folder)
            swap.publish()
        _back_on(git, move.branch)
        notices += ["put the worktree back where an interrupted checkout began", *_name(rescued, folder)]
    write_note(file, None)
    return notices


def _name(rescued: Sequence[str], folder: Path) -> list[str]:
    return [f"{path} was half-written or edited: it is now {folder / path}" for path in rescued]


class _Move(NamedTuple):
    start: Oid
    end: Oid
    branch: RefName | None


def _checkout(git: GitRepository) -> Checkout:
    assert git.worktree is not None
    return Checkout(git.worktree, git.path, RefName("HEAD"))


def _back_on(git: GitRepository, branch: RefName | None) -> None:
    """Puts HEAD back on the branch that it was on, unless that has moved meanwhile."""
    if branch is not None and head_branch(git) is None and read_ref(git, branch) == head_commit(git):
        set_head(git, branch)


def _read(file: Path) -> _Move | None:
    try:
        note = json.loads(file.read_text("utf-8"))
        return _Move(Oid(note["from"]), Oid(note["to"]), note.get("branch"))
    except (ValueError, KeyError, TypeError):
        return None
