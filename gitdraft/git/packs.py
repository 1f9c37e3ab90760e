"""Packs that were made beside a repository become its own; whether a gc makes some now."""

from __future__ import annotations

import os
from pathlib import Path


def take_packs(common: Path, other: Path) -> None:
    """Moves the packs of the git directory ``other`` into the one at ``common``; a pack is seen with its .idx, which
    comes last."""
    packs = common / "objects/pack"
    packs.mkdir(exist_ok=True)
    for file in sorted((other / "objects/pack").iterdir(), key=lambda file: file.suffix == ".idx"):
        if not (packs / file.name).exists():
            file.replace(packs / file.name)
    sync_folder(packs)


def is_gc_running(common: Path) -> bool:
    """Returns whether a `git gc` runs, as it says in `gc.pid` (gc.c of git: its number and its host); one of another host's is
    taken to."""
    from gitdraft.git.processes import start_of, this_host

    try:
        pid, host = (common / "gc.pid").read_text("utf-8", "replace").split()
        return host != this_host() or start_of(int(pid)) is not None
    except (OSError, ValueError):
        return False


def sync_folder(folder: Path) -> None:
    """Has the disk hold which files are in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
