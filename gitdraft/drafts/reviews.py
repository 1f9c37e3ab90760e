"""Comments and verdicts: each is one file more in the draft's branch, which no status forbids and which changes none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from gitdraft.errors import InvalidInput, Moved, NotFound, StateRefused
from gitdraft.formats.reviews import (
    LONGEST,
    comment_path,
    read_comment,
    read_review,
    review_path,
    write_comment,
    write_review,
)
from gitdraft.model.operations import RefMove
from gitdraft.model.reviews import Comment, Review, split_moment
from gitdraft.store.drafts import StoredDraft
from gitdraft.store.replay import commit_draft, tip_of
from gitdraft.store.reviews import count_remarks, read_remarks
from gitdraft.store.transaction import Plan, Transaction
from gitdraft.views.change_hash import change_hash, looked_at
from gitdraft.views.effective_view import open_view
from gitdraft.views.entity_names import name_entity

Remark = TypeVar("Remark", Comment, Review)
MOST = 1000  # comments, or reviews, of a draft
WORDS = {"approve": "Approve", "request-changes": "Request changes"}


def plan_comment(transaction: Transaction, draft_id: str, comment: Comment) -> Plan[Comment]:
    """Plans a comment on the draft, open or closed. The report is the comment as it is kept.

    Raises NotFound for an unknown draft, entity type or comment that is answered, InvalidInput for a blank or too long text
    or a wrong pointer, StateRefused (``too-many-remarks``).
    """
    buffer = transaction.buffer
    draft = transaction.store.find_draft(draft_id)
    _require_room(draft_id, count_remarks(buffer, draft)[0])
    _check_text(comment.text)
    known = read_remarks(buffer, draft).comments
    if comment.reply_to is not None and all(other.id != comment.reply_to for other in known):
        raise NotFound(
            f"draft '{draft_id}' has no comment '{comment.reply_to}'",
            context={"draft": draft_id, "comment": comment.reply_to},
        )
    if comment.entity is not None:
        entity = name_entity(open_view(transaction.store, draft, buffer), comment.entity)
        comment = comment._replace(entity=str(entity))
    elif comment.pointer is not None:
        raise InvalidInput("a pointer needs an entity", context={"path": "/pointer"})
    comment = comment._replace(at=_next_moment(comment.at, [other.at for other in known]))
    content = write_comment(comment)
    read_comment(comment.id, content)
    return _plan_file(transaction, draft, comment, (comment_path(comment.id), content), "Comment")


def plan_review(transaction: Transaction, draft_id: str, review: Review) -> Plan[Review]:
    """Plans a verdict on the draft's changes, open or closed. The report is the verdict as it is kept.

    Raises NotFound for an unknown draft, Moved (``changes-moved``) where the draft's changes are not those that the verdict
    names, InvalidInput for a blank or too long text, StateRefused (``too-many-remarks``).
    """
    buffer = transaction.buffer
    draft = transaction.store.find_draft(draft_id)
    _require_room(draft_id, count_remarks(buffer, draft)[1])
    if review.text is not None:
        _check_text(review.text)
    current = change_hash(looked_at(transaction.store, draft, buffer))
    if review.of != current:
        raise Moved(
            f"the changes of draft '{draft_id}' are not those that were looked at",
            code="changes-moved",
            context={"draft": draft_id, "of": review.of[:100], "change_hash": current},
            hint=f"gitdraft show {draft_id}",
        )
    earlier = [other.at for other in read_remarks(buffer, draft).reviews]
    review = review._replace(at=_next_moment(review.at, earlier))
    content = write_review(review)
    read_review(review.id, content)
    return _plan_file(transaction, draft, review, (review_path(review.id), content), WORDS[review.verdict])


def _plan_file(
    transaction: Transaction, draft: StoredDraft, remark: Remark, file: tuple[str, bytes], subject: str
) -> Plan[Remark]:
    path, content = file
    tip = commit_draft(transaction, tip_of(draft), draft.id, {path: content}, subject)
    move = RefMove(draft.ref, draft.tip, tip.commit)
    return Plan(remark, transaction.buffer, (move,), f"{subject.lower()} on {draft.id}")


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("the text is not Unicode", context={"path": "/text"}) from None
    if not text.strip():
        raise InvalidInput("a text is needed", code="missing-field", context={"path": "/text"})
    if len(text) > LONGEST:
        raise InvalidInput(
            f"the text is longer than {LONGEST:,} characters", code="too-large", context={"path": "/text"}
        )


def _require_room(draft_id: str, number: int) -> None:
    if number >= MOST:
        raise StateRefused(
            f"draft '{draft_id}' has {number:,} of them, and no more are taken",
            code="too-many-remarks",
            context={"draft": draft_id},
        )


def _next_moment(at: str, earlier: Sequence[str]) -> str:
    """Returns the time ``at``, or one a little later where others were made in the same second."""
    whole, _ = split_moment(at)
    fractions = [fraction for second, fraction in map(split_moment, earlier) if second == whole]
    return at if not fractions else f"{whole}.{min(round(max(fractions) * 1e6) + 1, 999_999):06}Z"
