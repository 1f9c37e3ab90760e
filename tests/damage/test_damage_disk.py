"""Every command that writes, on a disk that fails: what it refuses is not done later, and the next command goes on.

Each case is tried at a few calls, the same each time; `python -m damage.sweep` in tests/ tries one of each kind.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from damage.disk import Disk, Mode, compile_library, one_of_each_kind
from damage.failing import Figures, expect, faults_of, observe, try_fault
from damage.fault_commands import (
    CASES,
    RUNS_OTHERS,
    WRITES_NOTHING,
    World,
    command_names,
    command_of,
    make_world,
)
from damage.killing import BY_HAND, KILL_CASES, KILLS, by_hand, kill, next_command
from fork_server import ForkServer
from sandbox import Sandbox

TRIES = 2
SYNCS_AT_MOST = 9
IN_STEPS = (
    "push",
    "sync",
    "entity purge",
)  # what has begun there, the same command ends: the sweep tries them
MOST_KILLS = 4


def test_each_command_is_tried_or_writes_nothing() -> None:
    tried = {command_of(name) for name in CASES}
    # a new command needs a row in fault_commands.py: in CASES, or in WRITES_NOTHING
    assert sorted([*tried, *WRITES_NOTHING, *RUNS_OTHERS]) == sorted(command_names())


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """A disk that can be made to fail; there is none without a C compiler."""
    folder = tmp_path_factory.mktemp("disk")
    library = compile_library(folder)
    if library is None:
        pytest.skip("there is no C compiler")
    with ForkServer(LD_PRELOAD=str(library)) as server:
        yield Disk(server, library, folder)


@pytest.fixture(scope="session")
def world_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world of all cases, made once."""
    return make_world(Sandbox(template), tmp_path_factory.mktemp("worlds") / "world")


def test_an_edit_syncs_objects_once_and_each_ref(disk: Disk, world_template: World, tmp_path: Path) -> None:
    """Once for all objects; file and folder of two refs, of the draft and of its reflog."""
    case, world = CASES["set"], world_template.copy(tmp_path / "world")
    case.prepare(world)
    calls = [call for call in disk.trace(world, case) if call.call == "fsync"]
    assert 0 < len(calls) <= SYNCS_AT_MOST, calls
    assert sum("/objects/" in call.path for call in calls) == 1


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in CASES if name not in IN_STEPS])
def test_what_a_command_answers_on_a_failing_disk_is_true(
    disk: Disk, world_template: World, tmp_path: Path, name: str
) -> None:
    case, figures, chance = CASES[name], Figures(), random.Random(name)
    world = world_template.copy(tmp_path / "world")
    case.prepare(world)
    expected = expect(disk, world, case, tmp_path / "done")
    calls = one_of_each_kind(disk.trace(world.copy(tmp_path / "traced"), case))
    faults = faults_of(calls)
    for number, fault in enumerate(chance.sample(faults, min(TRIES, len(faults)))):
        try_fault(disk, world.copy(tmp_path / str(number)), case, expected, fault, figures)
    assert (figures.later, figures.unreadable) == (0, 0), figures.wrong


@pytest.mark.long
@pytest.mark.parametrize("name", ["checkout", "checkout: canonical"])
def test_a_full_disk_leaves_no_file_of_the_worktree_half_written(
    disk: Disk, world_template: World, tmp_path: Path, name: str
) -> None:
    case, figures = CASES[name], Figures()
    world = world_template.copy(tmp_path / "world")
    case.prepare(world)
    expected = expect(disk, world, case, tmp_path / "done")
    calls = one_of_each_kind(disk.trace(world.copy(tmp_path / "traced"), case))
    faults = [
        fault
        for fault in faults_of(calls)
        if fault[0].program == "git read-tree" and fault[1] is Mode.IS_FULL
    ]
    assert faults
    for number, fault in enumerate(faults):
        full = world.copy(tmp_path / str(number))
        disk.run(full, case, fault[0].number, Mode.IS_FULL, code=errno.ENOSPC)
        files = observe(full)["repository: files"]
        assert files in (expected.before["repository: files"], expected.after["repository: files"])
        try_fault(disk, world.copy(tmp_path / f"{number}-again"), case, expected, fault, figures)
    assert figures.wrong == []


@pytest.mark.long
@pytest.mark.parametrize("name", ["set", "merge", "pull", "release create"])
def test_a_lock_that_cannot_be_taken_away_once_is_not_left(
    disk: Disk, world_template: World, tmp_path: Path, name: str
) -> None:
    case, figures = CASES[name], Figures()
    world = world_template.copy(tmp_path / "world")
    case.prepare(world)
    world.repository.git("pack-refs", "--all")  # where libgit2 makes a ref's file by a link
    expected = expect(disk, world, case, tmp_path / "done")
    calls = one_of_each_kind(disk.trace(world.copy(tmp_path / "traced"), case))
    unlinks = [call for call in calls if call.call == "unlink" and call.path.endswith(".lock")]
    for call in unlinks:
        fault = (call, Mode.FAILS, errno.EIO)
        try_fault(disk, world.copy(tmp_path / str(call.number)), case, expected, fault, figures)
    assert figures.faults > 0
    assert figures.wrong == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "after"),
    [(name, next_command) for name in KILL_CASES] + [(name, by_hand) for name in BY_HAND],
)
def test_killed_inside_git_nothing_is_half(
    disk: Disk, world_template: World, tmp_path: Path, name: str, after: object
) -> None:
    case = CASES[name]
    world = world_template.copy(tmp_path / "world")
    case.prepare(world)
    expected = expect(disk, world, case, tmp_path / "done")
    calls = one_of_each_kind(disk.trace(world.copy(tmp_path / "traced"), case, only_git=True))
    wrong = []
    for call in calls[:: -(-len(calls) // MOST_KILLS)]:
        for mode in KILLS:
            killed = world.copy(tmp_path / f"{call.number}-{mode}")
            if hit := kill(disk, killed, case, call, mode):
                problems = next_command if after is next_command else by_hand
                wrong += [f"{one}: {mode.name} at {hit}" for one in problems(disk, killed, case, expected)]
    assert wrong == []
