"""Webhooks that the service calls: what they hear, how it is signed, when it is sent again, and where it never goes."""

from __future__ import annotations

import hmac
import ipaddress
import json
import socket
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sandbox import Sandbox
from server.conftest import Service

from gitdraft.model.webhooks import Delivery, Webhook
from gitdraft.server import webhook_request

PERSON = "category/Person"


@dataclass
class Receiver:
    """An HTTP server that keeps what it is sent, and answers with the next of these statuses (the last one stays)."""

    statuses: list[int] = field(default_factory=lambda: [204])
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    def messages(self, number: int) -> list[dict[str, Any]]:
        """The bodies of so many requests, waited for."""
        ends_at = time.monotonic() + 30
        while len(self.requests) < number and time.monotonic() < ends_at:
            time.sleep(0.02)
        return [json.loads(body) for _, body in self.requests]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = kept.statuses.pop(0) if len(kept.statuses) > 1 else kept.statuses[0]
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{kept.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kept
    server.shutdown()
    server.server_close()


def add(sandbox: Sandbox, url: str, *options: str) -> dict[str, Any]:
    answer = sandbox.run("webhook", "add", url, *options, "-o", "json")
    assert answer.code == 0, answer.err
    document: dict[str, Any] = json.loads(answer.out)
    return document


def until(holds: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def test_everything_is_told_once_in_order_and_signed(
    sandbox: Sandbox, receiver: Receiver, serving: Callable[..., Service]
) -> None:
    secret = add(sandbox, receiver.url, "--allow-private")["secret"]
    serving()
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set(PERSON, "/label", "Human")
    comment = draft.comment("Why?", PERSON)
    review = draft.approve()
    draft.submit()
    draft.merge()
    sandbox.git("commit", "--quiet", "--allow-empty", "-m", "by plain git")
    heard = receiver.messages(12)
    assert [message["type"] for message in heard] == [
        *("operation", "operation", "operation", "comment", "operation", "review"),
        *("operation", "draft-submitted", "operation", "draft-merged", "canonical-moved", "canonical-moved"),
    ]
    assert heard[3]["data"]["comment"] == {n: v for n, v in comment._asdict().items() if v is not None}
    assert heard[5]["data"]["review"]["id"] == review.id
    merged = heard[9]["data"]
    assert (merged["draft"], merged["commit"]) == ("fix", sandbox.git("rev-parse", "main~1"))
    assert heard[11]["data"] == {"from": merged["commit"], "to": sandbox.git("rev-parse", "main")}
    ids = {headers["webhook-id"] for headers, _ in receiver.requests}
    assert len(ids) == 12
    key = b64decode(secret.removeprefix("whsec_"))
    for headers, body in receiver.requests:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = b64encode(hmac.digest(key, signed, "sha256")).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"


def test_it_is_told_of_what_it_asked_for(
    sandbox: Sandbox, receiver: Receiver, serving: Callable[..., Service]
) -> None:
    add(sandbox, receiver.url, "--events", "review,draft-submitted", "--allow-private")
    serving()
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set(PERSON, "/label", "Human")
    draft.comment("Why?")
    draft.request_changes("No.")
    draft.submit()
    assert [message["type"] for message in receiver.messages(2)] == ["review", "draft-submitted"]


def test_what_happens_while_nothing_serves_is_told_when_something_does(
    sandbox: Sandbox, receiver: Receiver, serving: Callable[..., Service]
) -> None:
    add(sandbox, receiver.url, "--events", "draft-submitted", "--allow-private")
    draft = sandbox.library.drafts.new("Fix", draft_id="fix")
    draft.set(PERSON, "/label", "Human")
    draft.submit()
    serving()
    assert len(receiver.messages(1)) == 1


def test_a_message_is_sent_again_as_it_was_and_given_up(
    sandbox: Sandbox, receiver: Receiver, serving: Callable[..., Service]
) -> None:
    webhook = add(sandbox, receiver.url, "--events", "operation", "--allow-private")
    receiver.statuses = [500, 302, 404, 204]
    serving(webhook_backoff=(0, 0))
    sandbox.library.drafts.new("Fix", draft_id="fix")
    receiver.messages(3)
    until(lambda: bool(sandbox.library.webhooks.failed()))
    (given_up,) = json.loads(sandbox.run("webhook", "failed", "-o", "json").out)["deliveries"]
    assert (given_up["attempts"], given_up["error"]) == (3, "it answered 404")
    assert len({(headers["webhook-id"], body) for headers, body in receiver.requests}) == 1
    (line,) = json.loads(sandbox.run("webhook", "list", "-o", "json").out)["webhooks"]
    assert (line["id"], line["pending"], line["failed"]) == (webhook["id"], 0, 1)
    assert "secret" not in line
    assert sandbox.run("webhook", "retry").code == 0
    receiver.messages(4)
    until(lambda: not sandbox.library.webhooks.failed())
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1


def test_a_receiver_that_never_answers_holds_up_nothing(
    sandbox: Sandbox, receiver: Receiver, serving: Callable[..., Service]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        add(sandbox, f"http://127.0.0.1:{silent.getsockname()[1]}/", "--allow-private")
        add(sandbox, receiver.url, "--events", "draft-submitted", "--allow-private")
        service = serving()
        maintainer = service.of("maintainer")
        assert maintainer.post("/api/v2/drafts", json={"title": "Fix", "draft_id": "fix"}).status_code == 201
        draft = sandbox.library.drafts["fix"]
        draft.set(PERSON, "/label", "Human")
        draft.submit()
        assert len(receiver.messages(1)) == 1


def test_what_was_lent_to_who_died_is_sent_again(sandbox: Sandbox) -> None:
    webhooks = sandbox.library.webhooks
    webhooks.add("https://example.org/", ["operation"])
    sandbox.library.drafts.new("Fix", draft_id="fix")
    assert webhooks.collect() is False
    ((_, first),) = webhooks.lend((), 4)
    assert webhooks.lend((), 4) == []
    later = sandbox.library.session
    from dataclasses import replace

    from gitdraft.api.session import Moment

    session = replace(later, clock=lambda: Moment(int(time.time()) + 130))
    from gitdraft import Repository

    ((_, again),) = Repository(session).webhooks.lend((), 4)
    assert (again.id, again.body) == (first.id, first.body)
    webhooks.collect()
    assert webhooks.lines()[0].pending == 1


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://example.org/", 20),
        ("https://", 20),
        ("https://ann:secret@example.org/", 20),
        ("https://example.org/#x", 20),
        ("https://example.org:99999/", 20),
        ("https://example.org/\nx", 20),
        ("example.org", 20),
    ],
)
def test_what_is_no_address_is_refused(sandbox: Sandbox, url: str, code: int) -> None:
    answer = sandbox.run("webhook", "add", url)
    assert answer.code == code
    assert sandbox.run("webhook", "list").out == "no webhooks\n"


def test_names_of_nothing_are_refused(sandbox: Sandbox) -> None:
    assert sandbox.run("webhook", "add", "https://example.org/", "--events", "opertion").code == 20
    assert sandbox.run("webhook", "add", "https://example.org/").code == 0
    assert sandbox.run("webhook", "add", "https://example.org/").code == 41
    assert sandbox.run("webhook", "retry", "msg_x").code == 40
    assert sandbox.run("webhook", "remove", "none").code == 40
    assert sandbox.run("webhook", "remove", "https://example.org/").code == 0
    assert (sandbox.path / ".git/gitdraft/service.sqlite3").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("address", "is_reached", "is_reached_if_private"),
    [
        ("93.184.215.14", True, True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True, True),
        ("127.0.0.1", False, True),
        ("10.0.0.7", False, True),
        ("100.64.0.1", False, True),
        ("192.168.1.1", False, True),
        ("::1", False, True),
        ("fd00:ec2::254", False, True),
        ("::ffff:127.0.0.1", False, True),
        ("::ffff:10.0.0.7", False, True),
        ("::127.0.0.1", False, True),
        ("64:ff9b::7f00:1", False, True),
        ("2002:7f00:1::", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("fe80::1", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("ff02::1", False, False),
        ("255.255.255.255", False, True),
    ],
)
def test_addresses_are_judged(address: str, is_reached: bool, is_reached_if_private: bool) -> None:
    parsed = ipaddress.ip_address(address)
    assert webhook_request.may_reach(parsed, allow_private=False) is is_reached
    assert webhook_request.may_reach(parsed, allow_private=True) is is_reached_if_private


def message(url: str, *, allow_private: bool = False) -> tuple[Webhook, Delivery]:
    webhook = Webhook("w", url, ("operation",), allow_private, b"secret", 0)
    return webhook, Delivery("msg_1", "w", "operation", b"{}", 0, 0)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
def test_nobody_inside_is_reached_whatever_it_is_called(receiver: Receiver, host: str) -> None:
    port = receiver.url.rpartition(":")[2]
    with pytest.raises(webhook_request.NotDelivered, match="private network"):
        webhook_request.send(*message(f"http://{host}:{port}/"), 1)
    assert not receiver.requests


def test_a_name_that_means_another_address_a_moment_later_reaches_nobody(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int, **options: Any) -> list[Any]:
        asked.append(host)
        address = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(webhook_request, "is_public", lambda address: str(address) == "192.0.2.1")
    monkeypatch.setattr(webhook_request, "CONNECT", 0.2)
    with pytest.raises(webhook_request.NotDelivered):
        webhook_request.send(*message(f"http://rebinding.example:{receiver.url.rpartition(':')[2]}/"), 1)
    assert (asked, receiver.requests) == (["rebinding.example"], [])


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.statuses = [302]
    with pytest.raises(webhook_request.NotDelivered, match="redirects are not followed"):
        webhook_request.send(*message(receiver.url, allow_private=True), 1)
    assert len(receiver.requests) == 1


def test_an_answer_that_trickles_has_an_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def trickle() -> None:
            connection, _ = listening.accept()
            with connection:
                try:
                    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: x\r\n" * 1000:
                        connection.sendall(bytes([byte]))
                        time.sleep(0.02)
                except OSError:
                    return

        threading.Thread(target=trickle, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(webhook_request.NotDelivered):
            webhook_request.send(
                *message(f"http://127.0.0.1:{listening.getsockname()[1]}/", allow_private=True), 1, 0.5
            )
        assert time.monotonic() - began < 60


def test_the_signature_is_that_of_the_specification() -> None:
    secret = b64decode("plJ3nmyCDGBKInavdOK15jsl")
    body = b'{"event_type":"ping","data":{"success":true}}'
    signature = webhook_request.signature(secret, "msg_loFOjxBNrRLzqYUf", 1731705121, body)
    assert signature == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
