"""`examples/operate`: the unit of systemd and the site of nginx, with systemd's and nginx's own programs."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gitdraft.server.run import Front

EXAMPLES = Path(__file__).parents[2] / "examples/operate"
UNIT = EXAMPLES / "gitdraft.service"
SITE = EXAMPLES / "nginx.conf"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
MOST_EXPOSED = 20  # of 100; systemd calls up to 2.0 of 10 safe

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
needs_nginx = pytest.mark.skipif(
    NGINX is None or shutil.which("openssl") is None, reason="nginx or openssl is not installed"
)


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


@needs_systemd
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", UNIT.read_text()))
    done = analyze("verify", unit)
    about_it = [line for line in done.stderr.splitlines() if UNIT.name in line or "Unknown" in line]
    assert (done.returncode, about_it) == (0, [])


@needs_systemd
def test_the_unit_is_shut_in() -> None:
    done = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", UNIT)
    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_the_unit_lets_it_see_who_holds_a_lock() -> None:
    settings = [line for line in UNIT.read_text().splitlines() if not line.startswith("#")]
    assert not [line for line in settings if line.startswith(("ProtectProc=", "ProcSubset=", "PrivatePIDs="))]
    assert "--proxy 127.0.0.1" in UNIT.read_text(), "the proxy that nginx.conf describes"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture
def fronted(serving: Callable[..., Any], tmp_path: Path) -> Iterator[tuple[Any, int, Path]]:
    """A service behind nginx with the example's site, the port of the site, and its certificate."""
    assert NGINX is not None
    service = serving(Front(proxies=("127.0.0.1",)))
    folder, port = tmp_path / "nginx", free_port()
    folder.mkdir()
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
                "/CN=drafts.example.org",
            ),
            *("-addext", "subjectAltName=DNS:drafts.example.org,DNS:localhost"),
            *("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )
    site = (
        SITE.read_text()
        .replace("/etc/letsencrypt/live/drafts.example.org", str(folder))
        .replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        .replace("http://127.0.0.1:8642", service.url)
        .replace("client_body_timeout 20s", "client_body_timeout 1s")
    )
    assert service.url in site
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} pid {folder}/pid; error_log {folder}/log; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{site} }}\n"
    )
    command: list[str | Path] = [
        NGINX,
        "-p",
        folder,
        "-e",
        folder / "log",
        "-c",
        folder / "nginx.conf",
        "-g",
        "daemon off;",
    ]
    child = subprocess.Popen(command)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield service, port, folder / "fullchain.pem"
    finally:
        child.terminate()
        child.wait()


def client_of(port: int, certificate: Path, token: str | None = None) -> httpx.Client:
    context = ssl.create_default_context(cafile=certificate)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"https://localhost:{port}", verify=context, headers=headers, timeout=20)


@needs_nginx
def test_a_client_works_through_nginx(fronted: tuple[Any, int, Path]) -> None:
    service, port, certificate = fronted
    token = service.token("maintainer", "Ann <ann@example.org>")
    with client_of(port, certificate, token) as client:
        made = client.post("/api/v2/drafts", json={"title": "Fix", "draft_id": "fix"})
        assert made.status_code == 201, made.text
        path = "/api/v2/drafts/fix/changes/category%2FPerson"
        patched = client.patch(path, json=[{"op": "replace", "path": "/label", "value": "Human"}])
        assert patched.status_code in (200, 201), "a name with %2F goes through as it is"
        assert client.get("/metrics").status_code == 403
        large = client.post("/api/v2/mediawiki/import", content=b"x" * (17 << 20))
        assert large.status_code == 413
    addresses = {record["address"] for record in service.log if record["path"].startswith("/api/")}
    assert addresses == {"127.0.0.1"}


@needs_nginx
def test_events_come_through_nginx_as_they_happen(fronted: tuple[Any, int, Path]) -> None:
    service, port, certificate = fronted
    token = service.token("maintainer", "Ann <ann@example.org>")
    headers = {"Accept": "text/event-stream"}
    with client_of(port, certificate, token) as client:
        after = client.get("/api/v2/operations").json()["next"]
        with client.stream("GET", f"/api/v2/operations?after={after}", headers=headers) as stream:
            lines = stream.iter_lines()
            with client_of(port, certificate, token) as other:
                other.post("/api/v2/drafts", json={"title": "Fix", "draft_id": "fix"})
            started = time.monotonic()
            assert any(line.startswith("event: operation") for line in lines)
            assert time.monotonic() - started < 10, "before the next heartbeat"


@needs_nginx
def test_half_a_request_never_reaches_the_service(fronted: tuple[Any, int, Path]) -> None:
    service, port, certificate = fronted
    token = service.token("maintainer", "Ann <ann@example.org>")
    context = ssl.create_default_context(cafile=certificate)
    head = f"POST /api/v2/drafts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: 100\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as half,
    ):
        half.settimeout(10)
        half.sendall(head.encode() + b"{")
        answer = half.recv(100)
        assert answer == b"" or b" 408 " in answer
    assert not [record for record in service.log if record["path"] == "/api/v2/drafts"]
