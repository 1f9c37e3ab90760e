"""Events of the file system: a ref arrives by a rename, so the git directory and the folder of canonical's ref are
watched, not what is below them, and for renames alone. An event says only: compare the tip."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from gitdraft.errors import RepositoryError
from gitdraft.watch.inbox import Inbox

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

RENAMES: list[type[FileSystemEvent]] = [FileMovedEvent, DirCreatedEvent]
SAVES: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileClosedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirMovedEvent,
]


class FolderWatcher:
    """Watches folders until ``stop``; ``watch`` says which."""

    def __init__(self, inbox: Inbox) -> None:
        self._refs, self._files = _Refs(inbox), _Files(inbox)
        self._observer: BaseObserver | None = None
        self._watched: frozenset[tuple[str, int, bool, bool]] = frozenset()

    def watch(self, refs: Sequence[Path], files: Sequence[tuple[Path, bool]]) -> None:
        """Watches the folders ``refs`` for renames and ``files`` for whatever is saved, those that say so at any depth.

        A folder that is not there is watched for in the nearest one above it that is. What is watched already, and
        is the same folder still, goes on. Raises RepositoryError (``no-events``) when the system has none to give, FileNotFoundError when a folder goes meanwhile.
        """
        folders = frozenset(
            [(*_identity(_existing(folder)), False, False) for folder in refs]
            + [(*_identity(folder), True, is_tree) for folder, is_tree in files if folder.is_dir()]
        )
        if folders == self._watched and self._observer is not None and self._observer.is_alive():
            return
        self.stop()
        try:
            observer = Observer()
            for folder, _, has_files, is_tree in sorted(folders):
                handler, events = (self._files, SAVES) if has_files else (self._refs, RENAMES)
                observer.schedule(handler, folder, recursive=is_tree, event_filter=events)
            observer.start()
        except OSError as error:
            raise RepositoryError(
                f"no events of the file system: {error.strerror or error}",
                code="no-events",
                hint="sysctl fs.inotify.max_user_instances and max_user_watches say how many there may be",
            ) from error
        self._observer, self._watched = observer, folders

    def stop(self) -> None:
        """Watches nothing any more."""
        if self._observer is not None and self._observer.is_alive():
            self._observer.stop()
            self._observer.join()
        self._observer, self._watched = None, frozenset()


class _Refs(FileSystemEventHandler):
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def on_any_event(self, _event: FileSystemEvent) -> None:
        self._inbox.moved()


class _Files(FileSystemEventHandler):
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def on_any_event(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            if path:
                self._inbox.saved(os.fsdecode(path))


def _identity(folder: Path) -> tuple[str, int]:
    """The folder, and which one of this name it is."""
    return str(folder), folder.stat().st_ino


def _existing(folder: Path) -> Path:
    return next(above for above in (folder, *folder.parents) if above.is_dir())
