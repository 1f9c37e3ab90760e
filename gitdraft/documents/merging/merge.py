"""The three-way merge of whole documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitdraft.documents.merging.context import MergeContext
from gitdraft.documents.merging.nodes import merge_node
from gitdraft.model.lists import ListRules
from gitdraft.model.merging import Conflict, MergeWarning, Resolution
from gitdraft.model.values import Maybe


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged document, with canonical's value at each conflict."""

    document: Maybe
    conflicts: tuple[Conflict, ...]
    warnings: tuple[MergeWarning, ...]


def merge3(
    base: Maybe, draft: Maybe, canonical: Maybe, rules: ListRules, resolutions: Sequence[Resolution] = ()
) -> Merged:
    """Merge what draft and canonical each made of the base. The answer depends on the arguments alone."""
    context = MergeContext(merge_node, resolutions)
    document = merge_node(context, rules, (), base, draft, canonical)
    return Merged(document, tuple(context.conflicts), tuple(context.warnings))
