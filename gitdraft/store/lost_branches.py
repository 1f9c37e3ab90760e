"""Drafts whose branch plain git has deleted: the operation log knows where they stood last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from gitdraft.errors import RepositoryError
from gitdraft.git.repository import GitRepository
from gitdraft.model.names import Oid
from gitdraft.store.drafts import HEADER_PATH
from gitdraft.store.operation_log import read_log
from gitdraft.store.snapshots import file_oid


class LostBranch(NamedTuple):
    """A draft that has no ref any more: the ``tip`` that it had last, and when an operation moved it there (RFC 3339)."""

    id: str
    tip: Oid
    at: str


def find_lost_branches(
    git: GitRepository, prefixes: Sequence[str], drafts: Mapping[str, Oid], operations_at_most: int | None
) -> Iterator[LostBranch]:
    """Yields the drafts whose ref is gone though no operation took it away, the last moved first.

    ``prefixes`` are those of the refs of drafts, ``drafts`` those that have one, id to tip. One that lives on under another
    name (`git branch -m`) is not lost. Only the latest operations are looked at where a number is given.
    """
    known_tips = set(drafts.values())
    for branch in _last_known(git, prefixes, operations_at_most):
        if branch.id not in drafts and branch.tip not in known_tips and _is_draft(git, branch.tip):
            yield branch


def _last_known(git: GitRepository, prefixes: Sequence[str], at_most: int | None) -> Iterator[LostBranch]:
    """Yields where each draft stood after the last operation that moved it, unless that took its refs away."""
    seen: set[str] = set()
    for entry in islice(read_log(git), at_most):
        tips: dict[str, Oid | None] = {}
        for move in entry.operation.moves:
            prefix = next((prefix for prefix in prefixes if move.name.startswith(prefix)), None)
            if prefix is not None and (move.new is not None or move.name.removeprefix(prefix) not in tips):
                tips[move.name.removeprefix(prefix)] = move.new
        for draft_id, tip in tips.items():
            if tip is not None and draft_id not in seen:
                yield LostBranch(draft_id, tip, entry.operation.at)
        seen.update(tips)


def _is_draft(git: GitRepository, tip: Oid) -> bool:
    try:
        return file_oid(git, git.read_lineage(tip).tree, HEADER_PATH) is not None
    except RepositoryError:
        return False  # pruned: nothing is left to be restored
