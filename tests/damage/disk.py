"""A disk that fails, or dies with all processes, at the n-th system call that changes something below a folder.

`disk.c` is loaded into gitdraft and into every git that it starts. What a command does is traced first; of the calls
that do the same (the same program, the same call, the same path but for numbers) the first is tried.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from damage.fault_commands import FaultCase, World
from fork_server import ForkServer
from program import Answer

SOURCE = Path(__file__).with_name("disk.c")
CONTROL = struct.Struct("<6I1000s1000s1000s")
RANDOM = re.compile(
    r"[0-9a-f]{2}/[0-9a-f]{38}|[0-9a-f]{8,}|(?<=tmp_obj_)\w+|(?<=bulk-fsync-)\w+|(?<=bulk_fsync_)\w+|(?<=tmp_pack_)\w+|(?<=tmp_idx_)\w+|(?<=_tmp_)\w+|\d{3,}"
)


class Mode(IntEnum):
    """What happens at the n-th call: nothing, it fails, it and all that take room after it fail, all processes are killed, only the
    one that made the call is. A write that fails or is killed has written half."""

    TRACE = 0
    FAILS = 1
    IS_FULL = 3
    KILLS = 4
    KILLS_ONE = 5


def compile_library(folder: Path) -> Path | None:
    """Compiles disk.c; ``None`` where there is no compiler, or no way to load it."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or os.uname().sysname != "Linux":
        return None
    library = folder / "disk.so"
    subprocess.run(
        [compiler, "-O2", "-w", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"],
        check=True,
        capture_output=True,
    )
    return library


@dataclass(frozen=True)
class Call:
    """The n-th call that changes something: of which program, what it does, to which path of the world."""

    number: int
    program: str
    call: str
    path: str

    @property
    def kind(self) -> tuple[str, str, str]:
        """What calls that do the same have in common."""
        return self.program, self.call, RANDOM.sub("*", self.path)


@dataclass(frozen=True)
class Outcome:
    """What a command answered, and the call at which it failed; empty where it did not come that far. (The order of calls differs a
    little from run to run: ids of objects are random.)"""

    answer: Answer
    hit: str


@dataclass(frozen=True)
class Disk:
    """The disk under a world; ``server`` has the library loaded."""

    server: ForkServer
    library: Path
    folder: Path

    def run(
        self,
        world: World,
        case: FaultCase,
        number: int = 2**32 - 1,
        mode: Mode = Mode.FAILS,
        *,
        code: int = errno.EIO,
        only_git: bool = False,
    ) -> Outcome:
        """Runs the case's command; without a number on a healthy disk."""
        control, trace = self.folder / "control", self.folder / "trace"
        trace.unlink(missing_ok=True)
        root = os.fsencode(f"{world.path}/")
        control.write_bytes(CONTROL.pack(0, 0, number, mode, code, only_git, root, os.fsencode(trace), b""))
        answer = self.server.call(
            "damage.disk_child:run",
            str(self.library),
            str(control),
            *("-o", "json"),
            *case.command,
            folder=world.path / case.folder,
        )
        hit = CONTROL.unpack(control.read_bytes())[-1].rstrip(b"\0")
        return Outcome(answer, os.fsdecode(hit))

    def trace(self, world: World, case: FaultCase, *, only_git: bool = False) -> list[Call]:
        """What the command changes, call by call."""
        outcome = self.run(world, case, mode=Mode.TRACE, only_git=only_git)
        assert outcome.answer.code == case.code, f"{case.command}: {outcome.answer.code} {outcome.answer.err}"
        file = self.folder / "trace"
        lines = file.read_text(errors="surrogateescape").splitlines() if file.exists() else []
        return [Call(number, *line.split("\t", 2)) for number, line in enumerate(lines)]


def one_of_each_kind(calls: Sequence[Call]) -> list[Call]:
    """The first of the calls that do the same, in order."""
    return sorted({call.kind: call for call in reversed(calls)}.values(), key=lambda call: call.number)
