"""What each hook does when git runs it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from gitdraft.errors import RepositoryError
from gitdraft.git.indexes import staged_tree
from gitdraft.git.opening import open_from_environment
from gitdraft.hooks.settings import read_settings, write_settings
from gitdraft.model.actors import Actor
from gitdraft.model.occasions import Occasion
from gitdraft.store.repository import Store, store_of
from gitdraft.store.writing import Written, write
from gitdraft.workflow.catching_up import CaughtUp, plan_catch_up
from gitdraft.workflow.checking_staged import Staged, check_staged
from gitdraft.workflow.receiving import RefUpdate

NOTHING = "0" * 40


def open_for_hook(environment: Mapping[str, str]) -> Store | None:
    """The repository that git runs a hook for; ``None`` when gitdraft is not set up there."""
    try:
        return store_of(open_from_environment(environment))
    except RepositoryError as error:
        if error.code == "not-initialised":
            return None
        raise


def follow(store: Store, occasion: Occasion, hook: str) -> Written[CaughtUp]:
    """The drafts follow canonical; the scripts learn what gitdraft.yaml says now."""
    written = write(store.git, occasion, hook, lambda: plan_catch_up(store, occasion))
    if read_settings(store.git) is not None:
        write_settings(store)
    return written


def staged(store: Store, committer: Actor, environment: Mapping[str, str]) -> Staged:
    """What is wrong with what git is about to commit."""
    index = environment.get("GIT_INDEX_FILE")
    return check_staged(store, staged_tree(store.git.path, Path(index) if index else None), committer)


def received(lines: Iterable[bytes]) -> tuple[RefUpdate, ...]:
    """The refs of a push as git names them to pre-receive: `OLD NEW REF`, a line each."""
    found = []
    for line in lines:
        old, new, ref = os.fsdecode(line).rstrip("\n").split(" ", 2)
        found.append(RefUpdate(ref, _oid(old), _oid(new)))
    return tuple(found)


def pushed(lines: Iterable[bytes]) -> tuple[RefUpdate, ...]:
    """The refs of a push as git names them to pre-push: `FROM NEW TO OLD`, a line each; by their names there."""
    found = []
    for line in lines:
        # FROM may be any expression, with spaces too
        _, new, ref, old = os.fsdecode(line).rstrip("\n").rsplit(" ", 3)
        found.append(RefUpdate(ref, _oid(old), _oid(new)))
    return tuple(found)


def _oid(text: str) -> str | None:
    return None if text == NOTHING else text
