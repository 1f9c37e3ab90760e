"""Comments and verdicts as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitdraft.formats.reports import Record

if TYPE_CHECKING:
    from gitdraft.model.reviews import Comment, JudgedReview, Remarks, Review, ReviewState


def comment_json(comment: Comment) -> Record:
    """Returns a comment; a member that it does not have is left out."""
    return {name: value for name, value in comment._asdict().items() if value is not None}


def review_json(review: Review) -> Record:
    """Returns a verdict; without a text it has none."""
    return {name: value for name, value in review._asdict().items() if value is not None}


def judged_review_json(judged: JudgedReview) -> Record:
    """Returns a verdict, whether it is on the changes as they are, and whether merging counts it."""
    return review_json(judged.review) | {"holds": judged.holds, "counts": judged.counts}


def review_members(state: ReviewState) -> Record:
    """Returns what stands of a draft's review wherever the draft stands in JSON."""
    record: Record = {"change_hash": state.change_hash, "comment_count": state.comment_count}
    if state.needed:
        record["approvals"] = {
            "needed": state.needed,
            "given": len(state.approved_by),
            "approved_by": list(state.approved_by),
            "refused_by": list(state.refused_by),
            **({"by": list(state.by)} if state.by else {}),
        }
    return record


def comments_json(draft_id: str, remarks: Remarks) -> Record:
    """Returns all comments of a draft, and the files among them that are none."""
    record: Record = {"draft": draft_id, "comments": [comment_json(comment) for comment in remarks.comments]}
    if remarks.unreadable:
        record["unreadable"] = [remark._asdict() for remark in remarks.unreadable]
    return record


def reviews_json(draft_id: str, state: ReviewState) -> Record:
    """Returns all verdicts on a draft, and how far it is reviewed."""
    reviews = [judged_review_json(judged) for judged in state.reviews]
    return {"draft": draft_id, **review_members(state), "reviews": reviews}
