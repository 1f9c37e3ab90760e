"""A repository in a temporary folder, driven as a user drives it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from program import Answer, run_in_process, run_process

import gitdraft
from gitdraft.model.values import ABSENT, Absence

CONFIGURATION = """\
version: 1
canonical: main
entities:
  category:
    path: categories/{key}.json
    schema: categories/_schema.json
    id: /id
    references:
      /parents/*: category
      /properties/*: property
    lists:
      /parents: {type: set}
      /fields: {type: keyed, key: [name]}
  property:
    path: properties/{key}.json
    id: /id
"""

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["id", "label"],
    "properties": {
        "id": {"type": "string"},
        "label": {"type": "string", "minLength": 1},
        "description": {"type": "string"},
        "parents": {"type": "array", "items": {"type": "string"}},
        "properties": {"type": "array", "items": {"type": "string"}},
        "steps": {"type": "array", "items": {"type": "string"}},
        "fields": {"type": "array", "items": {"type": "object"}},
        "rank": {"type": "number"},
    },
    "additionalProperties": False,
}

ENTITIES: dict[str, dict[str, Any]] = {
    "categories/Agent.json": {"id": "Agent", "label": "Agent", "description": "Acts."},
    "categories/Person.json": {
        "id": "Person",
        "label": "Person",
        "description": "A human being.",
        "parents": ["Agent"],
        "properties": ["name"],
        "steps": ["a", "b", "c"],
    },
    "properties/name.json": {"id": "name", "label": "Name", "datatype": "Text"},
    "properties/unused.json": {"id": "unused", "label": "Unused", "datatype": "Text"},
}


def run_git(folder: Path, *arguments: str, stdin: str = "") -> str:
    """git's answer; fails the test when git fails."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout.strip()


def present(document: Any | Absence) -> Any:
    """A document that has to be there."""
    assert document is not ABSENT
    return document


@dataclass(frozen=True)
class Sandbox:
    """A repository in a temporary folder."""

    path: Path

    def git(self, *arguments: str, stdin: str = "") -> str:
        """git's answer."""
        return run_git(self.path, *arguments, stdin=stdin)

    def run(self, *arguments: str, stdin: str | bytes = "", **environment: str) -> Answer:
        """gitdraft as a user runs it, called in this process."""
        return run_in_process(arguments, self.path, _encoded(stdin), environment)

    def run_process(self, *arguments: str, stdin: str | bytes = "", **environment: str) -> Answer:
        """The same in a process of its own, where that is the point: start-up, signals, the user's locale."""
        return run_process(arguments, self.path, _encoded(stdin), environment)

    @property
    def library(self) -> gitdraft.Repository:
        """The repository through the library."""
        return gitdraft.open(self.path)

    def write(self, path: str, value: Any) -> None:
        """Write a file into the worktree; what is no text is written as JSON."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        )

    def read(self, path: str) -> Any:
        """The JSON in a file of the worktree."""
        return json.loads((self.path / path).read_text())

    def change(self, path: str, message: str = "canonical moves", **members: Any) -> str:
        """Commit other values for members of an entity on the checked-out branch; the new commit."""
        self.write(path, {**self.read(path), **members})
        return self.commit(message)

    def commit(self, message: str = "canonical moves") -> str:
        """Commit everything in the worktree; the new commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def refs(self) -> dict[str, str]:
        """All refs."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return dict(line.split() for line in lines)

    def fsck(self) -> None:
        """Fail the test unless the repository is sound."""
        self.git("fsck", "--strict", "--no-dangling")


def _encoded(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
