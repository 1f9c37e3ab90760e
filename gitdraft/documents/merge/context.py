"""The state of one merge: the path with its declarations, the conflicts and warnings, the answers given before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from gitdraft.documents.equality import equivalent
from gitdraft.documents.merge.declarations import ActiveRules, rule_at, rules_below
from gitdraft.documents.pointers import Tokens, format_pointer
from gitdraft.model.lists import ListRule
from gitdraft.model.merge import Conflict, ConflictType, MergeWarning, Resolution, WarningType
from gitdraft.model.values import ABSENT, Maybe


class MergePath(NamedTuple):
    """A place of the documents that are merged, and the declarations that hold there and below.

    ``tokens`` are in terms of the base; an item of a keyed list is named by its key (K1).
    """

    tokens: Tokens
    active: ActiveRules

    def child(self, token: str) -> MergePath:
        """Returns the path of a member or an element."""
        return MergePath((*self.tokens, token), rules_below(self.active, token))

    @property
    def rule(self) -> ListRule | None:
        """The declaration of this very place; ``None`` where there is none."""
        return rule_at(self.active)


MergeNode: TypeAlias = "Callable[[MergeContext, MergePath, Maybe, Maybe, Maybe], Maybe]"
"""The merge of one place, given its path, and its base, draft and canonical values."""


@dataclass(slots=True)
class MergeContext:
    """Collects the conflicts and warnings of one merge.

    ``merge_node`` merges what lies inside: the families of rules call it instead of importing each other.
    ``resolutions`` are the answers that were given to conflicts of an earlier merge.
    """

    merge_node: MergeNode
    resolutions: Sequence[Resolution] = ()
    conflicts: list[Conflict] = field(default_factory=list)
    warnings: list[MergeWarning] = field(default_factory=list)

    def conflict(
        self,
        path: Tokens,
        conflict_type: ConflictType,
        base: Maybe,
        draft: Maybe,
        canonical: Maybe,
        *,
        rename_candidate: Tokens | None = None,
    ) -> Maybe:
        """Returns the value that stands at ``path``, which both sides wrote: the answer given to exactly this
        conflict, else canonical's value, and then the conflict is recorded."""
        pointer = format_pointer(path)
        for resolution in self.resolutions:
            if (
                resolution.path == pointer
                and resolution.type == conflict_type
                and equivalent(resolution.canonical, canonical)
                and equivalent(resolution.draft, draft)
                and (
                    path or canonical is ABSENT or resolution.value is not ABSENT
                )  # a patch leaves a document
            ):
                return resolution.value
        candidate = None if rename_candidate is None else format_pointer(rename_candidate)
        self.conflicts.append(Conflict(pointer, conflict_type, base, canonical, draft, candidate))
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
        """Returns what :meth:`conflict` does, with the type that the values show (R3 to R6)."""
        conflict_type: ConflictType = "modify/modify"
        if base is ABSENT:
            conflict_type = "add/add"
        elif draft is ABSENT:
            conflict_type = "delete/modify"
        elif canonical is ABSENT:
            conflict_type = "modify/delete"
        return self.conflict(path, conflict_type, base, draft, canonical, rename_candidate=rename_candidate)

    def warn(
        self,
        warning_type: WarningType,
        path: Tokens,
        from_path: Tokens | None = None,
        to_path: Tokens | None = None,
    ) -> None:
        """Records, once, something in a clean merge that a person may want to look at."""
        ends = tuple(None if end is None else format_pointer(end) for end in (from_path, to_path))
        warning = MergeWarning(warning_type, format_pointer(path), *ends)
        if warning not in self.warnings:
            self.warnings.append(warning)
