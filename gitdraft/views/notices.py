"""What webhooks hear of an event of the feed: the event itself, and what it means to a draft."""

from __future__ import annotations

from collections.abc import Iterator

from gitdraft.errors import GitdraftError
from gitdraft.formats.reports.feed import event_json
from gitdraft.formats.reports.reviews import comment_json, review_json
from gitdraft.model.feed import FeedEvent
from gitdraft.model.names import Oid
from gitdraft.model.operations import REMARKS, Operation, RefMove
from gitdraft.model.reviews import Comment, Review
from gitdraft.model.values import JSON
from gitdraft.model.webhooks import Notice
from gitdraft.store.drafts import read_draft
from gitdraft.store.repository import CLOSED, Store
from gitdraft.store.reviews import read_remarks

MERGING = ("merge", "adopt")


def notices_of(store: Store, event: FeedEvent, now: str) -> Iterator[Notice]:
    """Yields what is to be sent; ``now`` is when a move of canonical was seen."""
    operation = event.content
    if not isinstance(operation, Operation):
        yield Notice(event.name, now, event_json(event))
        return
    yield Notice(event.name, operation.at, event_json(event))
    about: dict[str, JSON] = {"operation": operation.id, "by": operation.actor.text}
    for move in operation.moves:
        draft_id = _draft_of(store, move)
        if draft_id is None or move.new is None:
            continue
        said: dict[str, JSON] = {"draft": draft_id, **about}
        if operation.command == "submit":
            yield Notice("draft-submitted", operation.at, said)
        elif operation.command in MERGING and move.name.startswith(CLOSED):
            yield Notice("draft-merged", operation.at, {**said, "commit": _canonical(store, operation)})
        elif operation.command in REMARKS:
            for remark in _remarks(store, draft_id, move):
                if isinstance(remark, Comment):
                    yield Notice("comment", operation.at, {**said, "comment": comment_json(remark)})
                else:
                    yield Notice("review", operation.at, {**said, "review": review_json(remark)})


def _draft_of(store: Store, move: RefMove) -> str | None:
    for prefix in (store.drafts_ref, CLOSED):
        if move.name.startswith(prefix):
            return move.name.removeprefix(prefix)
    return None


def _canonical(store: Store, operation: Operation) -> Oid | None:
    return next((move.new for move in operation.moves if move.name == store.canonical_ref), None)


def _remarks(store: Store, draft_id: str, move: RefMove) -> list[Comment | Review]:
    """Returns what was said between the two tips; nothing where a purge has taken them away since."""
    remarks_at: list[set[Comment | Review]] = []
    for tip in (move.old, move.new):
        try:
            remarks = read_remarks(store.git, read_draft(store.git, draft_id, move.name, tip or Oid("")))
        except GitdraftError:
            return []
        remarks_at.append({*remarks.comments, *remarks.reviews})
    return sorted(remarks_at[1] - remarks_at[0], key=lambda remark: remark.id)
