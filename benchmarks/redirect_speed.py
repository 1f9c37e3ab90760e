"""Redirects to an entity among 100,000: from the index and without. `python -m benchmarks.redirect_speed`"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from benchmarks import runs
from benchmarks.repositories import OCCASION, folder, git, make_repository
from benchmarks.status_speed import run
from benchmarks.tables import print_table, seconds, shown, typical
from gitdraft.formats.paths import tombstone_path
from gitdraft.formats.tombstones import write_tombstone
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.repository import open_repository
from gitdraft.git.trees import update_tree
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.tombstones import RedirectTombstone
from gitdraft.store.signatures import signature

REDIRECTS = 100_000
TARGETS = 1_000


def add_redirects(path: Path) -> None:
    """One commit more on main, with so many redirects to its things, evenly."""
    buffer = ObjectBuffer(open_repository(path))
    files: dict[str, Oid] = {}
    for number in range(REDIRECTS):
        target = f"thing-{number % TARGETS}"
        tombstone = RedirectTombstone(f"old-{number}", target, "the same", "Benchmark", OCCASION.at)
        files[tombstone_path(EntityRef("thing", tombstone.id))] = buffer.blob(write_tombstone(tombstone))
    main = git(path, "rev-parse", "main")
    commit = buffer.commit(
        tree=update_tree(buffer, buffer.read_commit(Oid(main)).tree, files),
        parents=(Oid(main),),
        author=signature(OCCASION),
        committer=signature(OCCASION),
        message="Redirect\n",
    )
    buffer.flush()
    git(path, "update-ref", "refs/heads/main", commit)
    git(path, "gc", "--quiet")


def main() -> None:
    """Print the table."""
    commands = {
        "redirect list --to": ("redirect", "list", "--to", "thing/thing-7"),
        "redirect create -n": ("redirect", "create", "thing/thing-8", "thing/thing-9", "--reason", "r", "-n"),
    }
    with folder() as path:
        make_repository(path, TARGETS)
        add_redirects(path)
        index = path / ".git/gitdraft/index.sqlite3"
        rows = [["", "every tombstone read", "index, first time", "index", "ratio"]]
        for name, command in commands.items():
            gitdraft = [sys.executable, "-m", "gitdraft.cli.main", *command]
            index.mkdir(parents=True)  # a folder in its place: done without
            without = typical(partial(run, path, *gitdraft), 3)
            index.rmdir()
            first = seconds(partial(run, path, *gitdraft))
            known = typical(partial(run, path, *gitdraft))
            index.unlink()
            rows.append([name, shown(without), shown(first), shown(known), f"{known / without:.2f} x"])
        print_table(f"{REDIRECTS:,} redirects to {TARGETS:,} things", rows)


if __name__ == "__main__":
    runs.run(main)
