"""The state of one merge: the path with its declarations, the conflicts and warnings, the answers given before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from gitdraft.documents.equality import equivalent
from gitdraft.documents.merge.declarations import ActiveRules, groups_at, has_followers, rule_at, rules_below
from gitdraft.documents.merge.member_order import Hints
from gitdraft.documents.pointers import Tokens, format_pointer, parse_pointer
from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.lists import ListRule, Together
from gitdraft.model.merge import Conflict, ConflictType, MergeStep, MergeWarning, Resolution, WarningType
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

    def element(self, index: int) -> MergePath:
        """Returns the path of an element of an ordered list, below which no group is held whose `*` met it (G1)."""
        token = str(index)
        below = tuple(
            (pattern[1:], _not_held(rule, self.tokens) if pattern[0] == "*" else rule)
            for pattern, rule in self.active
            if pattern and pattern[0] in ("*", token)
        )
        return MergePath((*self.tokens, token), below)

    @property
    def rule(self) -> ListRule | None:
        """The declaration of this very place; ``None`` where there is none."""
        return rule_at(self.active)

    @property
    def has_followers(self) -> bool:
        """Whether a member at or below this place may follow canonical (C1)."""
        return has_followers(self.active)

    @property
    def groups(self) -> tuple[Together, ...]:
        """The groups of members that the object at this very place may have (G1)."""
        return groups_at(self.active)


def _not_held(rule: ListRule | Together, list_path: Tokens) -> ListRule | Together:
    if isinstance(rule, Together) and rule.list_path is None:
        return replace(rule, list_path=list_path)
    return rule


RULE_OF_WARNING: dict[WarningType, str] = {
    "followed-rename": "R10",
    "stale-copy": "P2",
    "not-keyed": "K6",
    "group-not-held": "G1",
    "canonical-kept": "C1",
}

MergeNode: TypeAlias = "Callable[[MergeContext, MergePath, Maybe, Maybe, Maybe], Maybe]"
"""The merge of one place, given its path, and its base, draft and canonical values."""


@dataclass(slots=True)
class MergeContext:
    """Collects the conflicts and warnings of one merge.

    ``merge_node`` merges what lies inside: the families of rules call it instead of importing each other.
    ``resolutions`` are the answers that were given to conflicts of an earlier merge, ``hints`` the members whose place
    the draft's patch names (O1). ``steps`` are what each rule did, ``None`` where nobody asks. Members that follow
    canonical (C1) have the other side's value where ``draft_leads``: git names the sides by where it merges.
    """

    merge_node: MergeNode
    resolutions: Sequence[Resolution] = ()
    hints: Hints = frozenset()
    conflicts: list[Conflict] = field(default_factory=list)
    warnings: dict[MergeWarning, None] = field(default_factory=dict)
    steps: list[MergeStep] | None = None
    draft_leads: bool = False

    def note(self, rule: str, path: Tokens, what: str) -> None:
        """Keeps what a rule did, where somebody asks."""
        if self.steps is not None:
            self.steps.append(MergeStep(rule, format_pointer(path), what))

    def conflict(
        self,
        path: Tokens,
        conflict_type: ConflictType,
        base: Maybe,
        draft: Maybe,
        canonical: Maybe,
        *,
        rule: str = "",
    ) -> Maybe:
        """Returns the value that stands at ``path``, which both sides wrote, as :meth:`record` does; ``rule`` says which
        rule saw it, where it is not the usual one of the type."""
        return self.record(Conflict(format_pointer(path), conflict_type, base, canonical, draft, rule=rule))

    def record(self, conflict: Conflict) -> Maybe:
        """Returns the value that stands at a conflict: the answer given to exactly this one, else canonical's value, and
        then the conflict is recorded."""
        for resolution in self.resolutions:
            if (
                resolution.path == conflict.path
                and resolution.type == conflict.type
                and equivalent(resolution.canonical, conflict.canonical)
                and equivalent(resolution.draft, conflict.draft)
                and (
                    conflict.path or conflict.canonical is ABSENT or resolution.value is not ABSENT
                )  # a patch leaves a document
            ):
                self.note(conflict.rule, parse_pointer(conflict.path), "answered")
                return resolution.value
        self.conflicts.append(conflict)
        self.note(conflict.rule, parse_pointer(conflict.path), f"conflict {conflict.type}")
        return conflict.canonical

    def write_conflict(
        self,
        path: Tokens,
        base: Maybe,
        draft: Maybe,
        canonical: Maybe,
        *,
        rename_candidate: Tokens | None = None,
        rule: str = "",
    ) -> Maybe:
        """Returns what :meth:`conflict` does, with the type that the values show (R3 to R6)."""
        conflict_type: ConflictType = "modify/modify"
        if base is ABSENT:
            conflict_type = "add/add"
        elif draft is ABSENT:
            conflict_type = "delete/modify"
        elif canonical is ABSENT:
            conflict_type = "modify/delete"
        candidate = None if rename_candidate is None else format_pointer(rename_candidate)
        pointer = format_pointer(path)
        return self.record(Conflict(pointer, conflict_type, base, canonical, draft, candidate, rule=rule))

    def rename_rule(self, path: Tokens, rules: Mapping[ConflictType, str]) -> None:
        """Names the rule of a conflict that was just recorded at ``path``, by its type."""
        last = self.conflicts[-1] if self.conflicts else None
        if last is not None and last.type in rules and last.path == format_pointer(path):
            self.conflicts[-1] = replace(last, rule=rules[last.type])
            if self.steps is not None:
                self.steps[-1] = replace(self.steps[-1], rule=rules[last.type])

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
            self.warnings[warning] = None
            self.note(RULE_OF_WARNING[warning_type], path, warning_type)
