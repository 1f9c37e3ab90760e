"""A request for a page: who asks, by a session or a token; what was typed into its form; the answer, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Annotated, Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.types import Scope

from gitdraft.api.repository import Repository
from gitdraft.api.review import Review, message_html, page_policy, sign_in_html
from gitdraft.errors import GitdraftError, InvalidInput, NotFound
from gitdraft.lazy_dataclass import dataclass, replace
from gitdraft.model.pages import Site, Viewer
from gitdraft.model.tokens import Grant
from gitdraft.server.access import Access, Caller, no_token, unknown
from gitdraft.server.bodies import BodyRefused, StrictRequest, apart
from gitdraft.server.error_handlers import SAID_OF_500, plain_answer, status_of
from gitdraft.server.paths import with_slashes
from gitdraft.server.service import Service, caller_of, token_of
from gitdraft.server.sessions import choose_grant, cookie_name, require_own_origin
from gitdraft.server.settings import Settings
from gitdraft.server.workers import Workers

NOBODY = Viewer()
NOTHING: Mapping[str, Any] = MappingProxyType({})
MOST_FIELDS = 20_000
LARGEST_FORM = 4 << 20  # bytes
FORM_TYPES = ("application/x-www-form-urlencoded", "application/json")
HEADINGS = {401: "Sign in", 403: "Not allowed", 404: "Not found", 409: "Not as it was", 422: "Not valid"}
CANNOT = "This cannot be done"
FORM_PAGES = ("edit", "conflicts", "new")  # whose forms are sent to their own address
NOTICES = {
    "submitted": "Submitted for merging.",
    "merged": "Merged into canonical.",
    "rejected": "Rejected.",
    "withdrawn": "Withdrawn.",
    "reopened": "Open for editing again.",
    "resolved": "The answers are saved.",
    "created": "The draft is started.",
    "commented": "The comment is added.",
    "approve": "You approved the changes.",
    "request-changes": "You asked for changes.",
    "saved": "Saved in the draft.",
    "unchanged": "Nothing was changed.",
    "deleted": "The draft deletes it.",
    "redirected": "The draft redirects it.",
    "renamed": "It has another name in the draft.",
    "dropped": "It is out of the draft.",
}


class PageRequest(StrictRequest):
    """A request whose body is a form: a large one where a good token comes with it."""

    media_types: tuple[str, ...] = FORM_TYPES


@dataclass(frozen=True, slots=True)
class Form:
    """What a form sent: each name with its values, in order."""

    fields: Sequence[tuple[str, str]] = ()

    def get(self, name: str, default: str = "") -> str:
        """Returns the last value of a name."""
        return next((value for key, value in reversed(self.fields) if key == name), default)

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self.fields)


@dataclass(frozen=True, slots=True)
class PageCall:
    """A request for a page."""

    request: Request
    service: Service

    @property
    def settings(self) -> Settings:
        """How the service is set up."""
        return self.service.settings

    @property
    def root(self) -> str:
        """What stands before the address of every page."""
        return root_of(self.settings)

    @property
    def is_whole(self) -> bool:
        """Whether long values are asked for as a whole."""
        return self.request.query_params.get("all", "") not in ("", "0")

    @property
    def session_name(self) -> str | None:
        """The name of the session that the browser sent."""
        return self.request.cookies.get(cookie_name(self.settings))

    def grants(self, repository: Repository) -> Sequence[Grant]:
        """Returns what the tokens of the caller allow. Raises NotFound for a header with a token that opens nothing."""
        token = token_of(self.request)
        if token is not None:
            grant = repository.tokens.find(token)
            if grant is None:
                raise unknown()
            return (grant,)
        ids = self.service.sessions.tokens(self.session_name)
        return repository.tokens.good(ids) if ids else ()

    async def read(
        self, access: Access, act: Callable[[PageCaller], Response], draft: str | None = None
    ) -> Response:
        """Returns what is answered to a caller who has this access."""
        return await self._run(self.service.readers, self._acting(access, act, draft))

    async def write(
        self, access: Access, act: Callable[[PageCaller], Response], draft: str | None = None
    ) -> Response:
        """The same for what changes anything. Raises StateRefused where another site has the browser ask for it."""
        if token_of(self.request) is None:
            require_own_origin(self.request, self.settings)
        return await self._run(self.service.writers, self._acting(access, act, draft))

    async def survey(
        self, access: Access, act: Callable[[PageCaller], Response], draft: str | None = None
    ) -> Response:
        """The same as ``read`` for what looks at all of the repository."""
        return await self._run(self.service.surveyors, self._acting(access, act, draft))

    async def _run(self, workers: Workers, act: Callable[[Repository], Response]) -> Response:
        return await workers.run(act, self.settings.timeout, self._taking_turns)

    @property
    def _taking_turns(self) -> str:
        return caller_of(self.request, token_of(self.request) or self.session_name)

    async def form(self) -> Form:
        """Returns what was typed. Raises InvalidInput for what is no form."""
        if not hasattr(self.request.state, "form"):
            body = await self.request.body()
            self.request.state.form = await apart(self.request, len(body), lambda: _parse_form(body))
        form: Form = self.request.state.form
        return form

    async def admit(self, request: PageRequest) -> None:
        """Looks at the tokens, before anything of the body is read: without a good one it is a small form, of nobody in
        particular, and what was typed in a session that has ended is shown once more."""

        def is_known(repository: Repository) -> bool:
            with suppress(NotFound):
                return bool(self.grants(repository))
            return False

        if await self.service.readers.run(is_known, self.settings.timeout):
            request.largest, request.holder = LARGEST_FORM, self._taking_turns

    def site(self, viewer: Viewer = NOBODY, notice: str = "") -> Site:
        """Returns where pages are for who looks at them."""
        notice = notice or NOTICES.get(self.request.query_params.get("done", ""), "")
        reads = self.settings.public_reading or viewer.role is not None
        return Site(viewer, self.root, notice=notice, reads_canonical=reads)

    def _acting(
        self, access: Access, act: Callable[[PageCaller], Response], draft: str | None
    ) -> Callable[[Repository], Response]:
        def run(repository: Repository) -> Response:
            repository.configuration  # noqa: B018 (raises InvalidInput where it cannot be read)
            grants = self.grants(repository)
            grant = choose_grant(grants, draft)
            identity = self.service.identity(repository)
            caller = Caller(repository, self.settings, identity, grant)
            drafts = tuple(known.draft for known in grants if known.draft is not None)
            viewer = NOBODY if grant is None else Viewer(grant.role, grant.name, grant.draft)
            self.request.state.viewer = viewer
            access(caller)
            return act(PageCaller(caller, self.site(viewer), drafts))

        return run


@dataclass(frozen=True, slots=True)
class PageCaller:
    """Who asks for a page, and where pages are; ``drafts`` are those whose capabilities the session has."""

    caller: Caller
    site: Site
    drafts: tuple[str, ...]

    @property
    def review(self) -> Review:
        """What pages show."""
        return self.caller.repository.review

    @property
    def viewer(self) -> Viewer:
        """Who looks at the page."""
        return self.site.viewer

    def noting(self, notice: str) -> Site:
        """Returns the site with a notice on its next page."""
        return replace(self.site, notice=notice)


class PageRoute(APIRoute):
    """A route of pages: what is refused is a page, too."""

    is_replayed: ClassVar[bool] = False

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def shown(request: Request) -> Response:
            request.scope["path_params"] = with_slashes(request.scope["path_params"])
            own = PageRequest(request.scope, request.receive)
            call = PageCall(own, request.app.state.service)
            try:
                if request.method == "POST":
                    await call.admit(own)
                return await handler(own)
            except BodyRefused as error:
                is_unknown = error.error.code == "too-large" and not own.holder
                return await refused(call, no_token() if is_unknown else error.error)
            except GitdraftError as error:
                return await refused(call, error)
            except RequestValidationError:
                return await refused(call, InvalidInput("this address is not one of the service's"))
            finally:
                own.give_back()

        return shown


def root_of(settings: Settings) -> str:
    """Returns what stands before the address of every page."""
    return urlsplit(settings.url).path.rstrip("/") + "/"


def find_page_call(request: Request) -> PageCall:
    """Returns the call that a request is."""
    return PageCall(request, request.app.state.service)


Paging = Annotated[PageCall, Depends(find_page_call)]


def page(html: str, status: int = 200) -> HTMLResponse:
    """Returns a page as an answer; a browser may go back to it, and shares it with nobody."""
    headers = {
        "Content-Security-Policy": f"{page_policy()}; frame-ancestors 'none'",
        "Cache-Control": "private, no-cache",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Vary": "Cookie, Authorization, Accept",
    }
    return HTMLResponse(html, status, headers)


def answer_beside_routes(
    scope: Scope,
    status: int,
    code: str,
    message: str,
    context: Mapping[str, Any] = NOTHING,
    headers: Mapping[str, str] = NOTHING,
) -> Response:
    """Returns a refusal that no route has made: a page where a browser asks for one, which it does outside of the API, else
    JSON."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    if b"text/html" not in accepted or scope["path"].startswith("/api/"):
        return plain_answer(status, code, message, context, headers=headers)
    site = Site(NOBODY, root_of(scope["app"].state.service.settings))
    answer = page(message_html(site, HEADINGS.get(status, CANNOT), message, code), status)
    answer.headers.update(headers)
    return answer


