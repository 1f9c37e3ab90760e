"""What a merge strategy asks of git (`git merge -s`, "Merge Strategies" in git-merge(1)): which files both sides changed, what
git makes of the rest, and the index and the files of the worktree as they are afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import NamedTuple

from gitdraft.git.commands import run_git

PASSED_ON = ("GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
FILES = ("100644", "100755")
NOTHING = "0" * 40
GLOB = "*?[\\"
NOBODY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "gitdraft"), ("EMAIL", "gitdraft@localhost"), ("DATE", "@0 +0000"))
}


class Change(NamedTuple):
    """What one side made of a file: modes and blobs before and after; ``NOTHING`` where there is none."""

    old_mode: str
    mode: str
    old: str
    new: str


class Unmerged(NamedTuple):
    """A path that is in conflict: mode, blob and stage (1 base, 2 ours, 3 theirs)."""

    mode: str
    oid: str
    stage: str
    path: str


class Merged(NamedTuple):
    """What git makes of two commits: a tree, what is in conflict, and what it says of each, with the paths it is about."""

    tree: str
    unmerged: tuple[Unmerged, ...]
    said: tuple[tuple[tuple[str, ...], str], ...]


class MergingGit:
    """git in the repository and worktree in which it runs a strategy."""

    def __init__(self, git_dir: Path, common: Path, worktree: Path) -> None:
        self.git_dir = git_dir
        self.common = common
        self.worktree = worktree
        self._environment = {
            "GIT_DIR": str(git_dir),
            "GIT_WORK_TREE": str(worktree),
            **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        }

    def run(
        self,
        *arguments: str,
        stdin: str = "",
        accept: Sequence[int] = (0,),
        environment: Mapping[str, str] | None = None,
    ) -> CompletedProcess[bytes]:
        """Runs git. Raises RepositoryError for an exit code not in ``accept``."""
        return run_git(
            self.worktree,
            arguments,
            stdin=os.fsencode(stdin),
            environment={**self._environment, **(environment or {})},
            accept=accept,
        )

    def fields(
        self, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> list[str]:
        """Returns what git prints between NULs."""
        printed = self.run(*arguments, stdin=stdin, environment=environment).stdout
        return os.fsdecode(printed).split("\0")[:-1]

    def changes(self, base: str, side: str) -> dict[str, Change]:
        """Returns what differs by path; a file that was renamed is deleted and created."""
        fields = self.fields("diff-tree", "-r", "-z", "--no-renames", "--no-commit-id", base, side)
        return {
            path: Change(*about.removeprefix(":").split(" ")[:4])
            for about, path in zip(fields[::2], fields[1::2], strict=True)
        }

    def attributes(self, paths: Iterable[str], *names: str) -> dict[tuple[str, str], str]:
        """Returns the value of each attribute of each path."""
        listed = "".join(f"{path}\0" for path in paths)
        fields = self.fields("check-attr", "-z", "--stdin", *names, stdin=listed)
        return {
            (path, name): value
            for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=True)
        }

    def blobs(self, oids: Collection[str]) -> dict[str, bytes]:
        """Returns the content of each blob."""
        out = self.run("cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in oids)).stdout
        contents, start = {}, 0
        for oid in oids:
            end = out.index(b"\n", start)
            size = int(out[start:end].rpartition(b" ")[2])
            contents[oid] = out[end + 1 : end + 1 + size]
            start = end + size + 2
        return contents

    def write_blobs(self, contents: Sequence[bytes]) -> list[str]:
        """Returns the oid of each content, which is written."""
        with tempfile.TemporaryDirectory() as folder:
            for number, content in enumerate(contents):
                Path(folder, str(number)).write_bytes(content)
            files = "".join(f"{folder}/{number}\n" for number in range(len(contents)))
            done = self.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=files)
        return done.stdout.decode().split()

    def merge(self, bases: Sequence[str], ours: str, theirs: str, apart: Collection[str]) -> Merged:
        """Returns what `git merge` makes of two sides; the files ``apart`` are not merged, whatever their attributes: ours stay."""
        if sorted(self.run("merge-base", "--all", ours, theirs, accept=(0, 1)).stdout.decode().split()) != [
            *sorted(bases)
        ]:  # a commit that is picked, or replayed: git merges by a base that it is given from 2.40 on
            root = self._commit(bases[0])
            ours, theirs = self._commit(ours, "-p", root), self._commit(theirs, "-p", root)
        with self._without_merging(apart) as environment:
            done = self.run(
                "merge-tree",
                "--write-tree",
                "-z",
                "--messages",
                "--allow-unrelated-histories",
                ours,
                theirs,
                accept=(0, 1),
                environment=environment,
            )
        return _read_merge_tree(os.fsdecode(done.stdout))

    def tree_with(self, tree: str, files: Iterable[tuple[str, str, str]]) -> str:
        """Returns the tree with these files (mode, blob, path) in it."""
        with tempfile.TemporaryDirectory() as folder:
            aside = {"GIT_INDEX_FILE": f"{folder}/index"}
            self.run("read-tree", tree, environment=aside)
            self._update_index((f"{mode} {oid}\t{path}" for mode, oid, path in files), aside)
            return self.run("write-tree", environment=aside).stdout.decode().strip()

    def take(self, ours: str, tree: str, unmerged: Sequence[Unmerged]) -> None:
        """Makes index and worktree those of ``tree``, and what is ``unmerged`` so in the index. Raises RepositoryError where that
        would overwrite what is not committed: nothing is changed then."""
        self.run("read-tree", "-m", "-u", ours, tree)
        paths = dict.fromkeys(entry.path for entry in unmerged)
        lines = [f"0 {NOTHING}\t{path}" for path in paths]
        lines += [f"{entry.mode} {entry.oid} {entry.stage}\t{entry.path}" for entry in unmerged]
        if lines:
            self._update_index(lines, {})

    def _update_index(self, lines: Iterable[str], environment: Mapping[str, str]) -> None:
        listed = "".join(f"{line}\0" for line in lines)
        self.run("update-index", "-z", "--index-info", stdin=listed, environment=environment)

    def _commit(self, revision: str, *parents: str) -> str:
        done = self.run("commit-tree", "-m", "side", *parents, f"{revision}^{{tree}}", environment=NOBODY)
        return done.stdout.decode().strip()

    @contextmanager
    def _without_merging(self, paths: Collection[str]) -> Iterator[Mapping[str, str]]:
        """Yields an environment in which git takes these files for binary. Attributes of the git directory outrank others, so it
        gets one that has all of this one's files but for those."""
        if not paths:
            yield {}
            return
        with tempfile.TemporaryDirectory() as folder:
            common = Path(folder)
            for entry in self.common.iterdir():
                if entry.name != "info":
                    (common / entry.name).symlink_to(entry)
            own = self.common / "info/attributes"
            (common / "info").mkdir()
            (common / "info/attributes").write_bytes(
                (own.read_bytes() + b"\n" if own.exists() else b"")
                + b"".join(os.fsencode(f"{_pattern(path)} -merge\n") for path in paths)
            )
            yield {"GIT_COMMON_DIR": folder}


def _pattern(path: str) -> str:
    """Returns the pattern of gitattributes(5) that fits this path alone."""
    literal = "".join(f"\\{c}" if c in GLOB else c for c in path)
    quoted = "".join(f"\\{ord(c):03o}" if c < " " else f"\\{c}" if c in '"\\' else c for c in literal)
    return f'"/{quoted}"'


def _read_merge_tree(printed: str) -> Merged:
    """Reads the answer of `git merge-tree -z` ("OUTPUT" in git-merge-tree(1))."""
    tree, *fields = printed.split("\0")
    unmerged, said = [], []
    rest = iter(fields)
    for field in rest:
        if not field:
            break
        about, _, path = field.partition("\t")
        mode, oid, stage = about.split(" ")
        unmerged.append(Unmerged(mode, oid, stage, path))
    for number in rest:
        if not number:
            break
        paths = tuple(next(rest) for _ in range(int(number)))
        next(rest)  # what kind of message it is
        said.append((paths, next(rest).rstrip("\n")))
    return Merged(tree, tuple(unmerged), tuple(said))
