"""What other repositories may have: commits that a remote was seen with, and all of a branch that others fetch from here."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.layout import local_settings
from gitdraft.git.locks import is_held
from gitdraft.git.repository import GitRepository
from gitdraft.model.names import Oid

SEEN = ("refs/remotes/", "refs/gitdraft/remotes/")
SERVED = "gitdraft/serve.lock"
TRUE = ("true", "yes", "on", "1")


def is_published(git: GitRepository, commit: Oid) -> bool:
    """Returns whether a remote was seen with the commit: whether a ref that tracks one reaches it."""
    arguments = ["for-each-ref", "--count=1", "--format=%(refname)", f"--contains={commit}", *SEEN]
    return bool(run_git(git.path, arguments, environment={"GIT_DIR": str(git.path)}).stdout)


def is_shared(git: GitRepository) -> bool:
    """Returns whether others read canonical here: the repository is bare, or a service runs on it."""
    return local_settings(git.common).get("core.bare", "").lower() in TRUE or _is_served(git)


@contextmanager
def served(git: GitRepository) -> Iterator[None]:
    """Says to other processes, until the end of the `with`, that a service runs on this repository. The kernel takes that
    back with the process. Raises RepositoryError when it cannot be written."""
    file = git.common / SERVED
    try:
        file.parent.mkdir(exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise RepositoryError(f"{file}: {error.strerror}", code="unwritable") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _is_served(git: GitRepository) -> bool:
    return is_held(git.common / SERVED, fcntl.LOCK_EX)
