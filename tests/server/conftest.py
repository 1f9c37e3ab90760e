"""A real server on a free port, and clients of it."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sandbox import Sandbox
from wiki import make_wiki

from gitdraft.api.sockets import open_socket
from gitdraft.model.tokens import Role
from gitdraft.server.app import make_app
from gitdraft.server.logs import log_to
from gitdraft.server.run import Front, configure
from gitdraft.server.settings import Settings
from gitdraft.store.tokens import open_tokens

DIRECT = Front()
LONG_AGO = 1_700_000_000


@dataclass
class Service:
    """A running server, its repository, and what it logged."""

    sandbox: Sandbox
    url: str
    logged: io.StringIO = field(default_factory=io.StringIO)
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def log(self) -> list[dict[str, Any]]:
        """The records logged."""
        return [json.loads(line) for line in self.logged.getvalue().splitlines()]

    def token(self, role: Role, name: str, **options: Any) -> str:
        """A named token."""
        with open_tokens(self.sandbox.path / ".git") as tokens:
            return tokens.issue(role, LONG_AGO, name=name, **options)[0]

    def client(self, token: str | None = None) -> httpx.Client:
        """A client with this token."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=60)
        self.clients.append(client)
        return client

    def of(self, role: Role) -> httpx.Client:
        """A client with a fresh token of this role."""
        return self.client(self.token(role, f"{role} {len(self.clients)} <{role}@example.org>"))

    def holder(self, made: httpx.Response) -> httpx.Client:
        """A client with the capability that an answer gave."""
        return self.client(made.json()["capability_url"].partition("#")[2])


@pytest.fixture
def serving(sandbox: Sandbox) -> Iterator[Callable[..., Service]]:
    """Start a server on the sandbox, with these settings."""
    running: list[tuple[uvicorn.Server, threading.Thread, Service]] = []

    def start(front: Front = DIRECT, **options: Any) -> Service:
        listening = open_socket("127.0.0.1", 0)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        service = Service(sandbox, url)
        folder = options.pop("folder", Path(sandbox.path))
        settings = Settings(folder, url, **{"a_minute": 0, **options})
        server = uvicorn.Server(configure(make_app(settings, log_to(service.logged)), front))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        running.append((server, thread, service))
        return service

    yield start
    for server, thread, service in running:
        for client in service.clients:
            client.close()
        server.should_exit = True
        thread.join()


@pytest.fixture
def service(serving: Callable[..., Service]) -> Service:
    """A server on the sandbox."""
    return serving()


@pytest.fixture
def wiki(sandbox: Sandbox, serving: Callable[..., Service]) -> Service:
    """A server on a repository as wikis push to it."""
    make_wiki(sandbox)
    return serving()
