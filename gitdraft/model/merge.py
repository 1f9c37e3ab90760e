"""What a three-way merge takes and what it answers. Rule ids (R3, L2, …) are those of the rebase design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.values import ABSENT, JSON, Maybe

if TYPE_CHECKING:  # the merge driver starts once a file, and every class takes its time
    from gitdraft.model.changes import Patch
    from gitdraft.model.entities import EntityRef

ConflictType: TypeAlias = Literal[
    "modify/modify",
    "modify/delete",
    "delete/modify",
    "add/add",
    "create/create",
    "list",
    "order",
    "together",
    "duplicate-key",
    "test",
]

RULE_OF_TYPE: dict[ConflictType, str] = {
    "modify/modify": "R3",
    "delete/modify": "R4",
    "modify/delete": "R5",
    "add/add": "R6",
    "create/create": "E3",
    "list": "L4",
    "order": "K4",
    "together": "G1",
    "duplicate-key": "K5",
    "test": "P3",
}
"""The rule of a conflict that names none: the one that most conflicts of its type are of."""

WarningType: TypeAlias = Literal[
    "followed-rename", "stale-copy", "not-keyed", "group-not-held", "canonical-kept"
]

PatchKind: TypeAlias = Literal["verbatim", "rewritten", "empty"]

OutcomeStatus: TypeAlias = Literal["clean", "conflict", "invalid", "broken", "unknown"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides wrote one place differently.

    ``path`` is an RFC 6901 pointer in terms of the base document; an element of a keyed list is named by the
    canonical JSON of its key instead of an index (K1). The values are those at that path; a side that has
    none there is :data:`ABSENT`. ``rename_candidate`` is the pointer of a member that canonical added with
    the value it deleted here (R5), ``target`` the entity to which canonical redirected this one (E4), ``renamed_to`` the one as
    which canonical has it now (E5).
    ``members`` are the names of the members of the object at ``path`` that belong together (G1); then the values
    are objects of those that a side has. ``rule`` is the rule that saw it.
    """

    path: str
    type: ConflictType
    base: Maybe = ABSENT
    canonical: Maybe = ABSENT
    draft: Maybe = ABSENT
    rename_candidate: str | None = None
    target: EntityRef | None = None
    members: tuple[str, ...] = ()
    renamed_to: EntityRef | None = None
    rule: str = ""

    def __post_init__(self) -> None:
        if not self.rule:
            object.__setattr__(self, "rule", RULE_OF_TYPE[self.type])

    @property
    def pointers(self) -> tuple[str, ...]:
        """The pointers of what is in conflict: those of the ``members``, else ``path``."""
        escaped = (name.replace("~", "~0").replace("/", "~1") for name in self.members)
        return tuple(f"{self.path}/{name}" for name in escaped) or (self.path,)

    @property
    def place(self) -> str:
        """What is in conflict, for people: the ``pointers``, or that it is the whole entity."""
        return ", ".join(self.pointers) or "(whole entity)"

    @property
    def is_whole(self) -> bool:
        """Whether the conflict is about the whole document."""
        return self.path == "" and not self.members


@dataclass(frozen=True, slots=True)
class MergeWarning:
    """The merge is clean, and a person may want to look: a followed rename {from, to} (R10, of an entity E5), a copy
    whose source canonical changed (P2), a list declared keyed that is not (K6), a group that is not held in the elements
    of an ordered list (G1), a value of the draft where canonical's is kept (C1)."""

    type: WarningType
    path: str
    from_path: str | None = None
    to_path: str | None = None


@dataclass(frozen=True, slots=True)
class MergeStep:
    """What a rule did at one place of a merge, for people who ask why."""

    rule: str
    path: str
    what: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """A person's answer to one conflict: the value that stands at ``path`` (:data:`ABSENT`: none).

    It holds for exactly the conflict it was given for: same path and type, same (≈) canonical and draft
    values. When canonical changes the place again, the conflict comes back. ``others`` are members of its file
    that this gitdraft does not know, and keeps.
    """

    path: str
    type: ConflictType
    canonical: Maybe
    draft: Maybe
    value: Maybe
    others: Mapping[str, JSON] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class RebaseResult:
    """The answer of ``rebase_patch``.

    ``document`` is the merged entity, with canonical's value at conflict paths, :data:`ABSENT` where the
    entity is no more. ``patch`` makes ``document`` out of canonical where the status is clean; on any other
    status it is the patch that came in. ``reason`` says why a broken patch does not apply.
    """

    status: Literal["clean", "conflict", "broken"]
    document: Maybe
    patch: Patch
    patch_kind: PatchKind
    conflicts: tuple[Conflict, ...] = ()
    warnings: tuple[MergeWarning, ...] = ()
    reason: str | None = None
