"""Webhooks: who is notified over HTTP of what happens, and what still waits. The service sends; this is what it sends."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gitdraft.api.session import Session
from gitdraft.errors import InvalidInput, NotFound
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.operations import utc
from gitdraft.model.webhooks import EVENTS

if TYPE_CHECKING:
    from gitdraft.model.webhooks import Delivery, Webhook, WebhookLine

SECRET_BYTES = 32
PIECE = 100  # events of the feed at once
BACKOFF = (
    5,
    30,
    120,
    600,
    3600,
    4 * 3600,
    12 * 3600,
    24 * 3600,
)  # seconds between attempts; then it is given up
URL = regex(r"https?://[!-~]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The webhooks of a repository, kept beside the tokens. Raises RepositoryError (``service-state``) where they cannot be
    read or written."""

    session: Session

    def add(self, url: str, events: Collection[str] = EVENTS, *, allow_private: bool = False) -> Webhook:
        """Has an address notified of these events from now on; its secret signs the messages. ``allow_private`` lets it be one
        of a private network. Raises InvalidInput for what is no such address or event, AlreadyExists."""
        from gitdraft.model.webhooks import Webhook
        from gitdraft.store.service_state import open_service_state
        from gitdraft.store.webhooks import add_webhook
        from gitdraft.views.feed import present_place

        _check_url(url)
        for event in events:
            if event not in EVENTS:
                raise InvalidInput(
                    f"unknown event '{event}'",
                    context={"event": event},
                    hint=f"the events are {', '.join(EVENTS)}",
                )
        chosen = tuple(event for event in EVENTS if event in events)
        now, store = self._now(), self.session.store
        webhook = Webhook(
            secrets.token_hex(4), url, chosen, allow_private, secrets.token_bytes(SECRET_BYTES), now
        )
        with open_service_state(store.git.common) as connection:
            add_webhook(connection, webhook, present_place(store).text)
        return webhook

    def lines(self) -> Sequence[WebhookLine]:
        """Returns the webhooks, the oldest first, with how many messages wait and how many were given up."""
        from gitdraft.store.service_state import is_there, open_service_state
        from gitdraft.store.webhooks import webhook_lines

        if not is_there(self.session.store.git.common):
            return []
        with open_service_state(self.session.store.git.common) as connection:
            return webhook_lines(connection)

    def remove(self, name: str) -> Webhook:
        """Forgets a webhook, by its id or address, and what waits for it. Raises NotFound."""
        from gitdraft.store.service_state import open_service_state
        from gitdraft.store.webhooks import remove_webhook

        with open_service_state(self.session.store.git.common) as connection:
            return remove_webhook(connection, name)

    def failed(self) -> Sequence[Delivery]:
        """Returns the messages that were given up, the oldest first."""
        from gitdraft.store.service_state import is_there, open_service_state
        from gitdraft.store.webhooks import failed_deliveries

        if not is_there(self.session.store.git.common):
            return []
        with open_service_state(self.session.store.git.common) as connection:
            return failed_deliveries(connection)

    def retry(self, names: Sequence[str] = ()) -> int:
        """Has messages that were given up sent again, by the ids of messages or webhooks, or all. Returns how many. Raises
        NotFound."""
        from gitdraft.store.service_state import open_service_state
        from gitdraft.store.webhooks import retry

        with open_service_state(self.session.store.git.common) as connection:
            return retry(connection, names, self._now())

    def collect(self) -> bool:
        """Makes messages of what has happened since the last time. Returns whether there may be more.

        Where the log does not have the last place any more (a purge rewrote it), it begins again from now.
        """
        from gitdraft.store.service_state import is_there, open_service_state
        from gitdraft.store.webhooks import add_message, all_webhooks, move_cursor, read_cursor
        from gitdraft.views.feed import events_after, present_place
        from gitdraft.views.notices import notices_of

        store = self.session.store
        if not is_there(store.git.common):
            return False
        present = present_place(store).text
        with open_service_state(store.git.common) as connection:
            cursor = read_cursor(connection)
            if cursor == present or not all_webhooks(connection):
                return False
        try:
            events = events_after(store, cursor, PIECE)
        except NotFound:
            events = []
        now = self._now()
        notices = [notice for event in events for notice in notices_of(store, event, utc(now))]
        with open_service_state(store.git.common) as connection:
            if read_cursor(connection) != cursor:
                return True  # another process was faster
            for notice in notices:
                body = {"type": notice.event, "timestamp": notice.at, "data": notice.data}
                text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
                add_message(connection, f"msg_{secrets.token_hex(16)}", notice.event, text, now)
            move_cursor(connection, events[-1].cursor if events else present)
        return len(events) == PIECE

    def lend(self, busy: Collection[str], number: int) -> Sequence[tuple[Webhook, Delivery]]:
        """Returns messages that are due, at most so many, one a webhook, none of the ``busy`` ones: to be sent within two
        minutes, and then settled."""
        from gitdraft.store.service_state import is_there, open_service_state
        from gitdraft.store.webhooks import lend

        if not is_there(self.session.store.git.common):
            return []
        with open_service_state(self.session.store.git.common) as connection:
            return lend(connection, self._now(), busy, number)

    def settle(self, delivery: Delivery, error: str | None, backoff: Sequence[float] = BACKOFF) -> None:
        """Notes that a message has arrived, or why it has not: it is tried again after these many seconds, attempt by attempt,
        and then given up."""
        from gitdraft.store.service_state import open_service_state
        from gitdraft.store.webhooks import mark_delivered, mark_failed

        with open_service_state(self.session.store.git.common) as connection:
            if error is None:
                mark_delivered(connection, delivery)
                return
            pauses = backoff[delivery.attempts : delivery.attempts + 1]
            mark_failed(connection, delivery, error, self._now() + int(pauses[0]) if pauses else None)

    def _now(self) -> int:
        return self.session.clock().seconds


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or not URL.fullmatch(url) or len(url) > 2000:
        raise InvalidInput(f"'{url[:100]}' is no address http(s)://…", context={"path": "/url"})
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidInput(
            "the address of a webhook has no user, no password and no #",
            context={"path": "/url"},
            hint="messages are signed: the receiver knows them by the secret",
        )
