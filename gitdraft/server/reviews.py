"""`/api/v2/drafts/{draft_id}/comments` and `/reviews`: what people say of a draft."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from gitdraft.formats.reports import Record
from gitdraft.formats.reports.reviews import comment_json, comments_json, judged_review_json, reviews_json
from gitdraft.model.pages import Site
from gitdraft.server import report_models, request_models
from gitdraft.server.access import Caller, is_named, reads_draft
from gitdraft.server.bodies import StrictRoute
from gitdraft.server.dependencies import Calling
from gitdraft.server.drafts import DraftId, acting_on
from gitdraft.server.page_calls import page as html_page
from gitdraft.server.responses import READING, WRITING, After, Limit, errors, page

router = APIRouter(prefix="/api/v2/drafts/{draft_id}", tags=["reviews"], route_class=StrictRoute)


@router.get("/comments", response_model=report_models.Comments, responses=errors(*READING))
async def list_comments(
    call: Calling, draft_id: DraftId, limit: Limit = 1000, after: After = None
) -> Response:
    """The comments on the draft, the oldest first."""

    def act(caller: Caller) -> Response:
        document = comments_json(draft_id, caller.repository.drafts.get(draft_id).remarks())
        return _page(document, "comments", limit, after)

    return await call.read(reads_draft(draft_id), act)


@router.post("/comments", status_code=201, response_model=report_models.Comment, responses=errors(*WRITING))
async def add_comment(call: Calling, draft_id: DraftId, body: request_models.CommentBody) -> Response:
    """Comment on the draft, open or closed. It changes neither the draft's status nor its ETag. For whoever sees it."""

    def act(caller: Caller) -> Response:
        comment = acting_on(caller, draft_id).comment(
            body.text, body.entity, body.pointer, reply_to=body.reply_to, by=caller.signature
        )
        return JSONResponse(comment_json(comment), 201)

    return await call.write(reads_draft(draft_id), act)


@router.get("/reviews", response_model=report_models.Reviews, responses=errors(*READING))
async def list_reviews(
    call: Calling, draft_id: DraftId, limit: Limit = 1000, after: After = None
) -> Response:
    """The verdicts on the draft, the oldest first, and what merging needs. A verdict names the `change_hash` that is
    answered with them."""

    def act(caller: Caller) -> Response:
        document = reviews_json(draft_id, caller.repository.drafts.get(draft_id).review())
        return _page(document, "reviews", limit, after)

    return await call.read(reads_draft(draft_id), act)


@router.post("/reviews", status_code=201, response_model=report_models.Review, responses=errors(*WRITING))
async def add_review(call: Calling, draft_id: DraftId, body: request_models.ReviewBody) -> Response:
    """Approve the draft's changes, or ask for others. 409 where they are not those that `of` names. For named tokens."""

    def act(caller: Caller) -> Response:
        is_named(caller)
        draft = acting_on(caller, draft_id)
        say = draft.approve if body.verdict == "approve" else draft.request_changes
        review = say(body.text, of=body.of, by=caller.signature)
        judged = next(judged for judged in draft.review().reviews if judged.review.id == review.id)
        return JSONResponse(judged_review_json(judged), 201)

    return await call.write(reads_draft(draft_id), act)


@router.get(
    "/review",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}}, **errors(*READING)},
)
async def render_draft(call: Calling, draft_id: DraftId) -> Response:
    """The draft as its page shows it, as HTML, with nothing on it that can be done."""

    def act(caller: Caller) -> Response:
        root = urlsplit(caller.settings.url).path.rstrip("/") + "/"
        site = Site(root=root, reads_canonical=caller.settings.public_reading)
        return html_page(caller.repository.review.rendered(site, draft_id))

    return await call.read(reads_draft(draft_id), act)


def _page(document: Record, name: str, limit: int, after: str | None) -> Response:
    """Returns a document with one page of its list ``name``."""
    return JSONResponse(
        {**document, **page(name, document[name], lambda line: str(line["id"]), limit, after)}
    )
