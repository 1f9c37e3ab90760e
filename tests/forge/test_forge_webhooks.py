"""Events of a forge that a service takes: signed, answered at once, and followed by the sync of what they are about."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from team import Team

from gitdraft.api.pull_requests import PullRequests
from gitdraft.api.sockets import open_socket
from gitdraft.errors import RepositoryError
from gitdraft.server.app import make_app
from gitdraft.server.run import Front, configure
from gitdraft.server.settings import Settings

SECRET = "shared"
EVENTS = {"github": "X-GitHub-Event", "gitea": "X-Gitea-Event", "gitlab": "X-Gitlab-Event"}
DELIVERIES = {"github": "X-GitHub-Delivery", "gitea": "X-Gitea-Delivery", "gitlab": "Idempotency-Key"}
Post = Callable[..., httpx.Response]


def headers(kind: str, event: str, content: bytes) -> dict[str, str]:
    """What a forge of this kind says beside an event."""
    digest = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
    signatures = {
        "github": {"X-Hub-Signature-256": f"sha256={digest}"},
        "gitea": {"X-Gitea-Signature": digest},
        "gitlab": {"X-Gitlab-Token": SECRET},
    }
    return {"Content-Type": "application/json", EVENTS[kind]: event, **signatures[kind]}


@pytest.fixture(params=["github", "gitea"])
def kind(request: pytest.FixtureRequest) -> str:
    """Those whose events name a branch alike."""
    return str(request.param)


@pytest.fixture
def log() -> list[Any]:
    """The lines of the service's log."""
    return []


