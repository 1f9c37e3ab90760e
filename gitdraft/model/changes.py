"""What a draft does to one entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.entities import EntityRef
from gitdraft.model.values import JSON

PatchOp: TypeAlias = dict[str, JSON]
"""One RFC 6902 operation. ("Operation" alone is an entry of the operation log.)"""

Patch: TypeAlias = tuple[PatchOp, ...]
"""An RFC 6902 document whose form has been checked; it may still fail to apply."""


@dataclass(frozen=True, slots=True)
class Update:
    """The entity is changed by an RFC 6902 patch."""

    entity: EntityRef
    patch: Patch


@dataclass(frozen=True, slots=True)
class Create:
    """The entity is new; ``document`` is the whole of it."""

    entity: EntityRef
    document: JSON


@dataclass(frozen=True, slots=True)
class Delete:
    """The entity is deleted; its tombstone keeps the content and the reason. ``others`` are the members of the file
    that this gitdraft does not know, and keeps."""

    entity: EntityRef
    reason: str
    others: Mapping[str, JSON] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Redirect:
    """The entity is redirected to another one of its type; ``others`` as in a ``Delete``."""

    entity: EntityRef
    target: EntityRef
    reason: str
    others: Mapping[str, JSON] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Rename:
    """The entity gets another key, ``target``, of its type; ``patch`` is what is edited of it too.

    The patch is made to the entity under its old name, with the old id in it; it may be empty. With ``redirect`` the old key
    redirects to the new one. ``others`` as in a ``Delete``.
    """

    entity: EntityRef
    target: EntityRef
    patch: Patch = ()
    redirect: bool = True
    others: Mapping[str, JSON] = field(default_factory=dict, hash=False)


PlainChange: TypeAlias = Update | Create | Delete | Redirect
"""A change of an entity under its own name."""

Change: TypeAlias = PlainChange | Rename

ChangeKind: TypeAlias = Literal["patch", "create", "delete", "redirect", "rename"]
"""The kind of a change, as the name of its file in a draft has it."""
