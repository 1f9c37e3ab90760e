"""What the scripts must know without starting gitdraft, as a small file in the git directory.

One line each: the canonical branch, the prefix of the drafts' branches, the program to run when the PATH has none,
the oid of the gitdraft.yaml that all this is from; then, after `=`, the paths that pre-commit looks at. Every run of a hook
updates it when gitdraft.yaml has changed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shutil import which

from gitdraft.errors import GitdraftError
from gitdraft.formats.configuration import CONFIGURATION_PATH, Configuration
from gitdraft.git.head import head_branch
from gitdraft.git.objects import unwritable
from gitdraft.git.own_branch import BRANCHES, USUAL_BRANCHES
from gitdraft.git.repository import GitRepository
from gitdraft.model.names import RefName
from gitdraft.store.drafts import OVERLAY
from gitdraft.store.redirects import PROTECTION, TOMBSTONES
from gitdraft.store.repository import Store, store_of
from gitdraft.store.schema_files import schema_files
from gitdraft.store.snapshots import Snapshot, file_oid

NAME = "gitdraft/hooks"
NOT_FOUND = "gitdraft/not-found"


def settings_text(store: Store) -> str:
    """Returns the file's content for canonical at its tip."""
    canonical = store.canonical_or_empty()
    entity_types = canonical.configuration.entities
    paths = {each.path.folder or "." for each in entity_types.values()}
    if isinstance(canonical, Snapshot):
        paths.update(path for name in entity_types for path in schema_files(canonical, name))
    paths |= {CONFIGURATION_PATH, TOMBSTONES, PROTECTION, OVERLAY}
    known = file_oid(store.git, canonical.tree, CONFIGURATION_PATH) or ""
    lines = [
        store.canonical_ref,
        store.drafts_ref,
        _program(),
        known,
        *(f"={path}" for path in sorted(paths)),
    ]
    return "".join(f"{line}\n" for line in lines)


def write_settings(store: Store) -> None:
    """Writes the file where its content has changed. Raises RepositoryError when the disk refuses."""
    file = store.git.common / NAME
    text = settings_text(store)
    try:
        (store.git.common / NOT_FOUND).unlink(missing_ok=True)
        if read_settings(store.git) != text:
            file.parent.mkdir(exist_ok=True)
            new = file.with_name("hooks.new")
            new.write_text(text, "utf-8", "surrogateescape")
            new.replace(file)
    except OSError as error:
        raise unwritable(f"{file}: {error.strerror}") from error


def remove_settings(git: GitRepository) -> None:
    """Removes the file and the note that gitdraft was not found."""
    for name in (NAME, NOT_FOUND):
        (git.common / name).unlink(missing_ok=True)


def read_settings(git: GitRepository) -> str | None:
    """Returns the file's content, ``None`` when there is none."""
    try:
        return (git.common / NAME).read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def settings_are_current(git: GitRepository) -> bool:
    """Returns whether the file is there, names the branches that gitdraft.yaml names, and leads to a program."""
    text = read_settings(git)
    if text is None or not (which("gitdraft") or os.access("".join(text.splitlines()[2:3]), os.X_OK)):
        return False
    try:
        store = store_of(git)
    except GitdraftError:
        return True  # nothing says otherwise
    return text.splitlines()[:2] == [store.canonical_ref, store.drafts_ref]


def store_of_settings(git: GitRepository) -> Store:
    """Returns the repository with the branches that the file names; where there is none, with HEAD's as canonical."""
    lines = (read_settings(git) or "").splitlines()
    if len(lines) > 1:
        return Store(git, RefName(lines[0]), lines[1])
    canonical = head_branch(git) or RefName(f"{BRANCHES}{USUAL_BRANCHES[0]}")
    return Store(git, canonical, BRANCHES + Configuration().drafts)


def _program() -> str:
    """Returns the `gitdraft` beside this Python: a graphical git may have another PATH than the shell."""
    program = Path(sys.executable).parent / "gitdraft"
    return str(program) if program.is_file() else ""
