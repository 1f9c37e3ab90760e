"""What one merge collects: conflicts, warnings, and the answers to conflicts that were given before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from gitdraft.documents.equality import equivalent
from gitdraft.documents.merge.declarations import Active
from gitdraft.documents.pointers import Tokens, format_pointer
from gitdraft.model.merge import Conflict, ConflictType, MergeWarning, Resolution, WarningType
from gitdraft.model.values import ABSENT, Maybe

MergeNode: TypeAlias = "Callable[[MergeContext, Active, Tokens, Maybe, Maybe, Maybe], Maybe]"
"""The merge of one node, given the declarations below it, its path, and its base, draft and canonical values."""


@dataclass(slots=True)
class MergeContext:
    """Collects what a merge finds on its way down.

    ``merge_node`` is the way further down: the families of rules call it for what lies inside.
    """

    merge_node: MergeNode
    resolutions: Sequence[Resolution] = ()
    conflicts: list[Conflict] = field(default_factory=list)
    warnings: list[MergeWarning] = field(default_factory=list)

    def conflict(
        self,
        path: Tokens,
        kind: ConflictType,
        base: Maybe,
        draft: Maybe,
        canonical: Maybe,
        *,
        rename_candidate: Tokens | None = None,
    ) -> Maybe:
        """Both sides wrote ``path``. Returns what stands there: the answer that was given for just this
        conflict, else canonical's value, and then the conflict is recorded."""
        pointer = format_pointer(path)
        for given in self.resolutions:
            if (
                given.path == pointer
                and given.type == kind
                and equivalent(given.canonical, canonical)
                and equivalent(given.draft, draft)
                and (path or canonical is ABSENT or given.value is not ABSENT)  # a patch leaves a document
            ):
                return given.value
        hint = None if rename_candidate is None else format_pointer(rename_candidate)
        self.conflicts.append(Conflict(pointer, kind, base, canonical, draft, hint))
        return canonical

    def write_conflict(
        self,
        path: Tokens,
        base: Maybe,
        draft: Maybe,
        canonical: Maybe,
        *,
        rename_candidate: Tokens | None = None,
    ) -> Maybe:
        """The conflict of a place that both sides wrote, by what each made of it (R3 to R6)."""
        kind: ConflictType = "modify/modify"
        if base is ABSENT:
            kind = "add/add"
        elif draft is ABSENT:
            kind = "delete/modify"
        elif canonical is ABSENT:
            kind = "modify/delete"
        return self.conflict(path, kind, base, draft, canonical, rename_candidate=rename_candidate)

    def warn(
        self, kind: WarningType, path: Tokens, from_path: Tokens | None = None, to_path: Tokens | None = None
    ) -> None:
        """Note something that a person may want to look at, once."""
        ends = tuple(None if end is None else format_pointer(end) for end in (from_path, to_path))
        warning = MergeWarning(kind, format_pointer(path), *ends)
        if warning not in self.warnings:
            self.warnings.append(warning)
