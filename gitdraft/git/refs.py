"""Refs: direct ones only, moved by compare-and-swap."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import cast

import pygit2

from gitdraft.errors import InvalidInput, Moved, NotFound, RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.lock_records import (
    Texts,
    locked_by_another,
    recorded_locks,
    remove_left_locks,
    wait_for_locks,
)
from gitdraft.git.objects import unwritable
from gitdraft.git.repository import GitRepository, head_branch
from gitdraft.model.names import Oid, RefName
from gitdraft.model.operations import RefMove

SINGLY_AT_MOST = 4
SYNCED_SINGLY_AT_MOST = 64
PATIENT = {"core.filesRefLockTimeout": "2000", "core.packedRefsTimeout": "5000"}  # milliseconds
OID = re.compile(r"[0-9a-f]{40}")
PACKED = re.compile(r"^([0-9a-f]{40}) (.*)$", re.MULTILINE)
NO_REF = re.compile(r"^[#^]", re.MULTILINE)  # in packed-refs: its header, what a tag is of


def list_refs(git: GitRepository, prefix: str) -> dict[RefName, Oid]:
    """Returns the direct refs whose names start with ``prefix``, a name ending in `/`: name to oid.

    packed-refs is read once and the loose files laid over it, as git does. Raises RepositoryError for a line
    in packed-refs that is none of git's: a listing is never short without saying so.
    """
    refs = cast("dict[RefName, Oid]", dict(_packed(git.common, prefix)))  # a hundred thousand at a time
    for name, oid in _loose_oids(git, prefix):
        if oid is None:
            refs.pop(name, None)
        else:
            refs[name] = oid
    return refs


def list_loose(git: GitRepository, prefix: str) -> dict[RefName, Oid | None]:
    """Returns those of the refs that are files of their own, not lines of packed-refs; ``None`` for a symbolic one."""
    return dict(_loose_oids(git, prefix))


def packed_state(git: GitRepository) -> str:
    """Returns what tells one state of packed-refs from another: git replaces the file whenever it changes."""
    try:
        status = (git.common / "packed-refs").stat()
    except FileNotFoundError:
        return ""
    return f"{status.st_ino} {status.st_size} {status.st_mtime_ns}"


def read_ref(git: GitRepository, name: RefName) -> Oid | None:
    """Returns the oid that a direct ref holds, ``None`` when there is none.

    Raises RepositoryError (``symbolic-ref``) for a symbolic one, or a symbolic link: following it would write
    somewhere else.
    """
    try:
        ref = git.raw.lookup_reference(sys.intern(name))  # pygit2 1.21 never lets go of a name
    except KeyError:  # which libgit2 says of every packed ref where a line of packed-refs is damaged
        _check_packed(git.common, _stamp(git.common / "packed-refs"))
        return None
    except (ValueError, pygit2.GitError) as error:
        raise RepositoryError(f"ref '{name}' cannot be read: {error}", code="damaged-ref") from error
    if ref.type != pygit2.enums.ReferenceType.DIRECT or os.path.islink(f"{git.common}/{name}"):  # noqa: PTH114
        raise RepositoryError(
            f"'{name}' is a symbolic ref",
            code="symbolic-ref",
            context={"ref": name},
            hint=f"git update-ref --no-deref -d {name}",
        )
    return Oid(str(ref.target))


def move_refs(git: GitRepository, moves: Sequence[RefMove]) -> None:
    """Moves refs by compare-and-swap, all compared before any moves.

    One that is where it should go already is left. The caller holds the writers' lock and has recorded the locks that this
    makes (``lock_files``). Raises Moved naming the ref that stands elsewhere, RepositoryError when git refuses or another
    process keeps a lock. Killed in between, some have moved: the operation log knows which.
    """
    if len({move.name for move in moves}) != len(moves):
        raise InvalidInput("a ref is moved twice in one operation")
    todo = []
    for move in moves:
        actual = read_ref(git, move.name)
        if actual == move.new:
            continue
        if actual != move.old:
            raise moved_by_another(move, actual)
        todo.append(move)
    if not todo:
        return
    single = [m for m in todo if m.new is not None and m.old is not None]
    if len(todo) <= SINGLY_AT_MOST and len(single) == len(todo):
        for move in todo:
            _set(git, move)
    else:
        _update(git, todo)


def set_head(git: GitRepository, target: Oid | RefName) -> None:
    """Puts HEAD on a branch (`refs/heads/…`), or detached on a commit; files and index stay, and the reflog does not tell. Raises
    RepositoryError."""
    lock = git.path / "HEAD.lock"
    text = f"ref: {target}\n" if target.startswith("refs/") else f"{target}\n"
    with recorded_locks(git.common, {lock: None}) as record:
        wait_for_locks(git.common, [lock])
        try:
            with lock.open("x", encoding="utf-8", errors="surrogateescape") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            lock.replace(git.path / "HEAD")
        except FileExistsError as error:
            raise locked_by_another(lock) from error
        except OSError as error:
            try:
                lock.unlink(missing_ok=True)
            except OSError:
                record.keep()
            raise unwritable(f"{lock}: {error.strerror}") from error


def lock_files(git: GitRepository, moves: Sequence[RefMove]) -> dict[Path, Texts]:
    """Returns the lock files that moving these refs makes, each with the texts that it may hold (``None``: any).

    A ref of unknown ends is given with both as ``None``. packed-refs is locked where a ref goes, HEAD where the branch moves that it
    names.
    """
    files: dict[Path, Texts] = {}
    for move in moves:
        is_known = move.new is not None or move.old is not None
        files[git.common / f"{move.name}.lock"] = ("", move.new or "") if is_known else None
    if any(move.new is None and move.old is not None for move in moves):
        files[git.common / "packed-refs.lock"] = None
    if head_branch(git) in {move.name for move in moves}:
        files[git.path / "HEAD.lock"] = None
    return files


def is_valid_branch(name: str) -> bool:
    """Returns whether git takes ``name`` for a branch's."""
    safe = "\0" not in name and not name.startswith("-") and "//" not in name and not name.startswith("/")
    return safe and pygit2.reference_is_valid_name(f"refs/heads/{name}")


