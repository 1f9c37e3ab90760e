"""Editing in the browser: the form of an entity, a new one, its end, its other name. What was typed is never lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from gitdraft.api.draft import Draft
from gitdraft.api.review import Review
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.model.pages import TypedForm
from gitdraft.server.access import edits_draft, reads_draft
from gitdraft.server.error_handlers import status_of
from gitdraft.server.page_calls import Form, PageCaller, PageRoute, Paging, page, see_other

router = APIRouter(include_in_schema=False, route_class=PageRoute)
DraftId = Annotated[str, Path(max_length=63)]
EntityId = Annotated[str, Path(max_length=300)]
TYPED_AGAIN = (400, 409, 413, 422, 423)
"""Statuses of refusals that show the form once more, with what was typed."""
OUTDATED = "The entity is not any more as the page showed it. This is how it is now."


@router.get("/drafts/{draft_id}/entities/")
async def show_draft_entities(call: Paging, draft_id: DraftId) -> Response:
    """The entities as a draft has them: where one is found to be edited, or a new one is begun."""
    asked = call.request.query_params
    query, entity_type, after, new = (asked.get(name, "")[:300] for name in ("q", "type", "after", "new"))

    def act(caller: PageCaller) -> Response:
        if new.strip() and entity_type:
            return see_other(
                caller.review.edit_address(caller.site, f"{entity_type}/{new.strip()}", draft_id)
            )
        return page(caller.review.entities(caller.site, query, entity_type, after, draft_id))

    return await call.read(reads_draft(draft_id), act, draft_id)


@router.get("/drafts/{draft_id}/suggest")
async def suggest(
    call: Paging,
    draft_id: DraftId,
    types: Annotated[list[str] | None, Query(alias="type")] = None,
    query: Annotated[str, Query(alias="q", max_length=300)] = "",
) -> Response:
    """The entities that a reference may name, for the script."""

    def act(caller: PageCaller) -> Response:
        return JSONResponse(caller.review.suggest(draft_id, types or (), query))

    return await call.read(reads_draft(draft_id), act, draft_id)


@router.get("/drafts/{draft_id}/entities/{entity:path}/edit")
async def show_edit(call: Paging, draft_id: DraftId, entity: EntityId) -> Response:
    """The form of an entity."""

    def act(caller: PageCaller) -> Response:
        return page(caller.review.edit(caller.site, draft_id, entity))

    return await call.read(edits_draft(draft_id), act, draft_id)


@router.post("/drafts/{draft_id}/entities/{entity:path}/edit")
async def edit_entity(call: Paging, draft_id: DraftId, entity: EntityId) -> Response:
    """Saves what was typed, or shows it with one place more or fewer."""
    typed = typed_form(await call.form())

    def show(caller: PageCaller) -> Response:
        return page(caller.review.edit(caller.site, draft_id, entity, typed))

    def save(caller: PageCaller) -> Response:
        review = Review(caller.caller.acting().session)
        try:
            is_changed = review.save_entity(draft_id, entity, typed)
        except GitdraftError as error:
            status = status_of(error)
            if status not in TYPED_AGAIN:
                raise
            html = review.edit(caller.site, draft_id, entity, typed, error)
            return page(html, 422 if status == 400 else status)
        done = "saved" if is_changed else "unchanged"
        return see_other(caller.site.draft(draft_id, done=done))

    return await call.write(edits_draft(draft_id), save if typed.step.startswith("save") else show, draft_id)


class EntityStep(NamedTuple):
    """Something that is done to an entity as a whole: what does it, what is said when it is done."""

    act: Callable[[Draft, str, Form], object]
    done: str


STEPS: dict[str, EntityStep] = {
    "delete": EntityStep(lambda draft, entity, form: draft.delete(entity, form.get("reason")), "deleted"),
    "redirect": EntityStep(
        lambda draft, entity, form: draft.redirect(entity, form.get("target").strip(), form.get("reason")),
        "redirected",
    ),
    "rename": EntityStep(
        lambda draft, entity, form: draft.rename(entity, form.get("name").strip()), "renamed"
    ),
    "drop": EntityStep(lambda draft, entity, _: draft.drop(entity), "dropped"),
}


@router.post("/drafts/{draft_id}/entities/{entity:path}/{step}")
async def end_entity(call: Paging, draft_id: DraftId, entity: EntityId, step: str) -> Response:
    """Deletes an entity in a draft, redirects it, gives it another name, or takes it out of the draft."""
    form = await call.form()
    if step not in STEPS:
        raise InvalidInput(f"there is no step '{step}'", context={"allowed": list(STEPS)})

    def act(caller: PageCaller) -> Response:
        review = caller.review
        repository = caller.caller.acting(
            require=lambda: review.require_entity(draft_id, entity, form.get("state"))
        )
        try:
            STEPS[step].act(Draft(repository.session, draft_id), entity, form)
        except GitdraftError as error:
            status = status_of(error)
            if status not in TYPED_AGAIN and error.code != "resource-not-found":
                raise
            said = OUTDATED if error.code == "page-outdated" else error.message
            typed = {name: form.get(name) for name in ("reason", "target", "name")} | {"step": step}
            html = review.entity(caller.site, entity, draft_id, typed=typed, problem=said)
            return page(html, 422 if status in (400, 404) else status)
        return see_other(caller.site.draft(draft_id, done=STEPS[step].done))

    return await call.write(edits_draft(draft_id), act, draft_id)


def typed_form(form: Form) -> TypedForm:
    """Returns what a form of an entity sent."""
    return TypedForm(
        form.get("state"),
        form.get("shown"),
        form.get("drawn"),
        form.get("step", "show"),
        dict(form.fields),
        form.get("text") if "text" in form else None,
    )
