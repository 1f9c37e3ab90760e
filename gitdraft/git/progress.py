"""How far git has come with a remote, as it prints it for people: `Receiving objects:  12% (34/279), 1.2 MiB | 3 MiB/s`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gitdraft.lazy_regex import regex
from gitdraft.model.progress import progress_of, silent

STEP = regex(r"^(?:remote: )?([A-Z][a-z]+ [a-z]+): +\d+% \((\d+)/(\d+)\)")
COUNTED = regex(r"^(?:remote: )?[A-Z][a-z]+ objects: \d+")


@contextmanager
def git_progress(doing: str) -> Iterator[Callable[[bytes], None] | None]:
    """Yields what is to be called with the standard error of a git that is given `--progress`, and reports its steps to the
    listener; ``None`` where there is none."""
    waiting = progress_of(doing)
    if waiting is silent:
        yield None
        return
    steps = {"": waiting}
    rest = ""

    def hear(piece: bytes) -> None:
        nonlocal rest
        *lines, rest = re.split(r"[\r\n]", rest + piece.decode("utf-8", "replace"))
        steps_heard = [step for line in lines if (step := STEP.match(line))]
        if steps_heard:
            name, done, total = steps_heard[-1].groups()
            if name not in steps:
                steps[name] = progress_of(f"{doing}: {name.lower()}")
            steps[name](int(done) - 1, int(total))
        elif not piece:
            waiting(0, 0)

    try:
        yield hear
    finally:
        waiting(0, 1)  # nothing of it stays on the screen


def without_progress(said: str) -> str:
    """Returns the lines that git said, without those of its progress."""
    lines = (line.rpartition("\r")[2] for line in said.split("\n"))
    return "\n".join(line for line in lines if not (STEP.match(line) or COUNTED.match(line)))
