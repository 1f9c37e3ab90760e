"""Worktrees whose branch moves: held while it does, brought along, put right after a failure or a kill.

The order keeps the promise: index locked, intent recorded, refs locked at their old values, files written, index replaced,
refs moved; and backwards, the refs first. So at no moment, and after no kill, is an index older than its HEAD: what is
half done shows in `git status` as the operation's own change, and the next command finishes it or takes it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from gitdraft.errors import RepositoryError, StateRefused
from gitdraft.git.index_swap import IndexSwap, index_copy, index_swap
from gitdraft.git.known_refs import read_ref
from gitdraft.git.prepared_refs import prepared_refs
from gitdraft.git.repository import GitRepository
from gitdraft.git.trees import changed_files
from gitdraft.git.worktree_repair import RESCUED, repair
from gitdraft.git.worktrees import Checkout, checkouts
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.names import Oid
from gitdraft.model.operations import RefMove


@dataclass(frozen=True, slots=True)
class HeldCheckout:
    """A worktree whose index is locked, and the move that its branch is to make."""

    swap: IndexSwap
    move: RefMove


@dataclass(slots=True)
class IndexLocks:
    """The indexes that are locked, until the end of the `with`. ``token`` makes the names of temporary files."""

    git: GitRepository
    token: str
    _stack: ExitStack = field(default_factory=ExitStack)
    _swaps: dict[Path, IndexSwap] = field(default_factory=dict)

    def __enter__(self) -> IndexLocks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def lock(self, checkout: Checkout) -> IndexSwap:
        """Returns the locked index of a worktree. Raises RepositoryError (``locked``) where another process keeps it."""
        if checkout.git_dir not in self._swaps:
            self._swaps[checkout.git_dir] = self._stack.enter_context(index_swap(checkout, self.token))
        return self._swaps[checkout.git_dir]

    def lock_branch(self, branch: str) -> None:
        """Locks the index of each worktree that shows this branch, so that nobody commits to it."""
        for checkout in checkouts(self.git):
            if checkout.branch == branch and not checkout.is_rebasing:
                self.lock(checkout)

    def hold(
        self, moves: Sequence[RefMove], may_stay: frozenset[str]
    ) -> tuple[list[HeldCheckout], dict[str, StateRefused]]:
        """Locks the index of each worktree whose branch moves. Returns those that can follow, and for each branch that cannot
        move what is in the way.

        The objects of the new commits are written before: git is asked what is in the way. A lock that another process keeps
        is a refusal for a branch that ``may_stay``, else RepositoryError (``locked``).
        """
        held: list[HeldCheckout] = []
        refusals: dict[str, StateRefused] = {}
        for checkout, move in moving_checkouts(self.git, moves):
            refusal = _in_use(checkout, move)
            if refusal is None:
                try:
                    swap = self.lock(checkout)
                except RepositoryError as error:
                    if error.code != "locked" or move.name not in may_stay:
                        raise
                    refusal = StateRefused(error.message, code=error.code, context=error.context)
                else:
                    refusal = in_the_way(swap, move.old, str(move.new))
                    held.append(HeldCheckout(swap, move))
            if refusal is not None:
                refusals[move.name] = refusal
        return [item for item in held if item.move.name not in refusals], refusals


def blocked_checkouts(git: GitRepository, moves: Sequence[RefMove], token: str) -> dict[str, StateRefused]:
    """Returns the refs that a worktree keeps from moving, each with what is in the way. Nothing is locked."""
    refusals: dict[str, StateRefused] = {}
    for checkout, move in moving_checkouts(git, moves):
        refusal = _in_use(checkout, move)
        if refusal is None:
            with index_copy(checkout, token) as swap:
                refusal = in_the_way(swap, move.old, str(move.new))
        if refusal is not None:
            refusals[move.name] = refusal
    return refusals


def move_checkouts(git: GitRepository, held: Sequence[HeldCheckout]) -> None:
    """Moves the branches that are checked out, their files and index with them.

    Raises RepositoryError when git or the disk refuses; no ref has moved then, but for one that git says moved.
    """
    if not held:
        return
    with prepared_refs(git, [item.move for item in held]) as refs:
        try:
            for item in held:
                bring_files(git, item.swap, item.move.old, str(item.move.new))
            for item in held:
                item.swap.publish()
        except BaseException:
            for item in held:
                item.swap.put_back()
            raise
        refs.commit()


def bring_files(git: GitRepository, swap: IndexSwap, old: str | None, new: str) -> None:
    """Brings a worktree's files, and the copy of its index, from one commit to the other. Raises RepositoryError where the disk
    refuses; ``swap.put_back`` undoes it."""
    before = None if old is None else git.read_lineage(Oid(old)).tree
    after = git.read_lineage(Oid(new)).tree
    swap.write_files(old, new, [change.path for change in changed_files(git, before, after)])


def repair_checkouts(locks: IndexLocks, moves: Sequence[RefMove], *, forwards: bool) -> list[str]:
    """Brings the worktrees of these branches to the new commits, wherever between old and new a failure or a kill left them,
    and moves the branches that are not there yet. Returns notices that name what was moved aside.

    A file that is neither the one nor the other, half-written or edited since, goes to
    `<git dir>/gitdraft/rescued/<operation>/<path>`. To go back (not ``forwards``), the moves are given reversed, and the refs go
    before the indexes.
    """
    held = [
        HeldCheckout(locks.lock(checkout), move)
        for checkout, move in moving_checkouts(locks.git, moves)
        if not checkout.is_rebasing
    ]
    if not held:
        return []
    folder = locks.git.common / RESCUED / locks.token
    current = {item.move.name: read_ref(locks.git, item.move.name) for item in held}
    todo = [replace(item.move, old=current[item.move.name]) for item in held]
    notices: list[str] = []
    with prepared_refs(locks.git, [move for move in todo if move.old != move.new]) as refs:
        for item in held:
            if not item.swap.is_locked:
                item.swap.lock()
            else:
                item.swap.copy_index()
            rescued = repair(item.swap, item.move.old, item.move.new, folder)
            notices += [f"{path} was half-written or edited: it is now {folder / path}" for path in rescued]
        if not forwards:
            refs.commit()
        for item in held:
            item.swap.publish()
        if forwards:
            refs.commit()
    return notices


def moving_checkouts(git: GitRepository, moves: Sequence[RefMove]) -> list[tuple[Checkout, RefMove]]:
    """Returns the worktrees that have one of the moving branches checked out, or hold it in a rebase."""
    by_name = {move.name: move for move in moves}
    return [(checkout, by_name[checkout.branch]) for checkout in checkouts(git) if checkout.branch in by_name]


def _in_use(checkout: Checkout, move: RefMove) -> StateRefused | None:
    branch = move.name.removeprefix("refs/heads/")
    context = {"ref": move.name, "worktree": str(checkout.worktree)}
    if checkout.is_rebasing:
        return StateRefused(
            f"{branch} is being rebased in {checkout.worktree}",
            code="rebase-in-progress",
            context=context,
            hint="git rebase --continue, or git rebase --abort, there first",
        )
    if move.new is None:
        return StateRefused(
            f"{branch} is checked out in {checkout.worktree}",
            code="checked-out",
            context=context,
            hint="git switch to another branch there first",
        )
    return None


def in_the_way(swap: IndexSwap, old: str | None, new: str) -> StateRefused | None:
    """Returns the refusal that names the local changes which keep a worktree from going from one commit to the other."""
    worktree = swap.checkout.worktree
    paths = swap.obstacles(old, new)
    if not paths:
        return None
    return StateRefused(
        f"local changes in {worktree} would be overwritten: {', '.join(paths[:5])}",
        code="worktree-in-the-way",
        context={"worktree": str(worktree), "paths": paths},
        hint="commit them, or git stash, then try again",
    )
