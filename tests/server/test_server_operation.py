"""Running it: bounds, health, metrics, CORS, the document, webhooks, its end."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox import Sandbox
from wiki import EXAMPLE, make_wiki

from gitdraft.api.review import Review
from gitdraft.server.limits import Rates
from gitdraft.server.logs import log_to
from gitdraft.server.webhooks import is_signed

pytestmark = pytest.mark.long

IMPORT = "/api/v2/mediawiki/import"
SECRET = "shared"


def test_requests_beyond_the_rate_are_429_and_told_when(sandbox: Any, serving: Any) -> None:
    client = serving(a_minute=3).of("reader")
    answers = [client.get("/api/v2/entities") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 20
    assert answers[-1].json()["code"] == "too-many-requests"
    assert client.get("/healthz").status_code == 200


def test_what_no_route_answers_is_a_page_for_a_browser(serving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    service = serving(a_minute=4)
    client = service.of("reader")
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    def fail(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(Review, "audit", fail)
    for method, path, status in (
        ("GET", "/audit", 500),
        ("GET", "/no/such/page", 404),
        ("DELETE", "/new", 405),
        ("GET", "/api/v2/nothing", 404),
        ("GET", "/new", 429),
    ):
        answer = client.request(method, path, headers=browser)
        assert answer.status_code == status
        is_api = path.startswith("/api/")
        assert answer.headers["content-type"].startswith("application/json" if is_api else "text/html"), path
        assert "frame-ancestors" in answer.headers.get("content-security-policy", "") or is_api
    assert int(answer.headers["retry-after"]) >= 1
    plain = client.get("/new").json()
    assert (plain["code"], plain["context"]) == (
        "too-many-requests",
        {"retry_after": plain["context"]["retry_after"]},
    )


def test_rates_count_each_caller_and_fill_up_again() -> None:
    rates = Rates(60)
    assert [rates.wait(["a"], 0.0) for _ in range(60)] == [None] * 60
    assert rates.wait(["a"], 0.0) == 1
    assert rates.wait(["b"], 0.0) is None
    assert rates.wait(["a", "b"], 0.0) == 1
    assert rates.wait(["a"], 1.0) is None
    assert Rates(0).wait(["a"], 0.0) is None


def test_health_readiness_and_metrics(service: Any) -> None:
    client = service.client()
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}
    client.get("/api/v2/entities/category/Person")
    client.get("/nowhere/at/all")
    text = client.get("/metrics").text
    line = 'gitdraft_http_requests_total{method="GET",route="/api/v2/entities/{entity}",status="401"} 1'
    assert line in text
    assert "nowhere" not in text
    assert 'le="+Inf"' in text


def test_a_repository_that_cannot_be_read_is_not_ready(service: Any) -> None:
    (service.sandbox.path / ".git/gitdraft").mkdir(exist_ok=True)
    (service.sandbox.path / ".git/gitdraft/tokens.sqlite3").write_bytes(b"damaged" * 1000)
    answer = service.client().get("/readyz")
    assert answer.status_code == 500
    assert str(service.sandbox.path) not in answer.text
    assert service.log[-1]["error"]["code"] == "tokens"


def test_other_origins_are_let_in_only_where_they_are_named(sandbox: Any, serving: Any) -> None:
    origin = {"Origin": "https://wiki.example.org", "Access-Control-Request-Method": "POST"}
    closed = serving().client().options(IMPORT, headers=origin)
    assert "access-control-allow-origin" not in closed.headers
    client = serving(origins=("https://wiki.example.org",)).client()
    assert client.options(IMPORT, headers=origin).headers["access-control-allow-origin"] == origin["Origin"]
    other = client.options(IMPORT, headers={**origin, "Origin": "https://evil.example.org"})
    assert "access-control-allow-origin" not in other.headers


def test_a_page_of_a_named_origin_may_read_what_is_refused(serving: Any) -> None:
    origin = {"Origin": "https://wiki.example.org"}
    client = serving(origins=("https://wiki.example.org",), a_minute=2).client()
    answers = [client.get("/api/v2/drafts", headers=origin) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == origin["Origin"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v2/drafts", "GET, HEAD, POST"),
        ("OPTIONS", "/api/v2/drafts/fix", "GET, HEAD, PATCH"),
        ("PUT", "/reconcile", "GET, HEAD, POST"),
        ("DELETE", "/drafts/fix/conflicts", "GET, HEAD, POST"),
        ("GET", "/drafts/fix/changes", "POST"),
        ("POST", "/api/v2/entities/category%2FPerson", "DELETE, GET, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
    ],
)
def test_a_method_that_a_path_does_not_have_is_told_all_that_it_has(
    service: Any, method: str, path: str, allowed: str
) -> None:
    answer = service.of("maintainer").request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_what_is_no_route_answers_in_the_one_form(service: Any) -> None:
    client = service.of("maintainer")
    for method, path, status in (
        ("GET", "/nothing", 404),
        ("PUT", "/api/v2/drafts", 405),
        ("POST", "/api/v2/entities", 405),
    ):
        answer = client.request(method, path)
        assert answer.status_code == status
        assert set(answer.json()) == {"code", "message", "context"}


def test_bodies_are_strict_json(service: Any) -> None:
    client = service.of("maintainer")
    for body in (
        b'{"title": "a", "title": "b"}',
        b'{"title": NaN}',
        b'{"title": "\\ud800"}',
        b"{",
        b"\xff",
        b"",
    ):
        answer = client.post("/api/v2/drafts", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, body
        assert set(answer.json()) <= {"code", "message", "context", "hint"}


def test_the_document_has_every_route_and_no_other_errors(service: Any) -> None:
    document = service.client().get("/openapi.json").json()
    assert len(document["paths"]) >= 30
    assert "MediaWikiImport" in document["components"]["schemas"]
    assert document["components"]["schemas"]["MediaWikiImport"]["examples"] == [EXAMPLE]
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    schema = response["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Error"}


def test_a_log_line_is_json_without_a_token() -> None:
    stream = io.StringIO()
    token = "gdc_" + "0" * 16 + "_" + "A" * 43
    log_to(stream)({"path": f"/{token}/x", "note": "line\nbreak"})
    assert json.loads(stream.getvalue())["path"] == "/(token)/x"
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize("forge", ["github", "gitea", "gitlab"])
def test_a_webhook_fetches_canonical_and_rebases(
    sandbox: Any, serving: Any, tmp_path: Path, forge: str
) -> None:
    upstream = tmp_path / "upstream"
    sandbox.git("clone", "--quiet", str(sandbox.path), str(upstream))
    sandbox.git("remote", "add", "origin", str(upstream))
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/rank", 1)
    service = serving(webhook_secret=SECRET)
    there = Sandbox(upstream)
    commit = there.change("categories/Person.json", label="Human")
    body = json.dumps({"ref": "refs/heads/main", "after": commit}).encode()
    answer = service.client().post("/webhooks/git", content=body, headers=signed(forge, body))
    assert answer.status_code == 200, service.log
    assert (answer.json()["canonical"], answer.json()["rebase"]["counts"]["rebased"]) == (commit, 1)
    assert sandbox.git("rev-parse", "main") == commit
    again = service.client().post("/webhooks/git", content=body, headers=signed(forge, body))
    assert again.json()["moved"] is False
    other = json.dumps({"ref": "refs/heads/topic"}).encode()
    ignored = service.client().post("/webhooks/git", content=other, headers=signed(forge, other))
    assert ignored.json() == {"event": "push" if forge != "gitlab" else "push hook"}


def test_a_diverged_canonical_is_left_alone(sandbox: Any, serving: Any, tmp_path: Path) -> None:
    upstream = tmp_path / "upstream"
    sandbox.git("clone", "--quiet", str(sandbox.path), str(upstream))
    sandbox.git("remote", "add", "origin", str(upstream))
    Sandbox(upstream).change("categories/Person.json", label="Human")
    mine = sandbox.change("categories/Agent.json", label="Actor")
    body = json.dumps({"ref": "refs/heads/main"}).encode()
    answer = (
        serving(webhook_secret=SECRET)
        .client()
        .post("/webhooks/git", content=body, headers=signed("github", body))
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "diverged")
    assert sandbox.git("rev-parse", "main") == mine


def test_a_webhook_follows_a_rewritten_history_and_reports_what_breaks(
    sandbox: Any, serving: Any, tmp_path: Path
) -> None:
    upstream = Sandbox(tmp_path / "upstream")
    sandbox.git("clone", "--quiet", str(sandbox.path), str(upstream.path))
    sandbox.git("remote", "add", "origin", str(upstream.path))
    client = serving(webhook_secret=SECRET).client()
    body = json.dumps({"ref": "refs/heads/main"}).encode()

    def push() -> Any:
        return client.post("/webhooks/git", content=body, headers=signed("github", body))

    upstream.change("categories/Person.json", label="Jane")
    assert push().json()["moved"] is True
    upstream.git("reset", "--quiet", "--hard", "HEAD~1")
    tip = upstream.change("categories/Person.json", label=5)
    answer = push()
    assert (answer.status_code, answer.json()["canonical"], answer.json()["moved"]) == (200, tip, True)
    assert [violation["rule"] for violation in answer.json()["violations"]] == ["schema/type"]
    upstream.write("gitdraft.yaml", "version: 1\nentities: 5\n")
    upstream.commit("broken")
    answer = push()
    assert [violation["rule"] for violation in answer.json()["violations"]] == ["configuration/invalid"]
    upstream.git("revert", "--no-edit", "HEAD")
    answer = push()
    assert (answer.status_code, answer.json()["violations"]) == (200, [])


def test_what_is_not_signed_is_not_there(sandbox: Any, serving: Any) -> None:
    body = b'{"ref": "refs/heads/main"}'
    right = signed("github", body)
    assert serving().client().post("/webhooks/git", content=body, headers=right).status_code == 404
    client = serving(webhook_secret=SECRET).client()
    for headers in (
        {"Content-Type": "application/json"},
        signed("github", body + b" "),
        signed("gitlab", body, "x"),
    ):
        assert client.post("/webhooks/git", content=body, headers=headers).status_code == 404
    mixed = {**right, "X-Gitlab-Token": "wrong"}
    assert client.post("/webhooks/git", content=body, headers=mixed).status_code == 404
    assert not is_signed(body, {}, b"shared")


def signed(forge: str, body: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "github": {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={digest}"},
        "gitea": {"X-Gitea-Event": "push", "X-Gitea-Signature": digest},
        "gitlab": {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": secret},
    }
    return {"Content-Type": "application/json", **headers[forge]}


@pytest.mark.long
def test_clients_and_the_command_line_write_at_once(wiki: Any) -> None:
    clients = [wiki.of("contributor") for _ in range(4)]
    barrier = threading.Barrier(5)

    def pushing(client: httpx.Client) -> list[str]:
        barrier.wait()
        return [client.post(IMPORT, json=EXAMPLE).json()["draft_id"] for _ in range(5)]

    def editing() -> list[int]:
        barrier.wait()
        return [wiki.sandbox.run("new", f"Edit {n}", "--id", f"edit-{n}").code for n in range(3)]

    with ThreadPoolExecutor(5) as pool:
        edits = pool.submit(editing)
        made = [draft for found in pool.map(pushing, clients) for draft in found]
    assert edits.result() == [0, 0, 0]
    refs = wiki.sandbox.refs()
    assert len(set(made)) == 20
    assert {f"refs/heads/draft/{draft}" for draft in made} <= set(refs)
    wiki.sandbox.fsck()


class Process:
    """`gitdraft serve` as a process of its own."""

    def __init__(self, sandbox: Sandbox, *options: str) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gitdraft.cli.main",
                "-o",
                "jsonl",
                "serve",
                "--port",
                "0",
                "--rate",
                "0",
                *options,
            ],
            cwd=sandbox.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        )
        assert self.process.stdout is not None
        self.url = json.loads(self.process.stdout.readline())["url"]

    def end(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_it_ends_well(sandbox: Sandbox, number: int) -> None:
    process = Process(sandbox)
    assert httpx.get(f"{process.url}/readyz", timeout=60).status_code == 200
    code, said = process.end(number)
    assert code == 0
    assert [json.loads(line)["status"] for line in said.splitlines()] == [200]


def test_asked_to_end_amid_writes_it_finishes_what_it_answers(sandbox: Sandbox) -> None:
    make_wiki(sandbox)
    token = sandbox.run("-o", "json", "token", "create", "wiki", "--role", "contributor").json["token"]
    process = Process(sandbox)

    def push_until_the_end(_: int) -> list[str]:
        made: list[str] = []
        with httpx.Client(
            base_url=process.url, headers={"Authorization": f"Bearer {token}"}, timeout=60
        ) as client:
            while True:
                try:
                    answer = client.post(IMPORT, json=EXAMPLE)
                except httpx.TransportError:
                    return made
                if answer.status_code != 201:
                    return made
                made.append(answer.json()["draft_id"])
                begun.set()

    begun = threading.Event()
    with ThreadPoolExecutor(3) as pool:
        found = pool.map(push_until_the_end, range(3))
        begun.wait()
        code, _ = process.end(signal.SIGTERM)
        made = {draft for drafts in found for draft in drafts}
    assert code == 0
    assert made <= {name.removeprefix("refs/heads/draft/") for name in sandbox.refs()}
    assert "interrupted" not in sandbox.run("-o", "json", "status").json
    sandbox.fsck()


@pytest.mark.long
def test_a_killed_server_has_every_draft_it_told_of(sandbox: Sandbox) -> None:
    make_wiki(sandbox)
    token = sandbox.run("-o", "json", "token", "create", "wiki", "--role", "contributor").json["token"]
    told: list[dict[str, Any]] = []
    for round_ in range(2):
        process = Process(sandbox)
        with httpx.Client(
            base_url=process.url, headers={"Authorization": f"Bearer {token}"}, timeout=60
        ) as client:
            for number in range(4):
                headers = {"Idempotency-Key": f"{round_}-{number}"}
                told.append(client.post(IMPORT, json=EXAMPLE, headers=headers).json())
        process.end(signal.SIGKILL)
    process = Process(sandbox)
    for answer in told:
        headers = {"Authorization": f"Bearer {answer['capability_url'].partition('#')[2]}"}
        assert (
            httpx.get(
                f"{process.url}/api/v2/drafts/{answer['draft_id']}", headers=headers, timeout=60
            ).status_code
            == 200
        )
    process.end(signal.SIGTERM)
    assert len({answer["draft_id"] for answer in told}) == 8
    sandbox.fsck()


def test_a_port_that_is_taken_is_said(service: Any) -> None:
    port = service.url.rpartition(":")[2]
    answer = service.sandbox.run("serve", "--port", port)
    assert answer.code == 50
    assert "cannot listen" in answer.err
