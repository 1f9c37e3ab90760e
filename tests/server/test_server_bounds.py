"""What nobody can do to a service: keep it busy, fill its memory, or hold its connections."""

from __future__ import annotations

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sandbox import CONFIGURATION

from gitdraft.api.canonical import Canonical
from gitdraft.api.checks import Checks
from gitdraft.api.feed import Feed
from gitdraft.api.transfer import Transfer
from gitdraft.server import connections
from gitdraft.server.run import Front

IMPORT = "/api/v2/mediawiki/import"
BACKTRACKING = r"^(?=(a+)+$)"


def connect(service: Any) -> socket.socket:
    address = urlsplit(service.url)
    return socket.create_connection((address.hostname, address.port), timeout=30)


@pytest.mark.sweep(3)
@pytest.mark.parametrize(
    ("authorization", "status"), [(None, 401), ("Bearer gdt_0000000000000000_x", 404), ("Basic x", 404)]
)
@pytest.mark.parametrize("path", ["/api/v2/drafts", IMPORT, "/api/v2/drafts/fix/changes", "/api/v2/rebase"])
def test_without_a_good_token_no_body_is_read(
    service: Any, path: str, authorization: str | None, status: int
) -> None:
    header = "" if authorization is None else f"Authorization: {authorization}\r\n"
    with connect(service) as client:
        client.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\n{header}Content-Type: application/json\r\n"
            "Content-Length: 14000000\r\n\r\n".encode()
        )
        assert client.recv(1000).startswith(f"HTTP/1.1 {status} ".encode())  # and not a byte was sent


def test_bodies_are_small_where_there_is_no_document_in_them(service: Any) -> None:
    client = service.of("maintainer")
    large = {"title": "x", "description": "y" * 100_000}
    answer = client.post("/api/v2/drafts", json=large)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert client.post("/api/v2/drafts", json={"title": "Fix", "draft_id": "fix"}).status_code == 201
    document = {"id": "New", "label": "l" * 900_000}
    change = {"entity": "category/New", "action": "create", "document": document}
    assert client.post("/api/v2/drafts/fix/changes", json=change).status_code == 201
    document["label"] = "l" * 3_000_000
    assert client.post("/api/v2/drafts/fix/changes", json=change).status_code == 413


def test_of_many_errors_twenty_are_listed(service: Any) -> None:
    client = service.of("maintainer")
    answer = client.post("/api/v2/drafts", json={"title": "x", **{f"m{n}": 1 for n in range(90)}})
    context = answer.json()["context"]
    assert (answer.status_code, len(context["errors"]), context["more"]) == (400, 20, 70)
    many = client.post("/api/v2/drafts", json={f"m{n}": 1 for n in range(5000)})
    assert (many.status_code, len(many.content) < 1000) == (400, True)
    client.post("/api/v2/drafts", json={"title": "Fix", "draft_id": "fix"})
    document = {"id": "New", "label": "New", "steps": list(range(5000))}
    refused = client.post(
        "/api/v2/drafts/fix/changes",
        json={"entity": "category/New", "action": "create", "document": document},
    )
    context = refused.json()["context"]
    assert (refused.status_code, len(context["violations"]), context["more"]) == (422, 20, 4980)
    assert len(refused.content) < 20_000


def test_all_bodies_together_are_bounded(serving: Any) -> None:
    service = serving(most_held=200_000)
    token = service.token("maintainer", "Ann")

    def send(_: int) -> int:
        body = json.dumps({"title": "x" * 50_000}).encode()
        with connect(service) as client:
            client.sendall(
                f"POST /api/v2/drafts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            )
            client.sendall(body[:-1])
            barrier.wait()
            time.sleep(1)  # for the server to have read what it takes
            client.sendall(body[-1:])
            return int(client.recv(1000).split()[1])

    barrier = threading.Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(8)))
    assert statuses.count(503) >= 1
    assert set(statuses) == {400, 503}  # the title is too long
    assert service.client(token).post("/api/v2/drafts", json={"title": "Fix"}).status_code == 201


