"""Webhooks: who is notified over HTTP of what happens, and what is still to be delivered."""

from __future__ import annotations

from typing import Final, NamedTuple

from gitdraft.model.values import JSON

EVENTS: Final = ("operation", "canonical-moved", "draft-submitted", "draft-merged", "comment", "review")


class Webhook(NamedTuple):
    """An address that is notified of these ``events``. ``created_at`` is Unix time, ``allow_private`` says that the address may be
    one of a private network."""

    id: str
    url: str
    events: tuple[str, ...]
    allow_private: bool
    secret: bytes
    created_at: int


class WebhookLine(NamedTuple):
    """A webhook in a list: how many messages wait, and how many were given up."""

    webhook: Webhook
    pending: int
    failed: int


class Notice(NamedTuple):
    """Something that happened, as webhooks hear of it: the ``event``, when (RFC 3339), what."""

    event: str
    at: str
    data: JSON


class Delivery(NamedTuple):
    """A message for one webhook. ``id`` and ``body`` are the same at every attempt; ``error`` is why the last one failed."""

    id: str
    webhook: str
    event: str
    body: bytes
    created_at: int
    attempts: int
    error: str | None = None
