"""What git runs by itself: the hooks, installed and taken out, and what they do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from gitdraft.api.session import Session
from gitdraft.errors import InvalidInput, RepositoryError
from gitdraft.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from gitdraft.git.repository import GitRepository
    from gitdraft.rebase.follow_canonical import CatchUpReport
    from gitdraft.store.hooks.install import Hooks
    from gitdraft.store.repository import Store


NOTHING: Mapping[str, str] = MappingProxyType({})


def open_for_hook(environment: Mapping[str, str], *, mends: bool = False) -> Store | None:
    """Returns the repository that git runs a hook for; ``None`` where gitdraft is not set up there.

    With ``mends``, for what may repair it, a gitdraft.yaml on canonical that cannot be read is no reason to refuse: the
    branches are those that the hooks' settings name. Raises InvalidInput, RepositoryError.
    """
    from gitdraft.git.repository import open_from_environment
    from gitdraft.store.hooks.settings import store_of_settings
    from gitdraft.store.repository import store_of

    git = open_from_environment(environment)
    try:
        return store_of(git)
    except InvalidInput:
        if not mends:
            raise
        return store_of_settings(git)
    except RepositoryError as error:
        if error.code == "not-initialised":
            return None
        raise


def hook_states(folder: Path, environment: Mapping[str, str] = NOTHING) -> Hooks:
    """Returns the hooks of the repository that holds ``folder`` and how they stand, whether gitdraft is set up in it or
    not. Raises RepositoryError."""
    from gitdraft.store.hooks.install import hook_states

    return hook_states(_git(folder, environment))


def uninstall_hooks(folder: Path, environment: Mapping[str, str] = NOTHING) -> Hooks:
    """Takes the hooks out of the repository that holds ``folder``; every script is again as it was."""
    from gitdraft.store.hooks.install import uninstall

    return uninstall(_git(folder, environment))


@dataclass(frozen=True, slots=True)
class GitHooks:
    """The hooks of a repository."""

    session: Session

    def install(self, *, tracked: bool = False) -> Hooks:
        """Installs the hooks, or brings them up to date; hooks that are there keep working and run first. Raises
        StateRefused (``tracked-hooks``) where core.hooksPath leads among committed files, unless ``tracked``."""
        from gitdraft.store.hooks.install import install

        return install(self.session.store, tracked=tracked)

    def follow(self, hook: str) -> CatchUpReport:
        """Has the drafts follow canonical after git has moved it (the operation is named after the ``hook``); the
        scripts learn what gitdraft.yaml says now."""
        from gitdraft.rebase.follow_canonical import plan_catch_up
        from gitdraft.store.hooks.settings import read_settings, write_settings

        store = self.session.store
        report = self.session.run(hook, plan_catch_up)
        if read_settings(store.git) is not None:
            write_settings(store)
        return report


def _git(folder: Path, environment: Mapping[str, str]) -> GitRepository:
    from gitdraft.git.repository import open_repository

    return open_repository(folder, environment)
