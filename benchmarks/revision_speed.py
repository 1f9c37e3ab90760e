"""`gitdraft revision list` against `git log` in a long history, `blame` against `git blame`. `python -m benchmarks.revision_speed`"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks import runs
from benchmarks.repositories import CONFIGURATION, OCCASION, folder, git, write_json
from benchmarks.status_speed import run
from benchmarks.tables import print_table, shown, typical
from gitdraft.formats.configuration import parse_configuration
from gitdraft.model.entities import EntityRef

COMMITS = 100_000
EVERY = 10  # each tenth commit changes the entity that is asked about
OTHERS = 1_000
ASKED = EntityRef("thing", "asked")
BLAMED = 1_000


def long_history() -> Iterator[bytes]:
    """For `git fast-import`: many commits, of one thing each, among which the one that is asked about."""
    for number in range(COMMITS):
        key = ASKED.key if number % EVERY == 0 else f"thing-{number % OTHERS}"
        thing = {"id": key, "label": f"Thing {key}", "description": "A thing. " * 60, "version": number}
        yield from commit(number, EntityRef("thing", key), thing)


def edits_of_one() -> Iterator[bytes]:
    """For `git fast-import`: a thing of 5 KB, each commit changing a label, a statement or a step of it."""
    chance = random.Random(1)
    labels = {f"l{n}": f"label {n}" for n in range(30)}
    statements = [{"id": n, "value": n, "note": "as it was found in the source"} for n in range(40)]
    steps = [f"step {n}" for n in range(40)]
    for number in range(BLAMED):
        match chance.randrange(3):
            case 0:
                labels[f"l{chance.randrange(30)}"] = f"label of {number}"
            case 1:
                chance.choice(statements)["value"] = number
            case _:
                steps.insert(chance.randrange(40), f"step of {number}")
                steps.pop(chance.randrange(40))
        thing = {"id": ASKED.key, "labels": labels, "statements": statements, "steps": steps}
        yield from commit(number, ASKED, thing)


def commit(number: int, entity: EntityRef, thing: object) -> Iterator[bytes]:
    """For `git fast-import`: a commit of the thing, the first with gitdraft.yaml."""
    files = {parse_configuration(CONFIGURATION).path_of(entity): write_json(thing)}
    if number == 0:
        files["gitdraft.yaml"] = CONFIGURATION
    message = f"Change {number}".encode()
    yield b"commit refs/heads/main\n"
    yield b"committer %s %d +0000\n" % (OCCASION.actor.text.encode(), OCCASION.seconds + number)
    yield b"data %d\n%s\n" % (len(message), message)
    for path, content in files.items():
        yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)


def make_history(path: Path, stream: Iterable[bytes]) -> None:
    """A repository with this history, packed as `git gc` leaves one."""
    git(path, "init", "--quiet", "--initial-branch", "main")
    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=path, stdin=subprocess.PIPE) as importing:
        assert importing.stdin is not None
        importing.stdin.writelines(stream)
    git(path, "gc", "--quiet")


def blame() -> None:
    """Print the table of `blame`."""
    with folder() as path:
        make_history(path, edits_of_one())
        file = parse_configuration(CONFIGURATION).path_of(ASKED)
        gitdraft = [sys.executable, "-m", "gitdraft.cli.main", "blame", str(ASKED)]
        run(path, *gitdraft)
        plain = typical(lambda: run(path, "git", "blame", "main", "--", file), 3)
        ours = typical(lambda: run(path, *gitdraft))
        print_table(
            f"a thing of 5 KB and {BLAMED:,} revisions",
            [
                ["", "time", "against git blame"],
                ["git blame FILE", shown(plain), "1.00 x"],
                ["gitdraft blame", shown(ours), f"{ours / plain:,.2f} x"],
            ],
        )


def main() -> None:
    """Print the tables."""
    with folder() as path:
        make_history(path, long_history())
        index = path / ".git/gitdraft/index.sqlite3"
        file = parse_configuration(CONFIGURATION).path_of(ASKED)
        gitdraft = [sys.executable, "-m", "gitdraft.cli.main", "revision", "list", str(ASKED)]

        def cold() -> None:
            index.unlink(missing_ok=True)
            run(path, *gitdraft)

        plain = typical(lambda: run(path, "git", "log", "--", file), 3)
        start = [sys.executable, "-c", "import gitdraft.views.revisions"]
        times = {
            "python -c 'import gitdraft.views.revisions'": typical(lambda: run(path, *start)),
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
    blame()


if __name__ == "__main__":
    runs.run(main)
