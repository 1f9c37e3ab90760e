"""What an error is over HTTP: the status codes of the Wikibase REST API, and one form of document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import JSONResponse

from gitdraft.errors import (
    AlreadyExists,
    ConflictError,
    GitdraftError,
    InvalidInput,
    Moved,
    NewerFormat,
    NotFound,
    PatchDoesNotApply,
    PolicyViolation,
    StateRefused,
)
from gitdraft.lazy_regex import regex
from gitdraft.server.request_models import CALLERS, OURS

BY_CODE: Mapping[str, int] = {
    "no-token": 401,
    "wrong-signature": 401,
    "operation-pending": 503,
    "permission-denied": 403,
    "timeout": 503,
    "busy": 503,
    "cursor-gone": 410,
    "validation-too-long": 422,
    "precondition-failed": 412,
    "request-timeout": 408,
    "not-acceptable": 406,
    "too-large": 413,
    "unsupported-media-type": 415,
    "idempotency-key-reused": 422,
    "invalid-payload": 422,
    "patch-result-too-large": 422,
    "patch-result-too-deep": 422,
    "entity-locked": 423,
    "entity-archived": 423,
    "too-many-requests": 429,
    "revision-mismatch": 412,
    "locked": 503,
    "no-space": 507,
}
BY_CLASS: Mapping[type[GitdraftError], int] = {
    NewerFormat: 500,
    InvalidInput: 400,
    ConflictError: 409,
    PatchDoesNotApply: 409,
    PolicyViolation: 422,
    NotFound: 404,
    AlreadyExists: 409,
    StateRefused: 409,
    Moved: 409,
}
MOST_LISTED = 20  # errors of one answer
LONGEST_TEXT = 500  # characters of what is said of one
LISTS = ("errors", "problems", "violations")
RETRY_AFTER = 5  # seconds, where waiting helps
OF_TERMINALS = regex(r"\b(gitdraft|git) [a-z]|(^| )--[a-z]")  # commands and options mean nothing here
SAID_OF_500 = "the service cannot do this now; its log says why"


def status_of(error: GitdraftError) -> int:
    """The status of an error. What is wrong with the repository itself is a 500, or a 503 where waiting helps."""
    return BY_CODE.get(error.code) or BY_CLASS.get(type(error), 500)


def error_answer(
    error: GitdraftError, status: int | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The error as an answer. Of what is wrong with the repository it says no more than the code: messages of git and
    of the disk name paths of the host."""
    status = status or status_of(error)
    sent = dict(headers or {})
    if status == 401:
        sent["WWW-Authenticate"] = "Bearer"
    if status == 503:
        sent.setdefault("Retry-After", str(RETRY_AFTER))
    if status >= 500:
        pending = {name: value for name, value in error.context.items() if name == "operation"}
        return plain_answer(status, error.code, SAID_OF_500, pending, headers=sent)
    hint = None if error.hint is None or OF_TERMINALS.search(error.hint) else error.hint
    return plain_answer(status, error.code, error.message, error.context, hint, sent)


def plain_answer(
    status: int,
    code: str,
    message: str,
    context: Mapping[str, Any] | None = None,
    hint: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The one form that every error has."""
    document = {"code": code, "message": _short(message), "context": _bounded(context or {})}
    if hint is not None:
        document["hint"] = hint
    return JSONResponse(document, status, dict(headers or {}))


def _bounded(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context with the first of many errors, and how many more there are."""
    bounded = dict(context)
    for name in LISTS:
        errors = context.get(name)
        if isinstance(errors, Sequence) and not isinstance(errors, str):
            bounded[name] = [_shortened(error) for error in errors[:MOST_LISTED]]
            if len(errors) > MOST_LISTED:
                bounded["more"] = len(errors) - MOST_LISTED
    if isinstance(context.get("path"), str):
        bounded["path"] = _short(context["path"])
    return bounded


def _shortened(error: Any) -> Any:
    if not isinstance(error, Mapping):
        return error
    return {name: _short(value) if isinstance(value, str) else value for name, value in error.items()}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def invalid_fields(mistakes: Sequence[Mapping[str, Any]]) -> InvalidInput:
    """The refusal of a body, a path or a query by what is wrong in it, member by member.

    ``mistakes`` are those of pydantic: ``loc``, ``msg`` and ``type``.
    """
    errors = [
        {
            "path": "".join(
                f"/{str(part).replace('~', '~0').replace('/', '~1')}"
                for part in mistake["loc"][1:]
                if part not in (OURS, CALLERS)
            ),
            "in": str(mistake["loc"][0]) if mistake["loc"] else "body",
            "code": "missing-field" if mistake["type"] == "missing" else "invalid-value",
            "message": str(mistake["msg"]),
        }
        for mistake in mistakes
    ]
    first = errors[0]
    return InvalidInput(
        f"{first['in']} {first['path'] or '(all of it)'}: {first['message']}"
        + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""),
        code=first["code"],
        context={"path": first["path"], "errors": errors},
    )
