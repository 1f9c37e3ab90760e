"""Installing the hooks, beside whatever hooks there are, and taking them out again.

A script that a POSIX shell reads gets a block of lines. Any other one (a program, a link, a file that git does not
run) is kept beside under another name, and a script with the block takes its place and calls it. From git 2.54
hooks are configuration, and no file is touched.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gitdraft.errors import StateRefused
from gitdraft.git.hook_folders import (
    configure_hook,
    configured_hook,
    git_version,
    hook_folder,
    is_committable,
    unconfigure_hook,
)
from gitdraft.git.objects import unwritable
from gitdraft.git.repository import GitRepository
from gitdraft.store.hooks.scripts import (
    CLIENT,
    SERVER,
    SHEBANG,
    block,
    has_block,
    is_ours,
    takes_block,
    with_block,
    without_block,
)
from gitdraft.store.hooks.settings import remove_settings, settings_are_current, write_settings
from gitdraft.store.repository import Store

State = Literal["installed", "outdated", "missing"]
KEPT = ".gitdraft-kept"
EXECUTABLE = 0o755
BY_CONFIGURATION = (2, 54)


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook and its state. ``beside`` is true where another script runs first; ``place`` is the script, or the
    name of the configuration."""

    name: str
    state: State
    place: str
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks of a repository. ``notes`` are what a user should know of their place."""

    hooks: tuple[Hook, ...]
    notes: tuple[str, ...] = ()


def hooks_of(git: GitRepository) -> tuple[str, ...]:
    """Returns the hooks that the repository should have: a bare one is a server's."""
    return SERVER if git.raw.is_bare else CLIENT


def hook_states(git: GitRepository) -> Hooks:
    """Returns the state of each hook."""
    folder = hook_folder(git)
    return Hooks(tuple(_state(git, folder, name) for name in hooks_of(git)), _notes(git, folder))


def install(store: Store, *, tracked: bool = False, by_configuration: bool | None = None) -> Hooks:
    """Installs the hooks, or bring them up to date.

    ``by_configuration`` is the way of git 2.54 (``None``: as the installed git has it). Raises StateRefused
    (``tracked-hooks``) where core.hooksPath leads among the repository's own files, unless ``tracked`` allows it.
    """
    git = store.git
    if by_configuration is None:
        by_configuration = git_version(git) >= BY_CONFIGURATION
    folder = hook_folder(git)
    if not by_configuration and not tracked and is_committable(git, folder / "pre-commit"):
        raise StateRefused(
            f"core.hooksPath leads to {folder}, whose files are committed",
            code="tracked-hooks",
            context={"folder": str(folder)},
            hint="gitdraft hooks install --tracked changes them nevertheless, for everybody who gets that commit",
        )
    write_settings(store)
    try:
        for name in hooks_of(git):
            if by_configuration:
                _configure(git, name)
            else:
                folder.mkdir(parents=True, exist_ok=True)
                _install_script(folder / name, name)
    except OSError as error:
        raise unwritable(f"{error.filename}: {error.strerror}") from error
    return hook_states(git)


def uninstall(git: GitRepository) -> Hooks:
    """Takes the hooks out: each script is again as it was, and where there was none there is none."""
    folder = hook_folder(git)
    try:
        for name in (*CLIENT, *SERVER):
            if configured_hook(git, _configured_name(name)) is not None:
                unconfigure_hook(git, _configured_name(name))
                _own_script(git, name).unlink(missing_ok=True)
            _uninstall_script(folder / name)
        remove_settings(git)
    except OSError as error:
        raise unwritable(f"{error.filename}: {error.strerror}") from error
    return hook_states(git)


def _state(git: GitRepository, folder: Path, name: str) -> Hook:
    command = configured_hook(git, _configured_name(name))
    if command is not None:
        own = _own_script(git, name)
        fresh = (
            settings_are_current(git) and _read(own) == _new_script(name) and command == shlex.quote(str(own))
        )
        return Hook(name, "installed" if fresh else "outdated", f"hook.{_configured_name(name)}")
    file = folder / name
    script = _read(file)
    kept = _exists(_kept_script(file))
    if script is None or not has_block(script):
        return Hook(name, "missing", str(file), beside=script is not None)
    fresh = settings_are_current(git) and script in (
        with_block(script, block(name, chained=False)),
        with_block(script, block(name, chained=True)),
    )
    return Hook(name, "installed" if fresh else "outdated", str(file), beside=kept or not is_ours(script))


def _notes(git: GitRepository, folder: Path) -> tuple[str, ...]:
    if folder.resolve().is_relative_to(git.common.resolve()):
        return ()
    if is_committable(git, folder / "pre-commit"):
        return (f"{folder} (core.hooksPath) is part of what is committed",)
    if git.worktree is not None and folder.resolve().is_relative_to(git.worktree.resolve()):
        return (
            f"{folder} (core.hooksPath) is another tool's: install again when it has written its scripts again",
        )
    return (f"{folder} (core.hooksPath) is used by other repositories too; there the block does nothing",)


def _install_script(file: Path, name: str) -> None:
    script = _read(file)
    if script is not None and has_block(script):
        chained = not is_ours(script)
        _write(file, with_block(script, block(name, chained=chained)), file.stat().st_mode & 0o7777)
    elif not _exists(file):
        _write(file, _new_script(name), EXECUTABLE)
    elif script is not None and takes_block(script) and not file.is_symlink() and os.access(file, os.X_OK):
        _write(file, with_block(script, block(name, chained=True)), file.stat().st_mode & 0o7777)
    else:
        runs = os.access(file, os.X_OK)
        file.rename(_kept_script(file))
        call = f'exec "$0{KEPT}" "$@"\n'.encode() if runs else b""
        _write(file, with_block(SHEBANG.encode() + call, block(name, chained=runs)), EXECUTABLE)


def _uninstall_script(file: Path) -> None:
    script = _read(file)
    if script is not None and has_block(script):
        if _exists(_kept_script(file)) or is_ours(script):
            file.unlink()
        else:
            _write(file, without_block(script), file.stat().st_mode & 0o7777)
    if _exists(_kept_script(file)) and not _exists(file):
        _kept_script(file).rename(file)


def _configure(git: GitRepository, name: str) -> None:
    own = _own_script(git, name)
    own.parent.mkdir(parents=True, exist_ok=True)
    _write(own, _new_script(name), EXECUTABLE)
    configure_hook(git, _configured_name(name), name, shlex.quote(str(own)))


def _configured_name(name: str) -> str:
    return f"gitdraft-{name}"


def _own_script(git: GitRepository, name: str) -> Path:
    return git.common / "gitdraft" / "scripts" / name


def _new_script(name: str) -> bytes:
    return with_block(SHEBANG.encode(), block(name, chained=False))


def _kept_script(file: Path) -> Path:
    return file.with_name(file.name + KEPT)


def _exists(file: Path) -> bool:
    return file.is_symlink() or file.exists()


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def _write(file: Path, content: bytes, mode: int) -> None:
    """Writes the script at once: git may be about to run it."""
    new = file.with_name(f"{file.name}.gitdraft-new")
    new.write_bytes(content)
    new.chmod(mode)
    new.replace(file)
