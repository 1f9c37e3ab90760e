"""Before git commits: what is staged, wherever git has it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gitdraft.git.index import staged_tree
from gitdraft.model.operations import Actor
from gitdraft.store.repository import Store
from gitdraft.validation.staged import Staged, check_staged


def staged(store: Store, committer: Actor, environment: Mapping[str, str]) -> Staged:
    """What is wrong with what git is about to commit."""
    index = environment.get("GIT_INDEX_FILE")
    return check_staged(store, staged_tree(store.git.path, Path(index) if index else None), committer)
