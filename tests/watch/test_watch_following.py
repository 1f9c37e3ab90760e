"""Whatever moves canonical, the drafts follow while `gitdraft watch` runs."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from sandbox import Sandbox
from watching import Watching, watching

pytestmark = pytest.mark.long

OPTIONS = [(), ("--poll",)]


def make_drafts(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/label", "Human")
    sandbox.library.drafts.new("Other", draft_id="other").set("category/Agent", "/label", "Actor")


@pytest.mark.parametrize("options", OPTIONS)
def test_drafts_follow_a_commit(sandbox: Sandbox, options: tuple[str, ...]) -> None:
    make_drafts(sandbox)
    with watching(sandbox.path, *options) as watcher:
        tip = sandbox.change("categories/Person.json", description="Someone.")
        told = watcher.wait_until(tip)
    assert told["counts"]["rebased"] == 1
    assert [draft["id"] for draft in told["drafts"]] == ["fix"]
    assert sandbox.git("merge-base", "main", "draft/fix") == tip
    sandbox.fsck()


def test_each_way_to_move_canonical_is_noticed(sandbox: Sandbox, tmp_path: Path) -> None:
    make_drafts(sandbox)
    start = sandbox.git("rev-parse", "main")
    linked = Sandbox(tmp_path / "linked")
    with watching(sandbox.path) as watcher:
        first = sandbox.change("categories/Person.json", description="One.")
        watcher.wait_until(first)
        sandbox.git("reset", "--quiet", "--hard", start)
        watcher.wait_until(start)
        sandbox.git("update-ref", "refs/heads/main", first)
        watcher.wait_until(first)
        sandbox.git("reset", "--quiet", "--hard")
        sandbox.git("switch", "--quiet", "--detach")
        sandbox.git("branch", "--force", "main", start)
        watcher.wait_until(start)
        sandbox.git("worktree", "add", "--quiet", str(linked.path), "main")
        second = linked.change("categories/Person.json", description="Two.")
        watcher.wait_until(second)
        linked.git("pull", "--quiet", "--no-rebase", str(sandbox.path), first, "-X", "ours")
        watcher.wait_until(linked.git("rev-parse", "main"))
    assert sandbox.git("merge-base", "main", "draft/fix") == second  # the merge left the draft's entity alone


def test_packed_refs_gc_and_a_canonical_in_a_folder_are_no_obstacle(sandbox: Sandbox) -> None:
    sandbox.git("branch", "--move", "main", "release/one")
    sandbox.write(
        "gitdraft.yaml", (sandbox.path / "gitdraft.yaml").read_text().replace("main", "release/one")
    )
    sandbox.commit("another canonical")
    make_drafts(sandbox)
    with watching(sandbox.path) as watcher:
        sandbox.git("pack-refs", "--all", "--prune")
        packed = sandbox.change("categories/Person.json", description="Packed.")
        watcher.wait_until(packed)
        sandbox.git("gc", "--quiet", "--prune=now")
        collected = sandbox.change("categories/Person.json", description="Collected.")
        watcher.wait_until(collected)
        sandbox.git("repack", "-a", "-d", "--quiet")
        repacked = sandbox.change("categories/Agent.json", description="Repacked.")
        assert watcher.wait_until(repacked)["counts"]["rebased"] == 1
    sandbox.fsck()


def test_a_conflict_is_told_and_heals(sandbox: Sandbox) -> None:
    make_drafts(sandbox)
    with watching(sandbox.path) as watcher:
        told = watcher.wait_until(sandbox.change("categories/Person.json", label="Personne"))
        (draft,) = told["drafts"]
        (conflict,) = draft["changes"][0]["conflicts"]
        assert (draft["status"], conflict["path"], conflict["canonical"]) == (
            "conflict",
            "/label",
            "Personne",
        )
        told = watcher.wait_until(sandbox.change("categories/Person.json", label="Person"))
        assert (told["counts"]["conflict"], told["drafts"]) == (0, [])


def test_what_moved_while_nobody_watched_is_caught_up(sandbox: Sandbox) -> None:
    make_drafts(sandbox)
    tip = sandbox.change("categories/Person.json", description="Someone.")
    watcher = Watching(sandbox.path)
    assert watcher.wait_until(tip)["counts"]["rebased"] == 1
    assert watcher.end() == 0


def test_two_moves_at_once_may_be_one(sandbox: Sandbox) -> None:
    make_drafts(sandbox)
    with watching(sandbox.path) as watcher:
        for number in range(5):
            tip = sandbox.change("categories/Person.json", rank=number)
        watcher.wait_until(tip)
    assert sandbox.git("merge-base", "main", "draft/fix") == tip


def test_undo_of_a_rebase_stands_until_canonical_moves(sandbox: Sandbox) -> None:
    make_drafts(sandbox)
    before = sandbox.git("rev-parse", "draft/fix")
    with watching(sandbox.path) as watcher:
        watcher.wait_until(sandbox.change("categories/Person.json", description="Someone."))
        assert sandbox.run("undo").code == 0
        watcher.wait_until(sandbox.change("properties/unused.json", label="Never"))
        assert sandbox.git("rev-parse", "draft/fix") != before


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_cleanly(sandbox: Sandbox, how: signal.Signals, code: int) -> None:
    watcher = Watching(sandbox.path)
    watcher.wait_for("rebased")
    assert watcher.end(how) == code
    (last,) = watcher.rest
    assert f'"signal": "{how.name}"' in last


def test_one_watcher_a_repository(sandbox: Sandbox, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    sandbox.git("worktree", "add", "--quiet", "--detach", str(linked))
    with watching(sandbox.path) as watcher:
        answer = Sandbox(linked).run("-o", "jsonl", "watch", "--once")
        assert answer.code == 42
        assert f'"process": {watcher.process.pid}' in answer.err
        assert '"code": "already-watched"' in answer.err
        watcher.end(signal.SIGKILL)
    assert sandbox.run("watch", "--once").code == 0


def test_once_catches_up_and_ends(sandbox: Sandbox) -> None:
    make_drafts(sandbox)
    tip = sandbox.change("categories/Person.json", description="Someone.")
    answer = sandbox.run("-o", "json", "watch", "--once")
    assert answer.code == 0
    assert answer.json["kind"] == "gitdraft.watch/v1"
    (event,) = answer.json["events"]
    assert (event["event"], event["to"], event["counts"]["rebased"]) == ("rebased", tip, 1)
    sandbox.change("categories/Person.json", label="Personne")
    answer = sandbox.run("watch", "--once")
    assert answer.code == 1
    assert "category/Person  /label  conflict modify/modify" in answer.out
    assert sandbox.run("-q", "watch", "--once").out == ""


def test_a_repository_without_gitdraft_is_refused(sandbox: Sandbox) -> None:
    sandbox.git("rm", "--quiet", "gitdraft.yaml")
    sandbox.commit("no more")
    answer = sandbox.run("watch")
    assert (answer.code, answer.out) == (50, "")
    assert "gitdraft init" in answer.err


def test_wrong_usage_is_told(sandbox: Sandbox) -> None:
    assert sandbox.run("-o", "json", "watch").code == 2
    assert sandbox.run("watch", "--once", "--worktree").code == 2
    assert sandbox.run("watch", "--fetch", "0").code == 2


def test_plain_lines_where_no_terminal_is(sandbox: Sandbox) -> None:
    make_drafts(sandbox)
    with watching(sandbox.path, output="text") as watcher:
        assert watcher.line().endswith(f"watching main of {sandbox.path}")
        assert "no draft affected" in watcher.line()
        tip = sandbox.change("categories/Person.json", "Rename \x1b[31mPerson", label="Personne")
        assert f"{tip[:10]}  Rename \\x1b[31mPerson  1 conflict" in watcher.line()
        assert watcher.line() == "          fix  conflict"
        assert watcher.line() == "            category/Person  /label  conflict modify/modify"
        assert watcher.end() == 0
        assert watcher.rest[-1].endswith("stopped by SIGTERM")
