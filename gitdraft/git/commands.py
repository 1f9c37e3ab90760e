"""Running git: no shell, no hooks, no pager, an environment in which nothing points elsewhere."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from gitdraft.errors import RepositoryError

KEPT = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")


def run_git(
    folder: Path,
    arguments: Sequence[str],
    *,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    accept: Sequence[int] = (0,),
) -> subprocess.CompletedProcess[bytes]:
    """Run git in ``folder``. Raises RepositoryError with git's own sentence for an exit code not in ``accept``."""
    sealed = {name: os.environ[name] for name in KEPT if name in os.environ}
    sealed |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat"}
    sealed |= environment or {}
    command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, env=sealed, input=stdin, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise RepositoryError("git is not installed", code="no-git", hint="install git") from error
    if done.returncode not in accept:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise _translated(arguments[0], said)
    return done


def _translated(command: str, said: str) -> RepositoryError:
    lines = [line for line in said.splitlines() if line]
    sentence = (lines[-1] if lines else "it failed").removeprefix("fatal: ").removeprefix("error: ")
    lowered = said.lower()
    code = "git"
    if "no space left" in lowered:
        code = "no-space"
    elif "permission denied" in lowered or "insufficient permission" in lowered:
        code = "no-permission"
    return RepositoryError(f"git {command}: {sentence}", code=code, context={"stderr": said[:2000]})
