"""Capabilities: who holds the URL of a draft may edit that draft, and nothing else."""

from __future__ import annotations

from gitdraft.errors import StateRefused
from gitdraft.lazy_dataclass import dataclass
from gitdraft.store.repository import Store
from gitdraft.store.tokens import open_tokens

DAY = 24 * 60 * 60
USUAL_LIFE = 7 * DAY


@dataclass(frozen=True, slots=True)
class Capability:
    """A draft's capability, seen this once: the token, and when it expires (Unix seconds)."""

    draft: str
    token: str
    expires_at: int

    def url(self, base: str) -> str:
        """The URL to give to people. The token is in the fragment, which no browser sends and no log has."""
        return f"{base.rstrip('/')}/drafts/{self.draft}#{self.token}"


def grant_capability(store: Store, draft_id: str, now: int, life: int = USUAL_LIFE) -> Capability:
    """A capability for a draft, good for ``life`` seconds."""
    with open_tokens(store.git.common) as tokens:
        token, _ = tokens.issue("capability", now, now + life, draft=draft_id)
    return Capability(draft_id, token, now + life)


def grant_again(store: Store, draft_id: str, now: int, life: int = USUAL_LIFE) -> Capability:
    """A capability for a draft whose first answer may have been lost: another secret, since none is kept, that
    expires when the first one does, or ``life`` seconds from now where that is past.

    Raises StateRefused (``capability-revoked``) when those that the draft had are all revoked: a repeated request
    does not take that back.
    """
    with open_tokens(store.git.common) as tokens:
        known = tokens.of_draft(draft_id)
        if known and all(grant.revoked_at is not None for grant in known):
            raise StateRefused(
                f"the capabilities of draft '{draft_id}' were revoked",
                code="capability-revoked",
                context={"draft": draft_id},
                hint=f"gitdraft token create --draft {draft_id}",
            )
        first = known[0].expires_at if known else None
        expires_at = first if first is not None and first > now else now + life
        token, _ = tokens.issue("capability", now, expires_at, draft=draft_id)
    return Capability(draft_id, token, expires_at)


def rotate_capability(store: Store, draft_id: str, now: int, life: int = USUAL_LIFE) -> Capability:
    """A new capability for a draft in place of all that it has, which open nothing any more.

    It expires when the last of them would have: no capability renews itself. Where none is good any more it lives
    ``life`` seconds.
    """
    with open_tokens(store.git.common) as tokens:
        known = tokens.of_draft(draft_id)
        ends = [grant.expires_at for grant in known if grant.is_good(now) and grant.expires_at is not None]
        expires_at = max(ends, default=now + life)
        tokens.revoke(known, now)
        token, _ = tokens.issue("capability", now, expires_at, draft=draft_id)
    return Capability(draft_id, token, expires_at)


def revoke_capabilities(store: Store, draft_id: str, now: int) -> int:
    """Let nothing open the draft but a maintainer's token; how many capabilities that ends."""
    with open_tokens(store.git.common) as tokens:
        good = [grant for grant in tokens.of_draft(draft_id) if grant.is_good(now)]
        tokens.revoke(good, now)
    return len(good)
