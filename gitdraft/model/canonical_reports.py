"""The reports of commands that write canonical."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from gitdraft.errors import GitdraftError
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.reports import RebaseReport
from gitdraft.model.violations import Violation

RedirectPair: TypeAlias = tuple[EntityRef, EntityRef]
"""A redirect: the entity, and the one that it redirects to."""


@dataclass(frozen=True, slots=True)
class RedirectReport:
    """The redirects created, those that were flattened to a new target, those that were there already; the commit
    (``None``: nothing to do), and the rebase of the open drafts."""

    created: tuple[RedirectPair, ...]
    flattened: tuple[RedirectPair, ...] = ()
    unchanged: tuple[RedirectPair, ...] = ()
    commit: Oid | None = None
    rebase: RebaseReport | None = None


@dataclass(frozen=True, slots=True)
class MergeEntitiesReport:
    """The merged entity and its target; the pointers of labels that were kept as aliases; the entities whose references
    now name the target; the redirects that were flattened; the commit, and the rebase of the open drafts."""

    source: EntityRef
    target: EntityRef
    aliases: tuple[str, ...]
    retargeted: tuple[EntityRef, ...]
    flattened: tuple[RedirectPair, ...]
    commit: Oid | None = None
    rebase: RebaseReport | None = None


@dataclass(frozen=True, slots=True)
class RenameReport:
    """The entity and its new name, whether the old id redirects to it, the entities whose references now name it, the redirects
    that lead to it now; the commit, and the rebase of the open drafts."""

    source: EntityRef
    target: EntityRef
    redirect: bool
    retargeted: tuple[EntityRef, ...]
    flattened: tuple[RedirectPair, ...]
    commit: Oid | None = None
    rebase: RebaseReport | None = None


@dataclass(frozen=True, slots=True)
class LayoutReport:
    """The templates before and after, how many files moved, the commit (``None``: the layout is this already), and the
    rebase of the open drafts."""

    type_name: str
    before: str
    after: str
    moved: int
    commit: Oid | None = None
    rebase: RebaseReport | None = None


class MigratedDraft(NamedTuple):
    """A draft that was migrated: its tips, and what is wrong with it afterwards."""

    id: str
    before: Oid
    tip: Oid
    violations: tuple[Violation, ...] = ()


class LeftDraft(NamedTuple):
    """A draft that was not migrated, and why; it is rebased as after any other commit."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """The entities of canonical that became others, the drafts that were migrated and those that were left, the commit, and the
    rebase of the other drafts."""

    name: str
    entities: tuple[EntityRef, ...]
    drafts: tuple[MigratedDraft, ...]
    left: tuple[LeftDraft, ...]
    commit: Oid
    rebase: RebaseReport


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many entities were created, updated and unchanged; how many rows were left out, and the first of them with
    their errors; the commit (``None``: nothing to do), and the rebase of the open drafts."""

    created: int
    updated: int
    unchanged: int
    left_out: int = 0
    problems: tuple[tuple[int, GitdraftError], ...] = ()
    commit: Oid | None = None
    rebase: RebaseReport | None = None
