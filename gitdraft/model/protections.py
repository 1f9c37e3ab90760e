"""An entity that takes no edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass

if TYPE_CHECKING:  # every command that reads canonical loads this
    from gitdraft.model.revisions import EditType

ProtectionKind: TypeAlias = Literal["locked", "archived"]

PROTECTS: Final[dict[ProtectionKind, EditType]] = {"locked": "lock", "archived": "archive"}
LIFTS: Final[dict[ProtectionKind, EditType]] = {"locked": "unlock", "archived": "unarchive"}


@dataclass(frozen=True, slots=True)
class Protection:
    """The entity is ``locked`` (for now) or ``archived`` (for good); by whom, when (RFC 3339, UTC) and why."""

    kind: ProtectionKind
    id: str
    reason: str
    by: str
    at: str
