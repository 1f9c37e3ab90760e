"""Whether anything that an answer was made of has moved since: the refs, HEAD, the settings, the notes of the worktree, and which
objects there are, as git's files have them. It is asked before anything is loaded.
"""

from __future__ import annotations

import os

from gitdraft.git.place import ordinary_place

TYPE_CHECKING = False  # as mypy has it: `typing` is loaded where it is needed

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LOOSE = 2000  # refs: to read more files takes as long as to make most answers again
ELSEWHERE = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)
FILES = (
    "HEAD",
    "config",
    "packed-refs",
    "shallow",
    "objects/info/alternates",
    "gitdraft/current",
    "gitdraft/checkout.json",
)


class _Odd(Exception):
    """Something that these files do not tell."""


def state_here() -> tuple[str, str] | None:
    """Returns the git directory of the repository around the working directory, and a hash that is another one as soon as
    anything has moved in it; ``None`` where that cannot be known cheaply."""
    environment = {name: value for name, value in os.environ.items() if name.startswith("GIT_")}
    if environment.keys() & set(ELSEWHERE):
        return None
    ceilings = environment.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep)
    place = ordinary_place(os.getcwd(), [os.path.realpath(folder) for folder in ceilings if folder])
    if place is None:
        return None
    git_dir, _ = place
    try:
        parts = [
            repr(sorted(environment.items())),
            *_settings(environment),
            *(f"{name} {_content(f'{git_dir}/{name}')}" for name in FILES),
            *_loose(f"{git_dir}/refs"),
            *_object_folders(f"{git_dir}/objects"),
        ]
    except (OSError, _Odd):
        return None
    return git_dir, _hash("\0".join(parts))


def _hash(text: str) -> str:
    """Returns a hash of what may hold credentials; by its own module, since hashlib loads OpenSSL first."""
    try:
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b
    return str(blake2b(text.encode("utf-8", "surrogateescape"), digest_size=32).hexdigest())


def _settings(environment: dict[str, str]) -> Iterator[str]:
    """Yields the files of git's configuration outside of the repository, where none leads to another."""
    home = os.environ.get("HOME", "")
    of_user = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    files = [environment.get("GIT_CONFIG_SYSTEM") or "/etc/gitconfig"]
    named = environment.get("GIT_CONFIG_GLOBAL")
    files += [f"{home}/.gitconfig", f"{of_user}/git/config"] if named is None else [named]
    for file in files:
        content = _content(file)
        if "[include" in content.lower():
            raise _Odd
        yield f"{file} {content}"


def _content(file: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _loose(folder: str) -> list[str]:
    """Returns each ref that is a file of its own, with what stands in it."""
    refs: list[str] = []
    folders = [folder]
    while folders:
        for entry in os.scandir(folders.pop()):
            if entry.is_symlink() or len(refs) > MOST_LOOSE:
                raise _Odd
            if entry.is_dir():
                folders.append(entry.path)
            elif not entry.name.endswith(".lock"):
                refs.append(f"{entry.path} {_content(entry.path)}")
    return sorted(refs)


def _object_folders(folder: str) -> list[str]:
    """Returns the folders of objects, with when one was last added or removed."""
    return sorted(f"{entry.name} {entry.stat().st_mtime_ns}" for entry in os.scandir(folder))
