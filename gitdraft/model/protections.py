"""An entity that takes no edits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ProtectionKind: TypeAlias = Literal["locked", "archived"]


@dataclass(frozen=True, slots=True)
class Protection:
    """The entity is ``locked`` (for now) or ``archived`` (for good); by whom, when (RFC 3339, UTC) and why."""

    kind: ProtectionKind
    id: str
    reason: str
    by: str
    at: str
