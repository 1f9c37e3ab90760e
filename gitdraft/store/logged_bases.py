"""What a draft was made on where none of its commits says so any more: somebody squashed them by hand, with words of their own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gitdraft.git.cache import remembered
from gitdraft.git.objects import ObjectSource
from gitdraft.git.ref_files import packed_refs, read_loose
from gitdraft.model.names import Oid
from gitdraft.store.operation_log import LOG, read_entry

BRANCHES = "refs/heads/"
MOST = 500  # operations


def logged_tip(source: ObjectSource, draft_id: str) -> Oid | None:
    """Returns where the latest operations of this repository left the draft's branch, ``None`` where they do not tell."""
    head = read_loose(source.common / LOG) or packed_refs(source.common).get(LOG)
    return None if head is None else _tips(source, Oid(head)).get(draft_id)


@remembered(4)
def _tips(source: ObjectSource, head: Oid) -> Mapping[str, Oid]:
    tips: dict[str, Oid] = {}
    for _ in range(MOST):
        parents = source.read_commit(head).parents
        if not parents:
            break
        for move in read_entry(source, head).operation.moves:
            if move.new is not None and move.name.startswith(BRANCHES):
                tips.setdefault(move.name.rpartition("/")[2], move.new)
        head = parents[0]
    return MappingProxyType(tips)
