"""Entity files as they are saved in the worktree."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gitdraft.drafts.worktree_check import check_files
from gitdraft.errors import GitdraftError
from gitdraft.git.cache import forget
from gitdraft.model.watch_events import Checked, Event, Failed, Recovered
from gitdraft.store.repository import Store
from gitdraft.watch.follow import Now
from gitdraft.watch.inbox import refusal


@dataclass(slots=True)
class Checker:
    """Checks what is saved. A file that is as checked out again is told where it had problems."""

    now: Now
    _told: dict[str, Checked] = field(default_factory=dict)
    _failed: str | None = None
    _folders: tuple[tuple[Path, bool], ...] = ()

    def folders(self, store: Store) -> tuple[tuple[Path, bool], ...]:
        """The folders whose files are entities, none inside another, and whether those at any depth are. Of a type
        whose files lie at the top of the worktree only the top is looked at: below are builds and `.git`.

        While gitdraft.yaml cannot be read they are those that they were."""
        worktree = store.git.worktree
        if worktree is None:
            return ()
        try:
            kinds = store.snapshot().configuration.entities.values()
        except GitdraftError:  # told by the rebase, which needs it too
            return self._folders
        names = sorted({kind.path.folder for kind in kinds})
        outer = [n for n in names if not any(other and n.startswith(f"{other}/") for other in names)]
        self._folders = tuple((worktree / name, bool(name)) for name in outer)
        return self._folders

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
        except Exception as error:
            told = refusal(error)
            if self._failed != told.message:
                yield Failed(at, "check", told)
            self._failed = told.message
            return
        finally:
            forget()
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
