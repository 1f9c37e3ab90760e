"""Connections within bounds: so many of an address, and deadlines for the head of a request and for reading an answer.

A connection over the bound takes the place of the oldest one of that address that has no request in hand, so that who
opens many and sends nothing keeps out nobody.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from gitdraft.lazy_dataclass import dataclass, field

HEAD_SECONDS = 10.0
READ_SECONDS = 30.0  # in which a client takes a piece of its answer
LINGER_SECONDS = 5.0  # for the rest of a body whose request is answered already
MOST_CONNECTIONS = 1000
FULL = (
    b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: 82\r\n"
    b"Retry-After: 5\r\nConnection: close\r\n\r\n"
    b'{"code": "too-many-connections", "message": "too many connections", "context": {}}'
)


@dataclass(slots=True)
class Connections:
    """The open connections, oldest first: ``most`` of an address at a time, but for those of proxies."""

    most: int
    proxies: frozenset[str]
    _all: dict[BoundedProtocol, None] = field(default_factory=dict)
    _by_address: defaultdict[str, dict[BoundedProtocol, None]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def enter(self, protocol: BoundedProtocol, address: str) -> bool:
        """Counts a connection; false where there are too many, all of them with a request in hand."""
        if address not in self.proxies and not self._make_room(self._by_address[address], self.most):
            return False
        if not self._make_room(self._all, MOST_CONNECTIONS):
            return False
        self._by_address[address][protocol] = self._all[protocol] = None
        return True

    def leave(self, protocol: BoundedProtocol) -> None:
        """Counts it no more."""
        self._all.pop(protocol, None)
        of_address = self._by_address[protocol.address]
        of_address.pop(protocol, None)
        if not of_address:
            del self._by_address[protocol.address]

    def _make_room(self, among: dict[BoundedProtocol, None], most: int) -> bool:
        while len(among) >= most:
            oldest = next((protocol for protocol in among if protocol.is_waiting), None)
            if oldest is None:
                return False
            oldest.transport.abort()
            self.leave(oldest)
        return True


class BoundedProtocol(H11Protocol):
    """A connection with deadlines."""

    def __init__(self, *arguments: Any, connections: Connections, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.address = ""
        self._connections = connections
        self._head_timer: asyncio.TimerHandle | None = None
        self._read_timer: asyncio.TimerHandle | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether no request is in hand."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        if self._connections.enter(self, self.address):
            self._head_timer = self._later(HEAD_SECONDS, self._close_if_waiting)
        else:
            transport.write(FULL)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timers()
        self._connections.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.is_waiting:
            self._stop_head_timer()
        elif self._head_timer is None:
            self._head_timer = self._later(HEAD_SECONDS, self._close_if_waiting)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and self.is_waiting:
            self._head_timer = self._later(LINGER_SECONDS, self._close_if_waiting)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._read_timer = self._later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def _later(self, seconds: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        return self.loop.call_later(seconds, act)

    def _close_if_waiting(self) -> None:
        self._head_timer = None
        if self.is_waiting and not self.transport.is_closing():
            self.transport.close()

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_timers(self) -> None:
        self._stop_head_timer()
        if self._read_timer is not None:
            self._read_timer.cancel()
