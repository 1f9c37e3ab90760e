"""A module with everything that it needs, as one value."""

from __future__ import annotations

from typing import Literal, NamedTuple

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.values import JSON


class EffectiveMember(NamedTuple):
    """A member that an entity has or inherits, the entity that declares it, and how many parents away that is."""

    member: str
    requirement: Literal["required", "optional"]
    source: EntityRef
    depth: int


class BundledEntity(NamedTuple):
    """A live entity with its effective members, the nearest first (``None``: its type inherits nothing)."""

    entity: EntityRef
    document: JSON
    members: tuple[EffectiveMember, ...] | None


class Lack(NamedTuple):
    """A place that names what is not there: the text there, or the entity where its type is known."""

    entity: EntityRef
    pointer: str
    names: str
    status: Literal["deleted", "missing"]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A module and everything that it needs, sorted, out of canonical at a commit, or as a draft would have it: the live entities,
    the redirects by which some are named, and what is named and not there."""

    module: EntityRef
    commit: Oid
    draft: str | None
    entities: tuple[BundledEntity, ...]
    redirects: tuple[tuple[EntityRef, EntityRef], ...]
    missing: tuple[Lack, ...]

    def all(self) -> list[EntityRef]:
        """Returns its entities, those that are redirected among them, sorted."""
        return sorted([*(one.entity for one in self.entities), *(source for source, _ in self.redirects)])
