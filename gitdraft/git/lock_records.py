"""Who made git's `*.lock` files: the record that tells a dead writer's lock from a living git's.

git never says who holds a lock, and its age says nothing: a hook may sleep, a laptop too. So before gitdraft, or a git that
it starts, makes a lock, a record in `<git dir>/gitdraft/locks/` names the lock, the host, the boot and the processes. A
lock in the way is removed only where such a record names it and all of its processes are dead on this host; any other
is waited for, and then named.
"""

from __future__ import annotations

import json
import os
import shlex
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import hearing_of_gits
from gitdraft.git.layout import main_worktree, pointer
from gitdraft.git.objects import unwritable
from gitdraft.git.processes import (
    Process,
    are_dead,
    may_be_a_living_gits,
    process_record,
    recorded_processes,
    start_of,
    this_process,
)
from gitdraft.lazy_dataclass import dataclass, field

FOLDER = Path("gitdraft/locks")
Texts = Sequence[str] | None  # what a lock file may hold; `None`: anything
PATIENCE = 10.0  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.25  # seconds


@dataclass(slots=True)
class LockRecord:
    """The locks that this process, and the gits that it starts, may make; ``contents`` has for each the texts that the lock file
    may hold (``None``: any; a folder stands for the locks below it). ``own_files`` are files that nobody else makes, and that go
    with the locks; ``anothers`` are locks that somebody else holds."""

    file: Path
    contents: Mapping[Path, Texts]
    own_files: Sequence[Path]
    processes: list[Process] = field(default_factory=list)
    anothers: set[Path] = field(default_factory=set)
    is_kept: bool = False

    def add_process(self, pid: int) -> None:
        """Names a git that was started and makes some of the locks."""
        start = start_of(pid)
        if start is not None:
            self.processes.append(Process(pid, start))
            self.write()

    def end(self) -> None:
        """Takes away the locks that git, or libgit2, failed to, and the record. What cannot be taken away is left to the next
        writer."""
        common = self.file.parents[len(FOLDER.parts)]
        left = [lock for lock in _existing(self.contents) if lock not in self.anothers]
        remove_left_locks(common, {lock: self.contents.get(lock) for lock in left})
        if any(map(os.path.lexists, left)):
            self.keep()
        if not self.is_kept:
            with suppress(OSError):
                self.file.unlink()

    def keep(self) -> None:
        """Leaves the record for the next writer, who removes what could not be removed now: nobody uses these locks."""
        self.processes.clear()
        self.is_kept = True
        with suppress(RepositoryError):
            self.write()

    def write(self) -> None:
        """Replaces the record's file. Raises RepositoryError when the disk refuses."""
        document = {
            "version": 1,
            **process_record(self.processes),
            "locks": [
                {"path": os.fspath(path)} | ({} if texts is None else {"texts": list(texts)})
                for path, texts in self.contents.items()
            ],
            "files": list(map(os.fspath, self.own_files)),
        }
        temporary = self.file.with_suffix(".new")
        try:
            temporary.write_text(json.dumps(document), "utf-8", errors="surrogateescape")
            temporary.replace(self.file)
        except OSError as error:
            raise unwritable(f"{self.file}: {error.strerror}") from error


@contextmanager
def recorded_locks(
    common: Path, contents: Mapping[Path, Texts], own_files: Sequence[Path] = ()
) -> Iterator[LockRecord]:
    """Names the lock files that are about to be made, and each git that is started, until they are gone again. ``common`` is the
    common git directory.

    Raises RepositoryError when the record cannot be written: then no lock is made.
    """
    folder = common / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(f"{folder}: {error.strerror}") from error
    record = LockRecord(folder / f"{os.urandom(6).hex()}.json", contents, own_files, [this_process()])
    record.anothers.update(_existing(contents))
    try:
        record.write()
        with hearing_of_gits(record.add_process):
            yield record
    except RepositoryError as error:
        if error.code == "locked" and "path" in error.context:
            record.anothers.add(Path(error.context["path"]))
        raise
    finally:
        record.end()


def remove_left_locks(common: Path, contents: Mapping[Path, Texts]) -> None:
    """Removes the locks of gits that this process started, and that have ended, when none of them was there before. One that
    another living writer has recorded stays."""
    left = _existing(contents)
    taken = _locks_of_others(common) if left else frozenset()
    for lock in left:
        if taken.isdisjoint((lock, *lock.parents)) and not _may_be_anothers(common, lock, contents.get(lock)):
            with suppress(OSError):
                lock.unlink()


def has_records(common: Path) -> bool:
    """Returns whether a writer, living or dead, has locks of git's."""
    try:
        return any(file.suffix == ".json" for file in (common / FOLDER).iterdir())
    except FileNotFoundError:
        return False


