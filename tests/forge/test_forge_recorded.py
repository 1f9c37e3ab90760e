"""GitHub's own answers, as they were recorded, read by the adapter; what it asks is what was asked when they were."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from forge_descriptions import DESCRIPTIONS, answer_schema, check_answer, check_request, completed
from forge_server import TOKEN

from gitdraft.errors import StateRefused
from gitdraft.forge.github import GitHub, headers
from gitdraft.forge.http import ForgeClient, Patience
from gitdraft.forge.settings import ForgeSettings
from gitdraft.model.names import Oid
from gitdraft.model.pull_requests import CommitCheck, Head, PullRequest

RECORDED = DESCRIPTIONS / "recorded"
COMMIT = Oid("0" * 39 + "1")
pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="the recorded answers are not there")


class Replay(BaseHTTPRequestHandler):
    """Answers what was recorded, in its order."""

    left: list[Any]
    asked: list[tuple[str, str, Any]]

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _serve(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = self.command, self.path, json.loads(content) if content else None
        self.asked.append(asked)
        for each in self.left:
            path = str(each["path"]).partition("?")[0]
            if (each["method"].upper(), path) == (self.command, self.path.partition("?")[0]):
                self.left.remove(each)
                break
        else:
            each = {"status": 404, "response": {"message": "Not Found"}, "headers": {}}
        answer = json.dumps(each["response"]).encode()
        link = {name.lower(): value for name, value in each["headers"].items()}.get("link")
        self.send_response(each["status"])
        if link:
            here = f"http://{self.headers['Host']}"
            self.send_header("Link", link.replace("https://api.github.com", here))
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PATCH = do_PUT = _serve


@contextmanager
def github(name: str, repository: str) -> Iterator[tuple[GitHub, list[tuple[str, str, Any]]]]:
    """The adapter before a recording, and what it asks."""
    answers = json.loads((RECORDED / f"github-{name}.json").read_text())
    asked: list[tuple[str, str, Any]] = []
    handler = type("Handler", (Replay,), {"left": answers, "asked": asked})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        api = f"http://127.0.0.1:{server.server_port}"
        whole = f"octokit-fixture-org/{repository}"
        settings = ForgeSettings(
            "github", api, whole, "octokit-fixture-org", "origin", "origin", (), None, TOKEN
        )
        client = ForgeClient(api, headers(settings), Patience(0))
        yield GitHub(client, settings), asked
        client.close()
        server.shutdown()
    for method, path, body in asked:
        assert check_request("github", method, path.partition("?")[0], {}, body) == []


def pull() -> PullRequest:
    head = Head("octokit-fixture-org", "gitdraft/fix")
    return PullRequest(1, "", "open", "Fix", "", head, COMMIT, "main")


def test_statuses_are_set_and_the_latest_of_each_name_is_read() -> None:
    with github("create-status", "create-status") as (forge, asked):
        for state in ("failure", "success"):
            forge.set_check(COMMIT, CommitCheck(state, "said"), "https://example.com")
        checks = forge.checks(COMMIT)
    recorded = json.loads((RECORDED / "github-create-status.json").read_text())
    assert [set(body) for _, _, body in asked[:2]] == [set(recorded[0]["body"])] * 2
    latest = {each["context"]: each for each in reversed(recorded[2]["response"])}
    assert checks == {name: f"{each['state']}: {each['description']}" for name, each in latest.items()}
    assert len(checks) >= 1


def test_labels_are_looked_up_made_where_missing_and_added() -> None:
    with github("labels", "labels") as (forge, asked):
        known = json.loads((RECORDED / "github-labels.json").read_text())[0]["response"]
        with pytest.raises(Exception, match="nothing there"):  # the last request is of another recording
            forge.add_labels(pull(), ["Bug", "test-label"])
    assert "bug" in [label["name"] for label in known]
    made = [body for method, path, body in asked if method == "POST" and path.endswith("/labels/labels")]
    assert [label["name"] for label in made] == ["test-label"]
    with github("add-labels-to-issue", "add-labels-to-issue") as (forge, asked):
        body = {"labels": ["Foo", "bAr", "baZ"]}
        forge.client.post(f"{forge.root}/issues/1/labels", body)
        assert asked == [("POST", "/repos/octokit-fixture-org/add-labels-to-issue/issues/1/labels", body)]


def test_a_refusal_is_said_in_githubs_words() -> None:
    with (
        github("errors", "errors") as (forge, _),
        pytest.raises(StateRefused, match="Validation Failed") as refused,
    ):
        forge.client.post(f"{forge.root}/labels", {"name": "foo", "color": "invalid"})
    assert refused.value.context["status"] == 422


def test_all_pages_are_followed_by_their_links() -> None:
    with github("paginate-issues", "paginate-issues") as (forge, asked):
        read = list(forge.client.pages(f"{forge.root}/issues", {"per_page": 3}))
        pages = [path for _, path, _ in asked]
        asked.clear()  # these are not asked by gitdraft, and not in the description
    recorded = json.loads((RECORDED / "github-paginate-issues.json").read_text())
    assert [each["number"] for each in read] == [e["number"] for page in recorded for e in page["response"]]
    assert len(pages) == 5


def test_the_description_judges_what_is_missing() -> None:
    """So that the small forge's silence says something."""
    path = "/repos/team/things/pulls/1"
    schema = answer_schema("github", "GET", path, 200)
    assert check_answer("github", schema, completed("github", schema, {})) == []
    assert check_answer("github", schema, {"number": 1})
    assert check_request("github", "POST", "/repos/team/things/pulls", {}, {"title": "x"})
    assert check_request("github", "GET", "/repos/team/things/pulls", {"state": "opened"}, None)
    assert check_request("gitea", "PATCH", path, {}, {"draft": True})
    assert check_request("gitea", "POST", "/repos/team/things/issues/1/labels", {}, {"label": [1]})
    with pytest.raises(AssertionError, match="no status"):
        answer_schema("gitea", "PATCH", path, 200)
