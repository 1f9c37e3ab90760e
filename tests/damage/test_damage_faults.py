"""The disk fails at each thing that writes: what is refused is not carried out later by anybody's next command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from damage.test_damage_killed import observe as observe_trees
from fork_server import ForkServer
from sandbox import Sandbox

from gitdraft.git.known_refs import read_ref
from gitdraft.git.repository import open_repository
from gitdraft.store.operation_log import DONE, LOG

MOST_POINTS = 200
NO_MORE_POINTS = 99
COMMANDS = {
    "new": ["new", "Another draft", "--id", "another"],
    "set": ["set", "category/Person", "/rank", "7", "--draft", "fix"],
    "rebase": ["rebase"],
    "submit": ["submit", "other"],
    "merge": ["merge", "ready"],
    "undo": ["undo"],
    "delete": ["entity", "delete", "property/unused", "--reason", "gone"],
    "redirect": ["redirect", "create", "category/Agent", "category/Person", "--reason", "same"],
}


def observe(sandbox: Sandbox) -> dict[str, Any]:
    """What a user sees, the times in tombstones aside."""
    seen = observe_trees(sandbox)
    for place, value in seen.items():
        if place == "canonical":
            seen[place] = listing(sandbox, value)
        elif place != "worktree":
            seen[place] = (*value[:-1], listing(sandbox, value[-1]))
    return seen


def listing(sandbox: Sandbox, tree: str) -> list[str]:
    lines = sandbox.git("ls-tree", "-r", tree).splitlines()
    return [line.split("\t")[1] if "tombstones/" in line else line for line in lines]


@pytest.fixture
def busy(sandbox: Sandbox) -> Sandbox:
    """Drafts in several states, one of them left behind by canonical, a worktree with main checked out."""
    drafts = sandbox.library.drafts
    drafts.new("Fix", draft_id="fix").set("category/Person", "/steps/1", "B")
    drafts.new("Other", draft_id="other").set("category/Person", "/description", "Other.")
    ready = drafts.new("Ready", draft_id="ready")
    ready.set("property/name", "/label", "Full name")
    sandbox.change("categories/Person.json", steps=["z", "a", "b", "c"])
    ready.submit()
    return sandbox


@pytest.mark.long
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_refused_is_never_done_later(
    busy: Sandbox, tmp_path: Path, fork_server: ForkServer, name: str, moment: str
) -> None:
    command = ["-o", "json", *COMMANDS[name]]
    before = observe(busy)
    done = Sandbox(shutil.copytree(busy.path, tmp_path / "done", symlinks=True))
    assert done.run(*command).code == 0, "the command works"
    after = observe(done)
    assert before != after

    pending = 0
    for number in range(MOST_POINTS):
        broken = Sandbox(shutil.copytree(busy.path, tmp_path / str(number), symlinks=True))
        error = "EIO" if number % 2 else "ENOSPC"
        answer = fork_server.call(
            "damage.faulty_child:run", str(number), moment, error, *command, folder=broken.path
        )
        if answer.code == NO_MORE_POINTS:
            break
        place = f"{error} {moment} point {number} of {name}: {answer.code} {answer.err}"
        assert answer.code in (0, 50, 51), place
        assert "Traceback" not in answer.err, place
        git = open_repository(broken.path)
        if answer.code == 51:
            pending += 1
            refusal = json.loads(answer.err.splitlines()[-1])
            assert refusal["code"] == "operation-pending", place
            assert refusal["context"]["operation"], place
        elif answer.code == 50:
            assert read_ref(git, LOG) == read_ref(git, DONE), place
            assert observe(broken) == before, place
        probe = broken.run("new", "Probe", "--id", "probe", "--no-switch")
        assert probe.code == 0, f"{place} then {probe.err}"
        assert observe(broken) in ([before] if answer.code == 50 else [before, after]), place
        broken.fsck()
        shutil.rmtree(broken.path)
    else:
        pytest.fail("the command has more points than were tried")
    assert pending == 0, "taking back worked each time: one fault is no reason to leave anything open"
