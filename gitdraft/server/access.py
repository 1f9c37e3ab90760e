"""Who calls, and what a token opens.

A token that is unknown, expired or revoked, and a capability of another draft, get the same 404 as what is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gitdraft.api.repository import Repository
from gitdraft.api.session import NAMED, Identity, no_precondition, parse_actor
from gitdraft.errors import NotFound, StateRefused
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.operations import Actor
from gitdraft.model.tokens import Grant
from gitdraft.server.settings import Settings


@dataclass(frozen=True, slots=True)
class Caller:
    """A request on its way: the repository, whom the service is to git, and what the caller's token allows
    (``None``: there is none)."""

    repository: Repository
    settings: Settings
    service: Actor
    grant: Grant | None

    @property
    def actor(self) -> Actor:
        """Who does it: the name of a named token, else the service."""
        if self.grant is None or self.grant.name is None:
            return self.service
        return parse_actor(self.grant.name, self.service)

    @property
    def signature(self) -> str:
        """How what the caller says is signed: a token's name, with the mail that it has; never with the service's, which would
        make two people one, or somebody of whom gitdraft.yaml asks for a verdict."""
        name = None if self.grant is None else self.grant.name
        if name is None or NAMED.fullmatch(name):
            return self.actor.text
        return self.actor.name

    def acting(self, author: str | None = None, require: Callable[[], None] = no_precondition) -> Repository:
        """Returns the repository, in which the caller acts; ``author`` is who is said to have done it, ``require`` refuses
        under the writers' lock."""
        actor = self.actor
        identity = Identity(actor if author is None else parse_actor(author, actor), actor)
        return Repository(replace(self.repository.session, identity=identity, precondition=require))


Access: TypeAlias = Callable[[Caller], None]
"""Raises when the caller may not: StateRefused (``no-token``, ``permission-denied``), NotFound."""


def no_token() -> StateRefused:
    """What who has no token hears, where one is needed."""
    return StateRefused("this needs a token: Authorization: Bearer TOKEN", code="no-token")


def unknown() -> NotFound:
    """What everybody hears who has no good token for a thing, whether it is there or not."""
    return NotFound("there is nothing here for this token")


def reads_canonical(caller: Caller) -> None:
    """Any good token; nobody needs one where reading is open."""
    if not caller.settings.public_reading:
        _token(caller)


def reads_draft(draft_id: str) -> Access:
    """Any named token, or the draft's capability."""

    def check(caller: Caller) -> None:
        grant = _token(caller)
        if grant.role == "capability" and grant.draft != draft_id:
            raise unknown()

    return check


def reads_view(draft_id: str | None) -> Access:
    """The effective view of a draft, or canonical."""
    return reads_canonical if draft_id is None else reads_draft(draft_id)


def lists_drafts(caller: Caller) -> None:
    """Any good token; a capability lists its one draft."""
    _token(caller)


def is_named(caller: Caller) -> None:
    """Any named token."""
    _of_role(caller, "maintainer", "contributor", "reader")


def starts_drafts(caller: Caller) -> None:
    """A maintainer or a contributor."""
    _of_role(caller, "maintainer", "contributor")


def edits_draft(draft_id: str) -> Access:
    """The draft's capability, or a maintainer."""

    def check(caller: Caller) -> None:
        reads_draft(draft_id)(caller)
        _of_role(caller, "maintainer", "capability")

    return check


def maintains(caller: Caller) -> None:
    """A maintainer."""
    _of_role(caller, "maintainer")


def _token(caller: Caller) -> Grant:
    if caller.grant is None:
        raise no_token()
    return caller.grant


def _of_role(caller: Caller, *roles: str) -> None:
    require_role(_token(caller), *roles)


def require_role(grant: Grant, *roles: str) -> None:
    """Raises StateRefused (``permission-denied``) where a token is of none of the roles."""
    if grant.role not in roles:
        raise StateRefused(
            f"a {grant.role} may not do this",
            code="permission-denied",
            context={"role": grant.role, "allowed": list(roles)},
        )
