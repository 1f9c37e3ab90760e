"""Running the application: one process, one port, and an end that finishes the write in hand."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from gitdraft.errors import RepositoryError
from gitdraft.server.logs import Forwarding, Log

LONGEST_END = 30  # seconds for requests in hand, once asked to end
MOST_CONNECTIONS = 1000


def open_socket(host: str, port: int) -> socket.socket:
    """A socket that listens; with port 0 on any free one. Raises RepositoryError when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        raise RepositoryError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}",
            code="cannot-listen",
            hint="--port 0 takes a free one",
        ) from error


def run(app: FastAPI, listening: socket.socket, proxies: str, log: Log, tell: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is in hand. ``tell`` is called once it listens.

    ``proxies`` are the addresses whose `X-Forwarded-For` is believed.
    """
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        server_header=False,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=LONGEST_END,
        limit_concurrency=MOST_CONNECTIONS,
        h11_max_incomplete_event_size=64 << 10,
    )
    logging.getLogger("uvicorn").addHandler(Forwarding(log))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn raises what it has caught again, after its end
    tell()
    uvicorn.Server(config).run(sockets=[listening])