def resolve_commit(git: GitRepository, revision: str) -> Oid:
    """Returns the commit that a revision expression names. Raises NotFound."""
    oid = ""
    if "\0" not in revision:
        done = run_git(
            git.worktree or git.path,
            ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"],
            environment={"GIT_DIR": str(git.path)},
            accept=(0, 1, 128),
        )
        oid = done.stdout.decode().strip()
    if not OID.fullmatch(oid):
        raise NotFound(
            f"unknown revision '{revision}'",
            context={"revision": revision},
            hint="git branch -a lists the branches",
        )
    return Oid(oid)


def read_ref_file(file: str | os.PathLike[str]) -> Oid | None:
    """Returns the oid in a loose ref's file; ``None`` for a symbolic ref. Raises RepositoryError for garbage."""
    try:
        with open(file, encoding="utf-8", errors="replace") as stream:  # noqa: PTH123 (ten thousand at a time)
            text = stream.read(1000).strip()
    except FileNotFoundError:
        return None
    if text.startswith("ref:"):
        return None
    if not OID.fullmatch(text):
        raise RepositoryError(f"ref file {os.fspath(file)} is damaged", code="damaged-ref", hint="git fsck")
    return Oid(text)


def _packed(common: Path, prefix: str) -> list[tuple[str, str]]:
    """Returns name and oid of the packed refs whose names start with ``prefix``. Raises RepositoryError for a damaged line."""
    try:
        text = (common / "packed-refs").read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return []
    refs = PACKED.findall(text)  # a hundred thousand at a time
    number = text.removesuffix("\n").count("\n") + bool(text)
    if len(refs) + len(NO_REF.findall(text)) == number:
        return [(name, oid) for oid, name in refs if name.startswith(prefix)]
    lines = text.removesuffix("\n").split("\n")  # splitlines splits at characters that names may hold
    damaged = next(line for line in lines if not (PACKED.match(line) or NO_REF.match(line)))
    raise RepositoryError(
        f"packed-refs has a damaged line: {damaged[:60]!r}", code="damaged-ref", hint="git fsck"
    )


@lru_cache(maxsize=4)
def _check_packed(common: Path, stamp: tuple[int, float] | None) -> None:
    """Raises RepositoryError for a damaged line; once for each state (``stamp``) of the file."""
    if stamp is not None:
        _packed(common, "")


def _loose(folder: str, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _loose(entry.path, f"{prefix}{entry.name}/")
        elif not entry.name.endswith(".lock"):
            yield prefix + entry.name, entry


def _loose_oids(git: GitRepository, prefix: str) -> Iterator[tuple[RefName, Oid | None]]:
    """Yields the loose refs; ``None`` for a symbolic one."""
    for name, file in _loose(str(git.common / prefix), prefix):
        yield RefName(name), None if file.is_symlink() else read_ref_file(file.path)


def _set(git: GitRepository, move: RefMove) -> None:
    ref = git.raw.lookup_reference(sys.intern(move.name))
    if str(ref.target) != move.old:
        raise moved_by_another(move, str(ref.target))
    wait_for_locks(git.common, [git.common / f"{move.name}.lock"])
    try:
        ref.set_target(pygit2.Oid(hex=move.new or ""), f"gitdraft: {move.name}")
    except (pygit2.GitError, OSError) as error:
        actual = read_ref(git, move.name)
        if actual != move.old:
            raise moved_by_another(move, actual) from error
        if "failed to lock" in str(error):
            raise locked_by_another(git.common / f"{move.name}.lock") from error
        raise unwritable(str(error), git.common) from error


def _update(git: GitRepository, moves: Sequence[RefMove]) -> None:
    zero = "0" * 40
    lines = ["start"]
    lines += [f"delete {m.name}\0{m.old}" for m in moves if m.new is None]
    lines += [f"update {m.name}\0{m.new}\0{m.old or zero}" for m in moves if m.new is not None]
    lines += ["prepare", "commit"]
    is_large = len(moves) > SYNCED_SINGLY_AT_MOST
    locks = lock_files(git, moves)
    wait_for_locks(git.common, locks)
    try:
        run_git(
            git.path,
            ["update-ref", "-m", "gitdraft", "--no-deref", "--stdin", "-z"],
            settings={"core.fsync": "none" if is_large else "reference", **PATIENT},
            stdin="".join(f"{line}\0" for line in lines).encode("utf-8", "surrogateescape"),
            environment={"GIT_DIR": str(git.path)},
        )
    except RepositoryError as error:
        if error.code != "locked":
            remove_left_locks(git.common, locks)
        for move in moves:
            current = read_ref(git, move.name)
            if current not in (move.old, move.new):
                raise moved_by_another(move, current) from error
        raise
    if is_large:
        os.sync()  # once for all of them


def moved_by_another(move: RefMove, actual: str | None) -> Moved:
    """Returns the error for a ref that is at neither end of its move."""
    return Moved(
        f"{move.name} was moved by somebody else",
        context={"ref": move.name, "expected": move.old, "actual": actual},
        hint="try again",
    )


def _stamp(file: Path) -> tuple[int, float] | None:
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_ino, status.st_mtime
