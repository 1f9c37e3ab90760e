"""What a worktree remembers: its current draft, which effective files `checkout` wrote into it, and the answers to
conflicts in unmerged files.

Kept in the worktree's own git directory; losing it loses no work that was saved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitdraft.errors import InvalidInput
from gitdraft.formats.changes import read_resolutions, write_resolutions
from gitdraft.git.repository import GitRepository, head_branch
from gitdraft.model.merge import Resolution
from gitdraft.store.repository import Store

SETTLED = "settled.json"


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """A draft's effective files in the worktree: each path with the text that was written (``None``: the file
    was removed)."""

    draft: str
    files: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Settled:
    """The answers to conflicts in an unmerged file, and the blobs (base, ours, theirs) that they are about."""

    stages: tuple[str | None, ...]
    resolutions: tuple[Resolution, ...]


def current_draft(store: Store) -> str | None:
    """The draft whose branch is checked out, else the one that was switched to."""
    branch = head_branch(store.git)
    if branch is not None and branch.startswith(store.drafts_ref):
        return branch.removeprefix(store.drafts_ref)
    file = _folder(store.git) / "current"
    return file.read_text("utf-8").strip() or None if file.is_file() else None


def set_current_draft(store: Store, draft_id: str | None) -> None:
    """Remember the draft that edits go to; ``None`` forgets it."""
    _write(_folder(store.git) / "current", None if draft_id is None else f"{draft_id}\n")


def read_checked_out(store: Store) -> CheckedOut | None:
    """What `checkout` wrote; ``None`` when it wrote nothing, or the note is unreadable."""
    file = _folder(store.git) / "checkout.json"
    try:
        note = json.loads(file.read_text("utf-8"))
        return CheckedOut(note["draft"], note["files"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write_checked_out(store: Store, note: CheckedOut | None) -> None:
    """Remember what `checkout` wrote; ``None`` forgets it."""
    text = None if note is None else json.dumps({"draft": note.draft, "files": dict(note.files)})
    _write(_folder(store.git) / "checkout.json", text)


def read_settled(git: GitRepository) -> dict[str, Settled]:
    """The answers that were given for unmerged files, by path; none when the note is unreadable."""
    file = _folder(git) / SETTLED
    try:
        note = json.loads(file.read_text("utf-8"))
        return {
            path: Settled(tuple(stages), read_resolutions(json.dumps(answers).encode(), str(file)))
            for path, (stages, answers) in note.items()
        }
    except (FileNotFoundError, ValueError, AttributeError, TypeError, InvalidInput):
        return {}


def write_settled(git: GitRepository, settled: Mapping[str, Settled]) -> None:
    """Remember the answers; none forgets them."""
    note = {
        path: [given.stages, json.loads(write_resolutions(given.resolutions))]
        for path, given in settled.items()
    }
    _write(_folder(git) / SETTLED, json.dumps(note) if note else None)


def _folder(git: GitRepository) -> Path:
    return git.path / "gitdraft"


def _write(file: Path, text: str | None) -> None:
    if text is None:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(exist_ok=True)
    temporary = file.with_suffix(".new")
    temporary.write_text(text, "utf-8")
    temporary.replace(file)
