"""Who acts, as git has it: the environment that the door passes in, then the configuration."""

from __future__ import annotations

from collections.abc import Mapping

import pygit2

from gitdraft.errors import RepositoryError
from gitdraft.git.opening import GitRepository


def configured_identity(git: GitRepository, environment: Mapping[str, str]) -> tuple[str, str]:
    """Name and mail of the user. Raises RepositoryError (``no-identity``) when git knows none."""
    name = environment.get("GIT_AUTHOR_NAME") or config_value(git, "user.name")
    email = environment.get("GIT_AUTHOR_EMAIL") or config_value(git, "user.email")
    if not name or not email:
        raise RepositoryError(
            "git does not know who you are",
            code="no-identity",
            hint='git config --global user.name "Your Name"; git config --global user.email you@example.org',
        )
    return name, email


def config_value(git: GitRepository, key: str) -> str | None:
    """A value of git's configuration, ``None`` when it is not set."""
    try:
        return str(git.raw.config[key])
    except (KeyError, pygit2.GitError):
        return None
