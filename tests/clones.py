"""A bare server and clones of it, for tests of what travels between them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import Sandbox, run_git

import gitdraft
from gitdraft.api.draft import Draft
from gitdraft.model.draft_reports import ResolveReport
from gitdraft.model.entities import EntityRef
from gitdraft.model.operations import Actor
from gitdraft.model.reports import RebaseReport
from gitdraft.model.sync_reports import SyncReport
from gitdraft.store.repository import open_store
from gitdraft.sync.divergence import plan_resolve_divergence
from gitdraft.sync.sync import follow_drafts_of_remotes


@dataclass(frozen=True)
class Clone(Sandbox):
    """A clone of the server, with its own user."""

    who: str = "Ann"
    remote: str = field(default="origin")

    @property
    def library(self) -> gitdraft.Repository:
        return gitdraft.open(self.path, actor=Actor(self.who, f"{self.who.lower()}@example.org"))

    def sync(self) -> SyncReport:
        return self.library.sync()

    def resolve_with_remote(
        self, entity: EntityRef, pointer: str | None, answer: Callable[..., Any], draft: str = "fix-person"
    ) -> ResolveReport:
        repo = self.library
        return repo.session.run(
            "resolve",
            lambda transaction: plan_resolve_divergence(
                transaction, self.remote, draft, entity, pointer, answer
            ),
        )

    def outcomes(self, report: SyncReport) -> dict[str, str]:
        found: dict[str, str] = {
            draft.id: draft.outcome for pulled in report.pulls for draft in pulled.drafts
        }
        pushed = report.push.drafts if report.push else ()
        return found | {draft.id: draft.outcome for draft in pushed if draft.id not in found}

    def person(self, draft: str = "fix-person") -> Any:
        return self.library.view("category/Person", draft=draft).document

    def tips(self) -> dict[str, str]:
        store = open_store(self.path)
        return {**store.open_drafts(), **store.closed_drafts()}


@dataclass(frozen=True)
class Server(Sandbox):
    """A bare repository that everybody pushes to."""

    def rebase(self) -> RebaseReport:
        return gitdraft.open(self.path).rebase()

    def commit_file(self, path: str, **members: Any) -> str:
        """A commit on canonical, as a forge makes one."""
        value = json.loads(self.git("show", f"main:{path}")) | members
        blob = self.git("hash-object", "-w", "--stdin", stdin=json.dumps(value, indent=2) + "\n")
        tree = self.git("ls-tree", "-r", "main")
        lines = [
            f"100644 blob {blob}\t{path}" if line.endswith(f"\t{path}") else line
            for line in tree.splitlines()
        ]
        commit = self.git("commit-tree", _tree(self, lines), "-p", "main", "-m", f"Change {path}")
        self.git("update-ref", "refs/heads/main", commit)
        return commit

    def rename_file(self, old: str, new: str, **members: Any) -> str:
        """A commit on canonical that moves a file, with other values for some members."""
        value = json.loads(self.git("show", f"main:{old}")) | members
        blob = self.git("hash-object", "-w", "--stdin", stdin=json.dumps(value, indent=2) + "\n")
        lines = [
            line for line in self.git("ls-tree", "-r", "main").splitlines() if not line.endswith(f"\t{old}")
        ]
        tree = _tree(self, [*lines, f"100644 blob {blob}\t{new}"])
        commit = self.git("commit-tree", tree, "-p", "main", "-m", f"Move {old}")
        self.git("update-ref", "refs/heads/main", commit)
        return commit


def _tree(server: Server, lines: list[str]) -> str:
    """The tree that `git ls-tree -r` lists so."""
    folders: dict[str, list[str]] = {}
    for line in lines:
        head, path = line.split("\t")
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, []).append(f"{head}\t{name}")
    root = folders.pop("", [])
    for folder, entries in folders.items():
        assert "/" not in folder
        oid = server.git("mktree", stdin="\n".join(entries) + "\n")
        root.append(f"040000 tree {oid}\t{folder}")
    return server.git("mktree", stdin="\n".join(root) + "\n")


def start(
    clone: Clone,
    draft_id: str = "fix-person",
    entity: str = "category/Person",
    pointer: str = "/label",
    value: str = "Human",
) -> Draft:
    draft = clone.library.drafts.new(draft_id, draft_id=draft_id)
    draft.set(entity, pointer, value)
    return draft


def serve(sandbox: Sandbox, folder: Path) -> Server:
    """A bare server with what the sandbox has."""
    run_git(folder, "clone", "--quiet", "--bare", str(sandbox.path), str(folder / "server.git"))
    return Server(folder / "server.git")


def clone_of(server: Server, folder: Path, who: str) -> Clone:
    """A clone for somebody, set up as `gitdraft clone` does."""
    run_git(folder, "clone", "--quiet", str(server.path), str(folder / who))
    clone = Clone(folder / who, who)
    follow_drafts_of_remotes(clone.library.store)
    return clone
