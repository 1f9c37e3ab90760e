"""Tombstones: what is left of an entity that is gone. Its id is never used again while it has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.values import JSON


@dataclass(frozen=True, slots=True)
class RedirectTombstone:
    """The entity is redirected to the one with the key ``redirects_to``, of the same type. ``others`` are the members of its file that
    this gitdraft does not know, and keeps where it writes the file again."""

    id: str
    redirects_to: str
    reason: str
    by: str
    at: str
    others: Mapping[str, JSON] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class DeletedTombstone:
    """The entity was deleted; ``entity`` is its last content."""

    id: str
    reason: str
    by: str
    at: str
    entity: JSON


@dataclass(frozen=True, slots=True)
class ErasedTombstone:
    """The entity was deleted, and its content with it."""

    id: str
    reason: str
    by: str
    at: str


Tombstone: TypeAlias = RedirectTombstone | DeletedTombstone | ErasedTombstone
