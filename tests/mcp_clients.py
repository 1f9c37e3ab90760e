"""Real clients of `gitdraft mcp`, over both transports."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation
from sandbox import Sandbox

ROBOT = Implementation(name="Robot", version="1.2")
Talk = Callable[[Client], Awaitable[Any]]


def on_stdio(sandbox: Sandbox, *options: str, mode: str = "auto") -> Client:
    """A client that starts the command."""
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "gitdraft", "-C", str(sandbox.path), "mcp", *options],
        env={**os.environ},
    )
    return Client(command, client_info=ROBOT, mode=mode)


def talk(client: Client, conversation: Talk) -> Any:
    """What the conversation returns."""

    async def run() -> Any:
        async with client:
            return await conversation(client)

    return anyio.run(run)


@asynccontextmanager
async def with_token(url: str, token: str, **headers: str) -> Any:
    """The transport of a client with a token."""
    authorized = {"Authorization": f"Bearer {token}", **headers}
    async with (
        httpx2.AsyncClient(headers=authorized) as http,
        streamable_http_client(url, http_client=http) as streams,
    ):
        yield streams


def token(sandbox: Sandbox, role: str, name: str | None = None) -> str:
    """A token of the service."""
    return str(sandbox.library.tokens.issue(name or f"{role} <{role}@example.org>", role).token)  # type: ignore[arg-type]
