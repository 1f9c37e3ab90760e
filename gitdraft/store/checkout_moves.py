"""A worktree on its way from one commit to another without any ref but HEAD: noted before git starts, so that a kill in the
middle leaves nothing half.

git writes the files first, then the index, then HEAD. Until HEAD has moved, the way is back.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gitdraft.errors import GitdraftError, RepositoryError
from gitdraft.git.index_swap import index_swap
from gitdraft.git.repository import GitRepository, head_commit
from gitdraft.git.safe_files import write_note
from gitdraft.git.worktree_repair import RESCUED, repair
from gitdraft.git.worktrees import Checkout
from gitdraft.model.names import Oid, RefName

NOTE = Path("gitdraft/checkout-move.json")


@contextmanager
def noted_move(git: GitRepository, target: Oid) -> Iterator[None]:
    """Notes that the worktree goes to ``target``. Where that fails, it is put back before the error goes on. The caller holds
    the writers' lock."""
    file = git.path / NOTE
    write_note(file, json.dumps({"from": head_commit(git), "to": target}))
    try:
        yield
    except GitdraftError as error:
        if error.code == "worktree-in-the-way":  # git has looked before it wrote
            write_note(file, None)
        else:
            finish_move(git)
        raise
    with suppress(RepositoryError):  # HEAD has moved: the note says nothing any more
        write_note(file, None)


def is_moving(git: GitRepository) -> bool:
    """Returns whether a checkout of this worktree is under way, or was interrupted."""
    return (git.path / NOTE).is_file()


def finish_move(git: GitRepository) -> list[str]:
    """Puts a worktree back that a kill left between two commits. Returns notices that name what was moved aside: a file that
    is as neither of the two has it.

    The caller holds the writers' lock. Raises RepositoryError where the disk refuses or another process keeps the index.
    """
    file = git.path / NOTE
    if git.worktree is None or not is_moving(git):
        return []
    move = _read(file)
    head = head_commit(git)
    notices: list[str] = []
    if move is not None and head == move[0] and all(map(git.has, move)):
        folder = git.common / RESCUED / f"checkout-{secrets.token_hex(4)}"
        checkout = Checkout(git.worktree, git.path, RefName("HEAD"))
        with index_swap(checkout, folder.name) as swap:
            rescued = repair(swap, move[1], move[0], folder)
            swap.publish()
        notices = ["put the worktree back where an interrupted checkout began"]
        notices += [f"{path} was half-written or edited: it is now {folder / path}" for path in rescued]
    write_note(file, None)
    return notices


def _read(file: Path) -> tuple[Oid, Oid] | None:
    try:
        note = json.loads(file.read_text("utf-8"))
        return Oid(note["from"]), Oid(note["to"])
    except (ValueError, KeyError, TypeError):
        return None
