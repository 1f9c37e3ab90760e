"""Webhooks that the service calls, and `kill -9` of the service in the middle of it: nothing is lost, and all of it is sent
again as it was."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from sandbox import Sandbox
from server.test_server_end import Process, token

pytestmark = pytest.mark.long

KILLS = 4
SILENCE = "silence"  # the message is taken, and never answered
LATER = 200_000  # seconds: longer than a message is lent, and than the longest pause between two attempts


class Receiver:
    """An HTTP server that keeps what it is sent by its id, and answers as it is asked to."""

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, Any]], int | str] = lambda _: 204
        self.bodies: dict[str, list[bytes]] = defaultdict(list)
        self.acknowledged: dict[str, int] = defaultdict(int)
        kept = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                message = self.headers["webhook-id"]
                kept.bodies[message].append(body)
                status = kept.answer(json.loads(body))
                if isinstance(status, str):
                    self.connection.recv(1)  # until the other side has gone
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                kept.acknowledged[message] += status < 300

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def requests(self) -> int:
        """How many there were."""
        return sum(map(len, self.bodies.values()))

    def hears_more_than(self, number: int) -> None:
        """Waits until there were more requests."""
        until(lambda: self.requests() > number)

    def events(self) -> list[dict[str, Any]]:
        """Every message that was acknowledged, once."""
        return [json.loads(self.bodies[message][0]) for message in list(self.acknowledged)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def until(holds: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def let_time_go_by(sandbox: Sandbox) -> None:
    """What is lent, or waits for its next attempt, is due."""
    with sqlite3.connect(sandbox.path / ".git/gitdraft/service.sqlite3", timeout=60) as connection:
        connection.execute("UPDATE deliveries SET next_at = next_at - ?", (LATER,))
    connection.close()


def line(sandbox: Sandbox) -> dict[str, Any]:
    (only,) = sandbox.run("-o", "json", "webhook", "list").json["webhooks"]
    return dict(only)


def operations(sandbox: Sandbox, after: str) -> list[str]:
    """The ids of what the log has after an operation, the oldest first."""
    listed = sandbox.run("-o", "json", "operations", "-n", "0").json["operations"]
    ids = [operation["id"] for operation in reversed(listed)]
    return ids[ids.index(after) + 1 :]


def test_kills_in_the_middle_of_a_delivery_lose_no_message(sandbox: Sandbox, receiver: Receiver) -> None:
    headers = token(sandbox, "maintainer")
    assert sandbox.run("new", "First").code == 0
    first = sandbox.run("-o", "json", "operations", "-n", "1").json["operations"][0]["id"]
    assert sandbox.run("webhook", "add", receiver.url, "--allow-private").code == 0
    chance = random.Random(1)
    receiver.answer = lambda _: chance.choice((204, 204, 500, SILENCE))
    for round_ in range(KILLS):
        process = Process(sandbox)
        seen = receiver.requests()
        with httpx.Client(base_url=process.url, headers=headers, timeout=60) as client:
            for number in range(4):
                name = f"d{round_}-{number}"
                body = {"title": name, "draft_id": name}
                assert client.post("/api/v2/drafts", json=body).status_code == 201
                remark = {"text": "Why?"}
                assert client.post(f"/api/v2/drafts/{name}/comments", json=remark).status_code == 201
        receiver.hears_more_than(seen)
        time.sleep(chance.uniform(0, 0.5))
        process.end(signal.SIGKILL)
        let_time_go_by(sandbox)
    receiver.answer = lambda _: 204
    process = Process(sandbox)
    until(lambda: line(sandbox)["pending"] == 0)
    process.end(signal.SIGTERM)

    assert line(sandbox)["failed"] == 0
    for bodies in receiver.bodies.values():
        assert len(set(bodies)) == 1
    told = [event["data"]["id"] for event in receiver.events() if event["type"] == "operation"]
    assert sorted(told) == sorted(operations(sandbox, first))
    comments = [event["data"]["draft"] for event in receiver.events() if event["type"] == "comment"]
    assert sorted(comments) == [f"d{round_}-{number}" for round_ in range(KILLS) for number in range(4)]
    assert any(len(bodies) > 1 for bodies in receiver.bodies.values())


def test_a_message_that_is_refused_over_kills_is_given_up_and_can_be_retried(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    added = sandbox.run("webhook", "add", receiver.url, "--allow-private", "--events", "operation")
    assert added.code == 0
    assert sandbox.run("new", "First").code == 0
    statuses: list[int | str] = [500, 503, SILENCE, 302, 500]
    receiver.answer = lambda _: statuses.pop(0) if len(statuses) > 1 else statuses[0]
    attempts = 0
    for _ in range(60):
        process = Process(sandbox)
        receiver.hears_more_than(attempts)
        until(lambda: line(sandbox)["failed"] == 1 or not is_due(sandbox))
        process.end(signal.SIGKILL)
        attempts = receiver.requests()
        if line(sandbox)["failed"]:
            break
        let_time_go_by(sandbox)
    (given_up,) = sandbox.run("-o", "json", "webhook", "failed").json["deliveries"]
    assert given_up["error"] == "it answered 500"
    assert 0 < given_up["attempts"] <= attempts  # what a kill cut off before it was noted is no attempt

    receiver.answer = lambda _: 204
    assert sandbox.run("webhook", "retry").code == 0
    process = Process(sandbox)
    until(lambda: line(sandbox)["pending"] == 0)
    process.end(signal.SIGTERM)
    assert sandbox.run("-o", "json", "webhook", "failed").json["deliveries"] == []
    ((message, bodies),) = receiver.bodies.items()
    assert (receiver.acknowledged[message], len(set(bodies)), len(bodies)) == (1, 1, attempts + 1)


def is_due(sandbox: Sandbox) -> bool:
    """Whether a message would be sent at once."""
    with sqlite3.connect(sandbox.path / ".git/gitdraft/service.sqlite3", timeout=60) as connection:
        found = connection.execute("SELECT 1 FROM deliveries WHERE next_at <= ?", (int(time.time()),))
        is_there = found.fetchone() is not None
    connection.close()
    return is_there
