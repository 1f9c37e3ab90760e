"""Real proposals through plain `git merge`, with gitdraft's merge driver and without.

Each of the 1,673 pull requests' branches is merged into the canonical commit that its maintainers merged it into,
and into the last canonical commit; the files that it touched are compared with the maintainers' merge and with the
last commit. `python -m benchmarks.real_driver [EVERY]` takes every so-manieth proposal.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from time import perf_counter

from benchmarks import runs
from benchmarks.history import Proposal, clone, configuration, proposals
from benchmarks.repositories import IDENTITY, folder, git
from benchmarks.tables import print_table
from gitdraft.documents.equality import identical
from gitdraft.documents.parse import Limits, parse_json
from gitdraft.errors import InvalidInput
from gitdraft.formats.attributes import driver_lines
from gitdraft.formats.configuration import parse_configuration
from gitdraft.git.drivers import install_drivers
from gitdraft.git.repository import GitRepository, open_repository
from gitdraft.git.trees import changed_files, find
from gitdraft.model.names import Oid

LARGE = Limits(max_bytes=1 << 26)
ROWS = ("merges", "clean", "in conflict", "files", "equal as JSON", "equal byte for byte", "no longer JSON")


def merge(tree: Path, canonical: str, proposed: str) -> bool:
    """Whether `git merge` of the proposal into the commit is clean; its outcome is in the worktree."""
    git(tree, "checkout", "--quiet", "--force", "--detach", canonical)
    done = subprocess.run(
        ["git", "merge", "--quiet", "--no-edit", "--no-ff", proposed],
        cwd=tree,
        capture_output=True,
        env={**os.environ, **IDENTITY},
        check=False,
    )
    return done.returncode == 0


def compare(
    repository: GitRepository, tree: Path, proposal: Proposal, answer: str, counts: Counter[str]
) -> None:
    """Count the files that the proposal touched by how the worktree compares with the commit ``answer``."""
    start, proposed, right = (
        repository.read_lineage(Oid(oid)).tree for oid in (proposal.start, proposal.proposed, answer)
    )
    for change in changed_files(repository, start, proposed):
        file = tree / change.path
        wanted = find(repository, right, change.path)
        counts["files"] += 1
        if wanted is None or not file.is_file():
            same = wanted is None and not file.is_file()
            counts["equal as JSON"] += same
            counts["equal byte for byte"] += same
            continue
        theirs, mine = repository.read_blob(wanted.oid), file.read_bytes()
        counts["equal byte for byte"] += mine == theirs
        try:
            counts["equal as JSON"] += mine == theirs or identical(
                *(parse_json(c, limits=LARGE) for c in (mine, theirs))
            )
        except InvalidInput:
            counts["no longer JSON"] += 1


def measure(
    repository: GitRepository, tree: Path, chosen: list[Proposal], onto_last: str | None
) -> Counter[str]:
    """Merge them all, into what the maintainers merged them into or into the last commit."""
    counts: Counter[str] = Counter()
    for proposal in chosen:
        clean = merge(tree, onto_last or proposal.canonical, proposal.proposed)
        counts["merges"] += 1
        counts["clean" if clean else "in conflict"] += 1
        compare(repository, tree, proposal, onto_last or proposal.merged, counts)
    return counts


def main() -> None:
    """Print the table."""
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with folder() as path:
        clone(path / "history")
        tree = path / "tree"
        git(path, "clone", "--quiet", "--shared", "--no-checkout", str(path / "history"), str(tree))
        repository = open_repository(tree)
        history = open_repository(path / "history")
        chosen = proposals(history)[::every]
        last = git(path / "history", "rev-parse", "refs/heads/main")
        settings = configuration(history, last)
        git(tree, "checkout", "--quiet", "-B", "main", last)
        (tree / "gitdraft.yaml").write_bytes(settings)
        git(tree, "add", "gitdraft.yaml")
        git(tree, "commit", "--quiet", "--message", "gitdraft.yaml")
        found: list[tuple[str, Counter[str]]] = []

        def both(how: str) -> None:
            for where, canonical in (("where it was merged", None), ("the last commit", last)):
                counts: Counter[str] = Counter()
                start = perf_counter()
                counts.update(measure(history, tree, chosen, canonical))
                taken = perf_counter() - start
                counts["seconds"] = round(taken)
                found.append((f"{how}, {where}", counts))

        both("git")
        install_drivers(repository)
        lines = driver_lines(parse_configuration(settings))
        (tree / ".git/info/attributes").write_text("".join(f"{line}\n" for line in lines))
        both("driver")
    rows = [["", *(name for name, _ in found)]]
    rows += [[row, *(f"{counts[row]:,}" for _, counts in found)] for row in (*ROWS, "seconds")]
    print_table(f"{len(chosen):,} real proposals through git merge", rows)


if __name__ == "__main__":
    runs.run(main)
