"""Real proposals, merged by gitdraft, against what the maintainers made of them.

Each of the 1,673 pull requests becomes a draft (`new --from`), is rebased onto the canonical commit that its
maintainers merged it into, submitted and merged; the files that it touched are compared with theirs.
`python -m benchmarks.real_merges [MOST]`
"""

from __future__ import annotations

import sys
from collections import Counter

from benchmarks import runs
from benchmarks.history import (
    Proposal,
    clone,
    configuration,
    follow,
    metadata,
    open_at,
    open_draft,
    proposals,
    replant,
)
from benchmarks.repositories import folder
from benchmarks.tables import print_table, seconds
from gitdraft.documents.diff import diff
from gitdraft.documents.equality import identical
from gitdraft.documents.parse import Limits, parse_json
from gitdraft.drafts.lifecycle import plan_submit
from gitdraft.drafts.merge import plan_merge
from gitdraft.errors import StateRefused
from gitdraft.git.trees import changed_files, find
from gitdraft.model.names import Oid
from gitdraft.rebase.rebase import plan_rebase
from gitdraft.store.repository import Store
from gitdraft.store.transaction import commit_plan

LARGE = Limits(max_bytes=1 << 26)


def merge(store: Store, content: bytes, proposal: Proposal) -> str | None:
    """The canonical commit after gitdraft merged the proposal; ``None`` when it is in conflict."""
    canonical = follow(store, proposal, content)
    when = metadata(proposal.number)
    try:
        draft_id = open_draft(store, proposal, proposal.proposed)
    except StateRefused as error:
        print(f"  {proposal.number} makes no draft: {error.message}")
        return canonical
    rebased = commit_plan(
        store, when, "rebase", lambda transaction: plan_rebase(transaction, [draft_id])
    ).report
    if not rebased.is_clean:
        for draft in rebased.drafts:
            for change in draft.changes:
                for conflict in change.conflicts:
                    print(f"  conflict in {change.entity} {conflict.path}: {conflict.type}")
        return None
    try:
        commit_plan(store, when, "submit", lambda transaction: plan_submit(transaction, draft_id))
    except StateRefused as error:  # what canonical already has changes nothing and cannot be handed in
        print(f"  {proposal.number}: {error.message}")
        return canonical
    return commit_plan(
        store, when, "merge", lambda transaction: plan_merge(transaction, draft_id)
    ).report.commit


def compare(store: Store, proposal: Proposal, commit: str | None, counts: Counter[str]) -> None:
    """Count the files that the proposal touched by how gitdraft's answer compares with the maintainers'."""
    source = store.git
    trees = {
        name: source.read_lineage(Oid(oid)).tree
        for name, oid in (
            ("start", proposal.start),
            ("proposed", proposal.proposed),
            ("onto", proposal.canonical),
            ("merged", proposal.merged),
        )
    }
    ours = source.read_lineage(Oid(commit)).tree if commit is not None else None
    for change in changed_files(source, trees["start"], trees["proposed"]):
        before, now, theirs = (find(source, trees[name], change.path) for name in ("start", "onto", "merged"))
        counts["files"] += 1
        affected = (before.oid if before else None) != (now.oid if now else None)
        counts["affected"] += affected
        if ours is None:
            counts["in conflict"] += 1
            continue
        mine = find(source, ours, change.path)
        if (mine is None) != (theirs is None):
            counts["different"] += 1
            print(f"  {proposal.number} {change.path}: {'gone' if mine is None else 'there'} here alone")
            continue
        if mine is None or theirs is None:
            equal = byte_equal = True
        else:
            byte_equal = mine.oid == theirs.oid
            a, b = (parse_json(source.read_blob(e.oid), limits=LARGE) for e in (mine, theirs))
            equal = byte_equal or identical(a, b)
            if not equal:
                print(f"  {proposal.number} {change.path}: the maintainers also did {list(diff(a, b))}")
        counts["equal as JSON"] += equal
        counts["equal byte for byte"] += byte_equal
        counts["different"] += not equal
        counts["affected and equal"] += affected and equal


def main() -> None:
    """Print the table."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else None
    with folder() as path:
        repository = clone(path / "history")
        every = proposals(repository)
        chosen = every[:most]
        content = configuration(repository, every[-1].canonical)  # a folder may be new in any of them
        start = chosen[0].canonical
        store = open_at(repository, replant(repository, start, content, start))
        counts: Counter[str] = Counter()

        def all_of_them() -> None:
            for proposal in chosen:
                compare(store, proposal, merge(store, content, proposal), counts)

        taken = seconds(all_of_them)
        rows = [[name, f"{number:,}"] for name, number in counts.items()]
        share = counts["equal byte for byte"] / max(counts["equal as JSON"], 1)
        rows += [["share of the equal ones that are byte-equal", f"{share:.1%}"], ["time", f"{taken:,.0f} s"]]
        print_table(f"{len(chosen):,} real proposals", rows)


if __name__ == "__main__":
    runs.run(main)
