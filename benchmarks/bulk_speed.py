"""`import entities` against a bare `git fast-import` of the same files. `python -m benchmarks.bulk_speed [NUMBER] [--schema]`"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import runs
from benchmarks.repositories import IDENTITY, folder, git
from benchmarks.tables import megabytes, print_table, seconds, shown
from gitdraft.documents.serialise import dump_compact, dump_json
from gitdraft.formats.configuration import parse_configuration
from gitdraft.model.entities import EntityRef

NUMBER = 100_000
CONFIGURATION = """version: 1
canonical: main
entities:
  thing:
    path: things/{{fanout:{levels}}}/{{key}}.json
    id: /id
"""
SCHEMA = {
    "type": "object",
    "required": ["id", "label"],
    "properties": {
        "id": {"type": "string"},
        "label": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "owner": {"type": "object", "required": ["name"]},
    },
}
# runs a command of gitdraft and says how many KiB it and the largest process below it took at most
MEASURED = """
import resource, sys
from gitdraft.cli.main import main
code = main(sys.argv[1:])
for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    print(resource.getrusage(who).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def thing(number: int) -> dict[str, object]:
    """A thing whose file has about 0.4 KB."""
    return {
        "id": f"thing-{number}",
        "label": f"Thing {number}",
        "description": f"Measured {number * 7 % 1013} times, compared with {number * 31 % 9973} others, then archived.",
        "tags": [f"tag-{number % 17}", f"tag-{number % 101}"],
        "values": [number % 7, number * 31 % 1009, number * 17 % 4093],
        "owner": {"name": f"person-{number % 997}", "since": 1990 + number % 36},
    }


def levels(number: int) -> int:
    """How many levels of folders so many entities need, as formats.md has it."""
    return sum(number > most for most in (1_000, 1_000, 20_000, 250_000))


def bare_stream(number: int) -> Iterator[bytes]:
    """For `git fast-import`: one commit of the things."""
    path = parse_configuration(CONFIGURATION.format(levels=levels(number)).encode()).path_of
    yield b"commit refs/heads/main\ncommitter Benchmark <benchmark@example.org> 1700000000 +0000\ndata 0\n"
    for n in range(number):
        content = dump_json(thing(n))
        where = path(EntityRef("thing", f"thing-{n}")).encode()
        yield b"M 100644 inline %s\ndata %d\n%s\n" % (where, len(content), content)


def make_repository(path: Path, number: int, *, schema: bool) -> Path:
    """A bare repository with the configuration alone."""
    work = path / "work"
    git(path, "init", "--quiet", "--initial-branch", "main", "work")
    text = CONFIGURATION.format(levels=levels(number)) + ("    schema: thing.json\n" if schema else "")
    (work / "gitdraft.yaml").write_text(text)
    (work / "thing.json").write_text(json.dumps(SCHEMA))
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", "Start")
    git(path, "clone", "--quiet", "--bare", "work", "repository")
    return path / "repository"


def processor_seconds() -> float:
    """What the processes that have ended took of the processors: what to compare where others are at work too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def gitdraft(repository: Path, *arguments: str, out: Path | None = None) -> tuple[float, list[float]]:
    """Seconds, and the memory in MB of the command and of the largest process below it."""
    command = [sys.executable, "-c", MEASURED, *arguments]
    said = ""

    def run() -> None:
        nonlocal said
        with Path(out or os.devnull).open("wb") as stream:
            done = subprocess.run(
                command,
                cwd=repository,
                stdout=stream,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                env={**os.environ, **IDENTITY},
            )
        said = done.stderr
        assert done.returncode == 0, said

    took = seconds(run)
    return took, [int(line) / 1024 for line in said.split()[-2:]]


def bare(path: Path, number: int) -> tuple[float, int]:
    """Seconds that a bare `git fast-import` takes for a file with everything in it, and the size of the files."""
    git(path, "init", "--quiet", "--bare", "bare")
    stream = path / "stream"
    with stream.open("wb") as file:
        file.writelines(bare_stream(number))

    def run() -> None:
        with stream.open("rb") as file:
            subprocess.run(["git", "fast-import", "--quiet"], cwd=path / "bare", stdin=file, check=True)

    took, size = seconds(run), stream.stat().st_size
    stream.unlink()
    return took, size


def main() -> None:
    """Print the table."""
    given = [argument for argument in sys.argv[1:] if argument.isdigit()]
    number = int(given[0]) if given else NUMBER
    schema = "--schema" in sys.argv
    with folder() as path:
        repository = make_repository(path, number, schema=schema)
        rows = path / "things.jsonl"
        with rows.open("w") as file:
            file.writelines(dump_compact(thing(n)) + "\n" for n in range(number))
        start = processor_seconds()
        plain, size = bare(path, number)
        used = plain_used = processor_seconds() - start
        table = [["", "time", "a second", "rate", "processors", "memory", "git's"]]
        table.append(["git fast-import", shown(plain), f"{number / plain:,.0f}", "100%", shown(used)])
        entities = [str(rows), "--type", "thing"]
        for name, arguments, out in (
            ("gitdraft import entities", ["import", "entities", *entities], None),
            ("  the same again: nothing changes", ["import", "entities", *entities], None),
            ("gitdraft export entities", ["export", "entities", "thing"], path / "out.jsonl"),
        ):
            start = processor_seconds()
            time, memory = gitdraft(repository, *arguments, out=out)
            used = processor_seconds() - start
            row = [name, shown(time), f"{number / time:,.0f}", f"{plain / time:.0%}"]
            row.append(f"{shown(used)} ({used / plain_used:.1f} x)")
            table.append([*row, *map(megabytes, memory)])
        print_table(
            f"{number:,} things, {size / number:,.0f} bytes of stream each{', with a schema' if schema else ''}",
            table,
        )


if __name__ == "__main__":
    runs.run(main)
