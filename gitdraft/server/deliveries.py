"""The messages of webhooks on their way: one thread makes them of what happens, a few send them.

Nothing waits for them: not a write, not the end of the service. What is on its way then is sent again by the next one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from gitdraft.api.repository import Repository, open_session
from gitdraft.api.session import Identity
from gitdraft.api.webhooks import BACKOFF, Webhooks
from gitdraft.errors import GitdraftError
from gitdraft.model.webhooks import Delivery, Webhook
from gitdraft.server.logs import Log
from gitdraft.server.webhook_request import NotDelivered, send

PAUSE = 0.5  # seconds between two looks
SENDERS = 4  # messages that are sent at once, of different webhooks
LEVELS = {True: "info", False: "warning"}


class Deliveries:
    """The threads, from ``start`` to ``stop``."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        log: Log,
        backoff: tuple[float, ...] = BACKOFF,
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._log = log
        self._backoff = backoff
        self._is_ending = threading.Event()
        self._lock = threading.Lock()
        self._busy: set[str] = set()

    def start(self) -> None:
        """Begins to look for what there is to send."""
        self._thread(self._look, "webhooks")

    def stop(self) -> None:
        """Sends nothing more; what is on its way is left to itself, and sent again later where it did not arrive."""
        self._is_ending.set()

    def _look(self) -> None:
        webhooks: Webhooks | None = None
        while not self._is_ending.is_set():
            try:
                if webhooks is None:
                    webhooks = self._open()
                while webhooks.collect() and not self._is_ending.is_set():
                    pass
                with self._lock:
                    busy = frozenset(self._busy)
                for webhook, delivery in webhooks.lend(busy, SENDERS - len(busy)):
                    with self._lock:
                        self._busy.add(webhook.id)
                    self._thread(partial(self._send, webhook, delivery), "webhook")
            except Exception as error:
                webhooks = None
                self._log({"level": "error", "message": "webhooks", "error": _said(error)})
                self._is_ending.wait(10 * PAUSE)
            self._is_ending.wait(PAUSE)

    def _send(self, webhook: Webhook, delivery: Delivery) -> None:
        error: str | None = None
        try:
            try:
                send(webhook, delivery, int(time.time()))
            except NotDelivered as refused:
                error = str(refused)
            if self._is_ending.is_set() and error is not None:
                return  # it is lent for a while, and then sent again
            self._open().settle(delivery, error, self._backoff)
            self._log(
                {
                    "level": LEVELS[error is None],
                    "message": "webhook",
                    "webhook": webhook.id,
                    "id": delivery.id,
                    "event": delivery.event,
                    "attempt": delivery.attempts + 1,
                    **({} if error is None else {"error": error}),
                }
            )
        except Exception as unexpected:
            self._log({"level": "error", "message": "webhook", "error": _said(unexpected)})
        finally:
            with self._lock:
                self._busy.discard(webhook.id)

    def _open(self) -> Webhooks:
        identity = Identity(environment=self._environment)
        return Repository(open_session(self._folder, identity, mends=True)).webhooks

    def _thread(self, run: Callable[[], None], name: str) -> None:
        threading.Thread(target=run, name=name, daemon=True).start()


def _said(error: Exception) -> str:
    return error.message if isinstance(error, GitdraftError) else f"{type(error).__name__}: {error}"
