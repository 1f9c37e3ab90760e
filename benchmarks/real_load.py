"""A year of real drafts: canonical moves through its 1,699 commits, and every proposal is open all the while.

Each proposal is opened as a draft when canonical reaches the commit that its author started from, and stays open to
the end; after each canonical commit, `rebase`. At the end: `git fsck --strict`, and each draft against a single
rebase of it from its start to the end.
`python -m benchmarks.real_load [MOST COMMITS]`
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks import runs
from benchmarks.history import (
    Proposal,
    clone,
    configuration,
    metadata,
    open_at,
    open_draft,
    proposals,
    replant,
    set_canonical,
    with_configuration,
)
from benchmarks.repositories import folder, git
from benchmarks.tables import print_table, shown
from gitdraft.drafts.create import NewDraft, plan_new_from
from gitdraft.errors import StateRefused
from gitdraft.git.history import commits_between
from gitdraft.git.objects import ObjectBuffer
from gitdraft.git.repository import open_repository
from gitdraft.model.names import Oid
from gitdraft.model.outcomes import Live
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.store.repository import Store
from gitdraft.store.transaction import begin, commit_plan
from gitdraft.views.effective_view import EffectiveView, open_view


def main() -> None:
    """Print the table."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else None
    with folder() as path:
        repository = clone(path / "history")
        last = git(repository.path, "rev-parse", "main")
        original = list(commits_between(repository, Oid(""), Oid(last)))[:most]
        content = configuration(repository, last)
        by_start: defaultdict[str, list[Proposal]] = defaultdict(list)
        for proposal in proposals(repository):
            by_start[proposal.start].append(proposal)
        store, canonical = prepare(repository.path, content, [c.oid for c in original])
        times: list[float] = []
        opened: dict[str, str] = {}
        worst: Counter[str] = Counter()
        started = perf_counter()
        for number, commit in enumerate(original):
            set_canonical(store, canonical[commit.oid])
            if number:
                start = perf_counter()
                report = commit_plan(store, metadata(number), "rebase", plan_rebase).report
                times.append(perf_counter() - start)
                worst["largest number in conflict"] = max(
                    worst["largest number in conflict"], report.counts.conflict
                )
            for proposal in by_start[commit.oid]:
                moved = replant(store.git, proposal.proposed, content, canonical[commit.oid])
                try:
                    opened[open_draft(store, proposal, moved)] = moved
                except StateRefused as error:
                    worst[f"not opened: {error.code}"] += 1
            if number % 200 == 0:
                git(store.git.path, "pack-refs", "--all")
                print(
                    f"  commit {number:,}, {len(opened):,} drafts open, {perf_counter() - started:,.0f} s",
                    flush=True,
                )
        total = perf_counter() - started
        git(store.git.path, "fsck", "--strict", "--no-dangling")
        counts = compare(store, opened)
        times.sort()
        print_table(
            f"{len(original):,} canonical commits, {len(opened):,} drafts kept open",
            [
                ["time in all", shown(total)],
                ["a rebase, median", shown(times[len(times) // 2])],
                ["a rebase, slowest", shown(times[-1])],
                ["git fsck --strict", "clean"],
                *([name, f"{n:,}"] for name, n in [*worst.items(), *counts.items()]),
            ],
        )


def prepare(path: Path, content: bytes, commits: Sequence[str]) -> tuple[Store, dict[str, str]]:
    """The canonical commits, each with a gitdraft.yaml; the new ones by the original ones."""
    repository = open_repository(path)
    buffer = ObjectBuffer(repository)
    moved: dict[str, str] = {}
    parents: tuple[str, ...] = ()
    for commit in commits:
        moved[commit] = with_configuration(buffer, commit, content, parents)
        parents = (moved[commit],)
    buffer.flush()
    return open_at(repository, moved[commits[0]]), moved


def documents(view: EffectiveView) -> dict[str, object]:
    """What a draft makes of the entities that it changes, as far as it can be carried."""
    found: dict[str, object] = {}
    for entity in view.changed():
        state = view.state(entity)
        found[str(entity)] = state.document if isinstance(state, Live) else None
    return found


def compare(store: Store, opened: dict[str, str]) -> Counter[str]:
    """Each draft at the end against a single rebase from its start to the end."""
    counts: Counter[str] = Counter()
    report = plan_rebase(begin(store, metadata(0))).report
    final = {draft.id: draft.status for draft in report.drafts}
    for number, (draft_id, commit) in enumerate(opened.items()):
        once = f"once-{draft_id}"
        wanted = NewDraft(once, once)
        when = metadata(number)
        commit_plan(store, when, "new", partial(plan_new_from, new_draft=wanted, revision=commit))
        single = {d.id: d.status for d in plan_rebase(begin(store, when), [once]).report.drafts}.get(
            once, "clean"
        )
        stepwise = final.get(draft_id, "clean")
        counts[f"{stepwise} in steps, {single} at once"] += 1
        if stepwise == single == "clean":
            a = documents(open_view(store, store.find_draft(draft_id)))
            b = documents(open_view(store, store.find_draft(once)))
            left = {name: b[name] for name in a}
            counts["documents equal where both are clean" if a == left else "documents differ"] += 1
    return counts


if __name__ == "__main__":
    runs.run(main)
