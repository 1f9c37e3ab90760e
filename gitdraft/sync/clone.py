"""Cloning: the clone's folder appears once the clone is whole.

It is made in a folder beside it (in it, where it is there already), with a record of the process that makes it, so that what a kill left is known from what is at
work and removed by the next clone.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from gitdraft.errors import GitdraftError, InvalidInput, OperationPending, RepositoryError
from gitdraft.git.processes import are_dead, process_record, this_process
from gitdraft.git.remotes import clone_repository
from gitdraft.lazy_dataclass import replace
from gitdraft.model.operations import OperationMetadata
from gitdraft.model.sync_reports import SyncReport
from gitdraft.store.repository import Store, open_store
from gitdraft.sync.sync import pull

UNFINISHED = ".unfinished-clone-"
RECORD = "process.json"


def clone(
    url: str, start: Path, name: str, metadata: Callable[[Store], OperationMetadata]
) -> SyncReport | None:
    """Clones a repository into the folder ``name`` below ``start``, with every draft of the remote as a local draft, and
    sets the clone up. A folder that is there already is filled where it stands, as `git clone` does, if it is empty.

    Returns ``None`` when the repository is not set up for gitdraft. Raises RepositoryError, and then nothing is left, as with
    `git clone`; InvalidInput where the repository holds what cannot be read, which the clone is needed to mend.
    """
    folder = (start / name).resolve()
    left = tuple(
        f"an earlier clone that was interrupted left {path}: remove it" for path in _remove_left(folder)
    )
    is_full = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if is_full:
        return _clone(url, start, folder, metadata)  # which git refuses, and leaves as it is
    place = folder if folder.exists() else folder.parent
    work = place / f".{folder.name}{UNFINISHED}{secrets.token_hex(4)}"
    try:
        work.mkdir(parents=True)
        (work / RECORD).write_text(json.dumps(process_record([this_process()])), "utf-8")
        try:
            report = _clone(url, start, work / folder.name, metadata)
        except InvalidInput:
            _move(work / folder.name, folder)
            raise
        _move(work / folder.name, folder)
    except OSError as error:
        raise RepositoryError(
            f"{folder}: the clone cannot be made: {error.strerror}",
            code="unwritable",
            context={"path": str(folder)},
        ) from error
    finally:
        _remove(work)
    return None if report is None else replace(report, notices=(*left, *report.notices))


def _move(whole: Path, folder: Path) -> None:
    """Moves a clone to where it belongs. Into a folder that is there `.git` comes last: a kill leaves no repository whose files
    are missing, which a `git commit -a` would take for deleted."""
    if not folder.exists():
        whole.rename(folder)
        return
    moved: list[Path] = []
    try:
        for path in sorted(whole.iterdir(), key=lambda path: path.name == ".git"):
            moved.append(path.rename(folder / path.name))
    except BaseException:
        for path in moved:
            _remove(path)
        raise


def _clone(
    url: str, start: Path, folder: Path, metadata: Callable[[Store], OperationMetadata]
) -> SyncReport | None:
    clone_repository(url, start, folder)
    try:
        store = open_store(folder)
        return pull(store, lambda: metadata(store))
    except OperationPending as error:
        if isinstance(error.__cause__, GitdraftError):
            raise error.__cause__ from None  # what is pending goes with the clone
        raise
    except RepositoryError as error:
        if error.code == "not-initialised":
            return None
        raise


def _remove_left(folder: Path) -> list[Path]:
    """Removes what clones into ``folder`` left, beside it or in it, whose processes are known to be dead. Returns those that may
    be at work, or cannot be removed."""
    places = [place for place in (folder.parent, folder) if place.is_dir()]
    start = f".{folder.name}{UNFINISHED}"
    left = [path for place in places for path in place.iterdir() if path.name.startswith(start)]
    for path in left:
        if _is_dead(path):
            shutil.rmtree(path, ignore_errors=True)
    return [path for path in left if path.exists()]


def _is_dead(work: Path) -> bool:
    try:
        return are_dead(json.loads((work / RECORD).read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _remove(path: Path) -> None:
    """Removes a file or a folder, if there is one. Raises RepositoryError where the disk refuses."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise RepositoryError(
            f"the clone was not finished, and could not be removed: {error.strerror}",
            code="unwritable",
            context={"path": str(path)},
            hint=f"remove {path}, then clone again",
        ) from error
