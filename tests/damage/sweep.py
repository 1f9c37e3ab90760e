"""Every command that writes, at every kind of call that changes something, with each fault: `python -m damage.sweep` in tests/.

Takes a long while. With names, only cases that begin with one of them; `--all` tries every call, not only the first of
those that do the same; `--kills` kills at every call of a git's instead, one process or all. `--few=40` tries so many of
each case, the same each time.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import make_template, seal
from damage.disk import Disk, compile_library, one_of_each_kind
from damage.failing import Expected, Fault, Figures, expect, faults_of, try_fault
from damage.fault_commands import CASES, FaultCase, World, make_world
from damage.killing import KILLS, kill, next_command
from fork_server import ForkServer
from sandbox import Sandbox

FEW = "--few="


def sweep(names: list[str], options: set[str]) -> int:
    """Tries the cases; prints their figures, and each fault whose end is wrong."""
    total = Figures()
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("SWEEP_IN", "/dev/shm")) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        room = Path(folder)
        seal(patch, room)
        base = make_world(Sandbox(make_template(room / "template")), room / "base")
        library = compile_library(room)
        assert library is not None, "there is no C compiler"
        with ForkServer(LD_PRELOAD=str(library)) as server:
            disk = Disk(server, library, room)
            for name in CASES:
                if names and not any(name.startswith(one) for one in names):
                    continue
                figures = sweep_case(disk, name, base, room, options)
                for one in ("faults", "done", "refused", "pending", "pending_once", "later", "unreadable"):
                    setattr(total, one, getattr(total, one) + getattr(figures, one))
                total.wrong += figures.wrong
                total.codes += figures.codes
    say(f"total {total}")
    return bool(total.wrong)


def sweep_case(disk: Disk, name: str, base: World, room: Path, options: set[str]) -> Figures:
    started, case, figures = time.monotonic(), CASES[name], Figures()
    world = base.copy(room / "world")
    case.prepare(world)
    expected = expect(disk, world, case, room / "done")
    traced = world.copy(room / "traced")
    is_killed = "--kills" in options
    calls = disk.trace(traced, case, only_git=is_killed)
    tried = calls if "--all" in options else one_of_each_kind(calls)
    faults = [(call, mode, 0) for call in tried for mode in KILLS] if is_killed else faults_of(tried)
    for call, mode, code in random.Random(name).sample(faults, min(few(options), len(faults))):
        broken = world.copy(room / "broken")
        try:
            if is_killed:
                try_kill(disk, broken, case, expected, (call, mode, code), figures)
            else:
                try_fault(disk, broken, case, expected, (call, mode, code), figures)
        except Exception as error:
            figures.wrong.append(f"the check itself fails at {mode.name} {call}: {error!r}")
        shutil.rmtree(broken.path)
    for done in ("world", "done", "traced"):
        shutil.rmtree(room / done)
    say(
        f"{name}: {len(calls)} calls, {len(faults)} faults of their kinds; {figures}; {time.monotonic() - started:.0f} s"
    )
    for line in figures.wrong:
        say("    " + line.replace("\n", "\n        "))
    return figures


def few(options: set[str]) -> int:
    return next((int(one.removeprefix(FEW)) for one in options if one.startswith(FEW)), sys.maxsize)


def try_kill(
    disk: Disk, world: World, case: FaultCase, expected: Expected, fault: Fault, figures: Figures
) -> None:
    """Kills the command in ``world``, which is used up, and adds to the figures what is wrong then."""
    call, mode, _ = fault
    if hit := kill(disk, world, case, call, mode):
        figures.faults += 1
        figures.wrong += [
            f"{one}: {mode.name} at {call.number}, {hit}" for one in next_command(disk, world, case, expected)
        ]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    options = {one for one in arguments if one.startswith("--")}
    sys.exit(sweep([one for one in arguments if one not in options], options))
