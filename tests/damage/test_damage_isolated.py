"""One draft with a hole in it is its own trouble: the others go on."""

from __future__ import annotations

import json
import subprocess
import threading

import pytest
from sandbox import Sandbox

from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.repository import open_repository

HEADER = ":.gitdraft/draft.json"
HOLES = ("", "^{tree}", ":.gitdraft", HEADER, ":.gitdraft/changes", ":.gitdraft/changes/category", "~1")


@pytest.fixture(params=HOLES)
def holed(sandbox: Sandbox, request: pytest.FixtureRequest) -> Sandbox:
    """Three drafts; of one of them its tip is not in the repository, or another object that it needs."""
    drafts = sandbox.library.drafts
    drafts.new("Broken", draft_id="broken").set("category/Person", "/rank", 1)
    drafts.new("Sound", draft_id="sound").set("category/Person", "/description", "Someone.")
    drafts.new("Other", draft_id="other").set("category/Agent", "/label", "Actor")
    tip = sandbox.git("rev-parse", f"draft/broken{request.param}")
    (sandbox.path / ".git/objects" / tip[:2] / tip[2:]).unlink()
    return sandbox


def test_the_others_are_rebased_submitted_and_merged(holed: Sandbox) -> None:
    holed.change("categories/Person.json", label="Human")
    report = json.loads(holed.run("-o", "json", "rebase").out)
    by_id = {draft["id"]: draft["status"] for draft in report["drafts"]}
    assert by_id == {"broken": "broken", "sound": "clean"}
    assert holed.run("submit", "sound").code == 0
    assert holed.run("merge", "sound").code == 0
    assert holed.run("submit", "other").code == 0
    assert holed.run("merge", "other").code == 0
    assert holed.read("categories/Person.json")["description"] == "Someone."


@pytest.mark.parametrize("command", [["list"], ["status"], ["doctor"], ["overlaps"], ["rebase", "-n"]])
def test_it_is_told_and_nothing_fails(holed: Sandbox, command: list[str]) -> None:
    assert holed.run(*command).code in (0, 1)


@pytest.mark.parametrize("command", [["submit", "broken"], ["show", "broken"], ["diff", "broken"]])
def test_its_own_commands_name_the_hole(
    holed: Sandbox, command: list[str], request: pytest.FixtureRequest
) -> None:
    answer = holed.run("-o", "json", *command)
    if command[0] == "diff" and request.node.callspec.params["holed"] == HEADER:
        assert answer.code == 0, "what the draft changes is all there"
        return
    assert answer.code == 50
    assert '"missing-object"' in answer.err


@pytest.mark.long
def test_objects_are_written_while_gc_removes_their_folders(sandbox: Sandbox) -> None:
    """libgit2 makes a folder and renames into it; git's gc removes it in between, as an empty one."""
    over = threading.Event()

    def prune() -> None:
        while not over.is_set():
            folders = [folder for folder in (sandbox.path / ".git/objects").glob("??") if folder.is_dir()]
            subprocess.run(["rmdir", *folders], stderr=subprocess.DEVNULL, check=False)

    pruner = threading.Thread(target=prune)
    pruner.start()
    try:
        for number in range(300):
            buffer = ObjectBuffer(open_repository(sandbox.path))
            oid = buffer.blob(f"object {number}".encode())
            buffer.flush()
            assert sandbox.git("cat-file", "-t", oid) == "blob"
    finally:
        over.set()
        pruner.join()


@pytest.mark.long
def test_a_merge_gets_through_while_somebody_commits_in_a_loop(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/rank", 7)
    assert sandbox.run("submit", "fix").code == 0
    over = threading.Event()
    committed = []

    def commit() -> None:
        number = 0
        while not over.is_set():
            number += 1
            done = subprocess.run(
                ["git", "commit", "--quiet", "--allow-empty", "-m", f"loop {number}"],
                cwd=sandbox.path,
                capture_output=True,
                check=False,
            )
            if done.returncode == 0:
                committed.append(f"loop {number}")

    person = threading.Thread(target=commit)
    person.start()
    try:
        answer = sandbox.run("merge", "fix")
    finally:
        over.set()
        person.join()
    assert answer.code == 0, answer.err
    assert sandbox.read("categories/Person.json")["rank"] == 7
    subjects = sandbox.git("log", "--format=%s", "main").splitlines()
    assert set(committed) <= set(subjects)
    assert sandbox.git("status", "--porcelain") == ""
