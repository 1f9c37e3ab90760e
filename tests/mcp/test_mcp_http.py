"""`gitdraft mcp --http`: tokens of the service, on this machine alone, for pages of origins that are named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp_clients import ROBOT, talk, token, with_token
from sandbox import Sandbox

PATCH = [{"op": "replace", "path": "/label", "value": "Human"}]
HANDSHAKE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "raw", "version": "1"},
    },
}
Listening = Callable[..., str]


def calls(url: str, secret: str, *asked: tuple[str, dict[str, Any]], mode: str = "auto") -> list[Any]:
    """The answers to calls, one after another."""

    async def run(client: Client) -> list[Any]:
        return [(await client.call_tool(*one)).structured_content for one in asked]

    answers: list[Any] = talk(Client(with_token(url, secret), client_info=ROBOT, mode=mode), run)
    return answers


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_maintainer_s_agent_proposes(sandbox: Sandbox, listening: Listening, mode: str) -> None:
    secret = token(sandbox, "maintainer", "Ann <ann@example.org>")
    answers = calls(
        listening(),
        secret,
        ("search_entities", {"query": "human"}),
        ("create_draft", {"title": "Say human"}),
        ("patch_entity", {"draft": "say-human", "entity": "category/Person", "patch": PATCH}),
        ("submit_draft", {"draft": "say-human"}),
        mode=mode,
    )
    assert answers[3]["status"] == "submitted", answers
    said = sandbox.git(
        "log", "-1", "--format=%an|%(trailers:key=Gitdraft-Agent,valueonly)", "draft/say-human"
    )
    assert said.strip() == "Ann|Robot/1.2"
    assert sandbox.run("merge", "say-human").code == 0


def test_what_each_token_opens(sandbox: Sandbox, listening: Listening) -> None:
    sandbox.library.drafts.new("Ann's", draft_id="anns")
    url = listening("merge")
    edit = ("patch_entity", {"draft": "anns", "entity": "category/Person", "patch": PATCH})
    read = ("get_entity", {"entity": "category/Person"})
    start = ("create_draft", {"title": "Mine"})
    own = ("patch_entity", {"draft": "mine", "entity": "category/Person", "patch": PATCH})
    merge = ("merge_draft", {"draft": "mine"})

    def codes(secret: str, *asked: tuple[str, dict[str, Any]]) -> list[str]:
        return [answer.get("code", "") for answer in calls(url, secret, *asked)]

    denied = "permission-denied"
    assert codes(token(sandbox, "reader"), read, start, edit, merge) == ["", denied, denied, denied]
    assert codes(token(sandbox, "contributor"), start, own, edit, merge) == ["", "", denied, denied]
    capability = str(sandbox.library.tokens.issue_for_draft("anns").token)
    assert codes(capability, read, edit, own, start) == ["", "", "resource-not-found", denied]
    (listed,) = calls(url, capability, ("list_drafts", {}))
    assert [draft["id"] for draft in listed["drafts"]] == ["anns"]


def test_a_token_that_was_revoked_opens_nothing(sandbox: Sandbox, listening: Listening) -> None:
    url, secret = listening(), token(sandbox, "maintainer", "Ann")

    async def run(client: Client) -> None:
        assert not (await client.call_tool("list_drafts", {})).is_error
        sandbox.library.tokens.revoke("Ann")
        with pytest.raises(Exception, match=r".*"):
            await client.call_tool("create_draft", {"title": "After"})

    talk(Client(with_token(url, secret), client_info=ROBOT), run)
    assert "after" not in sandbox.library.drafts.ids()


def test_who_is_turned_away(sandbox: Sandbox, listening: Listening) -> None:
    secret = token(sandbox, "maintainer")
    url = listening(origins=("https://wiki.example.org",))
    port = url.split(":")[2].partition("/")[0]
    good = {"Authorization": f"Bearer {secret}", "Accept": "application/json, text/event-stream"}

    def status(**headers: str) -> int:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.post(url, json=HANDSHAKE, headers={**good, **sent}).status_code

    assert status() == 200
    assert status(Authorization="Bearer nonsense") == 401
    assert status(Authorization=secret) == 401
    assert httpx2.post(url, json=HANDSHAKE).status_code == 401
    for origin, expected in (
        (f"http://127.0.0.1:{port}", 200),
        ("https://wiki.example.org", 200),
        ("https://evil.example.org", 403),
        ("http://127.0.0.1:1", 403),
        ("https://wiki.example.org.evil.org", 403),
        ("null", 403),
    ):
        assert status(Origin=origin) == expected, origin
    assert status(Host="evil.example.org") == 421


def test_the_command_listens_on_this_machine_alone(sandbox: Sandbox) -> None:
    secret = token(sandbox, "reader")
    command = [sys.executable, "-m", "gitdraft", "-C", str(sandbox.path), "-o", "json", "mcp", "--http", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = ""
        while not text.endswith("}\n"):
            text += process.stdout.readline()
        url = text.partition('"url": "')[2].partition('"')[0]
        assert url.startswith("http://127.0.0.1:")
        (answer,) = calls(url, secret, ("get_entity", {"entity": "category/Person"}))
        assert answer["value"]["id"] == "Person"
        process.terminate()
        assert process.wait(20) == 0
    assert sandbox.run("mcp", "--origin", "https://example.org").code == 2
