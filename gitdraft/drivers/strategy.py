"""`git-merge-gitdraft`, which `git merge -s gitdraft` runs: one process merges all entity files, where the driver is a process
a file.

git-merge-gitdraft BASE... -- OURS THEIRS
    0: index and worktree are the merge; 1: in conflict; 2: not merged, and nothing is changed
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gitdraft.documents.conflict_markers import MarkerForm
from gitdraft.documents.flatten import printable
from gitdraft.drivers.git_fallback import git_answer
from gitdraft.drivers.main import begin
from gitdraft.drivers.merge import merge_by_lines, merge_members, say
from gitdraft.errors import GitdraftError, InvalidInput
from gitdraft.git.drivers import DRIVER
from gitdraft.git.strategy import FILES, NOTHING, Change, MergingGit, Unmerged
from gitdraft.git.values import EMPTY_TREE

CLEAN, CONFLICT, NOT_MERGED, INTERRUPTED = 0, 1, 2, 130
SIZE = "conflict-marker-size"


class BothChanged(NamedTuple):
    """An entity file that both sides changed, each in its own way, and the length of its conflict markers."""

    path: str
    ours: Change
    theirs: Change
    marker_size: int

    @property
    def mode(self) -> str:
        """The mode that the merged file has."""
        return self.ours.mode if self.ours.mode != self.ours.old_mode else self.theirs.mode

    def stages(self) -> list[Unmerged]:
        """Returns the entries of the index while it is in conflict."""
        versions = (
            (self.ours.old_mode, self.ours.old),
            (self.ours.mode, self.ours.new),
            (self.theirs.mode, self.theirs.new),
        )
        return [
            Unmerged(mode, oid, str(stage), self.path)
            for stage, (mode, oid) in enumerate(versions, 1)
            if oid != NOTHING
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Merges as git asks for it; returns the exit code that git expects."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    bases, separator, sides = words[: _end(words)], words[_end(words) :][:1], words[_end(words) + 1 :]
    if not separator or len(sides) != 2 or any(word.startswith("-") for word in bases):
        _say("merges two branches, and takes no options of a strategy (-X)")
        return NOT_MERGED
    begin()
    try:
        return _merge(bases, *sides)
    except GitdraftError as error:
        _say(str(error.context.get("stderr") or error.message))
    except OSError as error:
        _say(f"not merged: {error.strerror}")
    except KeyboardInterrupt:
        return INTERRUPTED
    return NOT_MERGED


def _end(words: Sequence[str]) -> int:
    return words.index("--") if "--" in words else len(words)


def _merge(bases: Sequence[str], ours: str, theirs: str) -> int:
    git = MergingGit(*(_place(option) for option in ("--git-dir", "--git-common-dir", "--show-toplevel")))
    label = os.environ.get(f"GITHEAD_{theirs}", theirs)
    changed = _both_changed(git, bases, ours, theirs)
    done = git.merge(bases, ours, theirs, [both.path for both in changed])
    apart = {both.path for both in changed}
    contents, in_conflict = _merge_all(git, changed, MarkerForm(ours="HEAD", base="base", theirs=label))
    unmerged = [entry for entry in done.unmerged if entry.path not in apart]
    unmerged += [entry for both in changed if both.path in in_conflict for entry in both.stages()]
    tree = done.tree
    if changed:
        oids = git.write_blobs(contents)
        files = [(both.mode, oid, both.path) for both, oid in zip(changed, oids, strict=True)]
        tree = git.tree_with(tree, files)
    git.take(ours, tree, unmerged)
    for paths, message in done.said:
        if apart.isdisjoint(paths):
            print(printable(message))
    for path in in_conflict:
        print(f"CONFLICT (content): Merge conflict in {printable(path)}")
    return CONFLICT if unmerged else CLEAN


def _place(option: str) -> Path:
    return Path(os.path.abspath(git_answer("rev-parse", option)))


def _both_changed(git: MergingGit, bases: Sequence[str], ours: str, theirs: str) -> list[BothChanged]:
    """Returns the entity files to merge. Those of a merge with several bases, or in which a side renamed what the other changed, are
    left to git, which runs the driver for each."""
    if len(bases) > 1:
        return []
    base = bases[0] if bases else EMPTY_TREE
    mine, other = git.changes(base, ours), git.changes(base, theirs)
    both = mine.keys() & other.keys()
    if any(NOTHING in (mine[path].new, other[path].new) for path in both):
        return []
    paths = sorted(path for path in both if _is_file(mine[path], other[path]))
    values = git.attributes(paths, "merge", SIZE) if paths else {}
    return [
        BothChanged(path, mine[path], other[path], _size(values, path))
        for path in paths
        if values[path, "merge"] == DRIVER
    ]


def _is_file(mine: Change, other: Change) -> bool:
    modes = (mine.mode, other.mode, *({mine.old_mode} - {"000000"}))
    return mine.new != other.new and all(mode in FILES for mode in modes)


def _size(values: Mapping[tuple[str, str], str], path: str) -> int:
    given = values[path, SIZE]
    return (int(given) if given.isdecimal() else 0) or MarkerForm().size


def _merge_all(
    git: MergingGit, changed: Iterable[BothChanged], form: MarkerForm
) -> tuple[list[bytes], list[str]]:
    """Returns the merged files, and the paths of those that are in conflict."""
    versions = [(both.ours.old, both.ours.new, both.theirs.new) for both in changed]
    blobs = git.blobs(list({oid for oids in versions for oid in oids if oid != NOTHING}))
    merged, in_conflict = [], []
    for both, (base, ours, theirs) in zip(changed, versions, strict=True):
        contents = (blobs.get(base, b""), blobs[ours], blobs[theirs])
        content, conflicts = _merge_one(contents, both, form._replace(size=both.marker_size))
        merged.append(content)
        if conflicts:
            in_conflict.append(both.path)
    return merged, in_conflict


def _merge_one(
    contents: tuple[bytes, bytes, bytes], both: BothChanged, form: MarkerForm
) -> tuple[bytes, int]:
    try:
        return merge_members(contents, both.path, form, lambda: both.theirs.new)
    except InvalidInput as error:
        say(both.path, f"merged by lines: {error.message}")
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("base", "ours", "theirs")]
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content)
        conflicts = merge_by_lines((str(files[0]), str(files[1]), str(files[2])), form)
        return files[1].read_bytes(), conflicts


def _say(what: str) -> None:
    print(f"git-merge-gitdraft: {printable(what)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
