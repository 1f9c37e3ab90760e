"""Releases: named states of canonical, and what lies between two of them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.impacts import Impact, Reason, Step, step_of, worst
from gitdraft.model.names import Oid
from gitdraft.model.values import Maybe

ChangeKind: TypeAlias = Literal["added", "changed", "redirected", "merged", "renamed", "deleted"]
CHANGE_KINDS: tuple[ChangeKind, ...] = ("added", "changed", "redirected", "merged", "renamed", "deleted")


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What became of one place of an entity: the values before and after, :data:`ABSENT` where there is none."""

    pointer: str
    kind: Literal["added", "removed", "changed", "reordered"]
    before: Maybe
    after: Maybe


@dataclass(frozen=True, slots=True)
class EntityChange:
    """What became of one entity between two states: its label, what takes its place (``target``), why it was deleted, the
    places that differ, and what it means to those who use the entity. ``module`` is the one that it belongs to."""

    entity: EntityRef
    kind: ChangeKind
    label: str | None
    members: tuple[MemberChange, ...] = ()
    target: EntityRef | None = None
    reason: str = ""
    reasons: tuple[Reason, ...] = ()
    module: EntityRef | None = None

    @property
    def impact(self) -> Impact | None:
        """The weightiest of its reasons."""
        return worst(self.reasons)


@dataclass(frozen=True, slots=True)
class CreditedDraft:
    """A draft that was merged on the way, and who made it."""

    id: str
    title: str
    author: str


@dataclass(frozen=True, slots=True)
class State:
    """A state of canonical by the name that it was asked for, and its commit (``None``: before the first)."""

    name: str
    commit: Oid | None


@dataclass(frozen=True, slots=True)
class Changelog:
    """The net changes from one state to another, sorted by entity, and whom they are owed to, each once. ``general`` are reasons
    that are about no entity: what a schema newly requires."""

    before: State
    after: State
    changes: tuple[EntityChange, ...]
    drafts: tuple[CreditedDraft, ...]
    authors: tuple[str, ...]
    general: tuple[Reason, ...] = ()

    @property
    def impact(self) -> Impact | None:
        """What the whole means to those who use the entities; ``None`` where nothing changed."""
        return worst((*self.general, *(reason for change in self.changes for reason in change.reasons)))

    @property
    def step(self) -> Step:
        """The step of a semantic version that says so."""
        return step_of(self.impact)


@dataclass(frozen=True, slots=True)
class Release:
    """A release: its version, its tag, the commit, when it was made (RFC 3339, UTC) and by whom (empty: a lightweight tag)."""

    version: str
    tag: str
    commit: Oid
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """A release that was made, or would be: what it is called, and what lies between it and the ``previous`` one."""

    version: str
    tag: str
    commit: Oid
    changelog: Changelog
    proposed: str
    previous: Release | None = None
