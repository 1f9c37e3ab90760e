"""The webhooks of a repository and their messages, in the file beside the tokens (``service_state``).

Messages are made of the feed's events in one transaction with the cursor behind them, so a kill neither loses one nor
makes one twice. A message that is being sent is lent for a while: who sends it and dies leaves it to the next.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from gitdraft.errors import AlreadyExists, NotFound
from gitdraft.model.webhooks import Delivery, Webhook, WebhookLine
from gitdraft.store.service_state import is_there, open_service_state

LOAN = 120  # seconds for which a message that is being sent is nobody else's
MOST_WAITING = 10_000  # messages of one webhook
TOO_MANY = "too many messages wait for this webhook"
COLUMNS = "id, webhook, event, body, created_at, attempts, error"
OLDEST_KEPT = 30 * 24 * 60 * 60  # seconds that a message which was given up is kept


def all_webhooks(connection: sqlite3.Connection) -> list[Webhook]:
    """Returns the webhooks, the oldest first."""
    rows = connection.execute(
        "SELECT id, url, events, allow_private, secret, created_at FROM webhooks ORDER BY created_at, id"
    )
    return [Webhook(row[0], row[1], tuple(row[2].split()), bool(row[3]), *row[4:]) for row in rows]


def webhook_lines(connection: sqlite3.Connection) -> list[WebhookLine]:
    """Returns the webhooks with the numbers of their messages, the oldest first."""
    counts = {
        webhook: (pending, failed)
        for webhook, pending, failed in connection.execute(
            "SELECT webhook, sum(next_at IS NOT NULL), sum(next_at IS NULL) FROM deliveries GROUP BY webhook"
        )
    }
    return [WebhookLine(webhook, *counts.get(webhook.id, (0, 0))) for webhook in all_webhooks(connection)]


def add_webhook(connection: sqlite3.Connection, webhook: Webhook, cursor: str) -> None:
    """Keeps a webhook; the first one hears of what comes after ``cursor``. Raises AlreadyExists for an address that has one."""
    if connection.execute("SELECT 1 FROM webhooks WHERE url = ?", (webhook.url,)).fetchone():
        raise AlreadyExists(
            f"there is a webhook for '{webhook.url}'",
            code="webhook-already-exists",
            context={"url": webhook.url},
            hint="gitdraft webhook list shows it; remove it first",
        )
    if not connection.execute("SELECT 1 FROM webhooks").fetchone():
        move_cursor(connection, cursor)
    connection.execute(
        "INSERT INTO webhooks VALUES (?, ?, ?, ?, ?, ?)",
        (
            webhook.id,
            webhook.url,
            " ".join(webhook.events),
            webhook.allow_private,
            webhook.secret,
            webhook.created_at,
        ),
    )


def remove_webhook(connection: sqlite3.Connection, name: str) -> Webhook:
    """Forgets a webhook, by its id or address, and its messages. Raises NotFound."""
    webhook = next((each for each in all_webhooks(connection) if name in (each.id, each.url)), None)
    if webhook is None:
        raise NotFound(f"no webhook '{name}'", context={"webhook": name}, hint="gitdraft webhook list")
    connection.execute("DELETE FROM webhooks WHERE id = ?", (webhook.id,))
    return webhook


def read_cursor(connection: sqlite3.Connection) -> str | None:
    """Returns the place in the feed up to which there are messages."""
    row = connection.execute("SELECT cursor FROM feed").fetchone()
    return None if row is None else str(row[0])


def move_cursor(connection: sqlite3.Connection, cursor: str) -> None:
    """Notes the place in the feed up to which there are messages."""
    connection.execute("DELETE FROM feed")
    connection.execute("INSERT INTO feed VALUES (?)", (cursor,))


def add_message(connection: sqlite3.Connection, message_id: str, event: str, body: bytes, now: int) -> None:
    """Puts a message in line for every webhook that hears of this event. One for which too many wait is given up at once."""
    (place,) = connection.execute("SELECT coalesce(max(place), 0) + 1 FROM deliveries").fetchone()
    for webhook in all_webhooks(connection):
        if event not in webhook.events:
            continue
        (waiting,) = connection.execute(
            "SELECT count(*) FROM deliveries WHERE webhook = ? AND next_at IS NOT NULL", (webhook.id,)
        ).fetchone()
        is_full = waiting >= MOST_WAITING
        connection.execute(
            "INSERT INTO deliveries (id, webhook, event, body, place, created_at, next_at, error)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                message_id,
                webhook.id,
                event,
                body,
                place,
                now,
                None if is_full else now,
                TOO_MANY if is_full else None,
            ),
        )
    connection.execute(
        "DELETE FROM deliveries WHERE next_at IS NULL AND created_at < ?", (now - OLDEST_KEPT,)
    )


def lend(
    connection: sqlite3.Connection, now: int, busy: Iterable[str], number: int
) -> list[tuple[Webhook, Delivery]]:
    """Returns the messages that are due, the oldest of each webhook, at most so many and none of the ``busy`` webhooks; they
    are lent."""
    passed_over = set(busy)
    lent: list[tuple[Webhook, Delivery]] = []
    for webhook in all_webhooks(connection):
        if webhook.id in passed_over or len(lent) == number:
            continue
        row = connection.execute(
            f"SELECT {COLUMNS} FROM deliveries WHERE webhook = ? AND next_at <= ? ORDER BY place LIMIT 1",
            (webhook.id, now),
        ).fetchone()
        if row is not None:
            delivery = Delivery(*row)
            _set(connection, delivery, delivery.attempts, now + LOAN, delivery.error)
            lent.append((webhook, delivery))
    return lent


def mark_delivered(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """Forgets a message that has arrived."""
    connection.execute("DELETE FROM deliveries WHERE webhook = ? AND id = ?", (delivery.webhook, delivery.id))


def mark_failed(connection: sqlite3.Connection, delivery: Delivery, error: str, next_at: int | None) -> None:
    """Notes why an attempt failed, and when the next one is (``None``: it is given up)."""
    _set(connection, delivery, delivery.attempts + 1, next_at, error)


def failed_deliveries(connection: sqlite3.Connection) -> list[Delivery]:
    """Returns the messages that were given up, the oldest first."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM deliveries WHERE next_at IS NULL ORDER BY place, webhook"
    )
    return [Delivery(*row) for row in rows]


