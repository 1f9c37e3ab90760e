"""A repository takes over the history of its verified copy, and lets go of everything else.

At every moment the repository is whole: first the new objects are put beside the old ones, then packed-refs is
replaced, which moves all refs at once, then git collects what nothing reaches any more. A marker in the folder beside
the git directory says what is under way, so that an interrupted swap can be finished.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from gitdraft.errors import GitdraftError, Moved, RepositoryError, StateRefused
from gitdraft.git.commands import run_git
from gitdraft.git.index import run_on_index
from gitdraft.git.index_swap import index_swap
from gitdraft.git.known_refs import list_refs, read_ref
from gitdraft.git.layout import pointer
from gitdraft.git.lock_records import LockRecord, locked_by_another, recorded_locks, wait_for_locks
from gitdraft.git.objects import unwritable
from gitdraft.git.packs import sync_folder, take_packs
from gitdraft.git.reachable_refs import DROPPED, STASH_LOG, Tips, git_folders, stash_log
from gitdraft.git.repository import GitRepository
from gitdraft.git.safe_files import write_note
from gitdraft.git.worktree_repair import RESCUED, repair
from gitdraft.git.worktrees import Checkout, worktree_folders
from gitdraft.lazy_dataclass import dataclass
from gitdraft.model.names import Oid, RefName

MARKER = "swap.json"
COPY = "copy"
REMOVALS = 2  # of a folder that the disk does not give up at once
LEFTOVERS = (  # of one worktree: old ids, old messages, old content
    "*_HEAD",
    "*_EDITMSG",
    "*_MSG",
    "AUTO_MERGE",
    "logs",
    "gitdraft/checkout.json",
    "gitdraft-index",
    "addp-hunk-edit.diff",
)
NOWHERE = (Oid(""), Oid(""))
SHARED_LEFTOVERS = (
    "gitdraft/index.sqlite3*",
    "gitdraft/status.*",
    "rr-cache",
    "lost-found",
    "objects/info/commit-graph*",
    "objects/info/packs",
    "objects/pack/multi-pack-index*",
    "objects/pack/*.keep",
    "objects/incoming-*",
    "objects/tmp_objdir-*",
)


@dataclass(frozen=True, slots=True)
class Swap:
    """What is under way: the refs with their old and new oids, the detached HEADs with theirs, the stash's new log.

    ``note`` is the caller's, for the one who finishes an interrupted swap.
    """

    refs: Mapping[RefName, tuple[Oid, Oid]]
    heads: Mapping[str, tuple[Oid, Oid]]
    stash: str
    note: Mapping[str, str]

    @property
    def moved(self) -> dict[RefName, tuple[Oid, Oid]]:
        """The refs that move."""
        return {name: (old, new) for name, (old, new) in self.refs.items() if old != new}


def folder_beside(common: Path) -> Path:
    """Returns where the copy and the marker are: next to the git directory, on the same file system."""
    return common.with_name(f"{common.name}.purge")


def make_folder_beside(common: Path) -> Path:
    """Makes the folder, empty and ignored by git. Raises RepositoryError where that cannot be."""
    folder = folder_beside(common)
    discard_folder(folder)
    try:
        folder.mkdir()
        (folder / ".gitignore").write_text("*\n", "utf-8")
        if folder.stat().st_dev != (common / "objects").stat().st_dev:
            raise RepositoryError(
                f"{common.parent} is on another file system than {common}", code="unsupported-repository"
            )
    except OSError as error:
        raise unwritable(f"{folder}: {error.strerror}") from error
    return folder


def discard_folder(folder: Path) -> bool:
    """Removes the folder, the marker first. Returns whether nothing of it is left. Raises RepositoryError where the marker stays."""
    write_note(folder / MARKER, None)
    for _ in range(REMOVALS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return True
    return False


def write_marker(folder: Path, old: Tips, new: Tips, note: Mapping[str, str]) -> Swap:
    """Writes the marker, from which on the copy counts as verified. Returns the swap that it holds."""
    swap = Swap(
        {name: (oid, new.refs[name]) for name, oid in old.refs.items()},
        {name: (oid, new.heads[name]) for name, oid in old.heads.items()},
        stash_log(new),
        note,
    )
    _write_synced(folder / MARKER, json.dumps(asdict(swap)).encode("utf-8", "surrogateescape"))
    return swap


def read_marker(folder: Path) -> Swap | None:
    """Returns the swap that was interrupted, ``None`` when none was."""
    text = pointer(folder / MARKER)
    if text is None:
        return None
    record = json.loads(text)
    pairs = [{name: (old, new) for name, (old, new) in record[part].items()} for part in ("refs", "heads")]
    return Swap(pairs[0], pairs[1], record["stash"], record["note"])


def require_no_interrupted_swap(git: GitRepository) -> None:
    """Raises StateRefused (``purge-interrupted``) where a swap was interrupted: what is written now would stand beside it, or
    keep it from being finished."""
    swap = read_marker(folder_beside(git.common))
    if swap is None:
        return
    entity = swap.note.get("entity", "")
    raise StateRefused(
        f"the purge of {entity} was interrupted",
        code="purge-interrupted",
        context={"entity": entity},
        hint=f"{finishing_command(swap)} finishes it",
    )


def finishing_command(swap: Swap) -> str:
    """Returns the command that finishes an interrupted swap."""
    reason = shlex.quote(swap.note.get("reason", ""))
    return f"gitdraft entity purge {swap.note.get('entity', '')} --reason {reason} --yes"


def can_be_finished(git: GitRepository, swap: Swap) -> bool:
    """Returns whether the refs are all as before or all as after the swap, moves since then aside."""
    return _is_done(git, swap) or _is_not_begun(git, swap)


def finish_swap(git: GitRepository, folder: Path, swap: Swap) -> list[str]:
    """Swaps, or finishes an interrupted swap. Afterwards nothing but what refs, HEADs, indexes and the stash reach is in
    the repository. Returns notices that name what was moved aside. Raises Moved when a ref was moved meanwhile."""
    notices: list[str] = []
    try:
        if not _is_done(git, swap):
            take_packs(git.common, folder / COPY)
            for checkout, old, new in _moving_worktrees(git, swap):
                notices += _move_worktree(git, checkout, old, new)
            _switch_refs(git, folder / COPY, swap)
        for name, (old, new) in swap.heads.items():
            head = git.common / name / "HEAD"
            if (pointer(head) or "").strip() == old:
                _write_synced(head, f"{new}\n".encode())
        _follow(git, swap)
        _drop_leftovers(git.common)
        if swap.stash:
            (git.common / STASH_LOG).parent.mkdir(parents=True, exist_ok=True)
            _write_synced(git.common / STASH_LOG, swap.stash.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise unwritable(f"{error.filename}: {error.strerror}") from error
    for command in (["repack", "-a", "-d", "-q"], ["prune", "--expire=now"]):
        run_git(git.path, command, environment={"GIT_DIR": str(git.common)})
    return notices


def take_back_swap(git: GitRepository, folder: Path, swap: Swap) -> bool:
    """Puts worktrees and indexes back after a failure and removes the copy. Returns whether nothing has happened then: false
    where refs have moved, or the disk refuses that too."""
    try:
        if any(read_ref(git, name) == new for name, (_, new) in swap.moved.items()):
            return False
        for checkout, old, new in _moving_worktrees(git, swap):
            _move_worktree(git, checkout, new, old)
        discard_folder(folder)
    except GitdraftError:
        return False
    return True


def _is_done(git: GitRepository, swap: Swap) -> bool:
    return bool(swap.moved) and all(read_ref(git, name) != old for name, (old, _) in swap.moved.items())


def _is_not_begun(git: GitRepository, swap: Swap) -> bool:
    current = {name: oid for name, oid in list_refs(git, "refs/").items() if not name.startswith(DROPPED)}
    return current == {name: old for name, (old, _) in swap.refs.items()}


def _switch_refs(git: GitRepository, copy: Path, swap: Swap) -> None:
    """Replaces packed-refs under git's own lock, when it holds every ref and none has moved."""
    locked = git.common / "packed-refs.lock"
    loose = {git.common / f"{name}.lock": ("", old) for name, (old, _) in swap.refs.items()}
    with recorded_locks(git.common, {locked: None, **loose}) as record:
        wait_for_locks(git.common, [locked])
        run_git(
            git.path,
            ["pack-refs", "--all", "--prune"],
            environment={"GIT_DIR": str(git.common)},
        )
        wait_for_locks(git.common, [locked])
        try:
            descriptor = os.open(locked, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError as error:
            raise locked_by_another(locked) from error
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write((copy / "packed-refs").read_bytes())
                stream.flush()
                os.fsync(stream.fileno())
            if not _is_not_begun(git, swap):
                raise Moved("a ref was moved meanwhile", hint="try again when nobody else is at work here")
            if any(_loose_refs(git.common)):
                raise unwritable("git pack-refs left a loose ref")
            locked.replace(git.common / "packed-refs")
        finally:
            _unlock(locked, record)
    sync_folder(git.common)


def _unlock(locked: Path, record: LockRecord) -> None:
    try:
        locked.unlink(missing_ok=True)
    except OSError:
        record.keep()


def _loose_refs(common: Path) -> Iterator[Path]:
    for file in (common / "refs").rglob("*"):
        if file.is_file() and not (pointer(file) or "").startswith("ref:"):
            yield file


def _follow(git: GitRepository, swap: Swap) -> None:
    """Checks the new commit out in every worktree that has not got it yet, where an earlier version was interrupted."""
    for checkout, old, new in _moving_worktrees(git, swap):
        arguments = ["diff-index", "--cached", "--quiet", new, "--"]
        done = run_on_index(checkout.worktree, checkout.git_dir, arguments, accept=(0, 1))
        if done.returncode and git.has(old):
            _move_worktree(git, checkout, old, new)


def _moving_worktrees(git: GitRepository, swap: Swap) -> Iterator[tuple[Checkout, Oid, Oid]]:
    """Yields the worktrees whose commit is another after the swap, with both; none that somebody has moved since."""
    for worktree, folder in worktree_folders(git):
        head = (pointer(folder / "HEAD") or "").strip()
        current: Oid | None = Oid(head)
        if head.startswith("ref:"):
            branch = RefName(head.removeprefix("ref:").strip())
            old, new = swap.refs.get(branch, NOWHERE)
            current = read_ref(git, branch)
        else:
            branch = RefName("HEAD")
            old, new = swap.heads.get(str(folder.relative_to(git.common)), NOWHERE)
        if new and old != new and current in (old, new) and worktree.is_dir():
            yield Checkout(worktree, folder, branch), old, new


def _move_worktree(git: GitRepository, checkout: Checkout, old: Oid, new: Oid) -> list[str]:
    """Brings files and index from one commit to the other, wherever between them a kill left them, before the refs move: so no
    index is older than its HEAD, and nothing that is purged is left staged. Returns notices that name what was moved aside."""
    folder = git.common / RESCUED / "purge"
    with index_swap(checkout, "purge") as swapped:
        rescued = repair(swapped, old, new, folder)
        swapped.publish()
    return [f"{path} was half-written or edited: it is now {folder / path}" for path in rescued]


def _drop_leftovers(common: Path) -> None:
    for folder in git_folders(common):
        for pattern in LEFTOVERS if folder != common else (*LEFTOVERS, *SHARED_LEFTOVERS):
            for leftover in list(folder.glob(pattern)):
                if leftover.is_dir():
                    shutil.rmtree(leftover)
                else:
                    leftover.unlink()


def _write_synced(file: Path, content: bytes) -> None:
    temporary = file.with_name(f"{file.name}.new")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise unwritable(f"{file}: {error.strerror}") from error
