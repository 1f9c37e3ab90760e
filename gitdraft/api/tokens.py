"""The tokens of the service: who may do what. Only their hashes are kept, beside git and never in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gitdraft.api.session import Session
from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from gitdraft.api.capabilities import Capability
    from gitdraft.model.tokens import Grant, Role

DAY = 24 * 60 * 60
USUAL_LIFE = 7 * DAY


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token, seen this once, and what it allows."""

    token: str
    grant: Grant


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a repository. Lives are seconds. Raises RepositoryError (``tokens``) where they cannot be read or
    written."""

    session: Session

    def issue(self, name: str, role: Role, life: int | None = None) -> IssuedToken:
        """Makes a token called ``name``, good for ``life`` seconds (``None``: for ever). Raises AlreadyExists."""
        from gitdraft.store.tokens import open_tokens

        now = self._now()
        with open_tokens(self.session.store.git.common) as tokens:
            return IssuedToken(*tokens.issue(role, now, None if life is None else now + life, name=name))

    def issue_for_draft(self, draft: str, life: int = USUAL_LIFE) -> IssuedToken:
        """Makes a capability: a token for one draft alone. Raises NotFound."""
        from gitdraft.store.tokens import open_tokens

        self.session.store.find_draft(draft)
        now = self._now()
        with open_tokens(self.session.store.git.common) as tokens:
            return IssuedToken(*tokens.issue("capability", now, now + life, draft=draft))

    def grants(self, *, everything: bool = False) -> Sequence[Grant]:
        """Returns the named tokens that are good, or ``everything``: capabilities, and what is revoked or expired."""
        from gitdraft.store.tokens import open_tokens

        now = self._now()
        with open_tokens(self.session.store.git.common) as tokens:
            grants = tokens.all(capabilities=everything)
        return [grant for grant in grants if everything or grant.is_good(now)]

    def find(self, token: str) -> Grant | None:
        """Returns what a token allows; ``None`` for one that is unknown, expired or revoked."""
        from gitdraft.store.tokens import open_tokens

        with open_tokens(self.session.store.git.common) as tokens:
            return tokens.find(token, self._now())

    def good(self, ids: Sequence[str]) -> Sequence[Grant]:
        """Returns what the tokens with these ids allow, as far as they still open anything."""
        from gitdraft.store.tokens import open_tokens

        now = self._now()
        with open_tokens(self.session.store.git.common) as tokens:
            return [grant for grant in tokens.of_ids(ids) if grant.is_good(now)]

    def revoke(self, name: str) -> Sequence[Grant]:
        """Revokes a token by its name or id, or all capabilities of a draft. Raises NotFound."""
        from gitdraft.store.tokens import open_tokens

        with open_tokens(self.session.store.git.common) as tokens:
            grants = tokens.known(name)
            tokens.revoke(grants, self._now())
        return grants

    def rotate(self, name: str, life: int | None = None) -> IssuedToken:
        """Makes a new token in place of an old one, which opens nothing any more; it is good for ``life`` seconds, or for
        as long as the old one was; a capability until the old one would have expired. Raises NotFound, InvalidInput where a draft has several capabilities."""
        from gitdraft.store.tokens import open_tokens

        now = self._now()
        with open_tokens(self.session.store.git.common) as tokens:
            grants = tokens.known(name)
            if len(grants) > 1:
                raise InvalidInput(
                    f"'{name}' has {len(grants)} capabilities",
                    context={"ids": [grant.id for grant in grants]},
                    hint=f"name one of them: gitdraft token rotate {grants[-1].id}",
                )
            old = grants[0]
            expires_at = None if life is None else now + life
            if life is None and old.expires_at is not None:
                is_kept = old.draft is not None and old.is_good(now)
                expires_at = old.expires_at if is_kept else now + old.expires_at - old.created_at
            return IssuedToken(*tokens.rotate(old, now, expires_at))

    def grant(self, draft: str, life: int = USUAL_LIFE, *, again: bool = False) -> Capability:
        """Returns a capability for a draft as the URL to give to people; ``again``, where the first answer may have been
        lost, another one that expires when the first does. Raises StateRefused (``capability-revoked``)."""
        from gitdraft.api.capabilities import grant_again, grant_capability

        make = grant_again if again else grant_capability
        return make(self.session.store, draft, self._now(), life)

    def rotate_draft(self, draft: str, life: int = USUAL_LIFE) -> Capability:
        """Returns a new capability for a draft in place of all that it has, which open nothing any more; it expires when they
        would have."""
        from gitdraft.api.capabilities import rotate_capability

        return rotate_capability(self.session.store, draft, self._now(), life)

    def revoke_draft(self, draft: str) -> int:
        """Revokes a draft's capabilities; returns how many that ends."""
        from gitdraft.api.capabilities import revoke_capabilities

        return revoke_capabilities(self.session.store, draft, self._now())

    def _now(self) -> int:
        return self.session.clock().seconds
