"""Linked data over HTTP: an entity's address, its document in each syntax, what the data set is.

At the root, where Wikibase has it. `text/html` is a page for people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from gitdraft.api.rdf import LinkedData
from gitdraft.api.views import EntityLookup
from gitdraft.errors import GitdraftError, InvalidInput, NotFound
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.values import ABSENT
from gitdraft.server.access import Caller, reads_canonical
from gitdraft.server.bodies import StrictRoute
from gitdraft.server.dependencies import Calling
from gitdraft.server.entity_page import entity_page
from gitdraft.server.error_handlers import error_answer
from gitdraft.server.media_types import choose
from gitdraft.server.page_calls import find_page_call, refused
from gitdraft.server.responses import READING, IfNoneMatch, errors, matches

router = APIRouter(tags=["linked data"], route_class=StrictRoute)

Form = Literal["ttl", "nt", "jsonld", "rdfxml", "json", "html"]
TYPES: dict[Form, str] = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
    "json": "application/json",
    "html": "text/html",
}
SUFFIXES: dict[str, Form] = {
    "ttl": "ttl",
    "nt": "nt",
    "jsonld": "jsonld",
    "rdf": "rdfxml",
    "json": "json",
    "html": "html",
}
OF_ENTITIES = ("ttl", "nt", "jsonld", "rdf")
OF_DATA = (*OF_ENTITIES, "json")
ENTITY_DATA = "/wiki/Special:EntityData/"
EntityId = Annotated[str, Path(max_length=300)]
Accept = Annotated[str | None, Header(description="The media types that are taken.")]
Flavor = Annotated[
    Literal["full", "dump", "simple"],
    Query(description="All statements, those without redirects, or the best values with sitelinks."),
]


@dataclass(frozen=True, slots=True)
class Shown:
    """What of an entity is shown."""

    flavour: Annotated[Literal["full", "truthy"], Query(description="All, or the best values alone.")] = (
        "full"
    )
    effective: Annotated[bool, Query(description="With the members that it inherits.")] = False


SEEN: dict[int | str, dict[str, Any]] = {
    200: {"content": {media_type: {} for media_type in TYPES.values()}, "description": "The entity."},
    **errors(304, 406, 410, *READING),
}
LED: dict[int | str, dict[str, Any]] = {303: {"description": "The document is at `Location`."}}


@router.get("/entity/{name}", status_code=303, response_class=Response, responses=LED | errors(*READING))
async def find_document(call: Calling, name: EntityId) -> Response:
    """Where the document of an entity is: the address of a Wikibase's entity is that of a thing, not of a page."""

    def act(caller: Caller) -> Response:
        known = LinkedData(caller.repository.session).find(name).entity.key
        return RedirectResponse(f"{ENTITY_DATA}{quote(known)}", 303)

    return await call.read(reads_canonical, act)


