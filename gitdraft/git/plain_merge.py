"""What git's own merge makes of two commits: without our merge driver, attributes or configuration, as on a forge."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from gitdraft.git.commands import run_git
from gitdraft.git.history import merge_base
from gitdraft.git.repository import GitRepository
from gitdraft.model.names import Oid

ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1"}


def plain_merge(git: GitRepository, one: Oid, other: Oid) -> Oid | None:
    """Returns the tree that `git merge` makes of two commits, ``None`` where it finds a conflict or they have no commit in
    common. Nothing is written. Raises RepositoryError, MissingObject."""
    if merge_base(git, one, other) is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder)
        run_git(alone, ["init", "--quiet", "--bare", "--template=", "."], environment=ALONE)
        environment = {
            **ALONE,
            "GIT_DIR": folder,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(git.common / "objects"),
        }
        merged = run_git(
            alone,
            ["merge-tree", "--write-tree", "--no-messages", "--name-only", one, other],
            environment=environment,
            accept=(0, 1),
        )
    return Oid(merged.stdout.decode().splitlines()[0]) if merged.returncode == 0 else None
