"""One file merged for git."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from gitdraft.documents.conflict_markers import MarkerForm
from gitdraft.documents.flatten import printable
from gitdraft.documents.merge.declarations import has_followers
from gitdraft.documents.merge_file import mark_conflicts, parse_versions, present_conflicts
from gitdraft.drivers.declarations import declared_for
from gitdraft.drivers.git_fallback import git_answer
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.lazy_dataclass import replace

CLEAN, CONFLICT, FAILED = 0, 1, 255
MERGED_BY_LINES = (0, *range(1, 128))  # git merge-file tells how many conflicts there are
STYLES_WITH_BASE = ("diff3", "zdiff3")
LABELS = ("ours", "base", "theirs")
PLACEHOLDERS = ("%X", "%S", "%Y")  # what a git before 2.44 leaves of them


def merge(
    files: tuple[str, str, str],
    marker_size: str,
    path: str,
    labels: Sequence[str] = LABELS,
    *,
    is_base: bool = False,
) -> int:
    """Merges into the second of ``files`` (base, ours, theirs) what theirs made of the base; 1 when both wrote a place
    differently: git's conflict markers stand around it, and it is named on standard error. What is no JSON is merged by
    lines, as git does without a driver.

    ``is_base`` is for a base that git makes of several: nothing is printed, and a place in conflict gets a value
    that neither side has.
    """
    labels = [
        default if given in ("", placeholder) else given
        for given, default, placeholder in zip(labels, LABELS, PLACEHOLDERS, strict=True)
    ]
    size = int(marker_size) if marker_size.isdecimal() else MarkerForm().size
    form = MarkerForm(size or MarkerForm().size, False, *labels)
    try:
        conflicts = _merge_members(files, path, form, is_base=is_base)
    except InvalidInput as error:
        say(path, f"merged by lines: {error.message}")
        conflicts = merge_by_lines(files, form)
    except OSError as error:
        say(path, f"not merged: {error.strerror}")
        return FAILED
    except Exception as error:  # git would take what is in OURS for the merged file, and theirs would be lost
        say(path, f"merged by lines: unexpected {type(error).__name__}: {error}")
        conflicts = merge_by_lines(files, form)
    return CONFLICT if conflicts else CLEAN


def _merge_members(files: tuple[str, str, str], path: str, form: MarkerForm, *, is_base: bool) -> int:
    """Returns the number of conflicts. Raises InvalidInput for what is no JSON."""
    before, ours, theirs = map(_content, files)

    def oid_of_theirs() -> str:
        return git_answer("hash-object", "--no-filters", "--", files[2])

    content, conflicts = merge_members((before, ours, theirs), path, form, oid_of_theirs, is_base=is_base)
    with open(files[1], "wb") as stream:
        stream.write(content)
    return conflicts


def merge_members(
    contents: tuple[bytes, bytes, bytes],
    path: str,
    form: MarkerForm,
    oid_of_theirs: Callable[[], str],
    *,
    is_base: bool = False,
) -> tuple[bytes, int]:
    """Returns the merged file of base, ours and theirs, and the number of its conflicts, which are named on standard error. Raises
    InvalidInput for what is no JSON."""
    declared = declared_for(path)
    before, ours, theirs = contents
    # for a file that both sides added, git's base is an empty file
    versions = parse_versions(before or None, ours, theirs, declared.limits)
    if has_followers(declared.rules) and _is_canonicals(oid_of_theirs(), path, declared.canonical):
        versions = replace(versions, theirs_leads=True)
    merged = versions.merged(declared.rules)
    if is_base and merged.conflicts:
        merged = mark_conflicts(versions, declared.rules, merged)
    if merged.conflicts and not is_base:
        form = form._replace(shows_base=git_answer("config", "merge.conflictStyle") in STYLES_WITH_BASE)
        content: bytes | None = present_conflicts(versions, declared.rules, form)
    else:
        content = versions.written(merged.document)
    assert content is not None
    if not is_base:
        if declared.problem is not None:
            say(path, f"merged without the lists that gitdraft.yaml declares: {declared.problem}")
        for conflict in merged.conflicts:
            say(
                path,
                f"conflict at {'the whole document' if conflict.is_whole else conflict.place} ({conflict.type})",
            )
    return content, len(merged.conflicts)


def _is_canonicals(oid: str, path: str, canonical: str) -> bool:
    """Whether the blob is what canonical, or the remote's as it was fetched last, has at the path."""
    upstream = canonical.removeprefix("refs/heads/") + "@{upstream}"
    revisions = (f"{canonical}:{path}", f"{upstream}:{path}")
    return any(oid == git_answer("rev-parse", "--verify", "--quiet", revision) for revision in revisions)


def merge_by_lines(files: tuple[str, str, str], form: MarkerForm) -> int:
    """Merges into the second file as git does without a driver; returns the number of conflicts. git knows the style by its own configuration."""
    from pathlib import Path

    from gitdraft.git.commands import run_git

    base, ours, theirs = files
    labels = [part for label in (form.ours, form.base, form.theirs) for part in ("-L", label)]
    passed_on = ("GIT_DIR", "GIT_WORK_TREE", "GIT_CONFIG_PARAMETERS")
    try:
        done = run_git(
            Path.cwd(),
            ["merge-file", f"--marker-size={form.size}", *labels, "--", ours, base, theirs],
            environment={name: os.environ[name] for name in passed_on if name in os.environ},
            accept=MERGED_BY_LINES,
        )
    except GitdraftError:  # binary, for one: ours stays and the path is unmerged, as git has it
        return 1
    return done.returncode


def _content(file: str) -> bytes:
    with open(file, "rb") as stream:
        return stream.read()


def say(path: str, what: str) -> None:
    """Prints something about a file on standard error."""
    print(f"{printable(path)}: {printable(what)}", file=sys.stderr)
