"""Tags of commits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitdraft.git.commands import run_git
from gitdraft.git.repository import GitRepository
from gitdraft.model.names import Oid

FORM = "%(refname:strip=2)%00%(objectname)%00%(*objectname)%00%(*objecttype)%00%(objecttype)%00%(creatordate:unix)%00%(taggername) %(taggeremail)"


class Tag(NamedTuple):
    """A tag of a commit: when it was made (Unix seconds; of a lightweight one, its commit) and by whom (empty: lightweight)."""

    name: str
    commit: Oid
    seconds: int
    by: str


def list_tags(git: GitRepository) -> Iterator[Tag]:
    """Yields the tags of commits, sorted by name."""
    listed = run_git(
        git.path, ["for-each-ref", f"--format={FORM}", "refs/tags"], environment={"GIT_DIR": str(git.path)}
    ).stdout.decode("utf-8", "replace")
    for line in listed.splitlines():
        name, oid, peeled, peeled_type, kind, seconds, by = line.split("\0")
        if "commit" in (kind, peeled_type):
            yield Tag(name, Oid(peeled or oid), int(seconds or 0), by.strip())
