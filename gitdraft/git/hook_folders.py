"""Where git looks for hooks, which version it is, and its configuration as a place for hooks."""

from __future__ import annotations

from pathlib import Path

from gitdraft.git.commands import run_git
from gitdraft.git.locks import locking_git
from gitdraft.git.repository import GitRepository
from gitdraft.lazy_regex import regex

VERSION = regex(rb"(\d+)\.(\d+)")


def git_version(git: GitRepository) -> tuple[int, int]:
    """Returns the major and minor number of the git that is installed."""
    match = VERSION.search(run_git(git.path, ["version"]).stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def hook_folder(git: GitRepository) -> Path:
    """Returns the folder whose scripts git runs: that of `core.hooksPath`, else `hooks` in the git directory."""
    listed = run_git(
        git.path,
        ["config", "--show-scope", "--type=path", "-z", "--get-all", "core.hooksPath"],
        environment={"GIT_DIR": str(git.path)},
        accept=(0, 1),
    ).stdout.split(b"\0")
    # the scope `command` is this very call's, which runs no hooks
    configured = [
        value for scope, value in zip(listed[::2], listed[1::2], strict=False) if scope != b"command"
    ]
    if not configured:
        return git.common / "hooks"
    return (git.worktree or git.path) / configured[-1].decode("utf-8", "surrogateescape")


def is_committable(git: GitRepository, file: Path) -> bool:
    """Returns whether the file lies among the repository's files, where `git add` would take it."""
    top = git.worktree
    if top is None or not file.resolve().is_relative_to(top.resolve()):
        return False
    if file.resolve().is_relative_to(git.common.resolve()):
        return False
    asked = run_git(
        top,
        ["check-ignore", "--quiet", "--", str(file)],
        # check-ignore takes every path as it is, and refuses to be told so
        environment={"GIT_DIR": str(git.path), "GIT_WORK_TREE": str(top), "GIT_LITERAL_PATHSPECS": "0"},
        accept=(0, 1),
    )
    return asked.returncode != 0


def configured_hook(git: GitRepository, name: str) -> str | None:
    """Returns the command of a hook that is set by the repository's configuration (git 2.54); ``None``: there is none."""
    asked = _config(git, "--get", "-z", f"hook.{name}.command")
    return asked.decode("utf-8", "surrogateescape").removesuffix("\0") or None


def configure_hook(git: GitRepository, name: str, event: str, command: str) -> None:
    """Sets a hook by the repository's configuration, which git reads from 2.54 on."""
    with locking_git(git, git.common / "config.lock"):
        _config(git, "--replace-all", f"hook.{name}.command", command)
        _config(git, "--replace-all", f"hook.{name}.event", event)


def unconfigure_hook(git: GitRepository, name: str) -> None:
    """Takes the hook out of the configuration."""
    with locking_git(git, git.common / "config.lock"):
        _config(git, "--remove-section", f"hook.{name}")


def _config(git: GitRepository, *arguments: str) -> bytes:
    return run_git(
        git.path, ["config", "--local", *arguments], environment={"GIT_DIR": str(git.path)}, accept=(0, 1)
    ).stdout