def retry(connection: sqlite3.Connection, names: Sequence[str], now: int) -> int:
    """Puts messages that were given up in line again: those named by their id or their webhook's, or all. Returns how many.

    Raises NotFound for a name of none.
    """
    known = failed_deliveries(connection)
    for name in names:
        if not any(name in (delivery.id, delivery.webhook) for delivery in known):
            raise NotFound(
                f"no message '{name}' was given up",
                context={"message": name},
                hint="gitdraft webhook failed lists them",
            )
    chosen = [d for d in known if not names or d.id in names or d.webhook in names]
    for delivery in chosen:
        _set(connection, delivery, 0, now, delivery.error)
    return len(chosen)


def forget_messages(common: Path, words: Sequence[str]) -> None:
    """Forgets the messages in which one of these words stands: what they are about was purged."""
    if not words or not is_there(common):
        return
    with open_service_state(common) as connection:
        connection.executemany(
            "DELETE FROM deliveries WHERE instr(body, ?)", ((word.encode(),) for word in words)
        )


def _set(
    connection: sqlite3.Connection, delivery: Delivery, attempts: int, next_at: int | None, error: str | None
) -> None:
    connection.execute(
        "UPDATE deliveries SET attempts = ?, next_at = ?, error = ? WHERE webhook = ? AND id = ?",
        (attempts, next_at, error, delivery.webhook, delivery.id),
    )
