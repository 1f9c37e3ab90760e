"""Running the application: one process, one port, and an end that finishes the write in hand."""

from __future__ import annotations

import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType

import uvicorn
from fastapi import FastAPI

from gitdraft.lazy_dataclass import dataclass
from gitdraft.server.connections import MOST_CONNECTIONS, BoundedProtocol, Connections
from gitdraft.server.logs import Forwarding, Log
from gitdraft.server.service import Service

LONGEST_END = 15  # seconds for requests in hand, once asked to end
MOST_FILES = 8192
SWITCH = 0.001  # seconds that one thread may keep the others from running


@dataclass(frozen=True, slots=True)
class Front:
    """How clients reach the service: ``proxies`` are the addresses whose `X-Forwarded-For` is believed and that may have
    more than ``connections``; ``certificate`` and ``key`` are PEM files."""

    proxies: tuple[str, ...] = ()
    connections: int = 100
    certificate: str | None = None
    key: str | None = None


def configure(app: FastAPI, front: Front) -> uvicorn.Config:
    """The web server's settings."""
    connections = Connections(front.connections, frozenset(front.proxies))
    return uvicorn.Config(
        app,
        http=partial(BoundedProtocol, connections=connections),  # type: ignore[arg-type]  # a class is expected, and called
        ws="none",
        access_log=False,
        log_config=None,
        proxy_headers=bool(front.proxies),
        forwarded_allow_ips=",".join(front.proxies) or None,
        server_header=False,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=LONGEST_END,
        limit_concurrency=MOST_CONNECTIONS + 100,
        h11_max_incomplete_event_size=64 << 10,
        ssl_certfile=front.certificate,
        ssl_keyfile=front.key,
    )


def run(app: FastAPI, listening: socket.socket, front: Front, log: Log, tell: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is in hand. ``tell`` is called once it listens.

    What is still at work `LONGEST_END` and `LONGEST_WRITE` seconds later is left: the next command finishes an operation
    that was begun, or takes it back.
    """
    _allow_files()
    sys.setswitchinterval(SWITCH)
    logging.getLogger("uvicorn").addHandler(Forwarding(log))
    server = _Server(configure(app, front), app.state.service)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)  # uvicorn raises what it has caught again, after its end
    tell()
    server.run(sockets=[listening])
    if not getattr(app.state, "has_ended", True):
        log({"level": "warning", "message": "ended while a thread was still at work"})
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)  # without waiting for the threads


class _Server(uvicorn.Server):
    """A server whose streams end when it is asked to end, and that is asked at any time: before it is up, uvicorn would end
    without its shutdown, or not at all."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service
        self.is_up = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.service.is_closing = True
        if self.is_up:
            super().handle_exit(sig, frame)

    async def main_loop(self) -> None:
        self.is_up = True
        self.should_exit |= self.service.is_closing
        await super().main_loop()


def _allow_files() -> None:
    """Lets the process have as many connections as it counts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