@pytest.fixture
def post(team: Team, log: list[Any]) -> Iterator[Post]:
    """Sends an event to a service on Ann's clone, signed."""
    listening = open_socket("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app = make_app(Settings(team.repository.path, url, webhook_secret=SECRET), log.append)
    server = uvicorn.Server(configure(app, Front()))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()

    def send(event: str, body: Any, delivery: str | None = None, **changed: str) -> httpx.Response:
        kind, content = team.forge.kind, json.dumps(body).encode()
        extra = {} if delivery is None else {DELIVERIES[kind]: delivery}
        sent = {**headers(kind, event, content), **extra, **changed}
        return client.post(f"/webhooks/{kind}", content=content, headers=sent)

    with httpx.Client(base_url=url, timeout=60) as client:
        yield send
    server.should_exit = True
    thread.join()


def synced(log: list[Any], count: int) -> list[Any]:
    """The outcomes of so many syncs, once they are done."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        done = [line for line in log if line.get("message") == "pull requests"]
        if len(done) >= count:
            return [line.get("outcomes", line.get("error")) for line in done]
        time.sleep(0.05)
    raise AssertionError(log)


def test_a_reviewers_push_comes_in_and_our_own_does_nothing(team: Team, post: Post, log: list[Any]) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    ref = "refs/heads/gitdraft/fix"
    own = post("push", {"ref": ref, "after": team.forge.tip("gitdraft/fix")})
    assert (own.status_code, own.json()) == (202, {"event": "push", "drafts": []})
    head = team.push("gitdraft/fix", "categories/Person.json", label="Human")
    for drafts in (["fix"], []):  # the second is a repeated delivery
        answer = post("push", {"ref": ref, "after": head}, "d-1")
        assert (answer.status_code, answer.json()["drafts"]) == (202, drafts)
        assert synced(log, 1) == [{"fix": "taken-in"}]
    draft = team.repository.library.drafts["fix"]
    assert draft.log()[0].author.name == "Bea"
    assert post("push", {"ref": ref, "after": head}, "d-2").json()["drafts"] == []


def test_a_pull_request_that_is_merged_there_merges_the_draft(team: Team, post: Post, log: list[Any]) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.forge.merge(team.pull)
    body = {"action": "closed", "pull_request": {"head": {"ref": "gitdraft/fix"}}}
    assert post("pull_request", body).json()["drafts"] == ["fix"]
    assert synced(log, 1) == [{"fix": "merged"}]
    assert team.json("show", "fix")["status"] == "merged"


@pytest.mark.parametrize("kind", ["gitea"])
def test_what_is_done_to_a_draft_in_the_service_its_pull_request_follows(
    team: Team, post: Post, log: list[Any]
) -> None:
    team.draft()
    team.draft("other", label="Human")
    team.run("pr", "open", "fix")
    token = team.repository.library.tokens.issue("cem", "maintainer").token
    api = str(post("ping", {}).request.url.copy_with(path="/"))
    with httpx.Client(base_url=api, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        assert client.post("/api/v2/drafts/other/reject", json={"reason": "no"}).status_code == 200
        assert client.post("/api/v2/drafts/fix/reject", json={"reason": "It is right."}).status_code == 200
        assert synced(log, 1) == [{"fix": "closed"}]
        assert team.pull.state == "closed"
        assert "It is right" in team.pull.comments[-1]["body"]
        team.run("reopen", "fix")
        team.run("submit", "fix", "--pr")
        shown = re.search(r'name="state" value="([^"]+)"', client.get("/drafts/fix").text)
        assert shown is not None
        answer = client.post("/drafts/fix/withdraw", data={"state": shown[1], "reason": "Later."})
        assert answer.status_code == 303, answer.text
    assert synced(log, 2)[1] == {"fix": "closed"}
    assert team.pull.state == "closed"


def test_canonical_follows_where_nothing_has_a_pull_request(team: Team, post: Post, log: list[Any]) -> None:
    tip = team.push("main", "categories/Person.json", label="Human")
    assert post("push", {"ref": "refs/heads/main", "after": tip}).json()["drafts"] == []
    assert synced(log, 1) == [{}]
    assert team.repository.git("rev-parse", "main") == tip


def test_a_comment_is_read_and_ours_is_not(team: Team, post: Post, log: list[Any]) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.forge.comment(team.pull, "bea", "Who says so?")
    issue = {"number": 1, "pull_request": {"url": "x"}}
    own = {"issue": issue, "comment": {"body": "<!-- gitdraft:notice -->\nNothing."}}
    assert post("issue_comment", own).json()["drafts"] == []
    assert post("issue_comment", {"issue": {"number": 1}, "comment": {"body": "Hm"}}).json()["drafts"] == []
    assert post("issue_comment", {"issue": issue, "comment": {"body": "Who says so?"}}).json()["drafts"] == [
        "fix"
    ]
    synced(log, 1)
    remarks = team.repository.library.drafts["fix"].remarks()
    assert [comment.text for comment in remarks.comments] == ["Who says so?"]


def test_a_sync_that_fails_is_logged_and_its_delivery_may_come_again(
    team: Team, post: Post, log: list[Any]
) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    head = team.push("gitdraft/fix", "categories/Person.json", label="Human")
    body = {"ref": "refs/heads/gitdraft/fix", "after": head}
    team.forge.refusals = [(401, {})]
    post("push", body, "d-1")
    assert "does not know the token" in synced(log, 1)[0]
    assert post("push", body, "d-1").json()["drafts"] == ["fix"]
    assert synced(log, 2)[1] == {"fix": "taken-in"}


@pytest.mark.parametrize("kind", ["github"])
def test_a_delivery_that_could_not_be_heard_may_come_again(
    team: Team, post: Post, log: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RepositoryError("it took too long", code="timeout")

    team.draft()
    team.run("pr", "open", "fix")
    head = team.push("gitdraft/fix", "categories/Person.json", label="Human")
    body = {"ref": "refs/heads/gitdraft/fix", "after": head}
    with monkeypatch.context() as patched:
        patched.setattr(PullRequests, "hear", refuse)
        assert post("push", body, "d-1").status_code == 503
    assert post("push", body, "d-1").json()["drafts"] == ["fix"]
    assert synced(log, 1) == [{"fix": "taken-in"}]


@pytest.mark.parametrize("kind", ["github"])
def test_what_is_not_signed_or_of_no_matter_does_nothing(team: Team, post: Post, log: list[Any]) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    body = {"ref": "refs/heads/gitdraft/fix", "after": "1" * 40}
    wrong = headers("github", "push", b"other")["X-Hub-Signature-256"]
    assert post("push", body, **{"X-Hub-Signature-256": wrong}).status_code == 401
    assert post("push", body, **{"X-Hub-Signature-256": ""}).status_code == 401
    for event, about in (
        ("ping", {"zen": "x"}),
        ("status", {"context": "gitdraft/validate"}),
        ("push", {"ref": "refs/heads/topic"}),
        ("push", {"ref": "refs/heads/gitdraft/unknown"}),
        ("push", {"ref": 5}),
        ("push", []),
        ("pull_request", {"pull_request": {"head": {"ref": "topic"}}}),
    ):
        answer = post(event, about)
        assert (answer.status_code, answer.json()) == (202, {"event": event, "drafts": []})
    assert all(line.get("message") != "pull requests" for line in log)


@pytest.mark.parametrize("kind", ["gitlab"])
def test_gitlabs_events_bring_pushes_and_comments(team: Team, post: Post, log: list[Any]) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    ref = "refs/heads/gitdraft/fix"
    own = {"object_kind": "push", "ref": ref, "after": team.forge.tip("gitdraft/fix")}
    assert post("Push Hook", own).json()["drafts"] == []
    head = team.push("gitdraft/fix", "categories/Person.json", label="Human")
    for drafts in (["fix"], []):  # the second is a repeated delivery
        assert post("Push Hook", {**own, "after": head}, "d-1").json()["drafts"] == drafts
    assert synced(log, 1) == [{"fix": "taken-in"}]
    about = {"source_branch": "gitdraft/fix"}
    note = {"object_attributes": {"note": "Hm"}, "merge_request": about}
    assert post("Note Hook", note).json()["drafts"] == ["fix"]
    assert post("Merge Request Hook", {"object_attributes": about}).json()["drafts"] == ["fix"]
    for wrong in ("other", ""):
        refused = post("Note Hook", note, **{"X-Gitlab-Token": wrong})
        assert (refused.status_code, refused.json()["code"]) == (401, "wrong-signature")


@pytest.mark.parametrize("kind", ["github"])
def test_forgejos_signature_is_known(team: Team, post: Post, log: list[Any]) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    client = httpx.Client(base_url=str(post("ping", {}).request.url.copy_with(path="/")), timeout=60)
    issue = {"number": 1, "pull_request": {"url": "x"}}
    content = json.dumps({"issue": issue, "comment": {"body": "Hm"}}).encode()
    digest = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
    forgejo = {
        "Content-Type": "application/json",
        "X-Forgejo-Event": "issue_comment",
        "X-Forgejo-Signature": digest,
    }
    assert client.post("/webhooks/gitea", content=content, headers=forgejo).json()["drafts"] == ["fix"]
    assert client.post("/webhooks/github", content=content, headers=forgejo).status_code == 401
    assert client.post("/webhooks/svn", content=content, headers=forgejo).status_code == 404
    client.close()
