"""One call of a tool: what was sent, who calls, the repository as it is now, a refusal as an answer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from gitdraft.api.draft import Draft
from gitdraft.api.repository import Repository, open_session
from gitdraft.api.session import Identity, Session, local_time, parse_actor
from gitdraft.errors import GitdraftError, Interrupted, InvalidInput, NotFound, StateRefused
from gitdraft.formats.reports import Record
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.mcp.answers import Page, parse_page
from gitdraft.model.tokens import Grant
from gitdraft.model.values import JSON

Right: TypeAlias = Literal["read", "start", "edit", "maintain"]
"""What a call does: reads, starts a draft, edits or hands in one, changes canonical."""
LONGEST_AGENT = 200
KINDS: dict[str, type] = {"string": str, "integer": int, "array": list}


@dataclass(frozen=True, slots=True)
class Client:
    """Who calls: the program, and what the token allows over HTTP (``None``: whoever started it, who may everything)."""

    agent: str
    grant: Grant | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call on its way. ``arguments`` fit the tool's schema."""

    repository: Repository
    arguments: Mapping[str, JSON]
    grant: Grant | None

    def text(self, name: str) -> str:
        """Returns a text that has to be there."""
        value = self.arguments[name]
        assert isinstance(value, str)
        return value

    def maybe(self, name: str) -> str | None:
        """Returns a text, ``None`` where it was left out."""
        return self.text(name) if name in self.arguments else None

    def page(self) -> Page:
        """Returns which part of the answer is asked for."""
        limit = self.arguments.get("limit")
        return parse_page(self.maybe("cursor"), limit if isinstance(limit, int) else None)

    def seen_draft(self) -> str | None:
        """Returns the draft whose view is asked for; ``None``: canonical. Raises NotFound for one that the token does not open."""
        draft = self.maybe("draft")
        if draft is not None:
            self._require_open(draft)
        return draft

    def draft(self) -> Draft:
        """Returns the draft that is named. Raises NotFound, also for one that the token does not open."""
        self._require_open(self.text("draft"))
        return self.repository.drafts.get(self.text("draft"))

    def own_draft(self) -> Draft:
        """Returns the draft to be edited. Raises StateRefused (``permission-denied``) for a contributor's token and a draft of
        somebody else."""
        draft = self.draft()
        if self.grant is not None and self.grant.role == "contributor":
            actor = self.repository.session.identity.author_in(self.repository.store.git)
            if draft.header.author != actor.text:
                raise _denied(self.grant)
        return draft

    def _require_open(self, draft: str) -> None:
        grant = self.grant
        if grant is not None and grant.role == "capability" and grant.draft != draft:
            raise NotFound("there is nothing here for this token")


ROLES: dict[Right, tuple[str, ...]] = {
    "read": ("maintainer", "contributor", "reader", "capability"),
    "start": ("maintainer", "contributor"),
    "edit": ("maintainer", "contributor", "capability"),
    "maintain": ("maintainer",),
}


def carry_out(
    folder: Path, client: Client, right: Right, act: Callable[[Call], Record], sent: Mapping[str, JSON]
) -> Callable[[threading.Event], Record]:
    """Returns what carries a call out, in a thread of its own: once the event is set nothing is written any more. It returns what
    the tool answers. Raises GitdraftError."""

    def run(stopped: threading.Event) -> Record:
        def require_wanted() -> None:
            if stopped.is_set():
                raise Interrupted("the call was cancelled")

        if client.grant is not None and client.grant.role not in ROLES[right]:
            raise _denied(client.grant)
        notices: list[str] = []
        session = open_session(folder, Identity(environment=os.environ), local_time, notices.append)
        session = replace(
            session,
            identity=_identity(session, client.grant),
            agent=client.agent[:LONGEST_AGENT],
            precondition=require_wanted,
        )
        answer = act(Call(Repository(session), sent, client.grant))
        return {**answer, "notices": notices} if notices else answer

    return run


def find_grant(folder: Path, token: str) -> Grant | None:
    """Returns what a token of the service allows now; ``None`` for one that opens nothing."""
    session = open_session(folder, Identity(environment=os.environ))
    return Repository(session).tokens.find(token)


def refusal(error: GitdraftError) -> Record:
    """Returns a refusal as an answer."""
    record: Record = {"code": error.code, "message": error.message, "context": error.context}
    return record if error.hint is None else {**record, "hint": error.hint}


def check_arguments(schema: Record, sent: Mapping[str, JSON]) -> None:
    """Raises InvalidInput for arguments that do not fit a tool's schema, naming the first (``missing-field``, ``invalid-value``)."""
    declared: dict[str, Record] = schema["properties"]
    for name in schema["required"]:
        if name not in sent:
            raise InvalidInput(f"'{name}' is missing", code="missing-field", context={"path": f"/{name}"})
    for name, value in sent.items():
        if name not in declared:
            raise _wrong(name, f"there is no argument '{name}'", f"the arguments are {', '.join(declared)}")
        about = declared[name]
        kind = KINDS[about["type"]]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise _wrong(name, f"'{name}' has to be of type {about['type']}")
        if isinstance(value, str) and len(value) > about["maxLength"]:
            raise _wrong(name, f"'{name}' has more than {about['maxLength']:,} characters")
        if "enum" in about and value not in about["enum"]:
            raise _wrong(name, f"'{name}' is none of {', '.join(about['enum'])}")
        if isinstance(value, int) and not about["minimum"] <= value <= about["maximum"]:
            raise _wrong(name, f"'{name}' is not between {about['minimum']} and {about['maximum']}")


def _wrong(name: str, message: str, hint: str | None = None) -> InvalidInput:
    return InvalidInput(message, context={"path": f"/{name}"}, hint=hint)


def _identity(session: Session, grant: Grant | None) -> Identity:
    """Returns whom the token names, written by whom git is configured for; without a named token that one alone."""
    if grant is None or grant.name is None:
        return session.identity
    service = session.committer()
    return Identity(parse_actor(grant.name, service), service)


def _denied(grant: Grant) -> StateRefused:
    return StateRefused(
        f"a {grant.role} may not do this", code="permission-denied", context={"role": grant.role}
    )
