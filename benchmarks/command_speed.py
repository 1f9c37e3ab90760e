"""What short commands cost, in processor time against a Python that does nothing: all in turn, several rounds, so that
what else the machine does falls on each. `python -m benchmarks.command_speed [ROUNDS]`"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks import runs
from benchmarks.repositories import IDENTITY, folder
from benchmarks.tables import print_table, shown

ROUNDS = 8
BARE, LIBRARIES = "python -c pass", "python -c 'import pygit2, click'"
GIT_COMMIT = "git commit with core.fsync=all"
AGAIN = ("status", "status -o json")  # asked before, and nothing has moved since
PEERS = {
    "--version": (BARE, 1.5),
    "--help": (BARE, 4),
    "status": (BARE, 2.5),
    "status -o json": (BARE, 5),
    "status, after a move": (BARE, 2.5),
    "list": (LIBRARIES, 0.6),
    "ls category": (LIBRARIES, 0.6),
    "view category/Agent": (LIBRARIES, 0.6),
    "diff": (LIBRARIES, 0.6),
    "set": (GIT_COMMIT, 10),
}


def processor_time(command: list[str], path: Path) -> float:
    """The seconds of the processors that a command takes, with all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=path, check=True, capture_output=True, env={**os.environ, **IDENTITY})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(path: Path, rounds: int) -> dict[str, float]:
    """The least time of each command, by its name."""
    gitdraft = [sys.executable, "-m", "gitdraft"]
    numbers = count()

    def called(command: str) -> list[str]:
        return [*gitdraft, *command.split()]

    def moved() -> list[str]:
        subprocess.run(
            ["git", "update-ref", f"refs/heads/moved-{next(numbers)}", "HEAD"], cwd=path, check=True
        )
        return [*gitdraft, "status"]

    def edited() -> list[str]:
        return [*gitdraft, "set", "category/Agent", "/label", f"Agent {next(numbers)}"]

    def committed() -> list[str]:
        (path / "README.md").write_text(f"{next(numbers)}\n")
        return ["git", "-c", "core.fsync=all", "commit", "--quiet", "--all", "--message", "x"]

    commands: dict[str, Callable[[], list[str]]] = {
        BARE: lambda: [sys.executable, "-c", "pass"],
        LIBRARIES: lambda: [sys.executable, "-c", "import pygit2, click"],
        **{name: partial(called, name) for name in PEERS if name not in ("set", "status, after a move")},
        "status, after a move": moved,
        "set": edited,
        GIT_COMMIT: committed,
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            words = command()
            if name in AGAIN:
                processor_time(words, path)
            times[name].append(processor_time(words, path))
    return {name: min(taken) for name, taken in times.items()}


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with folder() as parent:
        path = parent / "demo"
        subprocess.run([sys.executable, "-m", "gitdraft", "demo", str(path)], check=True, capture_output=True)
        subprocess.run(["git", "switch", "--quiet", "--create", "notes"], cwd=path, check=True)
        times = measured(path, rounds)
    rows = [["", "processor time", "", "against", "goal"]]
    for name, (peer, goal) in PEERS.items():
        rows.append([name, shown(times[name]), f"{times[name] / times[peer]:.2f} x", peer, f"{goal:g} x"])
    print_table(f"short commands, the least of {rounds} rounds", rows)


if __name__ == "__main__":
    runs.run(main)
