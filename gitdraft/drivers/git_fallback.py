"""One line from git, without what it takes to load subprocess: that is longer than git takes to answer."""

from __future__ import annotations

import os

from gitdraft.errors import RepositoryError


def git_answer(*arguments: str) -> str:
    """Returns what git prints, in the folder and the environment in which it runs this driver; empty where it fails.

    Raises RepositoryError when git cannot be started.
    """
    read_end, write_end = os.pipe()
    quiet = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
    try:
        child = os.posix_spawnp(
            "git", ["git", *arguments], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, write_end, 1), quiet]
        )
    except OSError as error:
        raise RepositoryError(f"git cannot be started: {error.strerror}", code="no-git") from error
    finally:
        os.close(write_end)
        stream = os.fdopen(read_end, "rb")
    with stream:
        output = stream.read()
    _, status = os.waitpid(child, 0)
    return os.fsdecode(output).removesuffix("\n") if status == 0 else ""
