"""git's credential helpers, asked as git asks them (gitcredentials(7)), with nobody at the terminal."""

from __future__ import annotations

import os

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.repository import GitRepository


def fill_credentials(git: GitRepository, scheme: str, host: str) -> str | None:
    """Returns the password that git's credential helpers have for a host; ``None`` where they have none. Nobody is asked."""
    mine = {name: value for name, value in os.environ.items() if name != "GIT_ASKPASS"}
    try:
        filled = run_git(
            git.path,
            ["credential", "fill"],
            stdin=f"protocol={scheme}\nhost={host}\n\n".encode(),
            settings={"core.askPass": ""},
            environment={**mine, "GIT_DIR": str(git.path), "GIT_TERMINAL_PROMPT": "0", "SSH_ASKPASS": ""},
        )
    except RepositoryError:
        return None
    lines = filled.stdout.decode("utf-8", "replace").splitlines()
    return next((line.removeprefix("password=") for line in lines if line.startswith("password=")), None)
