"""A hook is killed (SIGKILL) while canonical moves: git has done its work, and one command puts the drafts right.

`python tests/hooks/test_hooks_killed.py TIMES` kills hooks of every kind at random moments.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hooks.conftest import call_git
from hooks.events import EVENTS, plain
from hooks.test_hooks_events import start_repository
from sandbox import Sandbox

pytestmark = pytest.mark.long

KILLED = Path(__file__).parents[1] / "damage/killed_child.py"
KILLING = (
    "commit",
    "commit --amend",
    "pull, fast-forward",
    "pull --rebase, with local commits",
    "rebase",
    "cherry-pick",
)


def put_on_path(folder: Path, script: str) -> str:
    """A PATH whose gitdraft is the script."""
    folder.mkdir()
    program = folder / "gitdraft"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def assert_one_command_puts_all_right(sandbox: Sandbox) -> None:
    answer = sandbox.run("-o", "json", "rebase")
    assert answer.code == 0, answer.err
    library = sandbox.library
    assert library.rebase(dry_run=True).counts.rebased == 0
    document = library.view("category/Person", draft="fix-person").document
    assert isinstance(document, dict)
    assert (document["label"], document["description"]) == ("Human", "Somebody.")
    assert sandbox.git("merge-base", "main", "draft/fix-person") == sandbox.git("rev-parse", "main")
    sandbox.fsck()


@pytest.mark.parametrize("point", [0, 3, 5, 6, 7, 9])
def test_a_hook_that_is_killed_fails_no_commit_and_loses_nothing(
    hooked: Sandbox, tmp_path: Path, point: int
) -> None:
    kill = f'[ "$3" = post-commit ] || exec {sys.executable} -m gitdraft.cli.main "$@"\n'
    path = put_on_path(tmp_path / "killing", f'{kill}exec {sys.executable} {KILLED} {point} "$@"')
    hooked.write(
        "categories/Person.json", {**hooked.read("categories/Person.json"), "description": "Somebody."}
    )
    hooked.git("add", "--all")

    said = call_git(hooked.path, "commit", "--quiet", "--message", "move", PATH=path)

    assert said.code == 0
    assert "gitdraft: 1 draft rebased" not in said.out, "it was killed"
    assert hooked.git("status", "--porcelain") == ""
    assert_one_command_puts_all_right(hooked)


def main() -> None:
    """Kill so many hooks, each after a random part of a second."""
    chance = random.Random(4)
    with tempfile.TemporaryDirectory() as folder:
        start = start_repository(Path(folder))
        script = f'timeout --signal=KILL $GITDRAFT_LIFE {sys.executable} -m gitdraft.cli.main "$@"'
        os.environ["PATH"] = put_on_path(Path(folder) / "killing", script)
        for number in range(int(sys.argv[1])):
            there = Path(folder) / str(number)
            there.mkdir()
            name = KILLING[number % len(KILLING)]
            place = plain(start, there)
            os.environ["GITDRAFT_LIFE"] = f"{chance.uniform(0.02, 0.8):.3f}"
            try:
                EVENTS[name](place)
            except AssertionError:  # pre-commit was killed, so git committed nothing
                place.quietly("commit", "--quiet", "--message", "move")
            assert_one_command_puts_all_right(Sandbox(place.path))
            shutil.rmtree(there)
        sys.stdout.write(f"{sys.argv[1]} hooks killed: one command put all right\n")


if __name__ == "__main__":
    main()
