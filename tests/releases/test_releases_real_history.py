"""Changelogs of a real history between three releases, against a count that plain git and json make."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox, run_git

SHARED = Path(os.environ.get("GITDRAFT_SHARED", Path(__file__).parents[3] / "shared"))
BUNDLE = SHARED / "cases/browser-compat/history.bundle"
RELEASES = {  # the canonical commits 199, 899 and 1699
    "1.0.0": "f1e6e77ef50cc7e4e44ae254b319f8bbbac48101",
    "1.1.0": "904dde1bf1361c8e7883f2e15c89b7ff3d2433eb",
    "1.2.0": "72b21611",
}
FOLDERS = {"browsers": "browser", "webextensions": "webextension"}
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not BUNDLE.exists(), reason="the real history is not here"),
]


@pytest.fixture
def history(tmp_path: Path) -> Sandbox:
    """The history as a gitdraft repository, with three releases."""
    path = tmp_path / "history"
    run_git(tmp_path, "clone", "--quiet", "--branch", "main", str(BUNDLE), str(path))
    sandbox = Sandbox(path)
    answer = sandbox.run("init")
    assert answer.code == 0, answer.err
    for version, commit in RELEASES.items():
        sandbox.git("tag", "--annotate", "-m", version, f"v{version}", commit)
    return sandbox


def places(old: Any, new: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """The places that differ and how; a list is one place."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old.keys() | new.keys():
            pointer = f"{above}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in new:
                yield pointer, "removed"
            elif name not in old:
                yield pointer, "added"
            else:
                yield from places(old[name], new[name], pointer)
    elif json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True):
        yield above, "list" if isinstance(old, list) and isinstance(new, list) else "changed"


Changes = dict[str, tuple[str, set[tuple[str, str]]]]


def counted(history: Sandbox, start: str, end: str) -> tuple[Changes, dict[str, Any]]:
    """What became of each file between two commits, by git and json alone; and the newer documents."""
    old, new = (documents(history, commit) for commit in (start, end))
    changes: Changes = {}
    for entity in old.keys() | new.keys():
        if entity in old and entity in new:
            differing = set(places(old[entity], new[entity]))
            if differing:
                changes[entity] = ("changed", differing)
        else:
            changes[entity] = ("added" if entity in new else "deleted", set())
    return changes, new


def documents(history: Sandbox, commit: str) -> dict[str, Any]:
    """The documents of a commit, by type and key."""
    history.git("archive", "--output", "../files.tar", commit)
    known = {}
    with tarfile.open(history.path.parent / "files.tar") as archive:
        for member in archive:
            folder, _, rest = member.name.partition("/")
            file = archive.extractfile(member) if rest.endswith(".json") else None
            if file is not None:
                known[f"{FOLDERS.get(folder, folder)}/{rest.removesuffix('.json')}"] = json.load(file)
    return known


def at_list(document: Any, pointer: str, kind: str) -> tuple[str, str]:
    """The list in which a place is, or the place itself."""
    above = ""
    for part in pointer.split("/")[1:]:
        if isinstance(document, list):
            return above, "list"
        above += f"/{part}"
        document = document.get(part.replace("~1", "/").replace("~0", "~")) if document else None
    return above, "list" if kind == "reordered" else kind


def test_the_changelog_says_what_plain_git_counts(history: Sandbox) -> None:
    for start, end in (("1.0.0", "1.1.0"), ("1.1.0", "1.2.0"), ("1.0.0", "1.2.0")):
        expected, newer = counted(history, RELEASES[start], RELEASES[end])
        assert len(expected) > 500
        log = history.run("-o", "json", "changelog", f"{start}..{end}").json
        found: Changes = {
            change["entity"]: (
                change["kind"],
                {at_list(newer[change["entity"]], m["path"], m["kind"]) for m in change["members"]}
                if change["kind"] == "changed"
                else set(),
            )
            for change in log["changes"]
        }
        assert {e: kind for e, (kind, _) in found.items()} == {e: kind for e, (kind, _) in expected.items()}
        assert [e for e in expected if found[e] != expected[e]] == []
        for kind, number in log["counts"].items():
            assert number == sum(kind == other for other, _ in expected.values())


def test_the_advice_is_about_the_step_from_the_last_release(history: Sandbox) -> None:
    listed = history.run("-o", "json", "release", "list").json["releases"]
    assert [release["version"] for release in listed] == [*RELEASES]
    history.git("tag", "--delete", "v1.2.0")
    expected, _ = counted(history, RELEASES["1.1.0"], "main")
    advice = history.run("-o", "json", "release", "create", "--advice").json
    assert {one["entity"]: one["kind"] for one in advice["advice"]["entities"]} == {
        entity: kind for entity, (kind, _) in expected.items()
    }
    assert (advice["advice"]["impact"], advice["version"]) == ("breaking", "2.0.0")
    made = history.run("release", "create")
    assert made.code == 0, made.err
    assert history.git("cat-file", "-t", "v2.0.0") == "tag"
