"""`watch --fetch` brings drafts and their pull requests together."""

from __future__ import annotations

import pytest
from team import Team
from watching import watching

pytestmark = pytest.mark.long


@pytest.mark.parametrize("kind", ["gitea"])
def test_a_reviewers_push_comes_in_and_a_failure_is_told_once(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    with watching(team.repository.path, "--fetch", "1") as watcher:
        team.push("gitdraft/fix", "categories/Person.json", label="Human")
        (pull,) = watcher.wait_for("synced")["pull_requests"]
        assert (pull["draft"], pull["outcome"]) == ("fix", "taken-in")
        team.forge.refusals = [(401, {})] * 2
        assert watcher.wait_for("failed", doing="pull-requests")["code"] == "forge-token"
        watcher.wait_for("recovered", doing="pull-requests")
        team.forge.merge(team.pull)
        while watcher.wait_for("synced")["pull_requests"][0]["outcome"] != "merged":
            pass
        watcher.end()
        assert not [line for line in watcher.rest if '"failed"' in line]
    assert team.json("show", "fix")["status"] == "merged"


@pytest.mark.parametrize("kind", ["github"])
def test_once_waits_for_it_and_says_what_is_not_held(team: Team) -> None:
    team.draft()
    team.run("pr", "open", "fix")
    team.push("gitdraft/fix", "categories/Person.json", label="Human")
    done = team.json("watch", "--once", "--fetch", "60")
    assert [event["event"] for event in done["events"]][:1] == ["synced"]
    bea = team.elsewhere("gitdraft/fix")
    bea.write("README.md", "Hello")
    bea.commit("Oops")
    bea.git("push", "--quiet", "origin", "gitdraft/fix")
    (event, *_) = team.json("watch", "--once", "--fetch", "60", code=1)["events"]
    assert event["pull_requests"][0]["problems"][0]["places"] == ["README.md"]
