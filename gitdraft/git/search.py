"""Searching the objects of a repository for texts, and listing them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

from gitdraft.git.commands import run_git, stream_git

AT_ONCE = 1 << 22  # bytes


def contained_texts(folder: Path, texts: Iterable[bytes], objects: Iterable[str]) -> set[bytes]:
    """Returns those of ``texts`` that one of these objects of the repository ``folder`` (a git directory) contains."""
    missing, contained = set(texts), set[bytes]()
    if not missing:
        return contained
    overlap = max(map(len, missing)) - 1
    buffer = bytearray()

    def search() -> None:
        present = {text for text in missing if text in buffer}
        contained.update(present)
        missing.difference_update(present)
        del buffer[: max(len(buffer) - overlap, 0)]

    with NamedTemporaryFile("w", prefix="gitdraft-") as listed:
        listed.writelines(f"{oid}\n" for oid in objects)
        listed.flush()
        for piece in stream_git(folder, ["cat-file", "--batch", "--buffer"], stdin=Path(listed.name)):
            buffer += piece
            if len(buffer) >= AT_ONCE + overlap:
                search()
    search()
    return contained


def all_objects(folder: Path) -> set[str]:
    """Returns every object of a repository, reachable or not."""
    listing = ["cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)"]
    return set(run_git(folder, listing, environment={"GIT_DIR": str(folder)}).stdout.decode().split())


def reachable_objects(folder: Path, tips: Iterable[str]) -> dict[str, str]:
    """Returns every object that the tips reach, with a path of it; "" for commits, tags and root trees."""
    done = run_git(
        folder,
        ["rev-list", "--objects", "--stdin"],
        stdin="".join(f"{oid}\n" for oid in tips).encode(),
        environment={"GIT_DIR": str(folder)},
    )
    lines = done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")
    return {line[:40]: line[41:] for line in lines if line}
