"""Real canonical commits come in by plain git, with hooks, while 100 real proposals are open as drafts.

Beside them some drafts delete what canonical is going to change. Each step is some commits of the history; the same
steps, three ways: `gitdraft rebase` after each; in a worktree by turns through `git commit`, `git merge` and
`git pull` with the client's hooks; pushed to a bare repository with the server's. In the end the drafts must stand
alike everywhere.
`python -m benchmarks.real_hooks [STEPS]`
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import gitdraft
from benchmarks import runs
from benchmarks.history import (
    Proposal,
    clone,
    configuration,
    metadata,
    open_draft,
    proposals,
    replant,
    set_canonical,
)
from benchmarks.hook_speed import ENVIRONMENT
from benchmarks.real_load import documents, prepare
from benchmarks.repositories import folder, git
from benchmarks.tables import print_table, seconds, shown
from gitdraft.errors import GitdraftError
from gitdraft.git.history import commits_between
from gitdraft.git.trees import changed_files
from gitdraft.model.names import Oid
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.store.hooks.install import install
from gitdraft.store.repository import Store, open_store
from gitdraft.store.transaction import begin, commit_plan
from gitdraft.views.effective_view import open_view

OPEN = 100
STEPS = 30
STRIDE = 3
DELETIONS = 10
MESSAGE = ("--quiet", "--message", "step")


@dataclass(frozen=True)
class Ending:
    """How the drafts stand, what they make of their entities, how long the steps took."""

    statuses: dict[str, str]
    changes: int
    documents: dict[str, object]
    times: list[float]


def main() -> None:
    """Print the table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS
    with folder() as path:
        steps = start(path / "start.git", number)
        ways: dict[str, Callable[[Path, list[str]], list[float]]] = {
            "gitdraft rebase after each": by_rebase,
            "git commit, merge and pull with hooks": by_client,
            "git push to a server with hooks": by_server,
        }
        endings = {}
        for way, replay in ways.items():
            there = path / way.replace(" ", "-")
            shutil.copytree(path / "start.git", there / ".git" if replay is by_client else there)
            endings[way] = ending(there, replay(there, steps))
            print(f"  {way}: done", flush=True)
        first = endings["gitdraft rebase after each"]
        rows = [
            [
                "",
                "a step, median",
                "slowest",
                "statuses",
                "changes left",
                "documents",
                "clean, conflict, invalid, broken",
            ]
        ]
        for way, found in endings.items():
            counts = Counter(found.statuses.values())
            rows.append(
                [
                    way,
                    shown(median(found.times)),
                    shown(max(found.times)),
                    "equal" if found.statuses == first.statuses else "DIFFER",
                    f"{found.changes:,}",
                    "equal" if found.documents == first.documents else "DIFFER",
                    ", ".join(str(counts[word]) for word in ("clean", "conflict", "invalid", "broken")),
                ]
            )
        print_table(f"{len(steps)} moves of canonical, {len(first.statuses)} drafts open", rows)


def start(path: Path, number: int) -> list[str]:
    """A bare repository where the proposals are open, and the trees of the canonical commits to come."""
    repository = clone(path)
    git(path, "remote", "remove", "origin")
    original = list(commits_between(repository, Oid(""), Oid(git(path, "rev-parse", "main"))))
    content = configuration(repository, original[-1].oid)
    place = {commit.oid: n for n, commit in enumerate(original)}
    known = sorted((p for p in proposals(repository) if p.start in place), key=lambda p: place[p.start])
    chosen = known[:OPEN]
    here = max(place[proposal.start] for proposal in chosen)
    store, moved = prepare(path, content, [c.oid for c in original])
    set_canonical(store, moved[original[here].oid])
    opened = sum(opens(store, proposal, moved[proposal.start], content) for proposal in chosen)
    commit_plan(store, metadata(0), "rebase", plan_rebase)
    git(path, "pack-refs", "--all")
    print(
        f"  {opened} of {len(chosen)} proposals are open, on commit {here:,} of {len(original):,}", flush=True
    )
    later = original[here + STRIDE : here + STRIDE * number + 1 : STRIDE]
    add_deletions(store, moved[later[-1].oid])
    return [git(path, "rev-parse", f"{moved[commit.oid]}^{{tree}}") for commit in later]


def opens(store: Store, proposal: Proposal, base: str, content: bytes) -> bool:
    """Whether the proposal could be opened as a draft."""
    revision = replant(store.git, proposal.proposed, content, base)
    try:
        open_draft(store, proposal, revision)
    except GitdraftError:
        return False
    return True