def clear_dead_locks(common: Path, missing: Collection[Path] = ()) -> list[Path]:
    """Removes the locks of writers that are dead, and their records. Returns the locks that were removed.

    The caller holds the writers' lock; ``missing`` are the locks that it has recorded and not made yet. A lock that a living
    writer or git may have made stays, and so does a file that holds something else than the dead one would have written: a
    later git's. Raises RepositoryError when the disk refuses.
    """
    records = [(file, _read_record(file)) for file in sorted((common / FOLDER).glob("*.json"))]
    living = [record for _, record in records if record is not None and not record.is_dead]
    taken = {path for record in living for path in record.locks if not (record.is_own and path in missing)}
    removed = []
    for file, record in records:
        if record is None or not record.is_dead:
            continue
        for own in record.own_files:
            _remove(own)
        is_finished = True
        for path, texts in record.locks.items():
            for lock in _locks_at(path, texts):
                if lock in taken or _may_be_anothers(common, lock, texts):
                    is_finished &= not os.path.lexists(lock)
                elif _remove(lock):
                    removed.append(lock)
        if is_finished:
            _remove(file)
    if not living:
        for file in (common / FOLDER).glob("*.new"):
            _remove(file)
    return removed


def has_dead_records(common: Path) -> bool:
    """Returns whether a writer died that may have left locks."""
    records = map(_read_record, (common / FOLDER).glob("*.json"))
    return any(record is not None and record.is_dead for record in records)


def wait_for_locks(common: Path, paths: Iterable[Path]) -> None:
    """Waits until none of these lock files is there, at most ``PATIENCE`` seconds together. Those of writers that end
    meanwhile are removed; the caller holds the writers' lock.

    Raises RepositoryError (``locked``) that names the one that stays.
    """
    until = time.monotonic() + PATIENCE
    for path in paths:
        pause = FIRST_PAUSE
        while os.path.lexists(path):
            if time.monotonic() > until:
                raise locked_by_another(path)
            time.sleep(pause)
            clear_dead_locks(common, [path])
            pause = min(pause * 2, LONGEST_PAUSE)


def locked_by_another(path: Path) -> RepositoryError:
    """The error for a lock that somebody else holds."""
    return RepositoryError(
        f"another process holds {path}",
        code="locked",
        context={"path": os.fspath(path)},
        hint=f"see who it is: fuser -v {shlex.quote(os.fspath(path))}; if nobody is, remove the file",
    )


@dataclass(frozen=True, slots=True)
class _ReadRecord:
    locks: Mapping[Path, Texts]
    own_files: Sequence[Path]
    is_dead: bool
    is_own: bool


def _locks_of_others(common: Path) -> frozenset[Path]:
    records = map(_read_record, (common / FOLDER).glob("*.json"))
    return frozenset(
        path
        for record in records
        if record is not None and not (record.is_dead or record.is_own)
        for path in record.locks
    )


def _read_record(file: Path) -> _ReadRecord | None:
    """What a record names, and whether its processes are known to be dead; ``None`` for a file that is no record."""
    try:
        document = json.loads(file.read_text("utf-8", errors="surrogateescape"))
        processes = recorded_processes(document)
        locks = {Path(entry["path"]): entry.get("texts") for entry in document["locks"]}
        own_files = list(map(Path, document["files"]))
        is_dead = are_dead(document)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return _ReadRecord(locks, own_files, is_dead, this_process() in processes)


def _remove(file: Path) -> bool:
    """Returns whether there was such a file. Raises RepositoryError when the disk refuses."""
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unwritable(f"{file}: {error.strerror}") from error
    return True


def _locks_at(path: Path, texts: Texts) -> list[Path]:
    return sorted(path.rglob("*.lock")) if texts is None and path.is_dir() else [path]


def _existing(contents: Mapping[Path, Texts]) -> list[Path]:
    locks = (lock for path, texts in contents.items() for lock in _locks_at(path, texts))
    return [lock for lock in locks if os.path.lexists(lock)]


def _may_be_anothers(common: Path, lock: Path, texts: Texts) -> bool:
    """Whether a lock may be somebody else's than whose record has it: it holds another text, or one that says nothing of that
    while a git is at work that may hold it."""
    if texts is not None:
        try:
            text = lock.read_text("utf-8", "replace").strip()
        except OSError:
            return True
        if text:
            return not any(whole.startswith(text) for whole in texts)  # or killed in the middle
        if "" not in texts:
            return True
    return may_be_a_living_gits(lock, _folders(common))


def _folders(common: Path) -> list[Path]:
    """Where a git is started that locks something of this repository."""
    try:
        main = main_worktree(common)
    except RepositoryError:
        main = common.parent
    linked = [pointer(file) for file in (common / "worktrees").glob("*/gitdir")]
    folders = [Path(file).parent for file in linked if file is not None]
    return [common, *folders, *([] if main is None else [main])]
