"""A remote whose address has credentials, as `https://user:secret@host/…`: they work, and are seen nowhere."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox, run_git

from gitdraft.errors import RepositoryError, without_credentials
from gitdraft.git.credentials import split_address

USER, SECRET = "bot", "s3cr3t-w%C3%B6rd"
DECODED = b"bot:s3cr3t-w\xc3\xb6rd"
FORBIDDEN = (b"s3cr3t", b"w\xc3\xb6rd")


class Handler(BaseHTTPRequestHandler):
    """git's own http-backend, for who has the password."""

    root: Path
    slow = 0.0

    def do_GET(self) -> None:
        time.sleep(self.slow)
        expected = "Basic " + base64.b64encode(DECODED).decode()
        if self.headers.get("Authorization") != expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = zlib.decompress(body, 31)
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            env={
                **os.environ,
                "GIT_PROJECT_ROOT": str(self.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "REMOTE_USER": USER,
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            },
            capture_output=True,
            check=False,
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def host(sandbox: Sandbox, tmp_path: Path) -> Iterator[str]:
    """`127.0.0.1:PORT`, where the sandbox's repository is `vocabulary.git` for who has the password."""
    run_git(tmp_path, "clone", "--quiet", "--bare", str(sandbox.path), "vocabulary.git")
    handler = type("Handler", (Handler,), {"root": tmp_path})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def watched(host: str) -> Iterator[list[bytes]]:
    """Collects the command lines of all processes that name the host, until the end of the `with`."""
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            for entry in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(entry.read_bytes())
                except OSError:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    lines: list[bytes] = []
    try:
        yield lines
    finally:
        over.set()
        thread.join()
        lines += (line for line in seen if host.encode() in line)


def assert_silent(*texts: bytes) -> None:
    for text in texts:
        assert not any(word in text for word in FORBIDDEN), text


def kept(git_dir: Path) -> Iterator[bytes]:
    """What gitdraft and git keep, but for git's configuration."""
    for file in git_dir.rglob("*"):
        if file.is_file() and file.name != "config":
            content = file.read_bytes()
            yield content
            if file.parent.parent.name == "objects" and len(file.parent.name) == 2:
                yield zlib.decompress(content)


def setting_of_place(sandbox: Sandbox, url: str, place: str) -> None:
    """Makes the address the remote's, by one of the ways in which git learns it."""
    clean = without_credentials(url)
    match place:
        case "url":
            sandbox.git("remote", "add", "origin", url)
        case "pushurl":
            sandbox.git("remote", "add", "origin", url)
            sandbox.git("config", "remote.origin.pushurl", url)
        case "insteadOf" | "pushInsteadOf":
            sandbox.git("remote", "add", "origin", url if place == "pushInsteadOf" else clean)
            base = url.rpartition("/")[0] + "/"
            sandbox.git("config", f"url.{base}.{place}", f"{without_credentials(base)}")


@pytest.mark.parametrize("place", ["url", "pushurl", "insteadOf", "pushInsteadOf"])
def test_credentials_work_and_are_in_no_process_list(sandbox: Sandbox, host: str, place: str) -> None:
    setting_of_place(sandbox, f"http://{USER}:{SECRET}@{host}/vocabulary.git", place)
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    with watched(host) as lines:
        answers = [sandbox.run(*line.split()) for line in ("pull", "push", "sync", "-v pull", "-o json sync")]
    for answer in answers:
        assert answer.code == 0, answer.err
        assert_silent(answer.raw_out, answer.raw_err)
    helpers = [line for line in lines if b"remote-http" in line]
    assert helpers, "git was seen talking"
    assert_silent(*lines, *kept(sandbox.path / ".git"))


def test_a_clone_keeps_the_address_as_git_does_and_shows_it_to_nobody(host: str, tmp_path: Path) -> None:
    url = f"http://{USER}:{SECRET}@{host}/vocabulary.git"
    start = Sandbox(tmp_path)
    with watched(host) as lines:
        cloned = start.run("clone", url, "copy")
    assert cloned.code == 0, cloned.err
    copy = Sandbox(tmp_path / "copy")
    assert_silent(cloned.raw_out, cloned.raw_err, *lines, *kept(copy.path / ".git"))
    assert copy.git("config", "remote.origin.url") == url
    assert copy.run("pull").code == 0


@pytest.mark.skipif(sys.platform != "linux", reason="no /proc")
@pytest.mark.parametrize(
    "url", ["http://{user}:{secret}@{host}/v.git", "http://{host}/v.git?private_token={secret}"]
)
def test_what_was_typed_is_not_in_the_process_list_of_a_long_clone(tmp_path: Path, url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        typed = url.format(user=USER, secret=SECRET, host=host)
        process = subprocess.Popen(
            [sys.executable, "-m", "gitdraft.cli.main", "clone", typed, "copy"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            stderr=subprocess.DEVNULL,
        )
        try:
            connection, _ = listening.accept()  # git has asked, and waits for an answer
            shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
            connection.close()
        finally:
            process.kill()
            process.wait()
    assert_silent(shown)
    assert shown.endswith(b"\0copy\0")
    assert host.encode() in shown
    assert len(shown.split(b"\0")[-3]) == len(typed)


FAILURES: dict[str, Callable[[str], str]] = {
    "a wrong password": lambda host: f"http://{USER}:{SECRET}x@{host}/vocabulary.git",
    "no repository": lambda host: f"http://{USER}:{SECRET}@{host}/other.git",
    "no host": lambda host: f"http://{USER}:{SECRET}@127.0.0.1:1/vocabulary.git",
    "no protocol": lambda host: f"nosuch://{USER}:{SECRET}@{host}/vocabulary.git",
    "no file": lambda host: f"file://{USER}:{SECRET}@{host}/vocabulary.git",
    "an @ in the password": lambda host: f"http://{USER}:{SECRET}@w%C3%B6rd@127.0.0.1:1/v.git",
}
COMMANDS = (
    "pull",
    "push",
    "push fix",
    "sync",
    "sync -n",
    "-o json pull",
    "-v sync",
    "watch --fetch --once",
    "rebase --fetch",
)


@pytest.mark.parametrize("failure", FAILURES)
def test_what_fails_says_so_without_them(sandbox: Sandbox, host: str, tmp_path: Path, failure: str) -> None:
    url = FAILURES[failure](host)
    sandbox.git("remote", "add", "origin", url)
    sandbox.run("new", "Fix", "--id", "fix")
    said = [sandbox.run(*line.split()) for line in COMMANDS]
    said += [
        sandbox.run("clone", url, "copy"),
        sandbox.run("pull", url),
        sandbox.run("push", "fix", url),
        sandbox.run("status", url),
    ]
    assert all(answer.code for answer in said[:5])
    for answer in said:
        assert_silent(answer.raw_out, answer.raw_err)
    assert_silent(*kept(sandbox.path / ".git"))


def test_a_pre_push_hook_is_not_given_the_address_again(sandbox: Sandbox, host: str) -> None:
    sandbox.git("remote", "add", "origin", f"http://{USER}:{SECRET}@{host}/vocabulary.git")
    sandbox.run("hooks", "install")
    with watched(host) as lines:
        sandbox.change("categories/Agent.json", description="Does.")
        sandbox.git("push", "--quiet", "origin", "main")
    assert_silent(*(line for line in lines if b"gitdraft" in line.split(b"\0")[0] or b"hooks\0run" in line))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://a:b@h/x", "https://h/x"),
        ("fatal: 'https://tok@h/x' is not", "fatal: 'https://h/x' is not"),
        ("HTTP+git://a:b@c@h:1/x?y", "HTTP+git://h:1/x?y"),
        ("https://h/x?access_token=abc&b=1", "https://h/x?access_token=…&b=1"),
        ("a@b.example.org, https://h/@x", "a@b.example.org, https://h/@x"),
        ("nothing at all", "nothing at all"),
    ],
)
def test_what_is_left_of_an_address(text: str, shown: str) -> None:
    assert without_credentials(text) == shown
    assert RepositoryError(text, hint=text, details=[text]).message == shown


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://a:b@h/x", ("https://h/x", "https://h", "a", "b")),
        ("https://a%40c:b%2F@h:1/x", ("https://h:1/x", "https://h:1", "a@c", "b/")),
        ("https://tok@h/x", ("https://h/x", "https://h", "tok", None)),
        ("https://h/x@y", None),
        ("ssh://git@h/x", None),
        ("git@h:x", None),
        ("/srv/a@b", None),
    ],
)
def test_an_address_in_its_parts(url: str, parts: tuple[str, ...] | None) -> None:
    assert split_address(url) == parts
