"""Comments and verdicts on a pull request, read into its draft: each once, under an id that says where it is from.

Who wrote one is known by the login alone, and so gets an address that nobody can have chosen: `LOGIN@users.noreply.HOST`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from gitdraft.drafts.reviews import plan_comment, plan_review
from gitdraft.errors import InvalidInput, Moved, NotFound, StateRefused
from gitdraft.forge.branch import is_outdated
from gitdraft.forge.context import ForgeContext
from gitdraft.forge.texts import is_ours
from gitdraft.formats.reviews import LONGEST
from gitdraft.formats.trailers import read_trailers
from gitdraft.lazy_regex import regex
from gitdraft.model.names import Oid
from gitdraft.model.pull_requests import PullRequest
from gitdraft.model.reviews import Comment, Review
from gitdraft.store.drafts import StoredDraft, read_draft
from gitdraft.store.replay import TIP_TRAILER
from gitdraft.store.reviews import read_remarks
from gitdraft.views.change_hash import change_hash, looked_at

UNUSABLE = regex(r"[^A-Za-z0-9_-]")


def take_remarks(context: ForgeContext, draft: StoredDraft, pull: PullRequest) -> list[str]:
    """Reads what others said of a pull request into its draft. Returns what was done."""
    known = read_remarks(context.store.git, draft)
    ids = {comment.id for comment in known.comments} | {review.id for review in known.reviews}
    done: list[str] = []
    for comment in _comments(context, pull):
        if comment.id in ids:
            continue
        if _keep(context, draft.id, comment):
            done.append(f"comment by {comment.by.partition(' <')[0]}")
    for review in _reviews(context, pull, _judged_changes(context, draft, pull)):
        if review.id not in ids and _keep(context, draft.id, review):
            said = review.verdict if isinstance(review, Review) else "comment"
            done.append(f"{said} by {review.by.partition(' <')[0]}")
    return done


def _keep(context: ForgeContext, draft_id: str, remark: Comment | Review) -> bool:
    """Keeps a comment or a verdict; one that a draft cannot hold, or no more of, is passed over."""
    try:
        if isinstance(remark, Review):
            context.operate(remark.verdict, lambda transaction: plan_review(transaction, draft_id, remark))
        else:
            context.operate("comment", lambda transaction: plan_comment(transaction, draft_id, remark))
    except NotFound:  # a file of no entity that there is
        return isinstance(remark, Comment) and _keep(context, draft_id, remark._replace(entity=None))
    except (InvalidInput, StateRefused, Moved):
        return False
    return True


def _comments(context: ForgeContext, pull: PullRequest) -> Iterator[Comment]:
    entity_at = context.store.configuration().entity_at
    for comment in context.forge.comments(pull):
        if not is_ours(comment.text) and comment.text.strip():
            entity = entity_at(comment.path) if comment.path else None
            yield Comment(
                _id(context, "c", comment.id),
                _person(context, comment.by),
                _moment(comment.at),
                comment.text[:LONGEST],
                None if entity is None else str(entity),
            )


def _judged_changes(context: ForgeContext, draft: StoredDraft, pull: PullRequest) -> str | None:
    """Returns the hash of the changes that the pull request's head shows; ``None`` where they are not the draft's, or not
    known to be."""
    store, branch = context.store, context.branch(draft.id)
    if branch.head is None or branch.head != pull.head_commit:
        return None
    if branch.ours is not None and branch.ours.oid == branch.head:
        tip = Oid(read_trailers(branch.ours.message)[TIP_TRAILER])
        if not store.git.has(tip):
            return None
        draft = read_draft(store.git, draft.id, draft.ref, tip)
    elif is_outdated(store, branch, context.form(draft)):
        return None
    return change_hash(looked_at(store, draft))


def _reviews(context: ForgeContext, pull: PullRequest, of: str | None) -> Iterator[Comment | Review]:
    """Yields the verdicts on the head, which are on the changes ``of`` this hash, and what was said with another one as
    comments."""
    for review in context.forge.reviews(pull):
        name = _id(context, "v", review.id)
        by, at = _person(context, review.by), _moment(review.at)
        if review.verdict is not None and review.commit == pull.head_commit and of is not None:
            yield Review(name, by, at, review.verdict, of, review.text[:LONGEST] or None)
        elif review.text.strip():
            yield Comment(name, by, at, review.text[:LONGEST])


def _id(context: ForgeContext, kind: str, number: str) -> str:
    return UNUSABLE.sub("-", f"{context.settings.kind}-{kind}{number}")[:64]


def _person(context: ForgeContext, login: str) -> str:
    name = re.sub(r"[<>\s]", "", login) or "somebody"
    host = (urlsplit(context.settings.api).hostname or "").removeprefix("api.")
    return f"{name} <{name}@users.noreply.{host}>"


def _moment(at: str) -> str:
    """Returns a moment in UTC, to the second; the beginning of time where the forge gives none."""
    try:
        moment = datetime.fromisoformat(at).astimezone(UTC)
    except ValueError:
        moment = datetime.fromtimestamp(0, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
