"""History without some files: each commit that holds one, or builds on or names one that is rewritten, is
rewritten by git-filter-repo, in a copy of the repository. All others stay what they are."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from gitdraft.errors import RepositoryError
from gitdraft.git.commands import run_git
from gitdraft.git.path_history import PLAIN
from gitdraft.git.repository import GitRepository
from gitdraft.git.safe_files import write_note
from gitdraft.git.sealed import sealed
from gitdraft.git.values import parse_lineage
from gitdraft.lazy_dataclass import dataclass
from gitdraft.lazy_regex import regex
from gitdraft.model.names import Oid

SCRIPT = Path(__file__).with_name("filter_script.py")
SCRIPT_BRANCH = "refs/heads/gitdraft-purge"
NAMED = regex(rb"\b[0-9a-f]{7,40}\b")  # what git-filter-repo takes for a commit's id in a message
RAW = regex(r":\d{6} (\d{6}) [0-9a-f]{40} ([0-9a-f]{40}) [A-Z]\t(.*)")
NO_BLOB = ("000000", "160000")
SHORTEST = 7
IN_CHILD = {  # git's settings for the processes that git-filter-repo starts
    "core.hooksPath": "/dev/null",
    "gc.auto": "0",
    "safe.bareRepository": "all",
}


@dataclass(frozen=True, slots=True)
class Removal:
    """The files that leave history, and those whose members hold ids of commits, which are to be mapped
    (path: names of members)."""

    paths: tuple[str, ...]
    ids_in: Mapping[str, tuple[str, ...]]

    def pattern(self, path: str) -> re.Pattern[bytes]:
        """Finds the ids in such a file, as the second group."""
        members = "|".join(self.ids_in[path]).encode()
        return re.compile(rb'("(?:%s)"\s*:\s*")([0-9a-f]{40})(?=")' % members)


@dataclass(frozen=True, slots=True)
class Affected:
    """The commits to be rewritten, each after those that it builds on or names.

    ``changing`` are those that changed a file that is to go, newest first, ``paths`` the files that there were of
    those, ``versions`` the blobs that they ever were, ``signed`` how many commits lose a signature.
    """

    commits: tuple[Oid, ...]
    changing: tuple[Oid, ...]
    paths: tuple[str, ...]
    versions: frozenset[Oid]
    signed: int


def require_filter_repo() -> None:
    """Raises RepositoryError (``missing-extra``) where git-filter-repo is not installed."""
    if find_spec("git_filter_repo") is None:
        raise RepositoryError(
            "git-filter-repo is not installed",
            code="missing-extra",
            hint="pip install '.[purge]' in a clone of gitdraft",
        )


def find_affected(git: GitRepository, roots: Sequence[Oid], removal: Removal) -> Affected:
    """Returns what a removal means for the commits reachable from ``roots`` (commits and tags)."""
    held = file_versions(git, roots, removal.paths)
    if not held:
        return Affected((), (), (), frozenset(), 0)
    graph = _read_graph(git, roots, file_versions(git, roots, removal.ids_in), removal)
    names = {oid: [*graph.named[oid], *graph.abbreviated[oid]] for oid in graph.named}
    followers: defaultdict[Oid, list[Oid]] = defaultdict(list)
    for oid, others in names.items():
        for other in others:
            followers[other].append(oid)
    affected, todo = set(held), list(held)
    while todo:
        new = [oid for oid in followers[todo.pop()] if oid not in affected]
        affected.update(new)
        todo += new
    todo = [oid for oid in names if oid in affected]
    # a word of a message that only looks like the beginning of a later commit's id may make a circle
    order = _in_order(todo, names) or _in_order(todo, graph.named)
    assert order is not None, "ids are hashes of what they name"
    files = {file for of_commit in held.values() for file in of_commit}
    paths = tuple(sorted({path for path, _ in files}))
    versions = frozenset(blob for _, blob in files if blob is not None)
    changing = tuple(oid for oid in names if oid in held)
    return Affected(tuple(order), changing, paths, versions, len(graph.signed & affected))


def file_versions(
    git: GitRepository, roots: Sequence[Oid], paths: Iterable[str]
) -> dict[Oid, set[tuple[str, Oid | None]]]:
    """Returns the commits that changed one of these files, against any parent: the paths, and the blobs that they put there
    (``None``: the file went)."""
    done = run_git(
        git.path,
        [
            "log",
            "--stdin",
            "--full-history",
            "-m",
            "--raw",
            "--no-abbrev",
            *PLAIN,
            "--format=%H",
            "--",
            *paths,
        ],
        stdin=_lines(roots),
        settings={"core.quotePath": "false"},
        environment={"GIT_DIR": str(git.path)},
    )
    files: dict[Oid, set[tuple[str, Oid | None]]] = {}
    oid = Oid("")
    for line in done.stdout.decode("utf-8", "surrogateescape").split("\n"):
        if raw := RAW.match(line):
            files[oid].add((raw[3], None if raw[1] in NO_BLOB else Oid(raw[2])))
        elif line:
            oid = Oid(line)
            files.setdefault(oid, set())
    return files


def copy_repository(git: GitRepository, roots: Sequence[Oid], folder: Path) -> None:
    """Makes a bare repository with all that ``roots`` reach, sharing no file with the original; without refs."""
    run_git(
        folder.parent,
        ["init", "--quiet", "--bare", "--template=", "--object-format=sha1", str(folder)],
        settings={"init.defaultRefFormat": "files"},
    )
    run_git(
        git.path,
        ["pack-objects", "--revs", "--quiet", "--delta-base-offset", str(folder / "objects/pack/pack")],
        stdin=_lines(roots),
        environment={"GIT_DIR": str(git.path)},
    )


def rewrite(copy: Path, affected: Affected, removal: Removal) -> dict[Oid, Oid]:
    """Rewrites the commits in ``copy``. Returns each one's new id by its old one. Raises RepositoryError (``filter-repo``)."""
    job = copy / "purge-job.json"
    write_note(job, json.dumps({"paths": removal.paths, "ids_in": dict(removal.ids_in)}))
    settings = {"GIT_CONFIG_COUNT": str(len(IN_CHILD)), "GIT_DIR": str(copy)}
    for number, (name, value) in enumerate(IN_CHILD.items()):
        settings |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    if "PYTHONPATH" in os.environ:
        settings["PYTHONPATH"] = os.environ["PYTHONPATH"]
    done = subprocess.run(
        [sys.executable, "-P", str(SCRIPT), str(job)],
        cwd=copy,
        env=sealed(settings),
        input=_lines(reversed(affected.commits)),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        message = done.stderr.decode("utf-8", "replace").strip()
        raise RepositoryError(
            f"git-filter-repo failed: {message.splitlines()[-1] if message else done.returncode}",
            code="filter-repo",
            context={"stderr": message[-2000:]},
        )
    lines = (copy / "filter-repo/commit-map").read_text().splitlines()[1:]
    run_git(copy, ["update-ref", "-d", SCRIPT_BRANCH], environment={"GIT_DIR": str(copy)})
    write_note(job, None)
    commits = {Oid(old): Oid(new) for old, new in map(str.split, lines)}
    if set(commits) != set(affected.commits):
        raise RepositoryError("git-filter-repo did not rewrite every commit", code="filter-repo")
    return commits


@dataclass(frozen=True, slots=True)
class _Graph:
    """The commits, newest first, with those that each builds on or names by whole id, and by an abbreviated one."""

    named: dict[Oid, list[Oid]]
    abbreviated: dict[Oid, list[Oid]]
    signed: set[Oid]


def _read_graph(
    git: GitRepository,
    roots: Sequence[Oid],
    id_files: Mapping[Oid, set[tuple[str, Oid | None]]],
    removal: Removal,
) -> _Graph:
    done = run_git(
        git.path, ["rev-list", "--stdin"], stdin=_lines(roots), environment={"GIT_DIR": str(git.path)}
    )
    oids = dict.fromkeys(map(Oid, done.stdout.decode().split()))
    short: defaultdict[str, list[Oid]] = defaultdict(list)
    for oid in oids:
        short[oid[:SHORTEST]].append(oid)
    graph = _Graph({}, {}, set())
    for oid in oids:
        raw = git.raw.read(oid)[1]
        head, _, message = raw.partition(b"\n\n")
        if b"\ngpgsig" in head:
            graph.signed.add(oid)
        words = [word.decode() for word in NAMED.findall(message)]
        blobs = {blob for _, blob in id_files.get(oid, ()) if blob is not None}
        ids = [word.decode() for blob in blobs for word in _ids(git.read_blob(blob), removal)]
        whole = (*parse_lineage(raw).parents, *words, *ids)
        graph.named[oid] = [Oid(word) for word in whole if word in oids]
        graph.abbreviated[oid] = [
            full
            for word in words
            if len(word) < 40
            for full in short[word[:SHORTEST]]
            if full.startswith(word)
        ]
    return graph


def _ids(content: bytes, removal: Removal) -> Iterator[bytes]:
    for path in removal.ids_in:
        for match in removal.pattern(path).finditer(content):
            yield match[2]


def _in_order(oids: Sequence[Oid], names: Mapping[Oid, Sequence[Oid]]) -> list[Oid] | None:
    """Returns the commits, each after those of them that it names; ``None`` where they name each other in a circle."""
    among, done = set(oids), dict[Oid, None]()
    for start in oids:
        stack = [] if start in done else [(start, iter(names[start]))]
        entered = {start}
        while stack:
            oid, rest = stack[-1]
            below = next((other for other in rest if other in among and other not in done), None)
            if below is None:
                done[oid] = None
                stack.pop()
            elif below in entered:
                return None
            else:
                entered.add(below)
                stack.append((below, iter(names[below])))
    return list(done)


def _lines(oids: Iterable[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in oids).encode()