def add_deletions(store: Store, end: str) -> None:
    """Drafts that will be in conflict: each deletes an entity that canonical changes on its way to ``end``."""
    here = store.snapshot()
    there = store.git.read_lineage(Oid(end)).tree
    changed = (
        c for c in changed_files(store.git, here.tree, there) if c.old is not None and c.new is not None
    )
    entities = [e for change in changed if (e := here.configuration.entity_at(change.path)) is not None]
    library = gitdraft.open(store.git.path)
    for number, entity in enumerate(entities[:: max(1, len(entities) // DELETIONS)][:DELETIONS]):
        draft = library.drafts.new(f"Deletion {number}", draft_id=f"deletion-{number}")
        draft.delete(str(entity), "to be in conflict", allow_invalid=True)


def by_rebase(path: Path, trees: list[str]) -> list[float]:
    """Canonical is moved, then `gitdraft rebase` is run; the times are its."""
    times = []
    for tree in trees:
        git(path, "update-ref", "refs/heads/main", commit_of(path, tree, "main"))
        command = [sys.executable, "-m", "gitdraft.cli.main", "-q", "rebase"]
        times.append(seconds(lambda: subprocess.run(command, cwd=path, env=ENVIRONMENT, check=False)))  # noqa: B023
    return times


def by_client(path: Path, trees: list[str]) -> list[float]:
    """In a worktree, by turns through commit, merge and pull; the times are git's with the hooks."""
    git(path, "config", "core.bare", "false")
    git(path, "symbolic-ref", "HEAD", "refs/heads/main")
    git(path, "reset", "--quiet", "--hard", "main")
    upstream = path.with_name("upstream.git")
    git(path, "init", "--quiet", "--bare", str(upstream))
    (upstream / "objects/info/alternates").write_text(f"{path / '.git/objects'}\n")
    install(open_store(path))
    times = []
    for number, tree in enumerate(trees):
        if number % 3 == 0:
            git(path, "read-tree", "-m", "-u", "HEAD", tree)
            times.append(timed(path, "commit", *MESSAGE))
        elif number % 3 == 1:
            git(path, "update-ref", "refs/heads/topic", commit_of(path, tree, "main"))
            times.append(timed(path, "merge", "--no-ff", *MESSAGE, "topic"))
        else:
            git(upstream, "update-ref", "refs/heads/main", commit_of(path, tree, "main"))
            times.append(timed(path, "pull", "--quiet", "--ff-only", str(upstream), "main"))
        assert git(path, "rev-parse", "main^{tree}") == tree
    return times


def by_server(path: Path, trees: list[str]) -> list[float]:
    """Each commit is pushed to the bare repository; the times are git's, the hooks of the server included."""
    install(open_store(path))
    pusher = path.with_name("pusher.git")
    git(path, "init", "--quiet", "--bare", str(pusher))
    (pusher / "objects/info/alternates").write_text(f"{path / 'objects'}\n")
    times = []
    for tree in trees:
        commit = commit_of(pusher, tree, git(path, "rev-parse", "main"))
        times.append(timed(pusher, "push", "--quiet", str(path), f"{commit}:refs/heads/main"))
        assert git(path, "rev-parse", "main") == commit
    return times


def commit_of(path: Path, tree: str, parent: str) -> str:
    """A commit of the tree."""
    return git(path, "commit-tree", tree, "-p", parent, "-m", "step")


def timed(path: Path, *arguments: str) -> float:
    """What git takes, with the hooks that it runs. Ends the benchmark when git fails."""

    def call() -> None:
        done = subprocess.run(
            ["git", *arguments], cwd=path, env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(f"git {' '.join(arguments)}: {done.stdout}{done.stderr}", file=sys.stderr)
            sys.exit(1)

    return seconds(call)


def ending(path: Path, times: list[float]) -> Ending:
    """How the drafts stand, as they are left."""
    store = open_store(path)
    report = plan_rebase(begin(store, metadata(1))).report
    assert not report.counts.rebased, f"{report.counts.rebased} drafts are behind"
    troubled = {draft.id: draft.status for draft in report.drafts}
    made = {draft: documents(open_view(store, store.find_draft(draft))) for draft in store.open_drafts()}
    git(path, "fsck", "--strict", "--no-dangling")
    changes = sum(map(len, made.values()))
    return Ending({name: troubled.get(name, "clean") for name in made}, changes, dict(made), times)


if __name__ == "__main__":
    os.environ |= ENVIRONMENT
    runs.run(main)
