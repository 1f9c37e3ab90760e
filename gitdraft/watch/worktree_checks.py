"""Entity files as they are saved in the worktree."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from gitdraft.api.repository import Repository, forget_repositories
from gitdraft.errors import GitdraftError
from gitdraft.lazy_dataclass import dataclass, field
from gitdraft.model.watch_events import Checked, Event, Failed, Recovered
from gitdraft.watch.inbox import as_gitdraft_error


@dataclass(slots=True)
class Checker:
    """Checks what is saved. A file that is as checked out again is reported where it had problems."""

    _reported: dict[str, Checked] = field(default_factory=dict)
    _failed: str | None = None
    _folders: tuple[tuple[Path, bool], ...] = ()

    def folders(self, repository: Repository) -> tuple[tuple[Path, bool], ...]:
        """Returns the folders whose files are entities, none inside another, and whether those at any depth are. While
        gitdraft.yaml cannot be read they are those that they were."""
        with suppress(GitdraftError):  # reported by the rebase, which needs it too
            self._folders = repository.worktree.entity_folders()
        return self._folders

    def check(self, repository: Repository, files: Iterable[str]) -> Iterator[Event]:
        """Checks the files (absolute paths) that are entities'."""
        if not repository.has_worktree:
            return
        paths = [os.path.relpath(file, repository.path) for file in files]
        if not paths:
            return
        at = int(time.time())
        try:
            checked = repository.worktree.check(paths)
        except Exception as error:
            failure = as_gitdraft_error(error)
            if self._failed != failure.message:
                yield Failed(at, "check", failure)
            self._failed = failure.message
            return
        finally:
            forget_repositories()
        if self._failed is not None:
            self._failed = None
            yield Recovered(at, "check")
        for file in checked:
            before = self._reported.pop(file.path, None)
            event = Checked(at, file.path, file.problems)
            if file.is_edited:
                self._reported[file.path] = event
            had_problems = before is not None and bool(before.problems)
            is_news = before is None or before.problems != file.problems
            if (file.is_edited and is_news) or (not file.is_edited and had_problems):
                yield event
