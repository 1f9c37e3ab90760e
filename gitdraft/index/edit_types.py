"""The edit type of a revision, from the versions of the entity before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid
from gitdraft.model.protections import ProtectionKind
from gitdraft.model.revisions import EditType
from gitdraft.store.replay import DRAFT_TRAILER, EDIT_TRAILER

StoredState: TypeAlias = Literal["absent", "live", "redirect", "deleted", "erased"]


@dataclass(frozen=True, slots=True)
class EntityFiles:
    """The oids of an entity's file, its tombstone and its protection; ``None`` for no file."""

    content: Oid | None = None
    tombstone: Oid | None = None
    protection: Oid | None = None


NO_FILES = EntityFiles()


@dataclass(frozen=True, slots=True)
class EntityVersion:
    """An entity at one commit: its files, the state that they store, and its protection."""

    files: EntityFiles = NO_FILES
    state: StoredState = "absent"
    protection: ProtectionKind | None = None


def edit_type(before: EntityVersion, after: EntityVersion, trailers: Mapping[str, str]) -> EditType:
    """Returns the edit type between two versions that differ; ``trailers`` are those of the commit.

    A commit that changed both the entity and its protection has the edit type of the change of the entity.
    """
    files, now = before.files, after.files
    if (files.content, files.tombstone) == (now.content, now.tombstone):
        return _protecting(before.protection, after.protection)
    match after.state:
        case "redirect":
            return "redirect-create"
        case "deleted":
            return "delete-soft"
        case "erased" | "absent":
            return "delete-hard"
        case "live":
            return _writing(before.state, trailers)


def _protecting(before: ProtectionKind | None, after: ProtectionKind | None) -> EditType:
    match after:
        case "locked":
            return "lock"
        case "archived":
            return "archive"
        case None:
            return "unarchive" if before == "archived" else "unlock"


def _writing(before: StoredState, trailers: Mapping[str, str]) -> EditType:
    match before:
        case "redirect":
            return "redirect-revert"
        case "deleted":
            return "undelete"
        case "absent" if trailers.get(EDIT_TRAILER) == "undelete":
            return "undelete"
    if DRAFT_TRAILER in trailers:
        return "draft-merge"
    if trailers.get(EDIT_TRAILER) == "import":
        return "import"
    return "update" if before == "live" else "create"
