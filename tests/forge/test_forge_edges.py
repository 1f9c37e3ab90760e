"""What is not the usual course of a pull request: other branches, forks, lost races, branches that take no other history."""

from __future__ import annotations

import json
from typing import Any

import pytest
from forge_server import TOKEN
from sandbox import Sandbox, run_git
from team import Team

from gitdraft.forge.settings import read_settings
from gitdraft.model.names import Oid
from gitdraft.model.pull_requests import CommitCheck


def synced(team: Team, *arguments: str, code: int = 0) -> Any:
    """What `pr sync` says of the only draft."""
    (report,) = team.json("pr", "sync", *(arguments or ("fix",)), code=code)["pull_requests"]
    return report


def test_a_draft_with_a_pull_request_is_merged_here_where_that_is_asked_for(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    error = team.json_error("merge", "fix", code=42)
    assert error["code"] == "has-pull-request"
    team.run("merge", "fix", "--local")
    assert team.json("show", "fix")["status"] == "merged"
    assert team.forge.tip("main") != team.repository.git("rev-parse", "main")
    team.repository.git("push", "--quiet", str(team.forge.bare), "main")
    assert synced(team)["outcome"] == "closed"
    assert team.pull.state == "closed"
    assert "merged" in team.pull.comments[-1]["body"]
    assert team.json("pr", "sync", "--all")["pull_requests"] == []


def test_the_address_of_a_pull_request_is_printed(team: Team) -> None:
    team.draft()
    error = team.json_error("pr", "view", "fix", code=40)
    assert (error["code"], error["hint"]) == ("no-pull-request", "gitdraft pr open fix")
    team.run("pr", "open", "fix")
    place = "-/merge_requests" if team.forge.kind == "gitlab" else "pulls"
    url = f"http://127.0.0.1:{team.forge.port}/team/things/{place}/1"
    assert team.run("pr", "view", "fix").out == f"{url}\n"
    document = team.json("pr", "view", "fix")
    assert document["kind"] == "gitdraft.pr-view/v1"
    assert [(pull["number"], pull["url"]) for pull in document["pull_requests"]] == [(1, url)]


def test_merged_into_another_branch_is_not_merged(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.forge.git("branch", "next", "main")
    team.pull.base = "next"
    team.forge.merge(team.pull)
    assert synced(team, "--all")["outcome"] == "none"
    assert team.json("show", "fix")["status"] == "submitted"
    assert team.json("pr", "status", "fix")["pull_requests"][0]["state"] == "none"


def test_a_new_pull_request_is_opened_where_one_is_not_reopened(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.run("pr", "close", "fix")
    head = team.forge.tip("gitdraft/fix")
    team.run("reopen", "fix")
    team.run("set", "category/Person", "/label", "Human", "-d", "fix")
    assert team.forge.tip("gitdraft/fix") == head
    team.forge.reopens = False
    report = team.json("submit", "fix", "--pr")["pull_requests"][0]
    assert (report["outcome"], report["number"]) == ("opened", 2)
    assert [pull.state for pull in team.forge.pulls] == ["closed", "open"]
    assert synced(team)["outcome"] == "unchanged"
    assert team.forge.tip("gitdraft/fix") != head


def test_an_absorbed_draft_closes_its_pull_request(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.push("main", "categories/Person.json", description="A person.")
    assert synced(team, "--all")["outcome"] == "absorbed"
    assert team.pull.state == "closed"
    assert "has all of it already" in team.pull.comments[-1]["body"]
    assert team.json("pr", "sync", "--all")["pull_requests"] == []


def test_the_status_waits_where_canonical_moved_on_an_entity_and_git_merges_the_same(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    head = team.forge.tip("gitdraft/fix")
    team.push("main", "categories/Person.json", steps=["z", "a", "b", "c"])
    team.run("pr", "sync", "fix")
    assert team.forge.tip("gitdraft/fix") == head
    last = team.forge.statuses[-1]
    assert (last["state"], "category/Person" in last["description"]) == ("pending", True)


def test_a_status_that_waits_says_for_what(team: Team) -> None:
    """GitLab refuses the state that one has already, after it took its description."""
    head = team.forge.git("rev-parse", "main")
    with team.repository.library.drafts.pull_requests._forge() as context:
        for number in (1, 2):
            context.forge.set_check(Oid(head), CommitCheck("pending", f"for {number}"), None)
        assert context.forge.checks(Oid(head)) == {"gitdraft/validate": "pending: for 2"}


def test_a_branch_is_pushed_where_git_would_see_a_conflict_that_is_none(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    head = team.forge.tip("gitdraft/fix")
    team.push("main", "categories/Person.json", label="Human")  # the line above
    team.run("pr", "sync", "fix")
    assert team.forge.tip("gitdraft/fix") != head
    assert team.forge.git("rev-parse", "gitdraft/fix^") == team.forge.tip("main")
    assert team.forge.statuses[-1]["state"] == "success"


def test_a_branch_without_force_gets_a_commit_above(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    first = team.forge.tip("gitdraft/fix")
    team.forge.git("config", "receive.denyNonFastForwards", "true")
    team.push("main", "properties/name.json", label="Full name")
    team.run("reopen", "fix")
    team.run("set", "category/Person", "/label", "Human", "-d", "fix")
    team.run("submit", "fix", "--pr")
    assert team.forge.git("rev-parse", "gitdraft/fix^") == first
    merged = team.forge.git("merge-tree", "--write-tree", "main", "gitdraft/fix").splitlines()[0]
    changed = team.forge.git("diff", "--name-only", "main", merged).splitlines()
    assert changed == ["categories/Person.json"]
    assert "Human" in team.forge.git("show", "gitdraft/fix:categories/Person.json")
    head = team.forge.tip("gitdraft/fix")
    assert synced(team)["outcome"] == "unchanged"
    assert team.forge.tip("gitdraft/fix") == head


def test_a_push_that_somebody_was_faster_than_is_refused(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.run("reopen", "fix")
    heads: list[str] = []

    def push(method: str, path: str) -> None:
        if not heads and ("/pulls" in path or "/merge_requests" in path):
            heads.append(team.push("gitdraft/fix", "categories/Person.json", label="Faster"))

    team.run("set", "category/Person", "/description", "Slower", "-d", "fix")
    team.forge.before = push
    error = team.json_error("pr", "sync", "fix", code=43)
    assert (error["code"], error["hint"]) == ("branch-moved", "gitdraft pr sync fix")
    assert team.forge.tip("gitdraft/fix") == heads[0]
    assert synced(team)["outcome"] == "taken-in"
    person = json.loads(team.forge.git("show", "gitdraft/fix:categories/Person.json"))
    assert (person["label"], person["description"]) == ("Faster", "Slower")


def held_back(team: Team, path: str) -> None:
    """The branch has what the draft cannot hold, and that is said."""
    head = team.forge.tip("gitdraft/fix")
    report = synced(team, code=1)
    assert report["outcome"] == "not-held"
    assert report["problems"][0]["places"] == [path]
    assert team.forge.tip("gitdraft/fix") == head
    assert team.forge.statuses[-1]["state"] == "failure"
    assert path in team.pull.comments[-1]["body"]


@pytest.mark.parametrize(
    "command",
    [
        ("entity", "lock", "property/unused"),
        ("entity", "archive", "property/unused"),
        ("entity", "delete", "property/unused"),
        ("redirect", "create", "property/unused", "property/name"),
    ],
    ids=lambda command: command[1],
)
@pytest.mark.parametrize("is_pulled", [True, False])
def test_an_entity_that_canonical_took_away_or_protects_is_not_held(
    team: Team, command: tuple[str, ...], *, is_pulled: bool
) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.run(*command, "--reason", "agreed")
    team.repository.git("push", "--quiet", str(team.forge.bare), "main")
    if is_pulled:
        team.run("pr", "sync", "fix")
    team.push("gitdraft/fix", "properties/unused.json", label="Full name")
    held_back(team, "properties/unused.json")


@pytest.fixture
def fork(team: Team) -> Sandbox:
    """Ann's fork, to which her clone's drafts go."""
    bare = team.forge.bare.parent / "fork.git"
    run_git(bare.parent, "clone", "--quiet", "--bare", str(team.forge.bare), str(bare))
    run_git(bare, "config", "http.receivepack", "true")
    team.forge.forks["ann"] = bare
    team.repository.git("remote", "add", "mine", team.forge.url_of("ann"))
    team.repository.git("config", "gitdraft.forge.head", "ann:")
    return Sandbox(bare)


def test_a_draft_goes_to_a_fork(team: Team, fork: Sandbox) -> None:
    team.draft()
    report = team.json("pr", "open", "fix")["pull_requests"][0]
    assert report["outcome"] == "opened"
    assert (team.pull.owner, team.pull.head, team.pull.base) == ("ann", "gitdraft/fix", "main")
    assert team.forge.tip("gitdraft/fix") is None
    head = team.forge.tip("gitdraft/fix", "ann")
    assert head
    team.push("main", "categories/Person.json", label="Human")
    assert synced(team)["outcome"] == "updated"
    assert team.forge.tip("gitdraft/fix", "ann") != head
    assert team.forge.tip("gitdraft/fix") is None
    assert team.json("pr", "status", "fix")["pull_requests"][0]["state"] == "open"


def test_the_remote_of_a_fork_is_named_or_missing(team: Team, fork: Sandbox) -> None:
    team.draft()
    team.repository.git("remote", "rename", "mine", "elsewhere")
    team.repository.git("remote", "set-url", "elsewhere", str(fork.path))
    error = team.json_error("pr", "open", "fix", code=40)
    assert error["code"] == "no-remote"
    team.repository.git("config", "remote.pushDefault", "elsewhere")
    team.run("pr", "open", "fix")
    assert team.forge.tip("gitdraft/fix", "ann")


def test_the_token_is_offered_to_git_for_the_forges_host_alone(team: Team) -> None:
    store = team.repository.library.session.store
    environment = {"GITDRAFT_FORGE_TOKEN": TOKEN}
    login = read_settings(store, environment).login
    assert login is not None
    assert (login.url, login.secret) == (f"http://127.0.0.1:{team.forge.port}", TOKEN)
    team.repository.git("remote", "set-url", "origin", "http://127.0.0.1:9/team/things.git")
    store = team.repository.library.session.store
    assert read_settings(store, environment).login is None


@pytest.mark.parametrize("kind", ["github"])
def test_a_remote_on_another_host_never_gets_the_token(team: Team) -> None:
    team.draft()
    team.repository.git("remote", "set-url", "origin", team.forge.url.replace("127.0.0.1", "localhost"))
    team.repository.git("config", "gitdraft.forge.repository", "team/things")
    error = team.json_error("pr", "open", "fix", code=50)
    assert error["code"] in ("remote", "branch-refused")
    assert team.forge.tip("gitdraft/fix") is None
    assert team.forge.pulls == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("github", "GITDRAFT_FORGE_TOKEN"),
        ("github", "GH_TOKEN"),
        ("github", "GITHUB_TOKEN"),
        ("gitea", "GITEA_TOKEN"),
    ],
)
def test_a_token_comes_out_of_the_environment(team: Team, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    team.draft()
    monkeypatch.delenv("GITDRAFT_FORGE_TOKEN")
    monkeypatch.setenv(name, TOKEN)
    team.run("pr", "open", "fix")
    assert team.pull.state == "open"


@pytest.mark.parametrize(("kind", "name"), [("github", "GITEA_TOKEN"), ("gitea", "GH_TOKEN")])
def test_a_token_for_another_forge_is_not_taken(
    team: Team, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.draft()
    monkeypatch.delenv("GITDRAFT_FORGE_TOKEN")
    monkeypatch.setenv(name, TOKEN)
    assert team.json_error("pr", "open", "fix", code=50)["code"] == "forge-token"
    assert team.forge.headers == []


def test_a_token_comes_out_of_gits_credential_helper(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    team.draft()
    monkeypatch.delenv("GITDRAFT_FORGE_TOKEN")
    team.repository.git(
        "config", "credential.helper", f"!f() {{ echo username=ann; echo password={TOKEN}; }}; f"
    )
    team.run("pr", "open", "fix")
    assert team.pull.state == "open"


def test_drafts_are_not_where_pull_requests_are(sandbox: Sandbox) -> None:
    sandbox.write(
        "gitdraft.yaml", f"{(sandbox.path / 'gitdraft.yaml').read_text()}drafts: gitdraft/drafts/\n"
    )
    sandbox.commit("Other drafts")
    answer = sandbox.run("list", "-o", "json")
    assert answer.code == 20
    assert "branches that begin with gitdraft/ are those of pull requests" in answer.err
