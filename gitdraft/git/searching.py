"""Which of some texts do the objects of a repository hold?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gitdraft.git.commands import run_git, stream_git

AT_ONCE = 1 << 22  # bytes


def found_in(folder: Path, texts: Iterable[bytes], objects: Path | None = None) -> set[bytes]:
    """Those of ``texts`` that an object of the repository ``folder`` (a git directory) contains, reachable or not;
    with a file of ids (``objects``), that one of these contains."""
    missing, found = set(texts), set[bytes]()
    if not missing:
        return found
    overlap = max(map(len, missing)) - 1
    which = ["--batch-all-objects", "--unordered"] if objects is None else []
    buffer = bytearray()

    def search() -> None:
        here = {text for text in missing if text in buffer}
        found.update(here)
        missing.difference_update(here)
        del buffer[: max(len(buffer) - overlap, 0)]

    for piece in stream_git(folder, ["cat-file", "--batch", "--buffer", *which], stdin=objects):
        buffer += piece
        if len(buffer) >= AT_ONCE + overlap:
            search()
    search()
    return found


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
