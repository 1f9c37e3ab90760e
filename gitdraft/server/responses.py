"""Answers with their ETag, preconditions, and the errors that a route may have."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Header, Query
from fastapi.responses import JSONResponse, Response

from gitdraft.errors import InvalidInput, Moved
from gitdraft.formats.reports import Record
from gitdraft.lazy_regex import regex
from gitdraft.model.revisions import Revision
from gitdraft.server.response_models import Error

Line = TypeVar("Line")
TAG = regex(r'(?:W/)?"([^"]*)"')
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="Refuse with 412 when the ETag is another by now."),
]
IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", description="304 when the ETag is this one.")
]
Limit = Annotated[int, Query(ge=1, le=10_000)]
LONGEST_KEY = 300  # characters
After = Annotated[str | None, Query(max_length=400, description="`next` of the answer before.")]
MEANINGS = {
    304: "It is already the same.",
    307: "It redirects to the entity in `Location`, for now.",
    308: "It redirects to the entity in `Location`.",
    400: "What was sent is not valid.",
    401: "A token is needed.",
    403: "The token's role may not do this.",
    404: "Not there, or not for this token.",
    405: "Not with this method.",
    406: "None of the media types in `Accept` is served.",
    408: "The body did not come in time.",
    409: "Its state, or somebody else's change, does not allow it.",
    410: "It was deleted, or the log does not have the cursor.",
    412: "It is at another revision than `If-Match` says.",
    413: "The body is too large.",
    415: "Not application/json, or a body with Content-Encoding.",
    422: "The result would break a schema, a reference or a limit.",
    423: "It is locked or archived.",
    429: "Too many requests; see `Retry-After`.",
    500: "The repository is damaged, or something unexpected happened.",
    503: "Busy; see `Retry-After`.",
    507: "The disk is full.",
}
READING = (400, 401, 403, 404, 409, 422, 429, 500, 503)
WRITING = (*READING, 408, 412, 413, 415, 423, 507)


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for the OpenAPI document."""
    empty = (304, 307)
    return {
        status: {"description": MEANINGS[status]} | ({} if status in empty else {"model": Error})
        for status in sorted(statuses)
    }


def page(
    name: str, lines: Sequence[Record], key: Callable[[Record], str], limit: int, after: str | None
) -> Record:
    """A list with its ``name``, from behind the line whose cursor is ``after``, and ``next`` where there is more: a line's key,
    or a hash of a long one. Raises InvalidInput where no line has it (any more)."""
    shown, more = piece(lines, key, limit, after)
    return {name: list(shown), **more}


def piece(
    lines: Sequence[Line], key: Callable[[Line], str], limit: int, after: str | None
) -> tuple[Sequence[Line], Record]:
    """The lines of a page, and the page's ``next`` where there is more, as ``page`` has them."""
    start = 0
    if after is not None:
        cursors = (_cursor(key(line)) for line in lines)
        start = next((index for index, known in enumerate(cursors, 1) if known == after), 0)
        if not start:
            raise InvalidInput("there is no such place in the list", context={"path": "/after"})
    shown = lines[start : start + limit]
    return shown, {"next": _cursor(key(shown[-1]))} if start + limit < len(lines) else {}


def _cursor(key: str) -> str:
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def tagged(document: Any, tag: str, status: int = 200) -> JSONResponse:
    """The document with its ETag."""
    return JSONResponse(document, status, {"ETag": f'"{tag}"'})


def fresh(document: Any, tag: str, if_none_match: str | None) -> Response:
    """The document with its ETag, or 304 where the caller has it."""
    if if_none_match is not None and matches(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": f'"{tag}"'})
    return tagged(document, tag)


def matches(header: str, tag: str) -> bool:
    """Whether an `If-Match` or `If-None-Match` header names the tag."""
    return header.strip() == "*" or tag in TAG.findall(header)


def require_match(if_match: str | None, find_tag: Callable[[], str], what: str) -> None:
    """Raise Moved (``revision-mismatch``) when a precondition names another tag than the thing has."""
    if if_match is None:
        return
    actual = find_tag()
    if not matches(if_match, actual):
        raise Moved(
            f"'{what}' is at {actual}, not {if_match[:100]}",
            code="revision-mismatch",
            context={"actual": actual, "expected": if_match[:100]},
        )


def tag_of(revision: Revision | None) -> str:
    """The ETag of an entity on canonical: number and commit of its latest revision, `0` where it has none."""
    return "0" if revision is None else revision.text


def require_revision_match(if_match: str | None, latest: Revision | None, what: str) -> None:
    """Raise Moved (``revision-mismatch``) when a precondition names another revision than the entity has. A bare number
    is accepted."""
    if if_match is not None and not matches(if_match, "0" if latest is None else str(latest.number)):
        require_match(if_match, lambda: tag_of(latest), what)
