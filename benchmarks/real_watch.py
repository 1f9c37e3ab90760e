"""Real canonical commits, moved by plain git, with `gitdraft watch` running and real proposals open as drafts.

Nobody waits for the watcher, so it takes several commits as one where they come faster than it rebases. In a copy
`gitdraft rebase` does the same after the commits at which the watcher did: all drafts must end with the same status
and the same effective entities.
`python -m benchmarks.real_watch [COMMITS] [PROPOSALS]`
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from benchmarks import runs
from benchmarks.history import Proposal, clone, configuration, metadata, open_draft, proposals, replant
from benchmarks.real_load import documents, prepare
from benchmarks.repositories import folder, git
from benchmarks.tables import print_table, seconds, shown
from benchmarks.watch_speed import start
from gitdraft.errors import StateRefused
from gitdraft.git.history import commits_between
from gitdraft.git.repository import open_repository
from gitdraft.model.names import Oid
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.store.repository import Store, open_store
from gitdraft.store.transaction import begin, commit_plan
from gitdraft.views.effective_view import open_view


@dataclass(frozen=True)
class Story:
    """The canonical commits in their order, each with a gitdraft.yaml, and the proposals that start at each."""

    commits: list[str]
    proposals: dict[str, list[Proposal]]
    content: bytes

    def play(self, path: Path, after: Callable[[int], object]) -> None:
        """Move canonical by plain git and open the drafts where their authors did; ``after`` each move, its number."""
        store = open_store(path)
        for number, commit in enumerate(self.commits):
            git(path, "update-ref", "refs/heads/main", commit)
            after(number)
            for proposal in self.proposals.get(commit, []):
                revision = replant(store.git, proposal.proposed, self.content, commit)
                with suppress(StateRefused):  # it changes no entity
                    open_draft(store, proposal, revision)


def outcome(store: Store) -> dict[str, tuple[str, dict[str, object]]]:
    """For each open draft its status on canonical's tip, and what it makes of the entities that it changes."""
    report = plan_rebase(begin(store, metadata(0))).report
    left = {draft.id: draft.status for draft in report.drafts}
    return {
        name: (left.get(name, "clean"), documents(open_view(store, store.find_draft(name))))
        for name in store.open_drafts()
    }


def main() -> None:
    """Print the table. Exit code 1 when the two do not end alike."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with folder() as path:
        repository = clone(path / "watched")
        story = read_story(Path(repository.path), most, number)
        shutil.copytree(path / "watched", path / "single")
        at: set[str] = set()
        by_watch = seconds(lambda: at.update(follow_by_watch(path / "watched", story)))
        by_rebase = seconds(lambda: follow_by_rebase(path / "single", story, at))
        a, b = outcome(open_store(path / "watched")), outcome(open_store(path / "single"))
        git(path / "watched", "fsck", "--strict", "--no-dangling")
        counts = Counter(status for status, _ in a.values())
        differing = sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))
        print_table(
            f"{len(story.commits):,} real canonical commits by git, {len(a)} real proposals open at the end",
            [
                ["by watch, in all", shown(by_watch)],
                ["by rebase, in all", shown(by_rebase)],
                ["commits at which they rebased", f"{len(at):,}"],
                *([f"drafts {status} at the end", f"{n:,}"] for status, n in sorted(counts.items())),
                ["drafts that ended otherwise than by rebase", f"{len(differing):,}"],
                ["git fsck --strict", "clean"],
            ],
        )
        for name in differing:
            print(
                f"  {name}: {a[name][0] if name in a else None} by watch, {b[name][0] if name in b else None}"
            )
    if differing:
        sys.exit(1)


def read_story(path: Path, most: int, number: int) -> Story:
    """So many commits from the first at which a proposal starts, and so many proposals that start at them."""
    repository = open_repository(path)
    last = git(path, "rev-parse", "main")
    original = [commit.oid for commit in commits_between(repository, Oid(""), Oid(last))][:most]
    content = configuration(repository, last)
    _, canonical = prepare(path, content, original)
    chosen = [proposal for proposal in proposals(repository) if proposal.start in canonical][:number]
    by_start: defaultdict[str, list[Proposal]] = defaultdict(list)
    for proposal in chosen:
        by_start[canonical[proposal.start]].append(proposal)
    return Story([canonical[commit] for commit in original], dict(by_start), content)


def follow_by_watch(path: Path, story: Story) -> set[str]:
    """The story with a watcher beside it, for which nobody waits but at the end; where it rebased."""
    git(path, "update-ref", "refs/heads/main", story.commits[0])
    watcher = start(path)
    told: list[str] = []
    reader = Thread(target=read, args=(watcher, story.commits[-1], told))
    reader.start()
    story.play(path, lambda _: None)
    reader.join()
    watcher.terminate()
    watcher.communicate()
    return {story.commits[0], *told}


def read(watcher: subprocess.Popen[str], last: str, told: list[str]) -> None:
    """Where the watcher rebased, up to the last commit; read as it comes, or the pipe would hold the watcher up."""
    assert watcher.stdout is not None
    for line in watcher.stdout:
        told.append(json.loads(line).get("to", ""))
        if told[-1] == last:
            return


def follow_by_rebase(path: Path, story: Story, at: set[str]) -> None:
    """The story with a rebase after each of those commits."""
    store = open_store(path)

    def rebase(number: int) -> None:
        if story.commits[number] not in at:
            return
        when = metadata(10_000 + number)
        commit_plan(store, when, "rebase", plan_rebase)

    story.play(path, rebase)


if __name__ == "__main__":
    runs.run(main)