def _parse_form(body: bytes) -> Form:
    try:
        text = body.decode("ascii")
        fields = parse_qsl(
            text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise InvalidInput("the body is not a form") from None
    return Form(fields)


def see_other(address: str) -> Response:
    """Returns the answer to a form that was taken: look there."""
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})


async def refused(call: PageCall, error: GitdraftError) -> Response:
    """Returns the page that says why there is no other: with what was typed, and where a token is needed with a place to
    type it."""
    status = status_of(error)
    viewer: Viewer = getattr(call.request.state, "viewer", NOBODY)
    site = replace(call.site(viewer), notice="")
    kept: tuple[tuple[str, str], ...] = ()
    if call.request.method == "POST":
        try:
            fields = (await call.form()).fields
        except (GitdraftError, BodyRefused):
            fields = ()
        kept = tuple(
            (name, value) for name, value in fields if name not in ("state", "token", "next") and value
        )
    said = SAID_OF_500 if status >= 500 else error.message
    if status >= 500:
        call.request.state.error = {"code": error.code, "message": error.message, "context": error.context}

    def draw() -> str:
        if status == 401:
            return sign_in_html(site, kept=kept, following=return_address(call))
        return message_html(site, HEADINGS.get(status, CANNOT), said, error.code, kept=kept)

    return page(await apart(call.request, sum(len(value) for _, value in kept), draw), status)


def return_address(call: PageCall) -> str:
    """Returns where to go on after a sign-in: the page that was asked for, or the one on which a form stood (no browser says it,
    as pages send no Referer)."""
    path, query = call.request.url.path, call.request.url.query
    if call.request.method != "POST":
        return f"{path}?{query}" if query else path
    above, _, last = path.rpartition("/")
    return path if last in FORM_PAGES else above or "/"
