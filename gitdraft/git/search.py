"""Which of some texts do the objects of a repository hold?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

from gitdraft.git.commands import run_git, stream_git

AT_ONCE = 1 << 22  # bytes


def found_in(folder: Path, texts: Iterable[bytes], objects: Iterable[str]) -> set[bytes]:
    """Those of ``texts`` that one of these objects of the repository ``folder`` (a git directory) contains."""
    missing, found = set(texts), set[bytes]()
    if not missing:
        return found
    overlap = max(map(len, missing)) - 1
    buffer = bytearray()

    def search() -> None:
        here = {text for text in missing if text in buffer}
        found.update(here)
        missing.difference_update(here)
        del buffer[: max(len(buffer) - overlap, 0)]

    with NamedTemporaryFile("w", prefix="gitdraft-") as listed:
        listed.writelines(f"{oid}\n" for oid in objects)
        listed.flush()
        for piece in stream_git(folder, ["cat-file", "--batch", "--buffer"], stdin=Path(listed.name)):
            buffer += piece
            if len(buffer) >= AT_ONCE + overlap:
                search()
    search()
    return found


def all_objects(folder: Path) -> set[str]:
    """Every object of a repository, reachable or not."""
    listing = ["cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)"]
    return set(run_git(folder, listing, environment={"GIT_DIR": str(folder)}).stdout.decode().split())


def reachable_objects(folder: Path, tips: Iterable[str]) -> dict[str, str]:
    """Every object that the tips reach, with a path under which it lies; "" for commits, tags and root trees."""
    done = run_git(
        folder,
        ["rev-list", "--objects", "--stdin"],
        stdin="".join(f"{oid}\n" for oid in tips).encode(),
        environment={"GIT_DIR": str(folder)},
    )
    lines = done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")
    return {line[:40]: line[41:] for line in lines if line}
