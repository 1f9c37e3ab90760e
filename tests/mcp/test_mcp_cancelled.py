"""A cancelled call leaves nothing, or one whole operation."""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio
import pytest
from mcp import Client
from mcp_clients import ROBOT, on_stdio, talk, token, with_token
from sandbox import Sandbox

from gitdraft.git.locks import writers_lock

PATCH = [{"op": "replace", "path": "/label", "value": "Human"}]


def proposing(sandbox: Sandbox, client: Client, delay: float, *, hold: bool) -> None:
    """Calls patch_entity, and has enough of it after a while; others write meanwhile with ``hold``."""

    async def run(talker: Client) -> None:
        await talker.call_tool("create_draft", {"title": "Fix"})
        arguments = {"draft": "fix", "entity": "category/Person", "patch": PATCH}
        if hold:
            with writers_lock(sandbox.library.store.git):
                with anyio.move_on_after(delay):
                    await talker.call_tool("patch_entity", arguments)
                await anyio.sleep(0.3)  # the notice of it arrives
        else:
            with anyio.move_on_after(delay):
                await talker.call_tool("patch_entity", arguments)
        await anyio.sleep(0.5)
        answer = await talker.call_tool("get_entity", {"entity": "category/Person", "draft": "fix"})
        assert answer.structured_content["value"]["label"] in ("Person", "Human")

    talk(client, run)


def state(sandbox: Sandbox) -> tuple[int, str]:
    commits = len(sandbox.git("rev-list", "main..draft/fix").splitlines())
    return commits, str(sandbox.run("view", "category/Person", "--draft", "fix").json["label"])


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_what_waits_for_others_writes_nothing(
    sandbox: Sandbox, listening: Callable[..., str], transport: str
) -> None:
    client = (
        on_stdio(sandbox)
        if transport == "stdio"
        else Client(with_token(listening(), token(sandbox, "maintainer")), client_info=ROBOT)
    )
    proposing(sandbox, client, 0.5, hold=True)
    assert state(sandbox) == (1, "Person")
    assert sandbox.run("doctor").code == 0


@pytest.mark.sweep(2)
@pytest.mark.parametrize("delay", [0.0, 0.02, 0.01, 0.005, 0.03, 0.05, 0.1, 0.2])
def test_at_any_moment_it_is_nothing_or_all(sandbox: Sandbox, delay: float) -> None:
    started = time.monotonic()
    proposing(sandbox, on_stdio(sandbox), delay, hold=False)
    assert state(sandbox) in ((1, "Person"), (2, "Human")), time.monotonic() - started
    sandbox.fsck()
    assert sandbox.run("doctor").code == 0
