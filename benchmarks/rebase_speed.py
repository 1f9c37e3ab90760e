"""10,000 open drafts over 10,000 entities; canonical commits 100 changed ones. gitdraft against git.

`python -m benchmarks.rebase_speed [DRAFTS]`
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks import runs
from benchmarks.repositories import IDENTITY, OCCASION, folder, git, make_repository, write_json
from benchmarks.tables import print_table, seconds, shown
from gitdraft.drafts.create import NewDraft, draft_header
from gitdraft.formats.changes import write_change
from gitdraft.formats.drafts import write_draft_header
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.trees import update_tree
from gitdraft.model.changes import Update
from gitdraft.model.entities import EntityRef
from gitdraft.store.replay import DraftTip, commit_draft
from gitdraft.store.repository import Store, open_store
from gitdraft.store.signatures import signature
from gitdraft.store.transaction import begin

ENTITIES = 10_000
CHANGED = 100
RUNS = 3
SAMPLE_MERGE_TREE = 200
SAMPLE_REBASE = 10


def make_drafts(
    store: Store, number: int, entity_of: Callable[[int], int] = lambda number: number % ENTITIES
) -> None:
    """So many drafts of one change each, packed; ``entity_of`` says which thing each of them changes."""
    transaction = begin(store, OCCASION)
    base = transaction.canonical
    assert base.commit is not None
    assert base.tree is not None
    lines = []
    for n in range(number):
        draft_id = f"draft-{n}"
        patch = ({"op": "replace", "path": "/label", "value": f"Renamed {n}"},)
        change = write_change(Update(EntityRef("thing", f"thing-{entity_of(n)}"), patch))
        header = write_draft_header(draft_header(NewDraft(f"Draft {n}"), base.commit, OCCASION))
        files = {**change, ".gitdraft/draft.json": header}
        start = DraftTip(base.commit, base.tree, base.commit)
        tip = commit_draft(transaction, start, draft_id, files, f"Draft {n}")
        lines.append(f"create refs/heads/draft/{draft_id} {tip.commit}\n")
    transaction.buffer.flush()
    git(store.git.path, "update-ref", "--stdin", stdin="".join(lines))
    git(store.git.path, "pack-refs", "--all")


def move_canonical(path: Path, things: dict[str, dict[str, object]], step: int) -> None:
    """One commit that changes so many entities, elsewhere than the drafts do."""
    store = open_store(path)
    buffer = ObjectBuffer(store.git)
    tip = store.snapshot(buffer)
    assert tip.commit is not None
    chosen = list(things)[step * CHANGED : (step + 1) * CHANGED]
    files = {name: buffer.blob(write_json({**things[name], "values": [step]})) for name in chosen}
    commit = buffer.commit(
        tree=update_tree(buffer, tip.tree, files),
        parents=(tip.commit,),
        author=signature(OCCASION),
        committer=signature(OCCASION),
        message=f"Step {step}\n",
    )
    buffer.flush()
    git(path, "update-ref", "refs/heads/main", commit)
    git(path, "reset", "--quiet", "--hard")


def run(path: Path, *arguments: str) -> float:
    """A gitdraft command as a process, in seconds."""
    command = [sys.executable, "-m", "gitdraft.cli.main", "-q", *arguments]
    environment = {**os.environ, **IDENTITY}
    return seconds(lambda: subprocess.run(command, cwd=path, env=environment, check=True))


def by_merge_tree(path: Path, drafts: list[tuple[str, str]]) -> float:
    """Each draft merged by plumbing: `merge-tree`, `commit-tree`, `update-ref`; seconds a draft."""

    def rebase() -> None:
        main = git(path, "rev-parse", "main")
        for name, tip in drafts:
            tree = git(path, "merge-tree", "--write-tree", main, tip)
            commit = git(path, "commit-tree", tree, "-p", main, "-m", "rebased")
            git(path, "update-ref", name, commit, tip)

    return seconds(rebase) / len(drafts)


def by_git_rebase(path: Path, drafts: list[tuple[str, str]]) -> float:
    """Each draft by `git rebase` in the worktree; seconds a draft."""

    def rebase() -> None:
        for name, _ in drafts:
            git(path, "rebase", "--quiet", "main", name.removeprefix("refs/heads/"))

    taken = seconds(rebase) / len(drafts)
    git(path, "switch", "--quiet", "main")
    return taken


def main() -> None:
    """Print the table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with folder() as path:
        things = make_repository(path, ENTITIES)
        make_drafts(open_store(path), number)
        run(path, "rebase")
        affected, everything = [], []
        for step in range(RUNS):
            move_canonical(path, things, step)
            affected.append(run(path, "rebase"))
        (path / ".git/gitdraft/index.sqlite3").unlink()
        move_canonical(path, things, RUNS)
        without = run(path, "rebase")
        for step in range(RUNS):
            move_canonical(path, things, RUNS + 1 + step)
            everything.append(run(path, "rebase", "--all"))
            git(path, "pack-refs", "--all")
        names = git(
            path, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/draft/"
        ).splitlines()
        drafts = [(line.split()[0], line.split()[1]) for line in names]
        move_canonical(path, things, RUNS * 2 + 1)
        plumbing = by_merge_tree(path, drafts[-SAMPLE_MERGE_TREE:]) * number
        porcelain = by_git_rebase(path, drafts[:SAMPLE_REBASE]) * number
        git(path, "fsck", "--no-dangling")
        one, every = median(affected), median(everything)
        print_table(
            f"{number:,} open drafts over {ENTITIES:,} entities, canonical changes {CHANGED}",
            [
                ["", "time", "against merge-tree", "against git rebase"],
                ["gitdraft rebase", shown(one), f"{plumbing / one:,.0f} x", f"{porcelain / one:,.0f} x"],
                [
                    "gitdraft rebase, the index deleted before",
                    shown(without),
                    f"{plumbing / without:,.0f} x",
                    f"{porcelain / without:,.0f} x",
                ],
                [
                    "gitdraft rebase --all",
                    shown(every),
                    f"{plumbing / every:,.0f} x",
                    f"{porcelain / every:,.0f} x",
                ],
                [f"git merge-tree, commit-tree, update-ref ({SAMPLE_MERGE_TREE} measured)", shown(plumbing)],
                [f"git rebase ({SAMPLE_REBASE} measured)", shown(porcelain)],
            ],
        )


if __name__ == "__main__":
    runs.run(main)
