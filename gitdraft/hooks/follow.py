"""After git has moved something: the drafts follow canonical."""

from __future__ import annotations

from gitdraft.model.operations import OperationMetadata
from gitdraft.rebase.follow_canonical import CatchUpReport, plan_catch_up
from gitdraft.store.hooks.settings import read_settings, write_settings
from gitdraft.store.repository import Store
from gitdraft.store.transaction import CommittedPlan, commit_plan


def follow(store: Store, metadata: OperationMetadata, hook: str) -> CommittedPlan[CatchUpReport]:
    """The drafts follow canonical; the scripts learn what gitdraft.yaml says now."""
    written = commit_plan(store, metadata, hook, plan_catch_up)
    if read_settings(store.git) is not None:
        write_settings(store)
    return written
