"""A repository in a temporary folder, driven as a user drives it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gitdraft

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


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def refusal(self) -> Any:
        """The last line of standard error, an error of `-o json`."""
        return json.loads(self.err.splitlines()[-1])


@dataclass(frozen=True)
class Sandbox:
    """A repository in a temporary folder."""

    path: Path

    def git(self, *arguments: str, stdin: str = "") -> str:
        """git's answer."""
        return run_git(self.path, *arguments, stdin=stdin)

    def run(self, *arguments: str, stdin: str | bytes = "", **environment: str) -> Answer:
        """gitdraft as a user runs it: in a process of its own."""
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "gitdraft.cli.main", *arguments],
            cwd=self.path,
            input=raw,
            capture_output=True,
            check=False,
            env={**os.environ, **environment},
        )
        answer = Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in answer.err, answer.err
        return answer

    def here(self, *arguments: str, stdin: str | bytes = "") -> Answer:
        """The same, in this process: for tables of commands."""
        from gitdraft.cli.main import main

        raw = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = io.StringIO(), io.StringIO()
        before = sys.stdin
        sys.stdin = io.TextIOWrapper(io.BytesIO(raw))
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = main(["-C", str(self.path), *arguments])
        finally:
            sys.stdin = before
        return Answer(code, out.getvalue(), err.getvalue())

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
