"""Repositories that the benchmarks run on, made quickly."""

from __future__ import annotations

import json
import os
import random
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitdraft.formats.configuration import parse_configuration
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.repository import initialise_repository
from gitdraft.git.trees import update_tree
from gitdraft.model.entities import EntityRef
from gitdraft.model.names import Oid
from gitdraft.model.operations import Actor, OperationMetadata
from gitdraft.store.signatures import signature

SHARED = Path(__file__).resolve().parents[2] / "shared"
BUNDLE = Path(os.environ.get("GITDRAFT_SHARED", SHARED)) / "cases/browser-compat/history.bundle"
OCCASION = OperationMetadata(Actor("Benchmark", "benchmark@example.org"), 1_700_000_000, 0, "0" * 12)
CONFIGURATION = b"""version: 1
canonical: main
entities:
  thing:
    path: things/{fanout:2}/{key}.json
    id: /id
    lists:
      /tags: {type: set}
"""

IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", OCCASION.actor.name), ("EMAIL", OCCASION.actor.email))
}


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    """git's answer."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
    )
    return done.stdout.strip()


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder."""
    with tempfile.TemporaryDirectory(prefix="gitdraft-benchmark-") as path:
        yield Path(path)


def entity(number: int, chance: random.Random) -> dict[str, object]:
    """An entity of about 700 bytes."""
    words = ["measure", "record", "describe", "observe", "compare", "publish", "review", "archive"]
    return {
        "id": f"thing-{number}",
        "label": f"Thing {number}",
        "description": " ".join(chance.choice(words) for _ in range(40)),
        "tags": sorted({chance.choice(words) for _ in range(4)}),
        "values": [chance.randrange(1000) for _ in range(12)],
        "owner": {"name": chance.choice(words), "since": chance.randrange(1990, 2026)},
    }


def write_json(value: object) -> bytes:
    """As curators write it."""
    return json.dumps(value, indent=2).encode() + b"\n"


def make_repository(path: Path, entities: int) -> dict[str, dict[str, object]]:
    """A repository with so many things on main, checked out nowhere; the things by path."""
    chance = random.Random(1)
    repository = initialise_repository(path, "main")
    configuration = parse_configuration(CONFIGURATION)
    buffer = ObjectBuffer(repository)
    things = {
        configuration.path_of(EntityRef("thing", f"thing-{n}")): entity(n, chance) for n in range(entities)
    }
    files: dict[str, Oid] = {path: buffer.blob(write_json(thing)) for path, thing in things.items()}
    files["gitdraft.yaml"] = buffer.blob(CONFIGURATION)
    commit = buffer.commit(
        tree=update_tree(buffer, None, files),
        parents=(),
        author=signature(OCCASION),
        committer=signature(OCCASION),
        message="Start\n",
    )
    buffer.flush()
    git(path, "update-ref", "refs/heads/main", commit)
    git(path, "reset", "--quiet", "--hard")
    return things
