"""What the forms of the pages do: each names the state that its page showed, and is refused where it is another by now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path, Response

from gitdraft.api.draft import Draft
from gitdraft.api.review import Review, choices_hash
from gitdraft.errors import GitdraftError, InvalidInput, Moved
from gitdraft.model.pages import CHOICES, ConflictChoice, TypedRemark, Unsaid
from gitdraft.server.access import (
    Access,
    Caller,
    edits_draft,
    is_named,
    maintains,
    reads_draft,
    starts_drafts,
)
from gitdraft.server.error_handlers import status_of
from gitdraft.server.page_calls import Form, PageCaller, PageRoute, Paging, page, see_other
from gitdraft.server.sessions import set_cookie

router = APIRouter(include_in_schema=False, route_class=PageRoute)
DraftId = Annotated[str, Path(max_length=63)]
CHANGES_MOVED = "The changes are not those any more that the page showed. Look at them once more, then judge."
OUTDATED = "The draft, or canonical at what it changes, is not any more as the page showed it. This is how it stands now."


class Step(NamedTuple):
    """A step of a draft: who may, what it does, what is said when it is done."""

    access: Callable[[str], Access]
    act: Callable[[Draft, str], object]
    done: str


def _maintains(draft_id: str) -> Access:
    def check(caller: Caller) -> None:
        reads_draft(draft_id)(caller)
        maintains(caller)

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
                html = caller.review.draft(caller.noting(OUTDATED), draft_id, typed=Unsaid(reason))
                return page(html, 409)
            call.service.follow_pull(caller.caller.repository, draft_id)
            return see_other(caller.site.draft(draft_id, done=step.done))

        return await call.write(step.access(draft_id), act, draft_id)

    return take


for name, step in STEPS.items():
    router.add_api_route(f"/drafts/{{draft_id}}/{name}", _route_of(step), methods=["POST"])


@router.post("/drafts/{draft_id}/comment")
async def comment(call: Paging, draft_id: DraftId) -> Response:
    """Comments on the draft, on an entity of it or on a field. For whoever sees it."""
    form = await call.form()
    typed = _remark(form)

    def act(caller: PageCaller) -> Response:
        draft = Draft(caller.caller.acting().session, draft_id)
        try:
            said = draft.comment(
                typed.text,
                typed.entity or None,
                typed.pointer or None,
                reply_to=typed.reply_to or None,
                by=caller.caller.signature,
            )
        except GitdraftError as error:
            return _unsaid(caller, draft_id, typed, error)
        number = form.get("page")
        where = {"page": number} if number.isdecimal() else {}
        return see_other(f"{caller.site.draft(draft_id, done='commented', **where)}#comment-{said.id}")

    return await call.write(reads_draft(draft_id), act, draft_id)


@router.post("/drafts/{draft_id}/review")
async def review(call: Paging, draft_id: DraftId) -> Response:
    """Approves the changes that the page showed, or asks for others. For named tokens."""
    form = await call.form()
    typed = _remark(form)

    def act(caller: PageCaller) -> Response:
        is_named(caller.caller)
        draft = Draft(caller.caller.acting().session, draft_id)
        say = draft.approve if typed.verdict == "approve" else draft.request_changes
        try:
            if typed.verdict not in ("approve", "request-changes"):
                raise InvalidInput("there is no such verdict", context={"path": "/verdict"})
            text = typed.text if typed.text.strip() or typed.verdict == "request-changes" else None
            say(text, of=form.get("of"), by=caller.caller.signature)
        except GitdraftError as error:
            return _unsaid(caller, draft_id, typed, error)
        return see_other(caller.site.draft(draft_id, done=typed.verdict) + "#review")

    return await call.write(reads_draft(draft_id), act, draft_id)


def _remark(form: Form) -> TypedRemark:
    values = {name: form.get(name) for name in ("entity", "pointer", "reply_to", "verdict")}
    return TypedRemark(form.get("text").replace("\r\n", "\n"), **values)


def _unsaid(caller: PageCaller, draft_id: str, typed: TypedRemark, error: GitdraftError) -> Response:
    """Returns the page of the draft with a remark that was not taken."""
    status = status_of(error)
    if status not in (400, 404, 409, 413, 422):
        raise error
    said = CHANGES_MOVED if error.code == "changes-moved" else error.message
    html = caller.review.draft(caller.site, draft_id, typed=Unsaid(remark=typed, problem=said))
    return page(html, 422 if status in (400, 404) else status)


@router.post("/drafts/{draft_id}/conflicts")
async def answer_conflicts(call: Paging, draft_id: DraftId) -> Response:
    """Shows what the answers leave, and saves those that were shown."""
    form = await call.form()
    choices = {
        int(number): ConflictChoice(CHOICES[form.get(name)], form.get(f"value-{number}"))
        for name in dict(form.fields)
        if (number := name.removeprefix("choice-")).isdecimal()
        and len(number) < 7
        and form.get(name) in CHOICES
    }

    def show(caller: PageCaller) -> Response:
        return page(caller.review.conflicts(caller.site, draft_id, choices))

    def save(caller: PageCaller) -> Response:
        review = Review(caller.caller.acting().session)
        try:
            review.answer(draft_id, form.get("state"), choices)
        except GitdraftError as error:
            status = status_of(error)
            if status not in (400, 409, 422, 423):
                raise
            said = OUTDATED if error.code == "page-outdated" else error.message
            return page(review.conflicts(caller.site, draft_id, choices, said), status)
        return see_other(caller.site.draft(draft_id, done="resolved"))

    is_save = form.get("step") == "save" and form.get("previewed") == choices_hash(choices)
    return await call.write(edits_draft(draft_id), save if is_save else show, draft_id)


@router.post("/new")
async def start_draft(call: Paging) -> Response:
    """Starts a draft on canonical's tip."""
    form = await call.form()
    title, description = form.get("title").strip(), form.get("description").replace("\r\n", "\n")

    def act(caller: PageCaller) -> Response:
        if not title:
            return page(caller.review.new(caller.site, title, description, "A draft needs a title."), 422)
        actor = caller.caller.actor.text
        drafts = caller.caller.acting().drafts
        draft = drafts.new(title[:2000], description=description[:10_000], source="web", author=actor)
        started.append(caller.caller.repository.tokens.issue_for_draft(draft.id, call.settings.life).grant.id)
        return see_other(caller.site.draft(draft.id, done="created"))

    started: list[str] = []
    answer = await call.write(starts_drafts, act)
    for token_id in started:  # who starts a draft may edit it
        set_cookie(answer, call.settings, call.service.sessions.start(token_id, call.session_name))
    return answer


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
