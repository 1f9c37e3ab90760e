"""The verdicts that were given through the service, beside the tokens: who can push can forge a review's file, and not this."""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from pathlib import Path

from gitdraft.formats.reviews import write_review
from gitdraft.model.reviews import Review
from gitdraft.store.service_state import is_there, open_service_state


def note_verdict(connection: sqlite3.Connection, draft_id: str, review: Review) -> None:
    """Keeps that this verdict, as it stands in its file, was given through the service."""
    connection.execute(
        "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", (draft_id, review.id, _print(review))
    )


def given_among(common: Path, draft_id: str, reviews: tuple[Review, ...]) -> frozenset[str]:
    """Returns the ids of those reviews of a draft that were given through the service, word for word."""
    if not reviews or not is_there(common):
        return frozenset()
    with open_service_state(common) as connection:
        known = dict(connection.execute("SELECT id, content FROM verdicts WHERE draft = ?", (draft_id,)))
    return frozenset(review.id for review in reviews if known.get(review.id) == _print(review))


def _print(review: Review) -> bytes:
    return sha256(write_review(review)).digest()
