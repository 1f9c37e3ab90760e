"""`gitdraft revision list` against `git log` in a long history. `python -m benchmarks.revision_speed`"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.repositories import CONFIGURATION, IDENTITY, OCCASION, folder, git
from benchmarks.status_speed import run
from benchmarks.tables import print_table, shown, typical
from gitdraft.formats.configuration import parse_configuration
from gitdraft.model.entities import EntityRef

COMMITS = 100_000
EVERY = 10  # each tenth commit changes the entity that is asked about
OTHERS = 1_000
ASKED = EntityRef("thing", "asked")


def history(commits: int) -> Iterator[bytes]:
    """For `git fast-import`: so many commits, of one thing each, among which the one that is asked about."""
    configuration = parse_configuration(CONFIGURATION)
    name, mail = IDENTITY["GIT_AUTHOR_NAME"], IDENTITY["GIT_AUTHOR_EMAIL"]
    for number in range(commits):
        key = ASKED.key if number % EVERY == 0 else f"thing-{number % OTHERS}"
        thing = {"id": key, "label": f"Thing {key}", "description": "A thing. " * 60, "version": number}
        files = {configuration.path_of(EntityRef("thing", key)): json.dumps(thing, indent=2).encode() + b"\n"}
        if number == 0:
            files["gitdraft.yaml"] = CONFIGURATION
        message = f"Change {number}".encode()
        yield b"commit refs/heads/main\n"
        yield f"committer {name} <{mail}> {OCCASION.seconds + number} +0000\n".encode()
        yield b"data %d\n%s\n" % (len(message), message)
        for path, content in files.items():
            yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)


def make_history(path: Path, commits: int) -> None:
    """A repository with that history, packed as `git gc` leaves one."""
    git(path, "init", "--quiet", "--initial-branch", "main")
    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=path, stdin=subprocess.PIPE) as importing:
        assert importing.stdin is not None
        importing.stdin.writelines(history(commits))
    git(path, "gc", "--quiet")


def main() -> None:
    """Print the table."""
    with folder() as path:
        make_history(path, COMMITS)
        index = path / ".git/gitdraft/index.sqlite3"
        file = parse_configuration(CONFIGURATION).path_of(ASKED)
        gitdraft = [sys.executable, "-m", "gitdraft.cli.main", "revision", "list", str(ASKED)]

        def cold() -> None:
            index.unlink(missing_ok=True)
            run(path, *gitdraft)

        plain = typical(lambda: run(path, "git", "log", "--", file), 3)
        start = [sys.executable, "-c", "import gitdraft.workflow.revising"]
        times = {
            "python -c 'import gitdraft.workflow.revising'": typical(lambda: run(path, *start)),
            "gitdraft revision list, nothing known": typical(cold, 3),
            "gitdraft revision list, known": typical(lambda: run(path, *gitdraft)),
            "gitdraft revision list -n 0 (all), known": typical(lambda: run(path, *gitdraft, "-n", "0"), 3),
        }
        print_table(
            f"a thing of {COMMITS // EVERY:,} revisions in a history of {COMMITS:,} commits",
            [
                ["", "time", "against git log"],
                ["git log -- FILE", shown(plain), "1.00 x"],
                *([name, shown(time), f"{time / plain:,.2f} x"] for name, time in times.items()),
            ],
        )


if __name__ == "__main__":
    main()
