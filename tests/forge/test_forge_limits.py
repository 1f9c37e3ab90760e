"""What a forge refuses, and how long it is waited for; where the token goes."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from forge_server import TOKEN
from team import Team

from gitdraft.errors import RepositoryError
from gitdraft.forge.http import ForgeClient, Patience


def test_a_limit_is_waited_for_as_long_as_the_forge_says(team: Team) -> None:
    team.draft()
    team.forge.refusals = [(429, {"Retry-After": "1"})]
    team.run("pr", "open", "fix")
    assert team.pull.state == "open"


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (429, {}),
        (403, {"x-ratelimit-remaining": "0"}),
        (403, {"Retry-After": "300"}),
        (429, {"Retry-After": "300"}),
        (429, {"Retry-After": "9" * 400}),
        (429, {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 400}),
    ],
    ids=str,
)
def test_a_limit_that_is_too_long_says_when_to_try_again(
    team: Team, status: int, headers: dict[str, str]
) -> None:
    team.draft()
    team.forge.refusals = [(status, headers)]
    error = team.json_error("pr", "open", "fix", "--wait", "5", code=50)
    assert error["code"] == "rate-limited"
    assert error["context"]["done"] == 0
    assert error["context"]["retry_at"]


def test_rests_grow_where_the_forge_names_none(team: Team) -> None:
    rests: list[float] = []
    team.forge.refusals = [(429, {})] * 5
    client = ForgeClient(team.forge.api, {"Authorization": f"token {TOKEN}"}, Patience(200, rests.append))
    with pytest.raises(RepositoryError, match="no more requests"):
        client.get("/repos/team/things/labels")
    client.close()
    assert rests == [60, 120]


@pytest.mark.parametrize(
    ("status", "name", "code"),
    [
        (401, "forge-token", 50),
        (403, "forge-forbidden", 50),
        (404, "forge-not-found", 40),
        (500, "forge-answer", 50),
    ],
)
def test_a_refusal_has_a_code_and_a_hint(team: Team, status: int, name: str, code: int) -> None:
    team.draft()
    team.forge.refusals = [(status, {})] * 4
    error = team.json_error("pr", "close", "fix", code=code)
    is_asked_by_name = (team.forge.kind, status) == ("gitea", 404)  # where a pull request is not there
    assert error["code"] == ("no-pull-request" if is_asked_by_name else name)
    assert error["hint"]


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"{", b"\xff", b"7" * 10_000], ids=["deep", "half", "bytes", "long"]
)
@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_that_is_no_json_has_a_code(content: bytes, status: int) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        client = ForgeClient(f"http://127.0.0.1:{server.server_port}", {}, Patience(0, lambda _: None))
        with pytest.raises(RepositoryError) as refused:
            client.get("/things")
        client.close()
        server.shutdown()
    assert refused.value.code == "forge-answer"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("gitdraft.forge.api", "https://forge.example:99999/api/v1"),
        ("remote.origin.url", "https://forge.example:x/a/b.git"),
    ],
)
def test_a_port_that_is_none_is_said(team: Team, setting: str, value: str) -> None:
    team.draft()
    team.repository.git("config", setting, value)
    error = team.json_error("pr", "status", code=20)
    assert "port" in error["message"]
    assert error["hint"]


def test_a_label_is_for_a_pull_request(team: Team) -> None:
    team.draft()
    assert team.json_error("submit", "fix", "--label", "ontology", code=2)["hint"]
    team.run("submit", "--pr", "fix")
    assert "comment" in team.json_error("submit", "--pr", "fix", "-m", "Why", code=2)["message"]


def test_the_token_stays_with_its_host(team: Team) -> None:
    team.draft()
    team.forge.refusals = [(302, {"Location": "http://localhost:1/elsewhere"})]
    error = team.json_error("pr", "open", "fix", code=50)
    assert error["code"] == "forge-answer"
    config = team.repository.git("config", "--list")
    assert TOKEN not in config


def test_no_token_is_said(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    team.draft()
    monkeypatch.delenv("GITDRAFT_FORGE_TOKEN")
    error = team.json_error("pr", "open", "fix", code=50)
    assert (error["code"], "GITDRAFT_FORGE_TOKEN" in error["hint"]) == ("forge-token", True)
