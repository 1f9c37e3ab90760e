"""The same commands on 10,000 and on many more entities, and how their times grow. `python -m benchmarks.scale [NUMBER]`"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import runs
from benchmarks.bulk_speed import levels, thing
from benchmarks.repositories import IDENTITY, folder, git
from benchmarks.tables import print_table, seconds, shown, typical
from gitdraft.documents.serialise import dump_compact

SMALL = 10_000
LARGE = 100_000
CONFIGURATION = """version: 1
canonical: main
entities:
  thing:
    path: things/{{fanout:{levels}}}/{{key}}.json
    schema: thing.json
    id: /id
    references: {{/parents/*: thing}}
    lists: {{/parents: {{type: set}}}}
    inherits: {{parents: /parents, members: {{/tags: required}}}}
  note:
    path: notes/{{key}}.json
    id: /id
"""
SCHEMA = '{"type": "object", "required": ["id", "label"], "properties": {"label": {"type": "string"}}}\n'


def rows(number: int) -> Iterator[bytes]:
    """JSON lines; each thing but the first has one parent, a hundredth of its own number."""
    for n in range(number):
        parents = [f"thing-{n // 100}"] if n else []
        yield dump_compact({**thing(n), "parents": parents}).encode() + b"\n"


def run(path: Path, *arguments: str) -> None:
    """A gitdraft command as a process."""
    command = [sys.executable, "-m", "gitdraft.cli.main", "-q", *arguments]
    subprocess.run(command, cwd=path, env={**os.environ, **IDENTITY}, check=True, stdout=subprocess.DEVNULL)


def measure(path: Path, number: int) -> dict[str, float]:
    """Times in seconds by what was done."""
    path.mkdir()
    git(path, "init", "--quiet", "--initial-branch", "main")
    (path / "gitdraft.yaml").write_text(CONFIGURATION.format(levels=levels(number)))
    (path / "thing.json").write_text(SCHEMA)
    (path / "notes").mkdir()
    (path / "notes/first.json").write_text('{"id": "first"}\n')
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--message", "Start")
    git(path, "checkout", "--quiet", "--detach")  # a worktree of a million files is not what is measured
    file = path.parent / f"{number}.jsonl"
    with file.open("wb") as stream:
        stream.writelines(rows(number))
    middle = f"thing/thing-{number // 2}"
    found = {
        "import entities": seconds(lambda: run(path, "import", "entities", str(file), "--type", "thing"))
    }
    found["index rebuild"] = seconds(lambda: run(path, "index", "rebuild"))
    found["validate --canonical"] = seconds(lambda: run(path, "validate", "--canonical"))
    run(path, "new", "Edit", "--id", "edit")
    for name, command in {
        "view": ["view", middle],
        "ls note": ["ls", "note"],
        "references": ["references", "thing/thing-7"],
        "effective": ["effective", middle],
    }.items():
        found[name] = typical(partial(run, path, *command))
    labels = iter(range(10))
    found["set, in a draft"] = typical(
        lambda: run(path, "set", middle, "/label", f"Edited {next(labels)}", "--draft", "edit")
    )
    found["entity lock, a commit on canonical"] = seconds(
        lambda: run(path, "entity", "lock", "note/first", "--reason", "measured")
    )
    found["rebase"] = seconds(lambda: run(path, "rebase"))
    return found


def main() -> None:
    """Print the table."""
    large = int(sys.argv[1]) if len(sys.argv) > 1 else LARGE
    with folder() as path:
        small, big = measure(path / "small", SMALL), measure(path / "large", large)
    print_table(
        f"The same on {SMALL:,} and on {large:,} entities of 0.4 KB",
        [
            ["", f"{SMALL:,}", f"{large:,}", "growth"],
            *(
                [name, shown(small[name]), shown(big[name]), f"{big[name] / small[name]:.1f} x"]
                for name in small
            ),
        ],
    )


if __name__ == "__main__":
    runs.run(main)
