"""Somebody who would keep a service from the others: large bodies without a token, requests sent by halves, and a change of
270 KB that takes long to judge, by the holder of one draft's link."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

HALVES = 200
BODY = b'{"title": "' + b"x" * 4_000_000 + b'"}'


@dataclass
class Attacker:
    """The attack, from ``start`` to ``end``; ``requests`` counts what was sent whole."""

    port: int
    draft: str
    capability: str
    requests: int = 0
    _is_over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begins, with a thread for each kind."""
        for attack in (self._bodies, self._halves, self._changes):
            thread = threading.Thread(target=self._again, args=(attack,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Ends it."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _again(self, attack: object) -> None:
        assert callable(attack)
        while not self._is_over.is_set():
            with suppress(OSError, httpx.HTTPError):
                attack()

    def _bodies(self) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30) as client:
            client.post("/api/v2/drafts", content=BODY, headers={"Content-Type": "application/json"})
        self.requests += 1

    def _halves(self) -> None:
        held = []
        for _ in range(HALVES):
            half = socket.create_connection(("127.0.0.1", self.port), timeout=5)
            half.sendall(b"POST /api/v2/drafts HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n")
            held.append(half)
        self._is_over.wait(5)
        for half in held:
            half.close()

    def _changes(self) -> None:
        many = [{"n": number} for number in range(20_000)]
        patch = [{"op": "add", "path": "/tags", "value": many}]
        headers = {"Authorization": f"Bearer {self.capability}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=60) as client:
            client.patch(f"/api/v2/drafts/{self.draft}/changes/thing/thing-1", json=patch)
        self.requests += 1
