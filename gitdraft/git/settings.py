"""What git's configuration says here, as its files have it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from gitdraft.errors import NotFound
from gitdraft.git.repository import GitRepository


def setting(git: GitRepository, key: str) -> str | None:
    """Returns the value of a key, ``None`` when it is not set."""
    settings = _beside(git)
    if settings is not None:
        return settings.get(key)
    import pygit2

    try:
        return str(git.raw.config[key])
    except (KeyError, ValueError, pygit2.GitError):
        return None


def remote_names(git: GitRepository) -> list[str]:
    """Returns the remotes, sorted."""
    settings = _beside(git)
    if settings is None:
        return sorted(name for name in git.raw.remotes.names() if name)
    named = [key for key in settings if key.startswith("remote.") and key.endswith((".url", ".pushurl"))]
    return sorted({key.removeprefix("remote.").rpartition(".")[0] for key in named})


def find_remote(git: GitRepository, branch: str, name: str | None = None) -> str:
    """Returns the remote of this name, else the one that ``branch`` follows, else `origin`, else the only one.

    Raises NotFound (``no-remote``).
    """
    known = remote_names(git)
    followed = [value] if (value := setting(git, f"branch.{branch}.remote")) else []
    candidates = [name] if name is not None else [*followed, "origin", *(known if len(known) == 1 else [])]
    for remote in candidates:
        if remote in known:
            return remote
    message = f"no remote '{name}'" if name is not None else "no remote to talk to"
    hint = f"there is {', '.join(known)}" if known else "git remote add origin URL"
    raise NotFound(message, code="no-remote", context={"remotes": known}, hint=hint)


def _beside(git: GitRepository) -> Mapping[str, str] | None:
    """Returns the settings as another process reads them; ``None`` where libgit2 is there, or reads other files than git."""
    if not git.is_light or any(name.startswith("GIT_CONFIG") for name in os.environ):
        return None
    return git.settings_beside
