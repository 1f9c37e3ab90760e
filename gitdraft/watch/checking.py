"""Entity files as they are saved in the worktree."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gitdraft.errors import GitdraftError
from gitdraft.store.repository import Store
from gitdraft.watch.events import Checked, Event, Failed, Recovered
from gitdraft.watch.following import Now
from gitdraft.workflow.checking_files import check_files


@dataclass(slots=True)
class Checker:
    """Checks what is saved. A file that is as checked out again is told where it had problems."""

    now: Now
    _told: dict[str, Checked] = field(default_factory=dict)
    _failed: str | None = None

    def folders(self, store: Store) -> list[tuple[Path, bool]]:
        """The folders whose files are entities, none inside another, and whether those at any depth are. Of a type
        whose files lie at the top of the worktree only the top is looked at: below are builds and `.git`."""
        worktree = store.git.worktree
        if worktree is None:
            return []
        kinds = store.snapshot().configuration.entities.values()
        names = sorted({kind.path.folder for kind in kinds})
        outer = [n for n in names if not any(other and n.startswith(f"{other}/") for other in names)]
        return [(worktree / name, bool(name)) for name in outer]

    def turn(self, store: Store, files: Iterable[str]) -> Iterator[Event]:
        """Check the files (absolute paths) that are entities'."""
        worktree = store.git.worktree
        if worktree is None:
            return
        paths = [os.path.relpath(file, worktree) for file in files]
        if not paths:
            return
        at = int(time.time())
        try:
            found = check_files(store, self.now(store.git), paths)
        except GitdraftError as error:
            if self._failed != error.message:
                yield Failed(at, "check", error)
            self._failed = error.message
            return
        if self._failed is not None:
            self._failed = None
            yield Recovered(at, "check")
        for file in found:
            before = self._told.pop(file.path, None)
            event = Checked(at, file.path, file.problems)
            if file.is_edited:
                self._told[file.path] = event
            had_problems = before is not None and bool(before.problems)
            is_news = before is None or before.problems != file.problems
            if (file.is_edited and is_news) or (not file.is_edited and had_problems):
                yield event
