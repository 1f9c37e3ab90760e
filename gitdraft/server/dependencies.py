"""One request: its work done in a thread, under its token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gitdraft.api.repository import Repository
from gitdraft.errors import InvalidInput
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.tokens import Grant
from gitdraft.server.access import Access, Caller, unknown
from gitdraft.server.service import Service, caller_of, token_of
from gitdraft.server.workers import Workers

Answer = TypeVar("Answer")
BEARER = HTTPBearer(auto_error=False, description="A named token, or the capability of a draft.")


@dataclass(frozen=True, slots=True)
class Call:
    """One request, the token it came with, and whose turn it takes. ``unknown_parameter`` stands in its query and means
    nothing to its route; ``mends``: it may bring a gitdraft.yaml that can be read again."""

    service: Service
    token: str | None
    caller: str
    unknown_parameter: str | None = None
    mends: bool = False

    async def read(self, access: Access, action: Callable[[Caller], Answer]) -> Answer:
        """What the action answers to a caller who has this access."""
        return await self._run(self.service.readers, access, action)

    async def write(self, access: Access, action: Callable[[Caller], Answer]) -> Answer:
        """The same for an action that moves refs or keeps tokens."""
        return await self._run(self.service.writers, access, action)

    async def survey(self, access: Access, action: Callable[[Caller], Answer]) -> Answer:
        """The same for an action that looks at all of the repository."""
        return await self._run(self.service.surveyors, access, action)

    async def fetch(self, access: Access, action: Callable[[Caller], Answer]) -> Answer:
        """The same for an action that waits for another host."""
        return await self._run(self.service.fetcher, access, action)

    async def _run(self, workers: Workers, access: Access, action: Callable[[Caller], Answer]) -> Answer:
        def act(repository: Repository) -> Answer:
            if not self.mends:
                repository.configuration  # noqa: B018 (raises InvalidInput where it cannot be read)
            caller = Caller(
                repository,
                self.service.settings,
                self.service.identity(repository),
                _grant(repository, self.token),
            )
            access(caller)
            if self.unknown_parameter is not None:
                raise not_a_parameter(self.unknown_parameter)
            return action(caller)

        return await workers.run(act, self.service.settings.timeout, self.caller)


def find_call(
    request: Request, _bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
) -> Call:
    """Returns the call that a request is."""
    token = token_of(request)
    return Call(request.app.state.service, token, caller_of(request, token), unknown_parameter(request))


def unknown_parameter(request: Request) -> str | None:
    """Returns a parameter of the query that the request's route does not have, if there is one."""
    known: frozenset[str] = getattr(request.scope.get("route"), "parameters", frozenset())
    is_ours = request.url.path.startswith("/api/")
    return next((n for n in request.query_params if is_ours and n not in known and n[:1] != "_"), None)


def not_a_parameter(name: str) -> InvalidInput:
    """Returns the refusal of a parameter that a route does not have."""
    return InvalidInput(f"unknown parameter '{name}'", code="unknown-parameter", context={"parameter": name})


Calling = Annotated[Call, Depends(find_call)]


def _grant(repository: Repository, token: str | None) -> Grant | None:
    if token is None:
        return None
    grant = repository.tokens.find(token)
    if grant is None:
        raise unknown()
    return grant
