"""What a draft says of itself, and the way it may go."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from gitdraft.lazy_dataclass import dataclass, field, replace
from gitdraft.model.names import DraftId, Oid
from gitdraft.model.operations import OperationMetadata
from gitdraft.model.values import JSON


class DraftStatus(str, Enum):
    """Where a draft is on its way."""

    DRAFT = "draft"
    VALIDATED = "validated"
    SUBMITTED = "submitted"
    MERGED = "merged"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Whether the draft is among the branches; a closed one is kept under `refs/gitdraft/closed/`."""
        return self in (DraftStatus.DRAFT, DraftStatus.VALIDATED, DraftStatus.SUBMITTED)

    @property
    def is_rebased_automatically(self) -> bool:
        """Whether a rebase of all drafts moves it; a submitted one stays as it was handed in."""
        return self in (DraftStatus.DRAFT, DraftStatus.VALIDATED)


TRANSITIONS: Final[Mapping[DraftStatus, frozenset[DraftStatus]]] = {
    DraftStatus.DRAFT: frozenset({DraftStatus.VALIDATED, DraftStatus.SUBMITTED, DraftStatus.WITHDRAWN}),
    DraftStatus.VALIDATED: frozenset({DraftStatus.DRAFT, DraftStatus.SUBMITTED, DraftStatus.WITHDRAWN}),
    DraftStatus.SUBMITTED: frozenset(
        {DraftStatus.MERGED, DraftStatus.REJECTED, DraftStatus.WITHDRAWN, DraftStatus.DRAFT}
    ),
    DraftStatus.REJECTED: frozenset({DraftStatus.DRAFT}),
    DraftStatus.WITHDRAWN: frozenset({DraftStatus.DRAFT}),
    DraftStatus.MERGED: frozenset(),
}
"""The status machine: from each status, those that may follow."""


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One step of a draft: the status it got, when (RFC 3339, UTC), by whom (`Name <mail>`), and why; ``others`` as in a ``DraftHeader``."""

    status: DraftStatus
    at: str
    by: str
    reason: str | None = None
    others: Mapping[str, JSON] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class DraftHeader:
    """`.gitdraft/draft.json`. ``created_from`` is the canonical commit that the draft started at, ``id`` what it was called
    when it was made (``None``: made before that was written down), ``others`` the members that this gitdraft does not know,
    and keeps."""

    title: str
    description: str
    author: str
    source: str
    status: DraftStatus
    created_at: str
    created_from: Oid
    history: tuple[StatusChange, ...] = ()
    id: str | None = None
    others: Mapping[str, JSON] = field(default_factory=dict, hash=False)

    @property
    def message(self) -> str:
        """Title and description, as the message of a commit that stands for the draft."""
        return f"{self.title}\n\n{self.description}".strip()


@dataclass(frozen=True, slots=True)
class Parent:
    """The draft that a stacked draft stands on: its id, and the canonical commit to which its changes were made when
    they were taken; ``others`` as in a ``DraftHeader``."""

    draft: DraftId
    base: Oid
    others: Mapping[str, JSON] = field(default_factory=dict, hash=False)


def is_same_draft(one: DraftHeader, other: DraftHeader) -> bool:
    """Returns whether both headers are of one draft, perhaps at different times, and not of two under one name."""
    if one.id is not None and other.id is not None and one.id != other.id:
        return False
    origins = [(header.created_at, header.created_from, header.author) for header in (one, other)]
    return origins[0] == origins[1]


def with_status(
    header: DraftHeader, status: DraftStatus, metadata: OperationMetadata, reason: str | None = None
) -> DraftHeader:
    """Returns the header with a new status, and the step in its history."""
    actor = f"{metadata.actor.name} <{metadata.actor.email}>"
    step = StatusChange(status, metadata.at, actor, reason)
    return replace(header, status=status, history=(*header.history, step))
