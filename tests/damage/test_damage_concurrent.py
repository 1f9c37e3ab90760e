"""Several processes writing at once: no change lost, none twice."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from sandbox import Sandbox, present

from gitdraft.errors import RepositoryError
from gitdraft.git import refs
from gitdraft.git.repository import GitRepository
from gitdraft.model.operations import RefMove
from gitdraft.store.operation_log import LOG

pytestmark = pytest.mark.long

WRITERS = 4
CHANGES = 250

CHILD = """
import sys
import gitdraft

writer, changes = int(sys.argv[1]), int(sys.argv[2])
repo = gitdraft.open(".")
for number in range(changes):
    draft = repo.drafts["shared"] if number % 2 else repo.drafts[f"own-{writer}"]
    draft.set(f"property/p{writer}", f"/n{number}", number)
"""


def test_four_writers_lose_nothing(sandbox: Sandbox) -> None:
    for writer in range(WRITERS):
        sandbox.write(f"properties/p{writer}.json", {"id": f"p{writer}"})
    sandbox.commit("more properties")
    repo = sandbox.library
    repo.drafts.new("Shared", draft_id="shared")
    for writer in range(WRITERS):
        repo.drafts.new(f"Own {writer}", draft_id=f"own-{writer}")

    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(w), str(CHANGES)], cwd=sandbox.path, stderr=subprocess.PIPE
        )
        for w in range(WRITERS)
    ]
    for child in children:
        _, said = child.communicate()
        assert child.returncode == 0, said.decode()

    for writer in range(WRITERS):
        shared = repo.drafts["shared"].view(f"property/p{writer}").document
        own = repo.drafts[f"own-{writer}"].view(f"property/p{writer}").document
        assert shared == {"id": f"p{writer}"} | {f"n{n}": n for n in range(CHANGES) if n % 2}
        assert own == {"id": f"p{writer}"} | {f"n{n}": n for n in range(CHANGES) if not n % 2}
    commits = sandbox.git("rev-list", "--count", "main..draft/shared")
    assert int(commits) == 1 + WRITERS * CHANGES // 2
    operations = [o for o in repo.operations() if o.command == "set"]
    assert len(operations) == WRITERS * CHANGES
    sandbox.fsck()


def test_writers_and_plain_git_side_by_side(sandbox: Sandbox, tmp_path: Path) -> None:
    repo = sandbox.library
    repo.drafts.new("Fix", draft_id="fix")
    mover = subprocess.Popen(
        [
            "sh",
            "-c",
            'for i in $(seq 40); do git commit --quiet --allow-empty -m "canonical $i"; done',
        ],
        cwd=sandbox.path,
    )
    draft = repo.drafts["fix"]
    for number in range(40):
        draft.set("property/name", f"/n{number}", number)
    assert mover.wait() == 0

    document = draft.view("property/name").document
    assert all(present(document)[f"n{number}"] == number for number in range(40))
    assert sandbox.git("rev-list", "--count", "main") == "41"
    sandbox.fsck()


def test_what_a_gc_took_before_a_ref_led_to_it_is_written_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git gc --prune=now` lists what is reachable, and removes the rest when a writer's entry in the log is about to lead to it."""
    sandbox.library.drafts.new("Fix", draft_id="fix")
    before = {file for file in (sandbox.path / ".git/objects").rglob("*") if file.is_file()}
    move_refs = refs.move_refs

    def move_and_prune(git: GitRepository, moves: Sequence[RefMove]) -> None:
        move_refs(git, moves)
        if any(move.name == LOG for move in moves):
            for file in (sandbox.path / ".git/objects").rglob("??/*"):
                if file.is_file() and file not in before:
                    file.unlink()

    monkeypatch.setattr("gitdraft.store.transaction.move_refs", move_and_prune)
    assert sandbox.run("set", "category/Person", "/rank", "7", "--draft", "fix").code == 0
    monkeypatch.undo()
    sandbox.fsck()
    assert present(sandbox.library.view("category/Person", draft="fix").document)["rank"] == 7


def test_a_gc_that_still_runs_takes_nothing_that_refs_lead_to_since(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It listed what is reachable before the refs moved, and removes the rest after the writer's last look."""
    sandbox.library.drafts.new("Fix", draft_id="fix")
    objects = sandbox.path / ".git/objects"
    before = {file for file in objects.rglob("*") if file.is_file()}
    sleeper = subprocess.Popen(["sleep", "600"])
    (sandbox.path / ".git/gc.pid").write_text(f"{sleeper.pid} {socket.gethostname()}")
    assert sandbox.run("set", "category/Person", "/rank", "7", "--draft", "fix").code == 0
    for file in objects.rglob("??/*"):  # a gc leaves the packs that it did not know when it began
        if file.is_file() and file not in before and file.parent.name != "pack":
            file.unlink()
    sleeper.kill()
    sleeper.wait()

    sandbox.fsck()
    assert present(sandbox.library.view("category/Person", draft="fix").document)["rank"] == 7
    packs = set(objects.glob("pack/*.pack"))
    assert sandbox.run("set", "category/Person", "/rank", "8", "--draft", "fix").code == 0
    assert set(objects.glob("pack/*.pack")) == packs, "the gc that is named is dead"


def test_writers_beside_a_gc_that_prunes_lose_nothing(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Fix", draft_id="fix")
    keeper = subprocess.Popen(
        ["sh", "-c", "for i in $(seq 25); do git gc --quiet --prune=now; done"],
        cwd=sandbox.path,
        stderr=subprocess.DEVNULL,
    )
    number, acknowledged = 0, []
    while keeper.poll() is None or number < 20:
        number += 1
        with suppress(RepositoryError):  # its objects went before a ref led to them: refused, nothing done
            draft.set("property/name", f"/n{number}", number)
            acknowledged.append(number)

    document = present(sandbox.library.view("property/name", draft="fix").document)
    assert {name for name in document if re.fullmatch(r"n\d+", name)} == {f"n{n}" for n in acknowledged}
    sandbox.fsck()


@pytest.mark.parametrize(
    "housekeeping",
    [
        "git gc --quiet",
        "git maintenance run --quiet --task=loose-objects --task=incremental-repack --task=pack-refs",
        "git repack --quiet -d; git pack-refs --all",
    ],
)
def test_what_git_does_unasked_beside_a_writer_stops_nothing(sandbox: Sandbox, housekeeping: str) -> None:
    """One repository that stays open, as a service's does: packs come and go beneath it."""
    repo = sandbox.library
    draft = repo.drafts.new("Fix", draft_id="fix")
    keeper = subprocess.Popen(
        ["sh", "-c", f"for i in $(seq 15); do {housekeeping}; done"],
        cwd=sandbox.path,
        stderr=subprocess.DEVNULL,  # it may not get a lock, which is its own affair
    )
    number = 0
    while keeper.poll() is None or number < 20:
        number += 1
        draft.set("property/name", f"/n{number}", number)

    document = present(sandbox.library.view("property/name", draft="fix").document)
    assert all(document[f"n{each}"] == each for each in range(1, number + 1))
    sandbox.fsck()
