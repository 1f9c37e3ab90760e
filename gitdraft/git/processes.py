"""Which process is which: a number alone is used again, so a process is its number, its start, its host and boot."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gitdraft.git.spawned import READS
from gitdraft.lazy_dataclass import dataclass

START_FIELD = 22  # of /proc/<pid>/stat, counted from one
SLACK = 0.1  # seconds by which the system's clocks may differ
GONE = frozenset("ZX")  # a zombie holds no file
Identity = tuple[int, int]  # of a folder: its device and number


@dataclass(frozen=True, slots=True)
class Process:
    """A process of one boot of one host; ``start`` is what the system says of when it began."""

    pid: int
    start: str


def this_host() -> str:
    """Returns the name of this host."""
    return socket.gethostname()


@cache
def this_boot() -> str:
    """Returns what tells one boot of this host from another; empty where the system does not say."""
    if sys.platform == "darwin":
        return _output(["sysctl", "-n", "kern.boottime"])
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


def this_process() -> Process:
    """Returns the process that runs this."""
    return Process(os.getpid(), start_of(os.getpid()) or "")


def start_of(pid: int) -> str | None:
    """Returns when the process with this number began, as its system says it; ``None`` when there is none."""
    if sys.platform == "darwin":
        return _output(["ps", "-o", "lstart=", "-p", str(pid)]) or None
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = text.rpartition(")")[2].split()
    return None if state in GONE else fields[START_FIELD - 4]


def is_alive(process: Process) -> bool:
    """Whether that process, not another one with its number, still runs on this host."""
    return start_of(process.pid) == process.start


def process_record(processes: Iterable[Process]) -> dict[str, object]:
    """Returns, as JSON, what tells these processes of this host from all others."""
    return {
        "host": this_host(),
        "boot": this_boot(),
        "processes": [{"pid": process.pid, "start": process.start} for process in processes],
    }


def recorded_processes(record: Mapping[str, Any]) -> list[Process]:
    """Returns the processes of a record. Raises KeyError, TypeError for what is none."""
    return [Process(entry["pid"], entry["start"]) for entry in record["processes"]]


def are_dead(record: Mapping[str, Any]) -> bool:
    """Whether all processes of a record are known to be dead: they were this host's. Raises KeyError, TypeError for what is
    none."""
    processes, boot = recorded_processes(record), record["boot"]
    return bool(record["host"] == this_host()) and (boot != this_boot() or not any(map(is_alive, processes)))


def may_be_a_living_gits(file: Path, folders: Iterable[Path]) -> bool:
    """Returns whether a git that runs on this host, in one of these folders or on one of them, is as old as the file, so that it may
    hold it as its lock; false where there is no such file, and where the system does not tell."""
    try:
        changed = file.lstat().st_ctime
    except OSError:
        return False
    if sys.platform != "linux":
        return False
    identities = {place for folder in folders for place in _places(folder)[:1]}
    booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    ticks = os.sysconf("SC_CLK_TCK")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            name = (process / "comm").read_text("utf-8", "replace")
        except OSError:
            continue
        if name.startswith("git") and not name.startswith("gitdraft") and _is_at_work_in(process, identities):
            start = start_of(int(process.name))
            if start is not None and booted + int(start) / ticks <= changed + SLACK:
                return True
    return False


def _is_at_work_in(process: Path, identities: Collection[Identity]) -> bool:
    """Whether a git that may write is started in one of these folders or below, or on one of them; true where the system does not tell."""
    try:
        environment, command = ((process / name).read_bytes() for name in ("environ", "cmdline"))
        start = (process / "cwd").readlink()
    except (FileNotFoundError, ProcessLookupError):
        return False  # it is ending: its memory is gone
    except OSError:
        return True
    if f"{READS}=".encode() in environment:
        return False
    if b"--git-dir\0" in command:
        return True
    named = (*environment.split(b"\0"), *command.split(b"\0"))
    places = _places(process / "cwd")
    for git_dir in (
        word.partition(b"=")[2] for word in named if word.startswith((b"GIT_DIR=", b"--git-dir="))
    ):
        given = _places(start / os.fsdecode(git_dir))
        if not given:
            return True
        places += given
    return any(place in identities for place in places)


def _places(folder: Path) -> list[Identity]:
    """A folder and those above it, whatever path leads to them; empty where there is none."""
    places: list[Identity] = []
    try:
        while True:
            status = folder.stat()
            if places and (status.st_dev, status.st_ino) == places[-1]:
                return places
            places.append((status.st_dev, status.st_ino))
            folder = folder / ".."
    except OSError:
        return places


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    return done.stdout.strip()
