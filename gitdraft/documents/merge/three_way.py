"""The three-way merge of two documents with their common base, by the rules of the rebase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitdraft.documents.merge.context import MergeContext
from gitdraft.documents.merge.nodes import merge_node
from gitdraft.model.lists import ListRules
from gitdraft.model.merge import Conflict, MergeWarning, Resolution
from gitdraft.model.values import Maybe


@dataclass(frozen=True, slots=True)
class Merged:
    """``document`` has ``ours`` at conflict paths. In a conflict ``canonical`` is ours and ``draft`` is theirs."""

    document: Maybe
    conflicts: tuple[Conflict, ...] = ()
    warnings: tuple[MergeWarning, ...] = ()


def merge_documents(
    base: Maybe, ours: Maybe, theirs: Maybe, rules: ListRules = (), resolutions: Sequence[Resolution] = ()
) -> Merged:
    """What ``ours`` and ``theirs`` make of ``base`` together; any of them may be :data:`ABSENT`."""
    context = MergeContext(merge_node, resolutions)
    document = merge_node(context, rules, (), base, theirs, ours)
    return Merged(document, tuple(context.conflicts), tuple(context.warnings))
