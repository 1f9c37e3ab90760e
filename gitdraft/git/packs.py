"""Packs that were made beside a repository become its own."""

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


def sync_folder(folder: Path) -> None:
    """Has the disk hold which files are in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
