"""The repository as git shows it to a hook."""

from __future__ import annotations

from collections.abc import Mapping

from gitdraft.errors import RepositoryError
from gitdraft.git.repository import open_from_environment
from gitdraft.store.repository import Store, store_of


def open_for_hook(environment: Mapping[str, str]) -> Store | None:
    """The repository that git runs a hook for; ``None`` when gitdraft is not set up there."""
    try:
        return store_of(open_from_environment(environment))
    except RepositoryError as error:
        if error.code == "not-initialised":
            return None
        raise
