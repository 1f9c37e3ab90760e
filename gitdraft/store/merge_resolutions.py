"""The resolutions of conflicts in unmerged files that a worktree remembers until the merge is committed.

Kept in the worktree's own git directory. (A module of its own: reading the current draft, which most commands do,
needs none of it.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from gitdraft.errors import InvalidInput
from gitdraft.formats.changes import read_resolutions, write_resolutions
from gitdraft.git.repository import GitRepository
from gitdraft.git.safe_files import write_note
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.merge import Resolution
from gitdraft.store.worktree_state import notes_folder

FILE = "settled.json"


@dataclass(frozen=True, slots=True)
class FileResolutions:
    """The resolutions of conflicts in an unmerged file, and the blobs (base, ours, theirs) that they are about."""

    stages: tuple[str | None, ...]
    resolutions: tuple[Resolution, ...]


def read_merge_resolutions(git: GitRepository) -> dict[str, FileResolutions]:
    """Returns the resolutions that were given for unmerged files, by path; none when the note is unreadable."""
    file = notes_folder(git) / FILE
    try:
        note = json.loads(file.read_text("utf-8"))
        return {
            path: FileResolutions(tuple(stages), read_resolutions(json.dumps(answers).encode(), str(file)))
            for path, (stages, answers) in note.items()
        }
    except (FileNotFoundError, ValueError, AttributeError, TypeError, InvalidInput):
        return {}


def write_merge_resolutions(git: GitRepository, by_path: Mapping[str, FileResolutions]) -> None:
    """Remembers the resolutions; none forgets them."""
    note = {
        path: [given.stages, json.loads(write_resolutions(given.resolutions))]
        for path, given in by_path.items()
    }
    write_note(notes_folder(git) / FILE, json.dumps(note) if note else None)
