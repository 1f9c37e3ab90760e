"""Bodies: what nobody can send, for how long it is kept, and that each caller has a share of the memory for them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

FORM = "application/x-www-form-urlencoded"
TITLE = {"title": "x" * 1500}


def connect(service: Any) -> socket.socket:
    address = urlsplit(service.url)
    return socket.create_connection((address.hostname, address.port), timeout=30)


@contextmanager
def unfinished(service: Any, number: int, size: int, head: str) -> Iterator[None]:
    """So many requests of which the last byte does not come."""
    with ExitStack() as stack:
        for _ in range(number):
            client = stack.enter_context(connect(service))
            client.sendall(f"{head}Host: x\r\nContent-Length: {size}\r\n\r\n".encode())
            client.sendall(b"x" * (size - 1))
        time.sleep(0.5)  # for the service to have read what it takes
        yield


@pytest.mark.parametrize(
    "head",
    [
        "POST /webhooks/git HTTP/1.1\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256=00\r\n",
        f"POST /reconcile HTTP/1.1\r\nContent-Type: {FORM}\r\n",
        "PATCH /api/v2/drafts/fix/changes/category/Person HTTP/1.1\r\nAuthorization: Bearer {link}\r\n"
        "Content-Type: application/json-patch+json\r\n",
    ],
)
def test_nobody_takes_all_the_memory_for_bodies(serving: Any, head: str) -> None:
    service = serving(most_held=2_000_000, webhook_secret="secret", public_reading=True)
    client = service.of("maintainer")
    made = client.post("/api/v2/drafts", json={"title": "Fix", "draft_id": "fix"})
    link = made.json()["capability_url"].partition("#")[2]
    with unfinished(service, 12, 300_000, head.replace("{link}", link)):
        assert client.post("/api/v2/drafts", json=TITLE).status_code == 201


def test_who_may_not_import_sends_no_large_body(service: Any) -> None:
    client = service.of("maintainer")
    holder = service.holder(client.post("/api/v2/drafts", json={"title": "Fix"}))
    for path in ("/api/v2/mediawiki/import", "/api/v2/import/changes", "/api/v2/redirects/batch"):
        for caller in (holder, service.of("reader")):
            answer = caller.post(path, content=b"[" * 100_000, headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (403, "permission-denied")


@pytest.mark.parametrize(
    "path", ["/drafts/fix/comment", "/drafts/fix/entities/category/Person/edit", "/new", "/session"]
)
def test_a_large_form_without_a_token_is_not_read(service: Any, path: str) -> None:
    with connect(service) as client:
        client.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 4000000\r\n\r\n".encode()
        )
        assert client.recv(1000).startswith(b"HTTP/1.1 401 ")  # and not a byte was sent


def test_a_large_form_of_who_may_edit_is_read(service: Any) -> None:
    client = service.of("maintainer")
    client.post("/api/v2/drafts", json={"title": "Fix", "draft_id": "fix"})
    content = b"text=" + b"%41" * 100_000
    answer = client.post("/drafts/fix/comment", content=content, headers={"Content-Type": FORM})
    assert answer.status_code == 413  # as a comment, and it is shown once more
    assert "A" * 100_000 in answer.text


@pytest.mark.parametrize("content", [b"[" * 60_000, b'{"token":' * 7_000, b"\xff", b'{"token": 1}', b"NaN"])
def test_a_hostile_session_is_a_400(service: Any, content: bytes) -> None:
    answer = service.client().post("/session", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_a_body_that_breaks_off_is_no_fault_of_the_service(service: Any) -> None:
    token = service.token("maintainer", "Ann")
    for path in ("/api/v2/drafts", "/api/v2/drafts/fix/changes/category/Person", "/new"):
        with connect(service) as client:
            client.sendall(
                f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                "Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{".encode()
            )
            time.sleep(0.2)
    until = time.monotonic() + 10
    while len(service.log) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    assert [(record["status"], "problem" in record) for record in service.log] == [(408, False)] * 3


def test_edit_all_is_bounded_as_an_import_is(sandbox: Any, serving: Any) -> None:
    from gitdraft.transfer.import_mediawiki import Bounds

    service = serving(bounds=Bounds(changes=1))
    client = service.of("maintainer")
    holder = service.holder(client.post("/api/v2/drafts", json={"title": "Fix", "draft_id": "fix"}))
    body = {"query": "type:category", "assignments": [{"name": "description", "value": "Q"}]}
    refused = holder.post("/api/v2/drafts/fix/edit-all", json=body)
    assert (refused.status_code, refused.json()["code"]) == (400, "too-many-changes")
    body["query"] = "type:category Person"
    assert holder.post("/api/v2/drafts/fix/edit-all", json=body).status_code == 200
    body["assignments"] = [{"name": "description", "value": "Q"}] * 101
    assert holder.post("/api/v2/drafts/fix/edit-all", json=body).status_code == 400


def test_a_long_path_is_short_in_the_log(service: Any) -> None:
    service.client().get("/api/v2/entities/category%2F" + "a" * 5000)
    path = service.log[-1]["path"]
    assert (len(path), path[:35]) == (1000, "/api/v2/entities/category%2Faaaaaaa")
