"""Webhooks and their messages as JSON."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from gitdraft.formats.reports import Record
from gitdraft.model.operations import utc

if TYPE_CHECKING:
    from gitdraft.model.webhooks import Delivery, Webhook, WebhookLine


def webhook_json(webhook: Webhook) -> Record:
    """Returns a webhook without its secret."""
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": list(webhook.events),
        "allow_private": webhook.allow_private,
        "created_at": utc(webhook.created_at),
    }


def webhook_line_json(line: WebhookLine) -> Record:
    """Returns a webhook in a list."""
    return webhook_json(line.webhook) | {"pending": line.pending, "failed": line.failed}


def delivery_json(delivery: Delivery) -> Record:
    """Returns a message without what it says."""
    return {
        "id": delivery.id,
        "webhook": delivery.webhook,
        "event": delivery.event,
        "created_at": utc(delivery.created_at),
        "attempts": delivery.attempts,
        "error": delivery.error,
    }


def secret_text(secret: bytes) -> str:
    """Returns a secret as Standard Webhooks writes it."""
    return f"whsec_{b64encode(secret).decode()}"
