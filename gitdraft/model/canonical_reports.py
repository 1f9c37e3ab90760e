"""The reports of commands that write canonical."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gitdraft.errors import GitdraftError
from gitdraft.model.entities import EntityRef
from gitdraft.model.reports import RebaseReport

RedirectPair: TypeAlias = tuple[EntityRef, EntityRef]
"""A redirect: the entity, and the one that it redirects to."""


@dataclass(frozen=True, slots=True)
class RedirectReport:
    """The redirects made, those taken along to a new target, those that were there already, the commit
    (``None``: nothing to do), and how the open drafts fared."""

    created: tuple[RedirectPair, ...]
    flattened: tuple[RedirectPair, ...] = ()
    unchanged: tuple[RedirectPair, ...] = ()
    commit: str | None = None
    rebase: RebaseReport | None = None


@dataclass(frozen=True, slots=True)
class MergeEntitiesReport:
    """The entity taken up, and into which; the labels kept as aliases (pointers), the entities that now name the
    target instead, the redirects that were taken along, the commit, how the open drafts fared."""

    source: EntityRef
    target: EntityRef
    aliases: tuple[str, ...]
    retargeted: tuple[EntityRef, ...]
    flattened: tuple[RedirectPair, ...]
    commit: str | None = None
    rebase: RebaseReport | None = None


@dataclass(frozen=True, slots=True)
class LayoutReport:
    """The templates before and after, how many files moved, the commit (``None``: they lie so already), and how the
    open drafts fared."""

    type_name: str
    before: str
    after: str
    moved: int
    commit: str | None = None
    rebase: RebaseReport | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many entities were created, updated and there already; how many rows were left out, the first of them with
    what is wrong; the commit (``None``: nothing to do), and how the open drafts fared."""

    created: int
    updated: int
    unchanged: int
    left_out: int = 0
    problems: tuple[tuple[int, GitdraftError], ...] = ()
    commit: str | None = None
    rebase: RebaseReport | None = None
