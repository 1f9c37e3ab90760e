"""Under which name a repository is kept elsewhere."""

from __future__ import annotations

from gitdraft.errors import InvalidInput, without_credentials
from gitdraft.git.identity import config_value
from gitdraft.lazy_regex import regex
from gitdraft.store.remote_tracking import default_remote
from gitdraft.store.repository import Store

SETTING = "gitdraft.repository"
NAME = regex(r"[A-Za-z0-9_-]{1,100}")
FOREIGN = regex(r"[^A-Za-z0-9_-]+")


def repository_name(store: Store) -> str:
    """Returns `gitdraft.repository` of git's configuration, else the last part of the address that canonical's remote has, else of
    the repository's folder: letters, digits, `_` and `-`. Raises InvalidInput where what is configured is no such name."""
    configured = config_value(store.git, SETTING)
    if configured is not None:
        return checked_name(configured, SETTING)
    remote = default_remote(store)
    url = None if remote is None else config_value(store.git, f"remote.{remote}.url")
    place = str(store.git.worktree or store.git.common) if url is None else without_credentials(url)
    last = place.rstrip("/").removesuffix("/.git").removesuffix(".git").rpartition("/")[2].rpartition(":")[2]
    return FOREIGN.sub("-", last).strip("-")[:100] or "repository"


def checked_name(name: str, source: str) -> str:
    """Returns a name that was given. Raises InvalidInput."""
    if not NAME.fullmatch(name):
        raise InvalidInput(
            f"{source}: '{name}' is no name: letters, digits, _ and -, at most 100",
            context={"source": source, "value": name},
            hint=f"git config {SETTING} vocabulary",
        )
    return name
