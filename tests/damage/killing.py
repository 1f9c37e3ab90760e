"""A kill while a git that gitdraft started changes something: the next command, or a person, goes on from any such moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pygit2
from damage.disk import Call, Disk, Mode
from damage.failing import KERNEL_LOCKS, PROBE, WORKTREE, Expected, difference, leftovers, observe
from damage.fault_commands import FaultCase, World

NOTE = "notes.txt"
NOTES = ("repository: current", "repository: config")  # what follows when it is done
CANONICAL = "repository: refs/heads/main"
KILLS = (Mode.KILLS, Mode.KILLS_ONE)
KILL_CASES = (
    "merge",
    "rebase: checked out",
    "undo: a merge",
    "adopt",
    "entity delete",
    "checkout",
    "checkout: canonical",
    "init",
    "save",
    "save: on canonical",
    "resolve: file",
    "layout migrate",
    "release create",
    "import entities",
    "pull",
    "push",
    "sync",
    "entity purge",
)
BY_HAND = KILL_CASES[
    :7
]  # a person's commit takes nothing back; what the others do is in steps, or has no worktree
SAME = (("purge",), ("--file",))
MAY_STAY = ("HEAD.lock", "packed-refs.lock")  # while a git runs that is as old as they


def kill(disk: Disk, world: World, case: FaultCase, call: Call, mode: Mode) -> str:
    """Runs the command in ``world`` and kills at a call of a git's. Returns which; empty where it did not come to that."""
    return disk.run(world, case, call.number, mode, only_git=True).hit


def next_command(disk: Disk, world: World, case: FaultCase, expected: Expected) -> Iterator[str]:
    """What is wrong where the next command follows."""
    half = list(half_written(world, expected))
    is_itself = case.in_steps or case.folder != "repository" or case.command[1:2] in SAME
    if is_itself:  # what has begun there, the same command ends
        answer = disk.run(world, case).answer
        locks = [
            lock for lock in (world.path / "remote.git").rglob("*.lock") if f"remove {lock}" in answer.out
        ]
        if locks:  # nothing here knows who is at work there: the answer says which to remove
            for lock in locks:
                lock.unlink()
            answer = disk.run(world, case).answer
    else:
        answer = world.repository.run("new", "Probe", "--id", PROBE, "--no-switch")
    if answer.code:
        yield f"the next command fails: {answer.err}"
        return
    seen = observe(world)
    unsaid = dict.fromkeys(NOTES)
    ends = (expected.after,) if is_itself else (expected.before, expected.after)
    if case.command[0] == "save":  # what is saved may be edits still, or be as it was checked out
        unsaid |= dict.fromkeys(f"repository{name}" for name in WORKTREE)
        files = [one["repository: files"] for one in (seen, expected.before, expected.after)]
        yield from (
            f"neither before nor after: {path}"
            for path in sorted({path for one in files for path in one})
            if files[0].get(path) not in (files[1].get(path), files[2].get(path), _committed(world, path))
        )
    if seen | unsaid not in [end | unsaid for end in ends]:
        yield f"between ({difference(seen, expected.before)} | {difference(seen, expected.after)})"
    for path, content in half:
        rescued = [
            file
            for file in (world.repository.path / ".git/gitdraft/rescued").glob(f"*/{path}")
            if file.read_bytes() == content
        ]
        if not rescued:
            yield f"half of {path} is nowhere"
        elif str(rescued[0]) not in answer.err:
            yield f"half of {path} is not named: {answer.err}"
    for repository in world.repositories():
        yield from (lock for lock in leftovers(repository) if not lock.endswith(MAY_STAY))
        repository.fsck()


def by_hand(disk: Disk, world: World, case: FaultCase, expected: Expected) -> Iterator[str]:
    """What is wrong where a person removes the locks and commits all, and then gitdraft follows.

    What the person could see half-written, and committed, is the person's.
    """
    repository = world.repository
    half = dict(half_written(world, expected))
    for lock in (repository.path / ".git").rglob("*.lock"):
        if lock.name not in KERNEL_LOCKS:
            lock.unlink()
    repository.write(NOTE, "by hand\n")
    repository.git("add", NOTE)
    repository.git("commit", "--quiet", "--all", "--message", "by hand")
    probe = repository.run("new", "Probe", "--id", PROBE, "--no-switch")
    if probe.code and "purge-interrupted" not in probe.err and "was interrupted" not in probe.err:
        yield f"the next command fails: {probe.err}"
        return
    seen = observe(world)
    canonical = {path: value for path, value in seen[CANONICAL].items() if path != NOTE}
    before, after = expected.before[CANONICAL], expected.after[CANONICAL]
    drafts = [
        name
        for name in expected.before.keys() | expected.after.keys()
        if "refs/" in name and name != CANONICAL
    ]
    moved = [name for name in drafts if expected.before.get(name) != expected.after.get(name)]
    is_done = bool(moved) and all(seen.get(name) == expected.after.get(name) for name in moved)
    if is_done and not half and canonical != after:
        yield f"said to be done, and taken back: {_paths(canonical, after)}"
    wrong = [
        path
        for path in canonical.keys() | before.keys() | after.keys()
        if path not in half  # nor one that git had just removed, which anybody sees too
        and canonical.get(path) not in (None, before.get(path), after.get(path))
    ]
    if wrong:
        yield f"neither before nor after: {wrong}"


def half_written(world: World, expected: Expected) -> Iterator[tuple[str, bytes]]:
    """The files of the worktree that are neither as before nor as after."""
    folder = world.repository.path
    name = "repository: files"
    for path in expected.before[name].keys() | expected.after[name].keys():
        file = Path(folder / path)
        if file.exists():
            content = file.read_bytes()
            whole = (expected.before[name].get(path), expected.after[name].get(path))
            if content not in whole and content.strip()[-1:] != b"}":
                yield path, content


def _committed(world: World, path: str) -> bytes | None:
    repository = pygit2.Repository(world.repository.path)
    try:
        return cast("pygit2.Blob", repository.head.peel(pygit2.Tree)[path]).data
    except KeyError:
        return None


def _paths(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))
