"""One command on a disk that fails once, or is full from then on: whatever it answers has to be true, then and later."""

from __future__ import annotations

import errno
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pygit2
from damage.disk import Call, Disk, Mode
from damage.fault_commands import FaultCase, World
from program import Answer
from sandbox import Sandbox

from gitdraft.git.known_refs import read_ref
from gitdraft.git.repository import open_repository
from gitdraft.store.operation_log import DONE, LOG

OID = re.compile(rb"[0-9a-f]{40}")
PROBE = "probe"
OWN_REFS = re.compile(r"refs/(remotes|gitdraft/(?!closed/))")
KERNEL_LOCKS = ("writers.lock", "serve.lock", "watch.lock")  # released with their process
INCOMPLETE, REFUSED, PENDING = 1, 50, 51
SAVED = "saved; "  # what `save` says where the edits are saved and the worktree could not follow, so that they are edits still
WORKTREE = (": HEAD", ": worktree", ": files")
TAKES_ROOM = ("create", "write", "mkdir", "truncate")
Fault = tuple[Call, Mode, int]


def faults_of(calls: Sequence[Call]) -> list[Fault]:
    """Each call fails once; where it takes room, so does all that takes some from there on."""
    failing = [(call, Mode.FAILS, errno.EIO) for call in calls]
    return failing + [(call, Mode.IS_FULL, errno.ENOSPC) for call in calls if call.call in TAKES_ROOM]


def observe(world: World) -> dict[str, Any]:
    """What people see of the world, ids of commits and what only remembers aside."""
    seen: dict[str, Any] = {}
    for repository in world.repositories():
        for name, value in _observe(repository).items():
            seen[f"{repository.path.name}: {name}"] = value
    seen["beside"] = {file.name: file.read_bytes() for file in world.path.iterdir() if file.is_file()}
    for name in ("entities", "pages"):  # the folders that exports make
        files = [file.relative_to(world.path) for file in (world.path / name).rglob("*") if file.is_file()]
        seen[f"{name} beside"] = sorted(str(file) for file in files if PROBE not in file.parts)
    return seen


def _observe(repository: Sandbox) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    git = pygit2.Repository(repository.path)
    for name, oid in repository.refs().items():
        if PROBE not in name and not OWN_REFS.match(name):
            seen[name] = listing(git, git[oid].peel(pygit2.Tree))
    folder = Path(git.path)
    head = (folder / "HEAD").read_text()
    if not head.startswith("ref:"):
        head = str(listing(git, git[head.strip()].peel(pygit2.Tree)))
    seen["HEAD"] = head
    if not git.is_bare:
        seen["worktree"] = repository.git("status", "--porcelain")
        seen["files"] = {
            str(file.relative_to(repository.path)): file.read_bytes()
            for file in sorted(repository.path.rglob("*"))
            if file.is_file() and not file.is_relative_to(folder) and "tombstones" not in file.parts
        }
    seen["config"] = (folder / "config").read_text().replace(str(repository.path.parent), "*")
    seen["hooks"] = {
        file.name: file.read_bytes()
        for file in sorted((folder / "hooks").glob("*"))
        if file.suffix != ".sample"
    }
    current = folder / "gitdraft/current"
    seen["current"] = current.read_text() if current.exists() else None
    return seen


def listing(git: pygit2.Repository, tree: pygit2.Tree, above: str = "") -> dict[str, Any]:
    """The files of a tree; those that hold ids of commits without these."""
    files: dict[str, Any] = {}
    for entry in tree:
        path = f"{above}{entry.name}"
        if isinstance(entry, pygit2.Tree):
            files |= listing(git, entry, f"{path}/")
        elif isinstance(entry, pygit2.Blob) and path.startswith(".gitdraft"):
            files[path] = OID.sub(b"*", entry.data)
        else:
            files[path] = str(entry.id)
    return files


def difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Where two observations differ."""
    return ", ".join(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))


EXEMPT = ("index", "validate", "hooks", "token", "webhook")  # what they write is in no observation


@dataclass(frozen=True)
class Expected:
    """The world before the command and after it."""

    before: dict[str, Any]
    after: dict[str, Any]


@dataclass
class Figures:
    """What became of the faults."""

    faults: int = 0
    done: int = 0
    refused: int = 0
    pending: int = 0
    pending_once: int = 0
    later: int = 0
    unreadable: int = 0
    wrong: list[str] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return (
            f"{self.faults} faults: {self.done} done, {self.refused} refused, {self.pending} pending ({self.pending_once} where one call failed); "
            f"{self.later} refused and done later, {self.unreadable} unreadable, {len(self.wrong)} wrong; "
            f"{dict(self.codes)}"
        )


def expect(disk: Disk, world: World, case: FaultCase, folder: Path) -> Expected:
    """The world as it is, and as the command on a healthy disk leaves a copy."""
    before = observe(world)
    done = world.copy(folder)
    outcome = disk.run(done, case)
    assert outcome.answer.code == case.code, f"{case.command}: {outcome.answer.code} {outcome.answer.err}"
    after = observe(done)
    assert case.is_random or before != after or case.command[0] in EXEMPT, "it does something"
    return Expected(before, after)


def try_fault(
    disk: Disk,
    world: World,
    case: FaultCase,
    expected: Expected,
    fault: Fault,
    figures: Figures,
) -> None:
    """Runs the command in ``world``, which is used up, and adds to the figures what is wrong then."""
    call, mode, code = fault
    outcome = disk.run(world, case, call.number, mode, code=code)
    if not outcome.hit:
        return
    answer = outcome.answer
    figures.faults += 1
    place = f"{errno.errorcode[code]} {mode.name} at {call.number}, {outcome.hit}: {answer.code} {answer.err.strip()[-600:]}"
    figures.pending_once += answer.code == PENDING and mode is Mode.FAILS
    check = step_problems if case.in_steps else problems
    for problem in check(disk, world, case, expected, answer, figures):
        figures.wrong.append(f"{problem}: {place}")


def problems(
    disk: Disk, world: World, case: FaultCase, expected: Expected, answer: Answer, figures: Figures
) -> Iterator[str]:
    """What is wrong with an answer, and with the world after it, after the next command and after the same one again."""
    now = observe(world)
    is_left = answer.code == PENDING or (answer.code == case.code and SAVED in answer.err)
    left = WORKTREE if case.command[0] == "save" and is_left else ()
    if "Traceback" in answer.err or answer.code == 70:
        yield "unexpected"
    if answer.code == case.code:
        figures.done += 1
        if _without_notes(now, left) != _without_notes(expected.after, left) and not case.is_random:
            yield f"said to be done, and is not ({difference(now, expected.after)})"
        wanted: Sequence[dict[str, Any]] = (expected.after,)
    elif answer.code == PENDING:
        figures.pending += 1
        if answer.refusal["code"] != "operation-pending" or not answer.refusal["context"]["operation"]:
            yield "pending without a name"
        wanted = (expected.before, expected.after)
    else:
        figures.refused += 1
        figures.codes[f"{answer.code} {answer.refusal['code']}"] += 1
        wanted = (expected.before,)
        if answer.code != REFUSED:
            yield f"exit {answer.code}"
        if _without_notes(now) != _without_notes(expected.before) and not case.is_random:
            yield f"refused and half done ({difference(now, expected.before)})"
        for repository in world.repositories():
            git = open_repository(repository.path)
            if read_ref(git, LOG) != read_ref(git, DONE):
                yield "refused and pending"
    is_set_up = case.folder == "repository"
    if is_set_up or answer.code == PENDING:
        is_itself = not is_set_up or (answer.code == PENDING and "purge" in case.command)
        probe = (
            disk.run(world, case).answer
            if is_itself
            else world.repository.run("new", "Probe", "--id", PROBE, "--no-switch")
        )
        if probe.code:
            figures.unreadable += 1
            yield f"the next command fails: {probe.err}"
            return
    then = observe(world)
    if (
        not any(_without_notes(then, left) == _without_notes(one, left) for one in wanted)
        and not case.is_random
    ):
        if answer.code not in (case.code, PENDING) and then == expected.after:
            figures.later += 1
            yield "refused and done later"
        else:
            yield f"another state ({' | '.join(difference(then, one) for one in wanted)})"
    if answer.code not in (case.code, PENDING) and case.command[0] != "undo":  # which would undo the probe
        again = disk.run(world, case).answer
        if again.code != case.code:
            yield f"refused once more: {again.err}"
        elif observe(world) != expected.after and not case.is_random:
            yield f"another state when done again ({difference(observe(world), expected.after)})"
    for repository in world.repositories():
        yield from _damage(repository)


def step_problems(
    disk: Disk, world: World, case: FaultCase, expected: Expected, answer: Answer, figures: Figures
) -> Iterator[str]:
    """What is wrong where each step stands by itself: what was not said to be done is as before or as after, and the same command
    does the rest."""
    now = observe(world)
    if "Traceback" in answer.err or answer.code not in (case.code, INCOMPLETE, REFUSED, PENDING):
        yield f"exit {answer.code}"
    figures.done += answer.code == case.code
    figures.pending += answer.code == PENDING
    figures.refused += answer.code in (INCOMPLETE, REFUSED)
    if answer.code == case.code and _without_notes(now) != _without_notes(expected.after):
        yield f"said to be done, and is not ({difference(now, expected.after)})"
    if answer.code != PENDING:
        between = [n for n, one in now.items() if one not in (expected.before.get(n), expected.after.get(n))]
        if between:
            yield f"neither before nor after ({', '.join(between)})"
    again = disk.run(world, case).answer
    if again.code != case.code:
        figures.unreadable += 1
        yield f"the same command fails: {again.code} {again.out[-200:]} {again.err}"
    elif observe(world) != expected.after:
        yield f"another state ({difference(observe(world), expected.after)})"
    for repository in world.repositories():
        yield from _damage(repository)


def _damage(repository: Sandbox) -> Iterator[str]:
    yield from leftovers(repository)
    try:
        repository.fsck()
    except AssertionError as error:
        yield f"unsound: {error}"


def _without_notes(seen: dict[str, Any], left: tuple[str, ...] = ()) -> dict[str, Any]:
    """What is there, without what follows when it is done: the current draft, what plain git fetches, hooks; and what was ``left``,
    which the answer said."""
    follows = (": current", ": config", ": hooks", *left)
    return {name: value for name, value in seen.items() if not name.endswith(follows)}


def leftovers(repository: Sandbox) -> Iterator[str]:
    """Locks that nobody holds."""
    folder = Path(pygit2.Repository(repository.path).path)
    for lock in folder.rglob("*.lock"):
        in_quarantine = any(part.startswith("tmp_objdir-") for part in lock.parts)  # which `git gc` removes
        if lock.name not in KERNEL_LOCKS and not in_quarantine:
            yield f"a lock is left: {lock.relative_to(folder)}"
