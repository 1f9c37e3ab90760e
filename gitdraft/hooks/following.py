"""After git has moved something: the drafts follow canonical."""

from __future__ import annotations

from gitdraft.hooks.settings import read_settings, write_settings
from gitdraft.model.occasions import Occasion
from gitdraft.store.repository import Store
from gitdraft.store.writing import Written, write
from gitdraft.workflow.catching_up import CaughtUp, plan_catch_up


def follow(store: Store, occasion: Occasion, hook: str) -> Written[CaughtUp]:
    """The drafts follow canonical; the scripts learn what gitdraft.yaml says now."""
    written = write(store.git, occasion, hook, lambda: plan_catch_up(store, occasion))
    if read_settings(store.git) is not None:
        write_settings(store)
    return written
