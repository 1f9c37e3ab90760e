"""`validate --canonical` against plain jsonschema over the same files. `python -m benchmarks.validation_speed [ENTITIES]`"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

from benchmarks import runs
from benchmarks.repositories import OCCASION, folder, git, write_json
from benchmarks.tables import print_table, seconds, shown
from gitdraft.formats.configuration import parse_configuration
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.repository import initialise_repository
from gitdraft.git.trees import update_tree
from gitdraft.model.names import Oid
from gitdraft.store.repository import open_store
from gitdraft.store.signatures import signature
from gitdraft.validation import schemas
from gitdraft.validation.commits import validate_canonical, validate_range

ENTITIES = 20_000
CONFIGURATION = b"""version: 1
canonical: main
entities:
  category:
    path: categories/{fanout:2}/{key}.json
    schema: categories/_schema.json
    id: /id
    references:
      /parents/*: category
    inherits: {parents: /parents, members: {/required: required}}
"""
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["id", "label", "parents"],
    "properties": {
        "id": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]*$"},
        "label": {"type": "string", "minLength": 1, "maxLength": 100},
        "description": {"type": "string"},
        "parents": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "required": {"type": "array", "items": {"type": "string", "minLength": 1}},
        "fields": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "kind"],
                "properties": {
                    "name": {"type": "string"},
                    "kind": {"enum": ["text", "number", "date", "reference"]},
                    "most": {"type": "integer", "minimum": 1},
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


def category(number: int, chance: random.Random) -> dict[str, object]:
    """A category of about 500 bytes that names up to two earlier ones; one in a hundred breaks the schema."""
    parents = {f"C{chance.randrange(number)}" for _ in range(2)} if number else set()
    kinds = ["text", "number", "date", "reference"]
    return {
        "id": f"C{number}",
        "label": "" if number % 100 == 99 else f"Category {number}",
        "description": "What belongs to it and what does not. " * 3,
        "parents": sorted(parents),
        "required": [f"member-{chance.randrange(50)}" for _ in range(3)],
        "fields": [{"name": f"field {n}", "kind": chance.choice(kinds), "most": n + 1} for n in range(4)],
    }


def make(path: Path, entities: int) -> tuple[str, str]:
    """A repository with two commits: so many categories, and ten of them changed; the two commits."""
    chance = random.Random(1)
    buffer = ObjectBuffer(initialise_repository(path, "main"))
    kind = parse_configuration(CONFIGURATION).entities["category"].path
    things = {kind.path_of(f"C{n}"): category(n, chance) for n in range(entities)}
    files = {name: buffer.blob(write_json(thing)) for name, thing in things.items()}
    files |= {
        "gitdraft.yaml": buffer.blob(CONFIGURATION),
        "categories/_schema.json": buffer.blob(write_json(SCHEMA)),
    }
    tree = update_tree(buffer, None, files)
    changed = {
        name: buffer.blob(write_json({**thing, "label": "other"}))
        for name, thing in list(things.items())[:10]
    }
    commits: list[Oid] = []
    for root in (tree, update_tree(buffer, tree, changed)):
        who = signature(OCCASION)
        commits.append(
            buffer.commit(tree=root, parents=commits[-1:], author=who, committer=who, message="x\n")
        )
    buffer.flush()
    git(path, "update-ref", "refs/heads/main", commits[1])
    return commits[0], commits[1]


def by_jsonschema(path: Path) -> int:
    """What a script does: read every file, parse it, ask jsonschema; how many errors."""
    canonical = open_store(path).snapshot()
    validator = Draft202012Validator(SCHEMA)
    return sum(
        len(list(validator.iter_errors(json.loads(canonical.source.read_blob(blob)))))
        for _, blob in canonical.entities()
    )


def main() -> None:
    """Print the table."""
    entities = int(sys.argv[1]) if len(sys.argv) > 1 else ENTITIES
    with folder() as path:
        before, after = make(path, entities)

        def ours(many: int) -> float:
            schemas.MANY = many
            return seconds(lambda: validate_canonical(open_store(path)))

        plain = min(seconds(lambda: by_jsonschema(path)) for _ in range(3))
        with_rust = min(ours(200) for _ in range(3))
        without = min(ours(entities + 1) for _ in range(3))
        step = min(seconds(lambda: validate_range(open_store(path), before, after)) for _ in range(3))
        command = [sys.executable, "-m", "gitdraft.cli.main", "validate", "--canonical"]
        whole = seconds(lambda: subprocess.run(command, cwd=path, capture_output=True, check=False))

        def row(name: str, taken: float) -> list[str]:
            return [name, shown(taken), f"{entities / taken:,.0f}", f"{plain / taken:,.1f} x"]

        print_table(
            f"{entities:,} entities with a schema, references and parents",
            [
                ["", "time", "entities a second", "against jsonschema"],
                row("jsonschema over every file, nothing else", plain),
                row("validate --canonical, all rules, with jsonschema-rs", with_rust),
                row("the same without jsonschema-rs", without),
                row("the command as a whole", whole),
                ["validate REV..REV, 10 entities changed", shown(step)],
            ],
        )


if __name__ == "__main__":
    runs.run(main)
