"""Drafts across clones on the command line: what it prints, its exit codes, and a server over HTTP."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from clones import Clone, Server, clone_of, serve, start
from sandbox import Sandbox, run_git

pytestmark = pytest.mark.long


@pytest.fixture
def server(sandbox: Sandbox, tmp_path: Path) -> Server:
    return serve(sandbox, tmp_path)


@pytest.fixture
def ann(server: Server, tmp_path: Path) -> Clone:
    return clone_of(server, tmp_path, "Ann")


@pytest.fixture
def ben(server: Server, tmp_path: Path) -> Clone:
    return clone_of(server, tmp_path, "Ben")


def test_one_line_a_draft_and_one_when_nothing_happened(ann: Clone, ben: Clone) -> None:
    start(ann)
    start(ann, "other", "category/Agent")

    assert ann.run("push").out == "↑  fix-person  2 commits\n↑  other       2 commits\n"
    assert ann.run("push").out == "= origin has all that is here\n"
    assert ben.run("pull").out == "↓  fix-person  2 commits\n↓  other       2 commits\n"
    assert ben.run("pull").out == "= origin has nothing that is not here\n"
    assert ben.run("-q", "sync").out == ""


def test_a_conflict_from_the_other_clone_is_told_and_settled(ann: Clone, ben: Clone) -> None:
    start(ann)
    ann.sync()
    ben.sync()
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    ben.library.drafts["fix-person"].set("category/Person", "/label", "Being")
    ann.sync()

    answer = ben.run("sync")

    assert answer.code == 1
    assert answer.out == (
        "✗  fix-person  conflict  category/Person /label\n\nto resolve them: gitdraft conflicts fix-person\n"
    )
    assert "remote     origin: 1 draft diverged" in ben.run("status").out
    assert ben.run("list").out.split()[-1] == "diverged"
    assert "in conflict with origin in 1 place" in ben.run("show", "fix-person").out
    assert ben.run("-o", "json", "conflicts", "fix-person").json["conflicts"] == [
        {
            "draft_id": "fix-person",
            "entity": "category/Person",
            "with": "origin",
            "path": "/label",
            "type": "modify/modify",
            "rule": "R3",
            "base": "Human",
            "remote": "Anyone",
            "local": "Being",
        }
    ]
    assert "--take local" in ben.run("conflicts", "fix-person").out
    settled = ben.run("resolve", "fix-person", "category/Person", "/label", "--take", "remote")
    assert (settled.code, settled.out.splitlines()[-1]) == (0, "fix-person is merged with origin's")
    assert ben.run("sync").code == 0
    assert ben.person()["label"] == "Anyone"


def test_a_value_settles_what_only_the_remote_contests(ann: Clone, ben: Clone) -> None:
    start(ann)
    ann.sync()
    ben.sync()
    ann.library.drafts["fix-person"].set("category/Person", "/label", "Anyone")
    ben.library.drafts["fix-person"].set("category/Person", "/label", "Being")
    ann.sync()
    ben.sync()

    assert ben.run("resolve", "fix-person", "category/Person", "/label", "--value", '"Both"').code == 0
    assert ben.person()["label"] == "Both"


def test_sync_as_json(ann: Clone, ben: Clone) -> None:
    start(ann)
    ann.run("submit", "fix-person")
    ann.run("merge", "fix-person")

    pushed = ann.run("-o", "json", "sync").json
    pulled = ben.run("-o", "json", "sync").json

    assert pushed["kind"] == "gitdraft.sync/v1"
    assert pushed["canonical"] == {"pulled": 0, "pushed": 1, "tip": ann.git("rev-parse", "main")}
    assert [(d["id"], d["outcome"], d["reason"]) for d in pushed["drafts"]] == [
        ("fix-person", "pushed", "merged")
    ]
    assert pulled["canonical"]["pulled"] == 1
    assert [(d["id"], d["outcome"]) for d in pulled["drafts"]] == [("fix-person", "pulled")]


def test_dry_runs_say_so(ann: Clone, ben: Clone) -> None:
    start(ann)

    answer = ann.run("sync", "-n")

    assert answer.out == "↑  fix-person  2 commits\nnothing was moved\n"
    assert "remote     origin: 1 draft ahead\n" in ann.run("status").out


def test_without_a_remote_there_is_a_hint(sandbox: Sandbox) -> None:
    answer = sandbox.run("sync")

    assert answer.code == 40
    assert "hint: git remote add origin URL" in answer.err
    assert "remote" not in sandbox.run("status").out


def test_a_remote_that_is_gone_is_an_error_with_a_hint(ann: Clone) -> None:
    ann.git("remote", "set-url", "origin", "../gone")

    answer = ann.run("sync")

    assert answer.code == 50
    assert answer.err.startswith("error: the remote: ")


def test_init_has_plain_fetch_bring_drafts(sandbox: Sandbox, server: Server) -> None:
    sandbox.git("remote", "add", "origin", str(server.path))

    sandbox.run("init")
    sandbox.run("init")

    assert sandbox.git("config", "--get-all", "remote.origin.fetch").splitlines() == [
        "+refs/heads/*:refs/remotes/origin/*",
        "+refs/gitdraft/closed/*:refs/gitdraft/remotes/origin/closed/*",
    ]


def test_clone_brings_every_draft(ann: Clone, server: Server, tmp_path: Path) -> None:
    start(ann)
    start(ann, "other", "category/Agent").withdraw()
    ann.sync()

    answer = Sandbox(tmp_path).run("clone", str(server.path), "new")

    assert answer.out.startswith("cloned into new with 2 drafts\n")
    new = Sandbox(tmp_path / "new")
    assert new.run("list").out.split()[0] == "fix-person"
    assert new.run("list", "--status", "withdrawn").out.split()[0] == "other"
    assert new.run("sync").out == "= origin and this repository have the same\n"


def test_clone_of_a_repository_that_is_not_set_up_says_so(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "--quiet", "--bare", "empty.git")

    answer = Sandbox(tmp_path).run("clone", "empty.git")

    assert answer.code == 0
    assert "it has no gitdraft.yaml yet: gitdraft init" in answer.out
    assert (tmp_path / "empty").is_dir()


def test_clone_into_what_is_there_leaves_it_alone(server: Server, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_text("mine")

    answer = Sandbox(tmp_path).run("clone", str(server.path), "there")

    assert answer.code == 50
    assert "already exists" in answer.err
    assert (tmp_path / "there" / "file").read_text() == "mine"


class Backend(BaseHTTPRequestHandler):
    """`git http-backend` as a web server runs it."""

    root = ""

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        path, _, query = self.path.partition("?")
        done = subprocess.run(
            ["git", "http-backend"],
            input=self._body(),
            capture_output=True,
            check=False,
            env={
                **os.environ,
                "GIT_PROJECT_ROOT": self.root,
                "GIT_HTTP_EXPORT_ALL": "1",
                "REMOTE_USER": "somebody",
                "REMOTE_ADDR": "127.0.0.1",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            },
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, format: str, *arguments: str) -> None:  # noqa: A002 (the base class names it so)
        pass


@pytest.fixture
def http(server: Server) -> Iterator[str]:
    handler = type("Served", (Backend,), {"root": str(server.path.parent)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}/{server.path.name}"
        running.shutdown()


def test_a_round_trip_over_http(server: Server, http: str, tmp_path: Path) -> None:
    here = Sandbox(tmp_path)
    here.run("clone", http, "one")
    here.run("clone", http, "two")
    one, two = Sandbox(tmp_path / "one"), Sandbox(tmp_path / "two")
    one.run("new", "Fix Person")
    one.run("set", "category/Person", "/label", "Human")
    assert one.run("sync").out == "↑  fix-person  2 commits\n"
    assert two.run("sync").out == "↓  fix-person  2 commits\n"
    server.commit_file("categories/Person.json", description="Somebody.")
    Sandbox(server.path).run("rebase")
    one.run("set", "--draft", "fix-person", "category/Person", "/rank", "1")
    two.run("set", "--draft", "fix-person", "category/Person", "/steps/0", '"A"')

    answers = [clone.run("sync") for clone in (one, two, one)]

    assert [answer.code for answer in answers] == [0, 0, 0], answers
    assert one.git("rev-parse", "draft/fix-person") == two.git("rev-parse", "draft/fix-person")
    seen = one.run("-o", "json", "view", "category/Person", "--draft", "fix-person").json["document"]
    assert (seen["label"], seen["description"], seen["rank"], seen["steps"][0]) == (
        "Human",
        "Somebody.",
        1,
        "A",
    )
