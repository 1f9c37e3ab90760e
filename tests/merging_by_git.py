"""The ways in which people bring a draft's branch onto canonical without gitdraft."""

from __future__ import annotations

import json
from typing import Any

from sandbox import Sandbox

PERSON = "categories/Person.json"
AGENT = "categories/Agent.json"
WAYS = ("fast-forward", "no-ff", "squash", "squash-own-message", "rebase", "cherry-pick", "other-way-round")


def answer(sandbox: Sandbox, *arguments: str, code: int = 0) -> Any:
    """What gitdraft answers as JSON."""
    said = sandbox.run("-o", "json", *arguments)
    assert said.code == code, said.err
    return json.loads(said.out)


def draft(sandbox: Sandbox, draft_id: str, entity: str, label: str) -> None:
    """A draft that gives an entity another label."""
    assert sandbox.run("new", f"About {draft_id}", "--id", draft_id).code == 0
    assert sandbox.run("set", entity, "/label", label, "--draft", draft_id).code == 0


def merge_by_git(sandbox: Sandbox, way: str, draft_id: str = "x") -> None:
    """Bring the draft's branch onto main as people do, past the hooks where they refuse it."""
    branch = f"draft/{draft_id}"
    sandbox.git("checkout", "--quiet", "main")
    base = sandbox.git("merge-base", "main", branch)
    match way:
        case "fast-forward":
            sandbox.git("rebase", "--quiet", "main", branch)
            sandbox.git("checkout", "--quiet", "main")
            sandbox.git("merge", "--quiet", "--ff-only", branch)
        case "no-ff":
            sandbox.git("merge", "--quiet", "--no-ff", "--no-edit", "--no-verify", branch)
        case "squash" | "squash-own-message":
            sandbox.git("merge", "--quiet", "--squash", branch)
            message = ("-m", "Squashed") if way == "squash-own-message" else ("--no-edit",)
            sandbox.git("commit", "--quiet", "--no-verify", *message)
        case "rebase":
            sandbox.git("checkout", "--quiet", "-b", "rebased", branch)
            sandbox.git("rebase", "--quiet", "main")
            sandbox.git("checkout", "--quiet", "main")
            sandbox.git("merge", "--quiet", "--ff-only", "rebased")
            sandbox.git("branch", "--quiet", "-D", "rebased")
        case "cherry-pick":
            sandbox.git("cherry-pick", f"{base}..{branch}")
        case "other-way-round":
            sandbox.git("checkout", "--quiet", "-b", "joined", branch)
            sandbox.git("merge", "--quiet", "--no-edit", "--no-ff", "--no-verify", "main")
            sandbox.git("checkout", "--quiet", "main")
            sandbox.git("merge", "--quiet", "--ff-only", "joined")
            sandbox.git("branch", "--quiet", "-D", "joined")
