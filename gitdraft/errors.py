"""One tree of errors. Conflicts and violations are values; only refusals are exceptions.

`docs/reference/errors.md` lists every code with its meaning, exit status, HTTP status and context.

Every error has a ``code`` (the Wikibase REST vocabulary where it has a word), one sentence as ``message``,
the facts as ``context`` (JSON values), a ``hint`` where there is a way out, ``details`` (lines to read below the
sentence, where it is about several things), and the ``exit_code`` of the command line. Each class stands for one
exit code (a subclass for that of its parent). Credentials in an address are in no message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from gitdraft.lazy_regex import regex

USER_INFO = regex(r"\b([A-Za-z][A-Za-z0-9+.-]*://)[^/\s'\"<>]+@")
SECRET_PARAMETER = regex(r"([?&][^=&\s]*(?:token|secret|password|key)=)[^&\s'\"]+", re.IGNORECASE)


def without_credentials(text: str) -> str:
    """Returns a text without the credentials of the addresses in it: what stands before `@`, and what a parameter such as
    `access_token` has."""
    if "://" not in text:
        return text
    return SECRET_PARAMETER.sub(r"\1…", USER_INFO.sub(r"\1", text))


def credential_places(text: str) -> list[tuple[int, int]]:
    """Returns where the credentials of the addresses in a text begin and end."""
    if "://" not in text:
        return []
    names = [(match.end(1), match.end() - 1) for match in USER_INFO.finditer(text)]
    return names + [(match.end(1), match.end()) for match in SECRET_PARAMETER.finditer(text)]


class GitdraftError(Exception):
    """A refusal. Not raised itself; catch it to catch all."""

    exit_code: ClassVar[int] = 50
    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        context: Mapping[str, Any] | None = None,
        hint: str | None = None,
        details: Sequence[str] = (),
    ) -> None:
        message = without_credentials(message)
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.context: dict[str, Any] = dict(context or {})
        self.hint = None if hint is None else without_credentials(hint)
        self.details = tuple(map(without_credentials, details))


class WrongUsage(GitdraftError):
    """A call that names no command, or not as it is used."""

    exit_code = 2
    default_code = "wrong-usage"


class InvalidInput(GitdraftError):
    """What came in is not valid in itself: JSON, patch, key, configuration, payload."""

    exit_code = 20
    default_code = "invalid-value"


class NewerFormat(InvalidInput):
    """A file that a later gitdraft wrote, in a format that this one does not know (``context["format"]``). Nothing is wrong
    with it, and nobody may call it malformed."""

    default_code = "newer-format"


class ConflictError(GitdraftError):
    """Both sides wrote the same place: a merge refused, a resolve incomplete."""

    exit_code = 21
    default_code = "rebase-conflict"


class PatchDoesNotApply(GitdraftError):
    """A well-formed patch meets a document on which it cannot be applied."""

    exit_code = 22
    default_code = "patch-target-not-found"


class PolicyViolation(GitdraftError):
    """The result would break its schema, a reference or a bound."""

    exit_code = 23
    default_code = "data-policy-violation"


class ValidationTooLong(PolicyViolation):
    """An entity could not be judged within the time that gitdraft.yaml allows (``context["entity"]``). An error of the run: it
    says nothing of the entity, and nothing is written."""

    default_code = "validation-too-long"


class NotFound(GitdraftError):
    """No such draft, entity, revision or file."""

    exit_code = 40
    default_code = "resource-not-found"


class AlreadyExists(GitdraftError):
    """What is to be made exists already."""

    exit_code = 41
    default_code = "entity-already-exists"


class StateRefused(GitdraftError):
    """The state of the thing does not allow it: deleted, redirected, locked, wrong status."""

    exit_code = 42
    default_code = "wrong-status"


class Moved(GitdraftError):
    """Somebody else moved a ref: compare-and-swap failed."""

    exit_code = 43
    default_code = "moved-meanwhile"


class RepositoryError(GitdraftError):
    """The repository: not one, of an unsupported kind, damaged, no space, no permission."""

    exit_code = 50
    default_code = "repository"


class OperationPending(RepositoryError):
    """An error came after the outcome was recorded, and taking it back failed too: the next command finishes the operation or
    takes it back (``context["operation"]``). Nothing is ever done later without this word."""

    exit_code = 51
    default_code = "operation-pending"


class MissingObject(RepositoryError):
    """An object that should be in the repository is not: a damaged or a shallow one.

    A class of its own, because who reads many drafts reports a malformed one and reads on, but stops where the
    repository itself has holes.
    """

    default_code = "missing-object"


class Unexpected(GitdraftError):
    """A mistake of gitdraft's own."""

    exit_code = 70
    default_code = "unexpected"


class Interrupted(GitdraftError):
    """Whoever called has had enough (Ctrl-C)."""

    exit_code = 130
    default_code = "interrupted"
