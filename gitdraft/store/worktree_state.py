"""What a worktree remembers: its current draft, and which effective files `checkout` wrote into it.

Kept in the worktree's own git directory; losing it loses no work that was saved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitdraft.git.objects import unwritable
from gitdraft.git.repository import GitRepository, head_branch
from gitdraft.model.names import DraftId
from gitdraft.store.repository import Store


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """A draft's effective files in the worktree: each path with the text that was written (``None``: the file
    was removed)."""

    draft: str
    files: Mapping[str, str | None]


def current_draft(store: Store) -> DraftId | None:
    """Returns the draft whose branch is checked out, else the one that was switched to."""
    branch = head_branch(store.git)
    if branch is not None and branch.startswith(store.drafts_ref):
        return DraftId(branch.removeprefix(store.drafts_ref))
    file = notes_folder(store.git) / "current"
    text = file.read_text("utf-8").strip() if file.is_file() else ""
    return DraftId(text) if text else None


def set_current_draft(store: Store, draft_id: str | None) -> None:
    """Remembers the draft that edits go to; ``None`` forgets it."""
    write_note(notes_folder(store.git) / "current", None if draft_id is None else f"{draft_id}\n")


def read_checked_out(store: Store) -> CheckedOut | None:
    """Returns what `checkout` wrote; ``None`` when it wrote nothing, or the note is unreadable."""
    file = notes_folder(store.git) / "checkout.json"
    try:
        note = json.loads(file.read_text("utf-8"))
        return CheckedOut(note["draft"], note["files"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write_checked_out(store: Store, note: CheckedOut | None) -> None:
    """Remembers what `checkout` wrote; ``None`` forgets it."""
    text = None if note is None else json.dumps({"draft": note.draft, "files": dict(note.files)})
    write_note(notes_folder(store.git) / "checkout.json", text)


def notes_folder(git: GitRepository) -> Path:
    """Returns the folder of the worktree's notes, which may not exist yet."""
    return git.path / "gitdraft"


def write_note(file: Path, text: str | None) -> None:
    """Replaces the file at once; ``None`` removes it. Raises RepositoryError when the disk refuses."""
    try:
        if text is None:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(exist_ok=True)
        temporary = file.with_suffix(".new")
        temporary.write_text(text, "utf-8")
        temporary.replace(file)
    except OSError as error:
        raise unwritable(f"{file}: {error.strerror}") from error
