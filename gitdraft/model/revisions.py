"""The revisions of an entity: what canonical did to it, commit by commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from gitdraft.model.names import Oid
from gitdraft.model.operations import Actor
from gitdraft.model.values import JSON

EditType: TypeAlias = Literal[
    "create",
    "update",
    "delete-soft",
    "delete-hard",
    "undelete",
    "redirect-create",
    "redirect-revert",
    "lock",
    "unlock",
    "archive",
    "unarchive",
    "import",
    "draft-merge",
]


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit on canonical's first-parent line that changed the entity's file, its tombstone or its protection.

    ``number`` counts those commits, the oldest is 1. ``by`` is the commit's author, ``at`` when it was committed
    (RFC 3339, UTC). ``content``, ``tombstone`` and ``protection`` are the oids of the three files after it,
    ``None`` for no file. ``draft`` is the draft that the commit merged.
    """

    number: int
    commit: Oid
    by: Actor
    at: str
    edit_type: EditType
    content: Oid | None = None
    tombstone: Oid | None = None
    protection: Oid | None = None
    draft: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """A revision with the entity as it left it.

    ``entity`` is the content, which a soft deletion keeps; of a redirect, and of what is gone for good, its id
    alone. ``redirects_to`` is the key that a redirect leads to.
    """

    revision: Revision
    entity: JSON
    deleted: bool = False
    redirects_to: str | None = None
