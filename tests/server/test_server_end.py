"""The end of the service, whatever is at work; TLS of its own; and kills, one after another, under writes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox import CONFIGURATION, Sandbox

pytestmark = pytest.mark.long

BOUND = 30  # seconds, as docs/how-to/serve.md says
KILLS = 8  # `python -m benchmarks.service_load --kills 50` makes more
FIX = "/api/v2/drafts/fix"


class Process:
    """`gitdraft serve` in a process of its own."""

    def __init__(self, sandbox: Sandbox, *options: str) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gitdraft.cli.main", "-o", "jsonl", "serve", "--port", "0"),
                *("--rate", "0", *options),
            ],
            cwd=sandbox.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=dict(os.environ),
        )
        assert self.process.stdout is not None
        self.url = json.loads(self.process.stdout.readline())["url"]
        self.address = ("127.0.0.1", int(self.url.rpartition(":")[2]))

    def end(self, number: int) -> float:
        """Ends it; the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.communicate(timeout=120)
        return time.monotonic() - began


def token(sandbox: Sandbox, role: str) -> dict[str, str]:
    made = sandbox.run("-o", "json", "token", "create", f"{role} <{role}@example.org>", "--role", role).json
    return {"Authorization": f"Bearer {made['token']}"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("seconds", [0, 0.05, 0.2])
def test_it_ends_when_it_is_asked_before_it_is_up(sandbox: Sandbox, number: int, seconds: float) -> None:
    server = Process(sandbox)
    time.sleep(seconds)
    assert server.end(number) < BOUND
    assert server.process.returncode == 0


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of somebody who takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_it_ends_in_time_whatever_is_at_work(sandbox: Sandbox, silent: int) -> None:
    schema = {"type": "object", "properties": {"label": {"pattern": "^(?=(a+)+$)x|^(a+)+$"}}}
    sandbox.write("categories/_schema.json", schema)
    sandbox.write("gitdraft.yaml", f"{CONFIGURATION}limits: {{validation_seconds: 3600}}\n")
    sandbox.commit("a schema that never ends")
    added = sandbox.run("webhook", "add", f"http://127.0.0.1:{silent}/", "--allow-private")
    assert added.code == 0
    maintainer = token(sandbox, "maintainer")
    process = Process(sandbox)
    with httpx.Client(base_url=process.url, headers=maintainer, timeout=60) as client:
        assert client.post("/api/v2/drafts", json={"title": "Fix", "draft_id": "fix"}).status_code == 201
    patch = [{"op": "replace", "path": "/label", "value": "a" * 60 + "!"}]
    ended: list[str] = []

    def hang(call: str) -> None:
        try:
            with httpx.Client(base_url=process.url, headers=maintainer, timeout=120) as client:
                if call == "validation":
                    client.patch(f"{FIX}/changes/category/Person", json=patch)
                else:
                    stream = {"Accept": "text/event-stream"}
                    with client.stream("GET", "/api/v2/operations", headers=stream) as events:
                        for _ in events.iter_bytes():
                            pass
        except httpx.TransportError:
            pass
        ended.append(call)

    threads = [threading.Thread(target=hang, args=(call,)) for call in ("validation", "stream")]
    for thread in threads:
        thread.start()
    with socket.create_connection(process.address) as half:
        half.sendall(b"POST /api/v2/drafts HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n")
        time.sleep(2)
        assert process.end(signal.SIGTERM) < BOUND
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["stream", "validation"]
    assert process.process.returncode == 0
    assert sandbox.run("new", "Afterwards").code == 0
    sandbox.fsck()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_it_speaks_tls_with_a_certificate_of_its_own(sandbox: Sandbox, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
            ),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    process = Process(sandbox, "--tls-cert", str(certificate), "--tls-key", str(key))
    assert process.url.startswith("https://")
    context = ssl.create_default_context(cafile=certificate)
    with httpx.Client(
        base_url=process.url, verify=context, headers=token(sandbox, "reader"), timeout=60
    ) as client:
        assert client.get("/api/v2/entities/category/Person").status_code == 200
    with socket.create_connection(process.address) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        plain.settimeout(10)
        assert not plain.recv(100).startswith(b"HTTP/1.1 200")
    assert process.end(signal.SIGTERM) < BOUND


def test_kills_lose_nothing_that_was_acknowledged(sandbox: Sandbox) -> None:
    headers = token(sandbox, "maintainer")
    done: list[tuple[str, str]] = []
    for round_ in range(KILLS):
        process = Process(sandbox)
        killer = threading.Timer(0.01 * (round_ % 20), process.process.kill)
        with httpx.Client(base_url=process.url, headers=headers, timeout=60) as client:
            for number in range(100):
                try:
                    _write(client, f"d{round_}-{number}", done)
                except httpx.TransportError:
                    break
                if not number:
                    killer.start()
        process.process.communicate()
        killer.join()
    library = sandbox.library
    assert len(done) > KILLS
    tips = library.drafts.open_tips()
    for name, what in done:
        assert name in tips
        if what == "comment":
            assert library.drafts[name].remarks().comments
        if what == "change":
            assert library.drafts[name].change("property/name").change is not None
    assert sandbox.run("rebase").code == 0
    assert sandbox.run("doctor").code == 0
    sandbox.fsck()


def _write(client: httpx.Client, name: str, done: list[tuple[str, str]]) -> None:
    patch: Any = [{"op": "add", "path": "/note", "value": name}]
    steps = (
        ("draft", "/api/v2/drafts", {"title": name, "draft_id": name}),
        ("comment", f"/api/v2/drafts/{name}/comments", {"text": "Why?"}),
        (
            "change",
            f"/api/v2/drafts/{name}/changes",
            {"entity": "property/name", "action": "modify", "patch": patch},
        ),
    )
    for what, path, body in steps:
        if client.post(path, json=body).status_code == 201:
            done.append((name, what))
