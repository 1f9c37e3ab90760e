"""`--fetch`: canonical goes forward with its remote, and the drafts with it."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest
from sandbox import Sandbox, run_git
from watching import watching

pytestmark = pytest.mark.long


@pytest.fixture
def remote(sandbox: Sandbox, tmp_path: Path) -> Sandbox:
    """Where canonical comes from; ``sandbox`` follows it, with a draft."""
    path = tmp_path / "remote"
    run_git(tmp_path, "clone", "--quiet", str(sandbox.path), str(path))
    sandbox.git("remote", "add", "origin", str(path))
    sandbox.git("fetch", "--quiet", "origin")
    sandbox.git("branch", "--set-upstream-to", "origin/main")
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    return Sandbox(path)


def test_canonical_goes_forward_and_the_drafts_follow(sandbox: Sandbox, remote: Sandbox) -> None:
    with watching(sandbox.path, "--fetch", "1") as watcher:
        tip = remote.change("categories/Person.json", description="Someone.")
        told = watcher.wait_for("forwarded")
        assert (told["state"], told["to"], told["upstream"]) == ("forwarded", tip, "refs/remotes/origin/main")
        assert watcher.wait_until(tip)["counts"]["rebased"] == 1
    assert sandbox.git("status", "--porcelain") == ""
    assert sandbox.read("categories/Person.json")["description"] == "Someone."
    operations = sandbox.run("-o", "json", "operations").json["operations"]
    assert [operation["command"] for operation in operations][:2] == ["rebase", "fetch"]


def test_without_an_upstream_origin_is_asked(sandbox: Sandbox, remote: Sandbox) -> None:
    sandbox.git("branch", "--unset-upstream")
    tip = remote.change("categories/Person.json", description="Someone.")
    answer = sandbox.run("-o", "json", "watch", "--once", "--fetch", "60")
    assert [event["event"] for event in answer.json["events"]] == ["forwarded", "rebased"]
    assert sandbox.git("rev-parse", "main") == tip


def test_local_changes_in_the_way_are_told_and_kept(sandbox: Sandbox, remote: Sandbox) -> None:
    remote.change("categories/Person.json", description="Someone.")
    sandbox.write("categories/Person.json", {"id": "Person", "label": "mine"})
    with watching(sandbox.path, "--fetch", "1") as watcher:
        told = watcher.wait_for("failed", doing="fetch")
        assert told["code"] == "worktree-in-the-way"
        sandbox.git("checkout", "--quiet", "categories/Person.json")
        assert watcher.wait_for("recovered")["doing"] == "fetch"
        watcher.wait_for("forwarded")
    assert sandbox.read("categories/Person.json")["description"] == "Someone."


def test_what_has_gone_apart_is_told_once(sandbox: Sandbox, remote: Sandbox) -> None:
    remote.change("categories/Person.json", description="There.")
    mine = sandbox.change("categories/Agent.json", description="Here.")
    with watching(sandbox.path, "--fetch", "1") as watcher:
        assert watcher.wait_for("forwarded")["state"] == "diverged"
        sandbox.git("pull", "--quiet", "--no-rebase", "origin", "main")
        watcher.wait_until(sandbox.git("rev-parse", "main"))
        watcher.end()
        assert not [line for line in watcher.rest if "diverged" in line]
    assert sandbox.git("merge-base", mine, "main") == mine


def test_a_remote_that_is_away_is_told_once_until_it_is_back(
    sandbox: Sandbox, remote: Sandbox, tmp_path: Path
) -> None:
    remote.path.rename(tmp_path / "away")
    with watching(sandbox.path, "--fetch", "1") as watcher:
        assert watcher.wait_for("failed", doing="fetch")["code"] == "fetch"
        moved = sandbox.change("categories/Agent.json", description="Meanwhile.")
        watcher.wait_until(moved)
        sandbox.git("push", "--quiet", str(tmp_path / "away"), "main:other")
        (tmp_path / "away").rename(remote.path)
        watcher.wait_for("recovered", doing="fetch")
        watcher.end()
        assert not [line for line in watcher.rest if '"failed"' in line]


def test_without_a_remote_it_says_so(sandbox: Sandbox) -> None:
    answer = sandbox.run("watch", "--once", "--fetch", "60")
    assert answer.code == 40
    assert "git remote add origin URL" in answer.err


def test_a_remote_that_does_not_answer_keeps_nobody_waiting(
    sandbox: Sandbox, remote: Sandbox, tmp_path: Path
) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    sandbox.git("config", "remote.origin.uploadpack", f"exec sleep 1000 9> '{alive}' #")
    with watching(sandbox.path, "--fetch", "1") as watcher:
        reader = os.open(alive, os.O_RDONLY)  # waits until the remote is asked
        watcher.wait_until(sandbox.change("categories/Agent.json", description="Meanwhile."))
        assert watcher.end() == 0
    assert select.select([reader], [], [], 10)[0], "what asks the remote lives on"
    assert os.read(reader, 1) == b""
    os.close(reader)
