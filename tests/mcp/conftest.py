"""`gitdraft mcp` over HTTP, in a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from sandbox import Sandbox

from gitdraft.api.sockets import open_socket
from gitdraft.mcp.server import make_http_app


@pytest.fixture
def listening(sandbox: Sandbox) -> Iterator[Callable[..., str]]:
    """Start the service over HTTP; its address."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(*allowed: str, origins: tuple[str, ...] = ()) -> str:
        found = open_socket("127.0.0.1", 0)
        port = found.getsockname()[1]
        app = make_http_app(sandbox.path, allowed, port, origins)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [found]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        running.append((server, thread))
        return f"http://127.0.0.1:{port}/mcp"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join()
