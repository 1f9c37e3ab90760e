"""Who acts, as git has it: the environment that the door passes in, then the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.repository import GitRepository
from gitdraft.git.settings import setting

NOTHING: Mapping[str, str] = MappingProxyType({})


def configured_identity(
    git: GitRepository, environment: Mapping[str, str], role: Literal["author", "committer"] = "author"
) -> tuple[str, str]:
    """Returns name and mail of the user, as `git var GIT_AUTHOR_IDENT` (or the committer's) finds them; nothing is
    guessed from the host.

    Raises RepositoryError (``no-identity``) when git knows none.
    """
    prefix = f"GIT_{role.upper()}_"
    name = environment.get(f"{prefix}NAME") or _first(git, environment, f"{role}.name", "user.name")
    email = (
        environment.get(f"{prefix}EMAIL")
        or _first(git, environment, f"{role}.email", "user.email")
        or environment.get("EMAIL")
    )
    if not name or not email:
        raise RepositoryError(
            "git does not know who you are",
            code="no-identity",
            hint='git config --global user.name "Your Name"; git config --global user.email you@example.org',
        )
    return name, email


def config_value(git: GitRepository, key: str, environment: Mapping[str, str] = NOTHING) -> str | None:
    """Returns a value of git's configuration, ``None`` when it is not set.

    Where the environment says that the configuration is elsewhere (`GIT_CONFIG_GLOBAL`, `git -c`, …), git is
    asked: libgit2 does not listen to that.
    """
    elsewhere = {name: value for name, value in environment.items() if name.startswith("GIT_CONFIG")}
    if elsewhere:
        asked = run_git(
            git.path,
            ["config", "--get", "-z", key],
            environment={**elsewhere, "GIT_DIR": str(git.path)},
            accept=(0, 1),
        )
        return asked.stdout.decode("utf-8", "replace").removesuffix("\0") if asked.returncode == 0 else None
    return setting(git, key)


def config_values(git: GitRepository, key: str, environment: Mapping[str, str] = NOTHING) -> list[str]:
    """Returns all values of a key of git's configuration, in its order."""
    elsewhere = {name: value for name, value in environment.items() if name.startswith("GIT_CONFIG")}
    asked = run_git(
        git.path,
        ["config", "--get-all", "-z", key],
        environment={**elsewhere, "GIT_DIR": str(git.path)},
        accept=(0, 1),
    )
    return [value for value in asked.stdout.decode("utf-8", "replace").split("\0") if value]


def _first(git: GitRepository, environment: Mapping[str, str], *keys: str) -> str | None:
    return next((value for key in keys if (value := config_value(git, key, environment))), None)
