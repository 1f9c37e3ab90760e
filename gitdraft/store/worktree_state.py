"""What a worktree remembers: its current draft, and which draft's materialised form `checkout` put there.

Kept in the worktree's own git directory; losing it loses no work that was saved.
"""

from __future__ import annotations

import json
from itertools import count, islice
from pathlib import Path

from gitdraft.formats.trailers import read_trailers
from gitdraft.git.head import head_branch, head_commit
from gitdraft.git.history import first_parents, is_ancestor
from gitdraft.git.objects import unwritable
from gitdraft.git.repository import GitRepository
from gitdraft.git.safe_files import write_note
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import DraftId, Oid
from gitdraft.store.replay import DRAFT_TRAILER, MERGED_BY_TRAILER, TIP_TRAILER
from gitdraft.store.repository import Store

MOST_COMMITS = 100  # made by hand on a materialised form


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """The draft that is in the worktree, and the commit of its materialised form that was checked out."""

    draft: DraftId
    commit: Oid


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
    """Returns the draft whose materialised form HEAD is at, detached, with or without commits on top of it; ``None`` when
    HEAD is anywhere else.

    The note of the last checkout says which commit it was where that one was amended; without a note, its trailers do.
    """
    if head_branch(store.git) is not None:
        return None
    head, note = head_commit(store.git), _read_note(store)
    if head is None or (note is not None and note.commit == head):
        return note if head is not None else None
    return _checked_out_below(store, head, note)


def write_checked_out(store: Store, note: CheckedOut | None) -> None:
    """Remembers what was checked out; ``None`` forgets it."""
    text = None if note is None else json.dumps({"draft": note.draft, "commit": note.commit})
    write_note(notes_folder(store.git) / "checkout.json", text)


def _read_note(store: Store) -> CheckedOut | None:
    try:
        note = json.loads((notes_folder(store.git) / "checkout.json").read_text("utf-8"))
        checked_out = CheckedOut(DraftId(note["draft"]), Oid(note["commit"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return checked_out if store.git.has(checked_out.commit) else None


def _checked_out_below(store: Store, head: Oid, note: CheckedOut | None) -> CheckedOut | None:
    git, canonical_tip = store.git, store.canonical_tip()
    if canonical_tip is not None and is_ancestor(git, head, canonical_tip):
        return None  # canonical's own, even where plain git has merged a materialised form
    for commit in islice(first_parents(git, head), MOST_COMMITS):
        if note is not None and commit.oid == note.commit:
            return note
        trailers = read_trailers(commit.message)
        draft, tip = trailers.get(DRAFT_TRAILER), trailers.get(TIP_TRAILER)
        if draft is None or tip is None:
            continue
        if MERGED_BY_TRAILER in trailers:
            return None  # a merge: canonical's own history begins here
        if note is not None and read_trailers(git.read_commit(note.commit).message).get(TIP_TRAILER) == tip:
            return note
        return CheckedOut(DraftId(draft), commit.oid)
    return None


def notes_folder(git: GitRepository) -> Path:
    """Returns the folder of the worktree's notes, which may not exist yet."""
    return git.path / "gitdraft"


def keep_text(git: GitRepository, name: str, content: bytes) -> Path:
    """Returns the file in which a text that was not accepted is kept, beside those that were kept before it. Raises
    RepositoryError when the disk refuses."""
    folder = notes_folder(git) / "unsaved"
    first = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            file = folder / (name if number == 1 else f"{first.stem}-{number}{first.suffix}")
            try:
                with file.open("xb") as stream:
                    stream.write(content)
            except FileExistsError:
                continue
            return file
    except OSError as error:
        raise unwritable(f"{folder}: {error.strerror}") from error
    raise AssertionError(name)
