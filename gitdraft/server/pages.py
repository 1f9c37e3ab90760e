"""Pages for people: HTML at addresses that stay, made on the server; a capability's token stays in the fragment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import APIRouter, Path, Query, Response

from gitdraft.api.inputs import parse_json_text
from gitdraft.api.review import sign_in_html
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.model.pages import SHELVES, SORTS, DraftSort, DraftsQuery, Shelf
from gitdraft.server.access import (
    Caller,
    is_named,
    lists_drafts,
    reads_canonical,
    reads_draft,
    starts_drafts,
    unknown,
)
from gitdraft.server.bodies import DEEPEST_BODY
from gitdraft.server.page_calls import Form, PageCaller, PageRoute, Paging, page, see_other
from gitdraft.server.sessions import cookie_name, require_own_origin, set_cookie

router = APIRouter(include_in_schema=False, route_class=PageRoute)
DraftId = Annotated[str, Path(max_length=63)]
EntityId = Annotated[str, Path(max_length=300)]
CommitId = Annotated[str, Query(max_length=64)]
PageNumber = Annotated[int, Query(ge=1, le=100_000)]
OPENING = "This page is for who has the draft's link, or a token. Type the token, or open the link once more."
WELCOME = "Type a token that you were given: a maintainer makes one with gitdraft token create."


@router.get("/")
async def show_drafts(call: Paging) -> Response:
    """The drafts; who has capabilities alone sees theirs."""
    query = drafts_query(call.request.query_params)

    def act(caller: PageCaller) -> Response:
        only = None if caller.viewer.is_named else caller.drafts
        mail = caller.caller.actor.email.casefold() if caller.viewer.is_named else None
        return page(caller.review.drafts(caller.site, query, mail, only))

    return await call.survey(lists_drafts, act)


@router.get("/drafts/{draft_id}")
async def show_draft(
    call: Paging,
    draft_id: DraftId,
    page_number: Annotated[PageNumber, Query(alias="page")] = 1,
    *,
    all: bool = False,  # noqa: A002
) -> Response:
    """A draft. Who comes without a session sees the same page for every id: the script exchanges the fragment for one."""

    def act(caller: PageCaller) -> Response:
        return page(caller.review.draft(caller.site, draft_id, page_number, whole=all))

    try:
        return await call.read(reads_draft(draft_id), act, draft_id)
    except GitdraftError as error:
        if error.code != "no-token":
            raise
        return page(sign_in_html(call.site(), heading="Draft", text=OPENING, following=call.request.url.path))


@router.get("/drafts/{draft_id}/conflicts")
async def show_conflicts(call: Paging, draft_id: DraftId) -> Response:
    """The conflicts of a draft, side by side."""

    def act(caller: PageCaller) -> Response:
        return page(caller.review.conflicts(caller.site, draft_id, {}, whole=call.is_whole))

    return await call.read(reads_draft(draft_id), act, draft_id)


@router.get("/drafts/{draft_id}/since")
async def show_since(
    call: Paging,
    draft_id: DraftId,
    commit: CommitId = "",
    canonical: CommitId = "",
    page_number: Annotated[PageNumber, Query(alias="page")] = 1,
) -> Response:
    """What became of a draft since somebody looked at it."""

    def act(caller: PageCaller) -> Response:
        since = caller.review.since
        return page(since(caller.site, draft_id, commit, canonical, page_number, whole=call.is_whole))

    return await call.read(reads_draft(draft_id), act, draft_id)


@router.get("/drafts/{draft_id}/entities/{entity:path}")
async def show_draft_entity(call: Paging, draft_id: DraftId, entity: EntityId) -> Response:
    """An entity as a draft has it."""

    def act(caller: PageCaller) -> Response:
        return page(caller.review.entity(caller.site, entity, draft_id, whole=call.is_whole))

    return await call.read(reads_draft(draft_id), act, draft_id)


@router.get("/entities/")
async def show_entities(call: Paging) -> Response:
    """The entities of canonical that a query matches."""
    asked = call.request.query_params
    query, entity_type, after = (asked.get(name, "")[:300] for name in ("q", "type", "after"))

    def act(caller: PageCaller) -> Response:
        return page(caller.review.entities(caller.site, query, entity_type, after))

    return await call.survey(reads_canonical, act)


@router.get("/audit")
async def show_audit(call: Paging) -> Response:
    """What was deleted and redirected."""
    return await call.survey(is_named, lambda caller: page(caller.review.audit(caller.site)))


@router.get("/new")
async def show_new(call: Paging) -> Response:
    """Where a draft is started."""
    return await call.read(starts_drafts, lambda caller: page(caller.review.new(caller.site)))


@router.get("/sign-in")
async def show_sign_in(call: Paging, next: Annotated[str, Query(max_length=2000)] = "") -> Response:  # noqa: A002
    """Where a token is typed."""
    return page(sign_in_html(call.site(), heading="Sign in", text=WELCOME, following=local_address(next)))


@router.post("/session")
async def start_session(call: Paging) -> Response:
    """Exchanges a token, of a header, of JSON or of a form, for a cookie."""
    require_own_origin(call.request, call.settings, is_needed=False)
    is_form = not call.request.headers.get("content-type", "").startswith("application/json")
    form = await call.form() if is_form else Form()
    token = form.get("token") if is_form else _json_token(await call.request.body())
    token = call.request.headers.get("authorization", f" {token}").partition(" ")[2].strip()

    def act(caller: Caller) -> str | None:
        grant = caller.repository.tokens.find(token)
        return None if grant is None else grant.id

    token_id = await call.service.readers.run(
        lambda repository: act(Caller(repository, call.settings, call.service.identity(repository), None)),
        call.settings.timeout,
    )
    if token_id is None:
        if not is_form:
            raise unknown()
        problem = "This token opens nothing: it is not one, has expired, or was revoked."
        following = local_address(form.get("next"))
        html = sign_in_html(
            call.site(), heading="Sign in", text=WELCOME, following=following, problem=problem
        )
        return page(html, 404)
    name = call.service.sessions.start(token_id, call.session_name)
    answer = see_other(local_address(form.get("next")) or call.root) if is_form else Response(status_code=204)
    set_cookie(answer, call.settings, name)
    return answer


@router.post("/session/end")
async def end_session(call: Paging) -> Response:
    """Signs out: the cookie stands for nothing any more."""
    require_own_origin(call.request, call.settings)
    call.service.sessions.end(call.session_name)
    answer = see_other(f"{call.root}sign-in")
    answer.delete_cookie(cookie_name(call.settings), path="/", httponly=True, samesite="lax")
    return answer


def local_address(address: str) -> str:
    """Returns an address of the service's own; nothing for any other, to which nobody is sent."""
    is_local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_local and "\\" not in address else ""


def _json_token(body: bytes) -> str:
    value = parse_json_text(body or b"{}", "body", depth=DEEPEST_BODY)
    token = value.get("token") if isinstance(value, dict) else None
    if not isinstance(token, str):
        raise InvalidInput("a token is needed", code="missing-field", context={"path": "/token"})
    return token


def drafts_query(asked: Mapping[str, str]) -> DraftsQuery:
    """Returns what the query of an address asks for. Raises InvalidInput for a status or an order that there is not."""
    shelf, sort = asked.get("status") or "open", asked.get("sort") or "updated"
    for name, value, known in (("status", shelf, SHELVES), ("sort", sort, SORTS)):
        if value not in known:
            raise InvalidInput(
                f"there is no {name} '{value}'", context={"parameter": name, "allowed": list(known)}
            )
    conflict, ready, mine = (asked.get(name, "") not in ("", "0") for name in ("conflict", "ready", "mine"))
    return DraftsQuery(
        cast(Shelf, shelf),
        conflict,
        ready,
        mine,
        asked.get("q", "")[:200],
        cast(DraftSort, sort),
        asked.get("after", ""),
    )