def test_half_sent_requests_keep_out_nobody(serving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    service = serving(front=Front(connections=20))
    with ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(connect(service)).sendall(b"POST /api/v2/drafts HTTP/1.1\r\nHost:")
        assert service.client().get("/healthz").status_code == 200


def test_a_head_that_does_not_come_ends_the_connection(serving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    service = serving()
    with connect(service) as client:
        assert client.recv(10) == b""
    with connect(service) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        client.sendall(b"GET /healthz HTTP/1.1\r\nHo")
        while client.recv(1000):
            pass


def test_more_connections_than_that_with_requests_in_hand_are_refused(serving: Any) -> None:
    service = serving(front=Front(connections=2))
    token = service.token("maintainer", "Ann")
    head = (
        f"POST /api/v2/drafts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    )
    with connect(service) as one, connect(service) as two:
        for client in (one, two):
            client.sendall(head.encode())
        time.sleep(0.3)
        with connect(service) as third:
            answer = third.recv(1000)
    assert answer.startswith(b"HTTP/1.1 429 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "too-many-connections"


def test_a_proxy_may_have_any_number_of_connections(serving: Any) -> None:
    service = serving(front=Front(proxies=("127.0.0.1",), connections=1))
    with (
        httpx.Client(base_url=service.url, timeout=60) as one,
        httpx.Client(base_url=service.url, timeout=60) as two,
    ):
        for client in (one, two, one, two):
            assert client.get("/healthz").status_code == 200


def test_a_change_that_cannot_be_judged_is_422_and_holds_up_nobody(sandbox: Any, serving: Any) -> None:
    schema = {"type": "object", "properties": {"label": {"pattern": BACKTRACKING}}}
    sandbox.write("categories/_schema.json", schema)
    sandbox.write("gitdraft.yaml", f"{CONFIGURATION}limits: {{validation_seconds: 3}}\n")
    sandbox.commit("Slow")
    service = serving()
    client, other = service.of("maintainer"), service.of("maintainer")
    for name in ("slow", "quick"):
        client.post("/api/v2/drafts", json={"title": name, "draft_id": name})
    patch = [{"op": "replace", "path": "/label", "value": "a" * 60 + "!"}]

    def hang() -> httpx.Response:
        answer: httpx.Response = client.patch("/api/v2/drafts/slow/changes/category/Person", json=patch)
        return answer

    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(hang)
        time.sleep(0.5)
        quick = other.patch(
            "/api/v2/drafts/quick/changes/property/name",
            json=[{"op": "add", "path": "/label", "value": "N"}],
        )
        assert not hanging.done()
        assert sandbox.run("new", "Meanwhile").code == 0
        assert not hanging.done()
        slow = hanging.result()
    assert quick.status_code == 200
    assert (slow.status_code, slow.json()["code"]) == (422, "validation-too-long")
    assert client.get("/api/v2/drafts/slow/changes").json()["changes"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/v2/validate"), ("GET", "/api/v2/export/json"), ("GET", "/api/v2/audit")],
)
def test_who_looks_at_all_of_it_again_and_again_holds_up_nobody(
    service: Any, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def wait(*_: object, **__: object) -> Any:
        begun.release()
        assert go_on.wait(60)
        return ()

    for owner, name in ((Checks, "canonical"), (Transfer, "export_entities"), (Canonical, "audit")):
        monkeypatch.setattr(owner, name, wait)
    attacker, reader = service.of("reader"), service.of("reader")
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(attacker.request, method, path) for _ in range(20)]
        assert begun.acquire(timeout=30)
        try:
            assert reader.get("/api/v2/entities/category/Person").status_code == 200
            assert reader.get("/api/v2/search", params={"q": "Person"}).status_code == 200
            assert not begun.acquire(timeout=0.2)  # one of the attacker's is in hand
        finally:
            go_on.set()
        for request in asked:
            request.result()


def test_streams_of_a_caller_are_bounded(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitdraft.server.feed.MOST_OF_CALLER", 2)
    client, other = service.of("reader"), service.of("reader")
    headers = {"Accept": "text/event-stream"}
    with ExitStack() as streams:
        followed = []  # httpx ends a stream that nobody reads any more
        for _ in range(2):
            stream = client.stream("GET", "/api/v2/operations", headers=headers)
            followed.append(streams.enter_context(stream).iter_lines())
            assert next(followed[-1]).startswith(":")
        refused = client.get("/api/v2/operations", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert streams.enter_context(other.stream("GET", "/api/v2/operations", headers=headers)).is_success
    assert client.get("/api/v2/operations").status_code == 200


def test_streams_that_begin_together_are_bounded(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitdraft.server.feed.MOST_OF_CALLER", 2)
    begun, go_on, now = threading.Semaphore(0), threading.Event(), Feed.now

    def wait(feed: Feed) -> str:
        begun.release()
        assert go_on.wait(60)
        return now(feed)

    monkeypatch.setattr(Feed, "now", wait)
    client = service.of("reader")
    headers = {"Accept": "text/event-stream"}

    def status() -> int:
        with client.stream("GET", "/api/v2/operations", headers=headers) as answer:
            return int(answer.status_code)

    with ThreadPoolExecutor(2) as pool:
        beginning = [pool.submit(status) for _ in range(2)]
        try:
            assert begun.acquire(timeout=30)
            assert begun.acquire(timeout=30)
            assert status() == 503
        finally:
            go_on.set()
        assert [each.result() for each in beginning] == [200, 200]


def test_unknown_parameters_are_refused(service: Any) -> None:
    client = service.of("maintainer")
    for path in ("/api/v2/entities?limt=5", "/api/v2/entities/category/Person?x=1", "/api/v2/drafts?a=b"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown-parameter"), path
    assert client.post("/api/v2/drafts?x=1", json={"title": "x"}).json()["code"] == "unknown-parameter"
    assert client.get("/api/v2/entities?_=123").status_code == 200
    assert service.client().get("/api/v2/entities?limt=5").status_code == 401


def test_head_answers_as_get_without_a_body(service: Any) -> None:
    client = service.of("reader")
    for path in ("/healthz", "/api/v2/entities", "/api/v2/entities/category/Person", "/openapi.json"):
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["content-length"] == get.headers["content-length"]
    assert service.client().head("/api/v2/entities").status_code == 401


def test_an_entity_sent_with_an_escaped_slash_is_one_name(sandbox: Any, serving: Any) -> None:
    configuration = CONFIGURATION.replace("  property:\n", "  property:\n    nested: true\n")
    sandbox.write("gitdraft.yaml", configuration)
    for key in ("a/revisions", "lock", "a/b"):
        sandbox.write(f"properties/{key}.json", {"id": key, "label": key})
    sandbox.commit("Nested")
    client = serving().of("maintainer")
    seen = client.get("/api/v2/entities/property%2Fa%2Frevisions")
    assert (seen.status_code, seen.json()["entity"]) == (200, "property/a/revisions")
    assert client.get("/api/v2/entities/property/a%2Frevisions").json()["entity"] == "property/a/revisions"
    listed = client.get("/api/v2/entities/property%2fa%2frevisions/revisions")
    assert (listed.status_code, listed.json()["entity"]) == (200, "property/a/revisions")
    assert client.get("/api/v2/entities/property/a%2Fb").json()["entity"] == "property/a/b"
    assert client.get("/api/v2/entities/property/a/b").json()["entity"] == "property/a/b"
    assert client.get("/api/v2/drafts/a%2Fb").status_code == 400  # no id has one
    assert client.get("/nothing%2Fhere").status_code == 404
    client.post("/api/v2/drafts", json={"title": "x", "draft_id": "x"})
    patch = [{"op": "replace", "path": "/label", "value": "z"}]
    assert client.patch("/api/v2/drafts/x/changes/property%2Fa%2Frevisions", json=patch).status_code == 200


def test_a_post_with_a_key_is_done_once(service: Any) -> None:
    client = service.of("maintainer")
    key = {"Idempotency-Key": "k1"}
    first, again = (client.post("/api/v2/drafts", json={"title": "Twice"}, headers=key) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (201, first.json())
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["cache-control"] == "no-store"
    assert len(client.get("/api/v2/drafts").json()["drafts"]) == 1
    other = client.post("/api/v2/drafts", json={"title": "Another"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    somebody = service.of("maintainer").post("/api/v2/drafts", json={"title": "Twice"}, headers=key)
    assert somebody.json()["draft_id"] == "twice-2"
    draft = first.json()["draft_id"]
    steps = [client.post(f"/api/v2/drafts/{draft}/withdraw", headers=key) for _ in range(2)]
    assert [step.status_code for step in steps] == [200, 200]
    refused = [client.post(f"/api/v2/drafts/{draft}/submit", headers=key) for _ in range(2)]
    assert [(r.status_code, r.json()["code"]) for r in refused] == [(409, "wrong-status")] * 2


def test_requests_with_one_key_at_once_are_done_once(service: Any) -> None:
    token = service.token("maintainer", "Ann")
    clients = [service.client(token) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(
                lambda c: c.post("/api/v2/drafts", json={"title": "x"}, headers={"Idempotency-Key": "k"}),
                clients,
            )
        )
    assert {answer.text for answer in answers} == {answers[0].text}
    assert len(clients[0].get("/api/v2/drafts").json()["drafts"]) == 1


def test_no_token_can_be_read_from_the_kept_answers(service: Any) -> None:
    client = service.of("maintainer")
    made = client.post("/api/v2/drafts", json={"title": "x"}, headers={"Idempotency-Key": "k"})
    secret = made.json()["capability_url"].partition("#")[2]
    for file in (service.sandbox.path / ".git/gitdraft").glob("answers.sqlite3*"):
        assert secret.encode() not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


def test_put_with_if_none_match_makes_what_is_not_there(service: Any) -> None:
    client = service.of("maintainer")
    client.post("/api/v2/drafts", json={"title": "x", "draft_id": "x"})
    operation = {"op": "replace", "path": "/label", "value": "Human"}
    change = {"action": "modify", "patch": [operation]}
    path, only_new = "/api/v2/drafts/x/changes/category/Person", {"If-None-Match": "*"}
    assert client.put(path, json=change, headers=only_new).status_code == 200
    operation["value"] = "Man"
    refused = client.put(path, json=change, headers=only_new)
    assert (refused.status_code, refused.json()["code"]) == (412, "precondition-failed")
    assert client.get(path).json()["patch"][0]["value"] == "Human"
    assert client.put(path, json=change).status_code == 200


def test_a_capability_does_not_renew_itself(serving: Any) -> None:
    service = serving(life=1000)
    made = service.of("maintainer").post("/api/v2/drafts", json={"title": "x", "draft_id": "x"})
    time.sleep(1.1)
    turned = service.holder(made).post("/api/v2/drafts/x/capability")
    assert turned.json()["expires_at"] == made.json()["expires_at"]
    again = service.holder(turned).post("/api/v2/drafts/x/capability")
    assert again.json()["expires_at"] == made.json()["expires_at"]
    listed = service.sandbox.run("-o", "json", "token", "rotate", "x").json
    assert listed["expires_at"] == made.json()["expires_at"]


@pytest.mark.parametrize(
    ("options", "environment", "code", "says"),
    [
        (("--host", "0.0.0.0"), {}, 2, "--proxy"),
        (("--host", "example.org"), {}, 2, "--proxy"),
        (("--tls-cert", "cert.pem"), {}, 2, "--tls-key"),
        (("--tls-cert", "none.pem", "--tls-key", "none.pem"), {}, 2, "none.pem"),
        ((), {"GITDRAFT_WEBHOOK_SECRET": "  \t"}, 20, "blank"),
    ],
)
def test_a_service_that_would_be_open_is_not_started(
    sandbox: Any, options: tuple[str, ...], environment: dict[str, str], code: int, says: str
) -> None:
    said = sandbox.run("serve", "--port", "0", *options, **environment)
    assert said.code == code
    assert says in said.err
