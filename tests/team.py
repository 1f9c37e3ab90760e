"""A team on a forge: the forge, and the clones that people work in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from forge_server import TOKEN, Forge, Pull
from program import Answer
from sandbox import Sandbox, run_git


@dataclass
class Team:
    """A forge, and a clone of its repository."""

    forge: Forge
    repository: Sandbox

    def run(self, *arguments: str, code: int = 0) -> Answer:
        """gitdraft in the clone; it ends with this code."""
        answer = self.repository.run(*arguments)
        assert answer.code == code, answer.err + answer.out
        assert TOKEN not in answer.out + answer.err
        return answer

    def json(self, *arguments: str, code: int = 0) -> Any:
        """The JSON that it answers."""
        return self.run(*arguments, "-o", "json", code=code).json

    def json_error(self, *arguments: str, code: int) -> Any:
        """The error that it ends with, as JSON."""
        return json.loads(self.run(*arguments, "-o", "json", code=code).err)

    def draft(self, name: str = "fix", **values: str) -> None:
        """A submitted draft that sets members of Person."""
        drafts = self.repository.library.drafts
        draft = drafts.new("Fix Person", draft_id=name)
        for pointer, value in (values or {"description": "A person."}).items():
            draft.set("category/Person", f"/{pointer}", value)
        draft.submit()

    @property
    def pull(self) -> Pull:
        """The only pull request."""
        (pull,) = self.forge.pulls
        return pull

    def elsewhere(self, branch: str) -> Sandbox:
        """Bea's clone, on a branch."""
        path = self.repository.path.parent / "bea"
        if not path.exists():
            run_git(path.parent, "clone", "--quiet", str(self.forge.bare), "bea")
        run_git(path, "fetch", "--quiet", "--prune")
        run_git(path, "checkout", "--quiet", "-B", branch, f"origin/{branch}")
        return Sandbox(path)

    def push(self, branch: str, path: str, *, message: str = "A better word", **members: Any) -> str:
        """What Bea commits on a branch."""
        bea = self.elsewhere(branch)
        bea.change(path, message, **members)
        bea.git("commit", "--quiet", "--amend", "--author", "Bea <bea@example.org>", "--no-edit")
        commit = bea.git("rev-parse", "HEAD")
        bea.git("push", "--quiet", "origin", branch)
        return commit