@router.get(ENTITY_DATA + "{name}", response_class=Response, responses=SEEN)
async def read_entity_data(
    call: Calling,
    name: EntityId,
    flavor: Flavor = "full",
    accept: Accept = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The data of a Wikibase's entity, in the syntax of the suffix (`.ttl`, `.nt`, `.jsonld`, `.rdf`, `.json`) or of `Accept`.
    Of a redirect: where it leads, and what is there."""

    def act(caller: Caller) -> Response:
        data = LinkedData(caller.repository.session)
        lookup, form = _split(data.find, name, OF_DATA)
        chosen = form or _negotiated(accept, ("ttl", "nt", "jsonld", "rdfxml", "json", "html"))
        if chosen == "html":
            address = f"/entities/{quote(str(lookup.entity))}"
            return RedirectResponse(address, 303, {"Vary": "Accept"})
        if lookup.is_deleted():
            return error_answer(lookup.deletion(), 410)
        if chosen == "json":
            answer: Response = JSONResponse(_as_wikibase(lookup))
        else:
            body = data.read(
                lookup, chosen, "simple" if flavor == "simple" else "full", is_dump=flavor == "dump"
            )
            answer = Response(body, media_type=TYPES[chosen])
        return _fresh(answer, if_none_match, is_negotiated=form is None)

    return await call.read(reads_canonical, act)


@router.get("/entities/{entity:path}", response_class=Response, responses=SEEN | errors(307))
async def read_linked_entity(
    call: Calling,
    entity: EntityId,
    shown: Annotated[Shown, Depends()],
    accept: Accept = None,
    if_none_match: IfNoneMatch = None,
    *,
    request: Request,
) -> Response:
    """An entity in the syntax of the suffix (`.ttl`, `.nt`, `.jsonld`, `.rdf`) or of `Accept`, `text/html` is a page. A key that
    ends so wins over a suffix. A redirect is a 307: it can be reverted."""

    pages = find_page_call(request)

    def act(caller: Caller) -> Response:
        data = LinkedData(caller.repository.session)
        lookup, form = _split(caller.repository.find, entity, OF_ENTITIES)
        end = lookup.follow()
        if end.entity != lookup.entity:
            suffix = "" if form is None else f".{entity.rpartition('.')[2]}"
            address = f"/entities/{quote(str(end.entity))}{suffix}"
            return RedirectResponse(address, 307, {"Cache-Control": "no-cache"})
        if lookup.is_deleted():
            return error_answer(lookup.deletion(), 410)
        chosen = form or _negotiated(accept, ("html", "ttl", "nt", "jsonld", "rdfxml"))
        if chosen == "html":
            answer: Response = entity_page(pages, caller, str(lookup.entity))
        else:
            assert chosen != "json"
            body = data.read(lookup, chosen, shown.flavour, effective=shown.effective)
            answer = Response(body, media_type=TYPES[chosen])
        return _fresh(answer, if_none_match, is_negotiated=form is None)

    if call.token is not None or "text/html" not in (accept or ""):
        return await call.read(reads_canonical, act)
    try:  # a browser, which comes with a cookie, and is answered by a page
        return await pages.read(reads_canonical, lambda caller: act(caller.caller))
    except GitdraftError as error:
        return await refused(pages, error)


@router.get("/.well-known/void", response_class=Response, responses=SEEN)
async def describe_data(call: Calling, if_none_match: IfNoneMatch = None) -> Response:
    """What the data are: licence, syntaxes, number of entities (VoID)."""

    def act(caller: Caller) -> Response:
        body = LinkedData(caller.repository.session).describe(caller.settings.url.rstrip("/"))
        answer = Response(body, media_type=TYPES["ttl"])
        return _fresh(answer, if_none_match, is_negotiated=False)

    return await call.survey(reads_canonical, act)


def _split(
    find: Callable[[str], EntityLookup], name: str, suffixes: tuple[str, ...]
) -> tuple[EntityLookup, Form | None]:
    """Returns the entity that an address names, and the form of its suffix: an exact key wins over a suffix."""
    try:
        return find(name), None
    except (NotFound, InvalidInput) as error:
        before, _, suffix = name.rpartition(".")
        if not before or suffix not in suffixes:
            raise
        try:
            return find(before), SUFFIXES[suffix]
        except NotFound:
            raise error from None


def _negotiated(accept: str | None, forms: tuple[Form, ...]) -> Form:
    """Raises InvalidInput (``not-acceptable``) where the client takes none of them."""
    chosen = choose(accept, [TYPES[form] for form in forms])
    for form in forms:
        if TYPES[form] == chosen:
            return form
    raise InvalidInput(
        "none of the media types that are accepted is served",
        code="not-acceptable",
        context={"types": [TYPES[form] for form in forms]},
    )


def _as_wikibase(lookup: EntityLookup) -> dict[str, Any]:
    """The entity's JSON as Wikibase gives it; a redirect is followed."""
    end = lookup.follow()
    document = end.show().document
    return {"entities": {} if document is ABSENT else {end.entity.key: document}}


def _fresh(answer: Response, if_none_match: str | None, *, is_negotiated: bool) -> Response:
    """The answer with a tag that is a hash of what it is, or 304 where the caller has it."""
    tag = hashlib.sha256(bytes(answer.body)).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache"} | (
        {"Vary": "Accept"} if is_negotiated else {}
    )
    if if_none_match is not None and matches(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer
