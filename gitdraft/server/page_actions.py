"""What the forms of the pages do: each names the state that its page showed, and is refused where it is another by now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path, Response

from gitdraft.api.draft import Draft
from gitdraft.errors import InvalidInput, Moved
from gitdraft.server.access import Access, edits_draft, maintains, reads_draft
from gitdraft.server.page_calls import Form, PageCaller, PageRoute, Paging, page, see_other

router = APIRouter(include_in_schema=False, route_class=PageRoute)
DraftId = Annotated[str, Path(max_length=63)]
OUTDATED = "The draft, or canonical at what it changes, is not any more as the page showed it. This is how it stands now."


class Step(NamedTuple):
    """A step of a draft: who may, what it does, what is said when it is done."""

    access: Callable[[str], Access]
    act: Callable[[Draft, str], object]
    done: str


def _maintains(draft_id: str) -> Access:
    def check(caller: object) -> None:
        reads_draft(draft_id)(caller)  # type: ignore[arg-type]
        maintains(caller)  # type: ignore[arg-type]

    return check


STEPS: dict[str, Step] = {
    "submit": Step(edits_draft, lambda draft, _: draft.submit(), "submitted"),
    "merge": Step(_maintains, lambda draft, _: draft.merge(), "merged"),
    "reject": Step(_maintains, lambda draft, reason: draft.reject(reason), "rejected"),
    "withdraw": Step(edits_draft, lambda draft, reason: draft.withdraw(reason or None), "withdrawn"),
    "reopen": Step(edits_draft, lambda draft, _: draft.reopen(), "reopened"),
}


def _route_of(step: Step) -> Callable[..., Awaitable[Response]]:
    """Returns the route of a step of a draft on its way."""

    async def take(call: Paging, draft_id: DraftId) -> Response:
        form = await call.form()
        reason = form.get("reason").strip()

        def act(caller: PageCaller) -> Response:
            try:
                step.act(seen_draft(caller, draft_id, form), reason)
            except Moved as error:
                if error.code != "page-outdated":
                    raise
                html = caller.review.draft(caller.noting(OUTDATED), draft_id, reason=reason)
                return page(html, 409)
            return see_other(caller.site.draft(draft_id, done=step.done))

        return await call.write(step.access(draft_id), act, draft_id)

    return take


for name, step in STEPS.items():
    router.add_api_route(f"/drafts/{{draft_id}}/{name}", _route_of(step), methods=["POST"])


def seen_draft(caller: PageCaller, draft_id: str, form: Form) -> Draft:
    """Returns the draft, in which the caller acts as long as it is as the form's page showed it. Raises InvalidInput for a
    form that names no state."""
    seen = form.get("state")
    if not seen:
        raise InvalidInput(
            "the form does not say which state its page showed",
            code="missing-field",
            context={"path": "/state"},
        )
    review = caller.review
    repository = caller.caller.acting(require=lambda: review.require_state(draft_id, seen))
    repository.drafts.get(draft_id)
    return Draft(repository.session, draft_id)
