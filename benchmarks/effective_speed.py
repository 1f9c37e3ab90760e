"""Effective members and edits of them in hierarchies of 10,000 and 100,000 entities. `python -m benchmarks.effective_speed`"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import gitdraft
from benchmarks import runs
from benchmarks.repositories import OCCASION, folder, git, write_json
from benchmarks.tables import print_table, seconds, shown, typical
from gitdraft.formats.configuration import parse_configuration
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.repository import initialise_repository
from gitdraft.git.trees import update_tree
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.store.signatures import signature

SIZES = {10_000: 2, 100_000: 3}  # entities, levels of folders
DEPTH = 8
LEAVES = 100  # below each entity of the level above them
CONFIGURATION = """version: 1
canonical: main
entities:
  thing:
    path: things/{{fanout:{levels}}}/{{key}}.json
    id: /id
    references: {{/parents/*: thing}}
    lists: {{/parents: {{type: set}}}}
    inherits:
      parents: /parents
      members: {{/required: required, /optional: optional}}
"""


def hierarchy(number: int) -> dict[str, dict[str, object]]:
    """So many entities in a tree with ``DEPTH`` levels below its root, four members each; on the last level 100 below
    each of the one before."""
    levels: list[list[str]] = [["root"]]
    inner = number // LEAVES
    width = inner ** (1 / (DEPTH - 1))
    things = {"root": thing("root", [])}
    for level in range(1, DEPTH + 1):
        above = levels[-1]
        size = inner if level == DEPTH - 1 else round(width**level)
        size = number - len(things) if level == DEPTH else size
        levels.append([f"thing-{level}-{n}" for n in range(size)])
        for n, key in enumerate(levels[-1]):
            things[key] = thing(key, [above[n % len(above)]])
    return things


def thing(key: str, parents: list[str]) -> dict[str, object]:
    """An entity with members of its own."""
    return {
        "id": key,
        "label": f"The thing {key}",
        "description": "Something that inherits. " * 10,
        "parents": parents,
        "required": [f"{key}-a"],
        "optional": [f"{key}-b", f"{key}-c", "common"],
    }


def commit(path: Path, things: dict[str, dict[str, object]], configuration: str) -> None:
    """One commit more on main that has these things so."""
    buffer = ObjectBuffer(initialise_repository(path, "main"))
    declared = parse_configuration(configuration.encode())
    files: dict[str, Oid] = {
        declared.path_of(EntityRef("thing", key)): buffer.blob(write_json(value))
        for key, value in things.items()
    }
    files["gitdraft.yaml"] = buffer.blob(configuration.encode())
    main = git(path, "for-each-ref", "--format=%(objectname)", "refs/heads/main")
    made = buffer.commit(
        tree=update_tree(buffer, buffer.read_commit(Oid(main)).tree if main else None, files),
        parents=(Oid(main),) if main else (),
        author=signature(OCCASION),
        committer=signature(OCCASION),
        message="Change\n",
    )
    buffer.flush()
    git(path, "update-ref", "refs/heads/main", made)


def measure(number: int) -> dict[str, float]:
    """What each thing takes among so many entities, in seconds."""
    things, configuration = hierarchy(number), CONFIGURATION.format(levels=SIZES[number])
    inner, leaf = f"thing-{DEPTH - 1}-7", f"thing-{DEPTH}-7"
    took: dict[str, float] = {}
    turn = iter(range(1000))
    with folder() as path:
        commit(path, things, configuration)

        def moved(key: str, member: str = "required") -> Callable[[], object]:
            def move() -> object:
                things[key] = {**things[key], member: [f"m-{next(turn)}"]}
                commit(path, {key: things[key]}, configuration)
                return seconds(lambda: gitdraft.open(path).effective(leaf))

            return move

        def after(key: str, member: str = "required") -> float:
            move = moved(key, member)
            return sorted(float(str(move())) for _ in range(5))[2]

        took["index filled"] = seconds(lambda: gitdraft.open(path).effective(leaf))
        took["effective"] = typical(lambda: gitdraft.open(path).effective(leaf), 21)
        took["effective, label of the root edited before"] = after("root", "label")
        took["effective, a leaf edited before"] = after(leaf)
        took["effective, an entity with 100 heirs edited before"] = after(inner)
        draft = gitdraft.open(path).drafts.new("Edit", draft_id="edit")
        took["draft: set, then effective"] = typical(
            lambda: (
                draft.set(inner, "/required", [f"m-{next(turn)}"]),
                gitdraft.open(path).effective(leaf, draft),
            )
        )
        took["draft: effective"] = typical(lambda: gitdraft.open(path).effective(leaf, draft), 21)
        took["draft: impact on 100 heirs"] = typical(lambda: gitdraft.open(path).impact(draft))
        wide = gitdraft.open(path).drafts.new("Root", draft_id="root")
        wide.set("root", "/required", ["new"])
        took["draft: impact on all"] = seconds(lambda: gitdraft.open(path).impact(wide))
        took["effective, members of the root edited before"] = float(str(moved("root")()))
        index = path / ".git/gitdraft/index.sqlite3"
        print(f"{number:,} entities, index {index.stat().st_size / 1e6:,.0f} MB", file=sys.stderr)
    return took


def main() -> None:
    """Print the table."""
    small, large = (measure(number) for number in SIZES)
    rows = [["", *(f"{number:,}" for number in SIZES), "growth"]]
    rows += [
        [name, shown(small[name]), shown(large[name]), f"{large[name] / small[name]:.1f} x"] for name in small
    ]
    print_table(f"Entities that inherit, {DEPTH} levels deep, in process", rows)


if __name__ == "__main__":
    runs.run(main)
