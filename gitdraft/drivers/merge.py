"""One file merged for git."""

from __future__ import annotations

import os
import sys

from gitdraft.documents.flatten import printable
from gitdraft.documents.merge_file import mark_conflicts, parse_versions
from gitdraft.drivers.declarations import declared_for
from gitdraft.errors import GitdraftError, InvalidInput

CLEAN, CONFLICT, FAILED = 0, 1, 255
MERGED_BY_LINES = (0, *range(1, 128))  # git merge-file tells how many conflicts there are
LABELS = ("-L", "ours", "-L", "base", "-L", "theirs")


def merge(base: str, ours: str, theirs: str, marker_size: str, path: str, *, is_base: bool = False) -> int:
    """Merges into the file ``ours`` what ``theirs`` changed of ``base``; returns 1 when both wrote a place differently, which
    standard error says. What is no JSON is merged by lines, as git does without a driver.

    ``is_base`` is for a base that git makes of several: nothing is said, and a place in conflict gets a value
    that neither side has.
    """
    try:
        conflicts = _merge_members(base, ours, theirs, path, is_base=is_base)
    except InvalidInput as error:
        _say(path, f"merged by lines: {error.message}")
        conflicts = _merge_by_lines(base, ours, theirs, marker_size)
    except OSError as error:
        _say(path, f"not merged: {error.strerror}")
        return FAILED
    except Exception as error:  # git would take what is in OURS for the merged file, and theirs would be lost
        _say(path, f"merged by lines: unexpected {type(error).__name__}: {error}")
        conflicts = _merge_by_lines(base, ours, theirs, marker_size)
    return CONFLICT if conflicts else CLEAN


def _merge_members(base: str, ours: str, theirs: str, path: str, *, is_base: bool) -> int:
    """The number of conflicts. Raises InvalidInput for what is no JSON."""
    declared = declared_for(path)
    before, mine, others = map(_content, (base, ours, theirs))
    # for a file that both sides added, git's base is an empty file
    versions = parse_versions(before or None, mine, others, declared.limits)
    merged = versions.merged(declared.rules)
    if is_base and merged.conflicts:
        merged = mark_conflicts(versions, declared.rules, merged)
    content = versions.written(merged.document)
    assert content is not None
    with open(ours, "wb") as stream:
        stream.write(content)
    if not is_base:
        if declared.problem is not None:
            _say(path, f"merged without the lists that gitdraft.yaml declares: {declared.problem}")
        for conflict in merged.conflicts:
            _say(path, f"conflict at {conflict.path or 'the whole document'} ({conflict.type})")
    return len(merged.conflicts)


def _merge_by_lines(base: str, ours: str, theirs: str, marker_size: str) -> int:
    """The number of conflicts."""
    from pathlib import Path

    from gitdraft.git.commands import run_git

    size = f"--marker-size={marker_size}"
    try:
        done = run_git(
            Path.cwd(),
            ["merge-file", size, *LABELS, "--", ours, base, theirs],
            environment={
                name: os.environ[name] for name in ("GIT_DIR", "GIT_WORK_TREE") if name in os.environ
            },
            accept=MERGED_BY_LINES,
        )
    except GitdraftError:  # binary, for one: ours stays and the path is unmerged, as git has it
        return 1
    return done.returncode


def _content(file: str) -> bytes:
    with open(file, "rb") as stream:
        return stream.read()


def _say(path: str, what: str) -> None:
    print(f"{printable(path)}: {printable(what)}", file=sys.stderr)
