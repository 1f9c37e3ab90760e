"""After git has moved something: the drafts follow canonical."""

from __future__ import annotations

from gitdraft.model.occasions import OperationMetadata
from gitdraft.rebase.follow_canonical import CaughtUp, plan_catch_up
from gitdraft.store.hook_settings import read_settings, write_settings
from gitdraft.store.repository import Store
from gitdraft.store.transaction import Written, write


def follow(store: Store, metadata: OperationMetadata, hook: str) -> Written[CaughtUp]:
    """The drafts follow canonical; the scripts learn what gitdraft.yaml says now."""
    written = write(store.git, metadata, hook, lambda: plan_catch_up(store, metadata))
    if read_settings(store.git) is not None:
        write_settings(store)
    return written
