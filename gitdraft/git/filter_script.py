"""Run in a process of its own, in the copy of a repository: git-filter-repo changes globals and prints.

The argument is a job file (JSON): ``paths`` to leave out of every commit, and ``ids_in``: for the path of a file, the
members in it whose 40 digits are a commit's id. Standard input: the commits to rewrite, the last one first, which
is how `git fast-export` wants them. What became of each is in `filter-repo/commit-map`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import git_filter_repo as filter_repo

BRANCH = b"refs/heads/gitdraft-purge"
OPTIONS = (
    "--force",
    "--partial",
    "--quiet",
    "--prune-empty=never",
    "--prune-degenerate=never",
    "--preserve-commit-encoding",
)


def main(job_file: str) -> None:
    """Rewrites the commits."""
    job = json.loads(Path(job_file).read_text("utf-8"))
    removed = {path.encode("utf-8", "surrogateescape") for path in job["paths"]}
    ids_in = {
        path.encode(): re.compile(rb'("(?:%s)"\s*:\s*")([0-9a-f]{40})(?=")' % "|".join(members).encode())
        for path, members in job["ids_in"].items()
    }
    arguments = filter_repo.FilteringOptions.parse_args(list(OPTIONS))
    # exactly the commits that are told, in that order: one that names another in its text comes after it
    arguments.refs = ["--no-walk=unsorted", "--stdin"]
    reader = subprocess.Popen(["git", "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def rewrite(commit: Any, metadata: dict[str, Callable[[bytes], bytes]]) -> None:
        renamed = metadata["commit_rename_func"]
        commit.file_changes = [change for change in commit.file_changes if change.filename not in removed]
        for change in commit.file_changes:
            pattern = ids_in.get(change.filename)
            if pattern is None or change.type != b"M":
                continue
            content = _read(reader, change.blob_id)
            mapped = pattern.sub(lambda match: match[1] + renamed(match[2]), content)
            if mapped != content:
                blob = filter_repo.Blob(mapped)
                rewriting.insert(blob)
                change.blob_id = blob.id

    rewriting = filter_repo.RepoFilter(
        arguments, commit_callback=rewrite, refname_callback=lambda _name: BRANCH
    )
    rewriting.run()
    reader.communicate()


def _read(reader: subprocess.Popen[bytes], oid: bytes) -> bytes:
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdin.write(oid + b"\n")
    reader.stdin.flush()
    size = int(reader.stdout.readline().split()[2])
    return reader.stdout.read(size + 1)[:-1]


if __name__ == "__main__":
    main(sys.argv[1])
