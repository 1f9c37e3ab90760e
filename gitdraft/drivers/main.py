"""`gitdraft-driver`, which git runs once a file: it starts quickly, and never leaves a file worse than git would.

gitdraft-driver merge BASE OURS THEIRS MARKER_SIZE PATH [LABEL_OF_OURS OF_BASE OF_THEIRS]
    the result goes into OURS; 1: in conflict, with git's conflict markers
gitdraft-driver merge-base BASE OURS THEIRS MARKER_SIZE PATH
    the same for a base that git has to make
gitdraft-driver show FILE
    one line a pointer
gitdraft-driver diff OLD NEW
    the lines of both that differ
"""

from __future__ import annotations

import gc
import sys

CLEAN, CONFLICT, USAGE, INTERRUPTED = 0, 1, 2, 130
ARGUMENTS = {"merge": (5, 8), "merge-base": (5,), "show": (1,), "diff": (2,)}


def begin() -> None:
    """Sets up a process that lives as long as one merge, and that prints whatever a file holds."""
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]


def main(arguments: list[str] | None = None) -> int:
    """Does what git asks for; returns the exit code that git expects."""
    words = sys.argv[1:] if arguments is None else arguments
    verb, *rest = words or [""]
    if len(rest) not in ARGUMENTS.get(verb, ()):
        _, _, usage = (__doc__ or "").partition("\n\n")
        sys.stderr.write(f"usage:\n{usage}")
        return USAGE
    begin()
    try:
        if verb == "show":
            from gitdraft.drivers.show import show

            return show(rest[0])
        if verb == "diff":
            from gitdraft.drivers.show import diff

            return diff(*rest)
        from gitdraft.drivers.merge import LABELS, merge

        base, ours, theirs, marker_size, path, *labels = rest
        return merge((base, ours, theirs), marker_size, path, labels or LABELS, is_base=verb == "merge-base")
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return CLEAN


if __name__ == "__main__":
    sys.exit(main())
