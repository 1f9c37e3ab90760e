"""What a forge refuses, and how long it is waited for; where the token goes."""

from __future__ import annotations

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
    ],
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
    error = team.json_error(
        "pr", "close", "fix", code=code if status != 404 or team.forge.kind == "github" else 40
    )
    assert error["code"] in (name, "no-pull-request")
    assert error["hint"]


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
