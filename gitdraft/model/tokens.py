"""Who may do what through the service."""

from __future__ import annotations

from typing import Literal, TypeAlias

from gitdraft.lazy_dataclass import dataclass

Role: TypeAlias = Literal["maintainer", "contributor", "reader", "capability"]
"""A maintainer may do everything, a contributor read and start drafts, a reader read; a capability is for one draft."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows. The token itself is not kept, only its hash.

    ``id`` is the part of the token that is no secret. ``name`` is that of a named token, ``draft`` the draft of a
    capability. Times are Unix seconds; one that does not expire has ``None``.
    """

    id: str
    role: Role
    created_at: int
    expires_at: int | None = None
    name: str | None = None
    draft: str | None = None
    revoked_at: int | None = None

    def is_good(self, now: int) -> bool:
        """Returns whether the token opens anything at this time."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
