"""The revisions of an entity: what canonical did to it, commit by commit."""

from __future__ import annotations

from typing import Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid
from gitdraft.model.operations import Actor
from gitdraft.model.tombstones import DeletedTombstone, ErasedTombstone
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


DIGITS = 12  # of the commit, in a revision as programs hold it

Expected: TypeAlias = int | str
"""A revision as somebody names it: number and commit (`3-1a2b3c4d5e6f`), or a bare number; 0 is none."""


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

    @property
    def text(self) -> str:
        """Number and commit, `3-1a2b3c4d5e6f`: a number alone can name two contents, where history was rewritten."""
        return f"{self.number}-{self.commit[:DIGITS]}"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A revision with the entity as it left it.

    ``entity`` is the content, which a soft deletion keeps; of a redirect, and of what is gone for good, its id
    alone. ``redirects_to`` is the key that a redirect leads to, ``deletion`` the tombstone of a deletion.
    """

    revision: Revision
    entity: JSON
    deleted: bool = False
    redirects_to: str | None = None
    deletion: DeletedTombstone | ErasedTombstone | None = None
