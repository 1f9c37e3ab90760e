"""One merge, whatever the door: merge-json, rebase by the library, the command and HTTP, git's merge, and pull."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from clones import clone_of, serve
from sandbox import Sandbox, present, run_git

from gitdraft.documents.diff import diff
from gitdraft.git.drivers import install_drivers
from gitdraft.git.repository import open_repository

LISTS: dict[str, Any] = {
    "/items": {"type": "keyed", "key": ["id"]},
    "/tags": {"type": "set", "order": "sorted"},
    "/stamp": {"type": "canonical"},
}
TOGETHER = [["/version", "/url"]]
CONFIGURATION = f"""\
version: 1
canonical: main
entities:
  package:
    path: packages/{{key}}.json
    id: /id
    lists: {json.dumps(LISTS)}
    together: {json.dumps(TOGETHER)}
"""
FILE, ENTITY = "packages/left.json", "package/left"


def person(number: int, **members: Any) -> dict[str, Any]:
    """An element of a list."""
    return {"who": f"w{number}", "mail": f"m{number}", "page": number, "role": "r", **members}


@dataclass(frozen=True)
class Case:
    """What base, draft and canonical have beside the id; ``merged`` as the merge leaves it, in its order, or the conflicts."""

    base: dict[str, Any]
    draft: dict[str, Any]
    canonical: dict[str, Any]
    merged: dict[str, Any] | None = None
    conflicts: tuple[tuple[str, str], ...] = ()


CASES = {
    "shifted": Case(
        {"people": [person(1), person(2)]},
        {"people": [person(8), person(1, mail="d"), person(2)]},
        {"people": [person(1, role="c"), person(2), person(9)]},
        {"people": [person(8), person(1, mail="d", role="c"), person(2), person(9)]},
    ),
    "shifted-and-alike": Case(
        {"people": [person(1), person(2)]},
        {"people": [person(1, page=7), person(1, page=8), person(2)]},
        {"people": [person(1, role="c"), person(2)]},
        conflicts=(("list", "/people"),),
    ),
    "sorted": Case(
        {"items": [{"id": "a"}, {"id": "d"}, {"id": "g"}], "tags": ["a", "d"]},
        {"items": [{"id": "a"}, {"id": "d"}, {"id": "g"}, {"id": "e"}], "tags": ["d", "a", "c"]},
        {"items": [{"id": "a"}, {"id": "b"}, {"id": "d"}, {"id": "g"}], "tags": ["a", "b", "d"]},
        {
            "items": [{"id": "a"}, {"id": "b"}, {"id": "d"}, {"id": "e"}, {"id": "g"}],
            "tags": ["a", "b", "c", "d"],
        },
    ),
    "new-member": Case(
        {"title": "t", "note": "n"},
        {"title": "t", "doi": 1, "note": "n"},
        {"title": "t", "note": "m", "zoo": 1},
        {"title": "t", "doi": 1, "note": "m", "zoo": 1},
    ),
    "together": Case(
        {"version": 1, "url": "u"},
        {"version": 1, "url": "v"},
        {"version": 2, "url": "u"},
        conflicts=(("together", ""),),
    ),
    "follower": Case({"stamp": 1, "n": 1}, {"stamp": 2, "n": 2}, {"stamp": 3, "n": 1}, {"stamp": 3, "n": 2}),
    "renamed-member": Case(
        {"old": person(1)}, {"old": person(1, page=7)}, {"new": person(1)}, {"new": person(1, page=7)}
    ),
    "null-key": Case(
        {"items": [{"id": None, "v": 1}, {"id": "a/~b", "v": 1}]},
        {"items": [{"id": None, "v": 2}, {"id": "a/~b", "v": 2}]},
        {"items": [{"id": None, "v": 1, "w": 1}, {"id": "a/~b", "v": 3}]},
        conflicts=(("modify/modify", '/items/{"id":"a~1~0b"}/v'),),
    ),
    "same-move": Case(
        {"steps": ["a", "b", "c"], "n": 1},
        {"steps": ["b", "c", "a"], "n": 1},
        {"steps": ["b", "c", "a"], "n": 2},
        {"steps": ["b", "c", "a"], "n": 2},
    ),
    "moved-edited-removed": Case(
        {"people": [person(1), person(2), person(3)]},
        {"people": [person(2), person(3), person(1, role="d")]},
        {"people": [person(2), person(3)]},
        conflicts=(("list", "/people"),),
    ),
}
Answer = tuple[dict[str, Any] | None, tuple[tuple[str, str], ...]]
Door = Callable[[Sandbox, Any, pytest.MonkeyPatch, Path], Answer]


def with_id(members: dict[str, Any]) -> dict[str, Any]:
    return {"id": "left", **members}


def by_merge_json(sandbox: Sandbox, case: Case, _: Any, folder: Path) -> Answer:
    files = {
        "base": with_id(case.base),
        "canonical": with_id(case.canonical),
        "patch": patch_of(case),
        "lists": LISTS,
        "together": TOGETHER,
    }
    arguments = []
    for name, value in files.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
        arguments += [f"--{name}", str(folder / f"{name}.json")]
    told = json.loads(sandbox.run("-o", "json", "merge-json", *arguments).out)
    conflicts = tuple((conflict["type"], conflict["path"]) for conflict in told["conflicts"])
    return (None if conflicts else told["document"]), conflicts


def patch_of(case: Case) -> list[dict[str, Any]]:
    """The draft's patch, with the place of each new member (O1)."""
    names = list(with_id(case.draft))
    patch = [dict(op) for op in diff(with_id(case.base), with_id(case.draft))]
    for op in patch:
        if op["op"] == "add" and op["path"][1:] in names:
            op["after"] = names[names.index(op["path"][1:]) - 1]
    return patch


def by_rebase(how: Callable[[Sandbox], object]) -> Door:
    def door(sandbox: Sandbox, case: Case, _: Any, __: Path) -> Answer:
        draft = started(sandbox, case)
        sandbox.write(FILE, with_id(case.canonical))
        sandbox.commit()
        how(sandbox)
        return standing(sandbox, draft.id)

    return door


def by_pull(sandbox: Sandbox, case: Case, _: Any, folder: Path) -> Answer:
    server = serve(sandbox, folder)
    ann, bea = (clone_of(server, folder, who) for who in ("Ann", "Bea"))
    draft = started(ann, case)
    bea.write(FILE, with_id(case.canonical))
    bea.commit()
    bea.git("push", "-q", "origin", "main")
    assert ann.run("pull").code in (0, 1)
    return standing(ann, draft.id)


def by_git_merge(sandbox: Sandbox, case: Case, patch: pytest.MonkeyPatch, _: Path) -> Answer:
    patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    install_drivers(open_repository(sandbox.path), diff=False)
    sandbox.write(".gitattributes", "packages/*.json merge=gitdraft\n")
    sandbox.commit("attributes")
    sandbox.git("switch", "-q", "-c", "theirs")
    sandbox.write(FILE, with_id(case.draft))
    sandbox.commit()
    sandbox.git("switch", "-q", "main")
    sandbox.write(FILE, with_id(case.canonical))
    sandbox.commit()
    if not case.conflicts:
        run_git(sandbox.path, "merge", "-q", "theirs")
        return sandbox.read(FILE), ()
    with pytest.raises(AssertionError, match="git merge"):
        run_git(sandbox.path, "merge", "theirs")
    (file,) = json.loads(sandbox.run("-o", "json", "conflicts", "--file").out)["files"]
    return None, tuple((conflict["type"], conflict["path"]) for conflict in file["conflicts"])


def started(sandbox: Sandbox, case: Case) -> Any:
    """A draft of this side, whose file is written as an editor does."""
    draft = sandbox.library.drafts.new("Fix left")
    shown, edited = (json.dumps(with_id(side), indent=2).encode() for side in (case.base, case.draft))
    draft.edit(ENTITY, shown, edited)
    return draft


def standing(sandbox: Sandbox, draft_id: str) -> Answer:
    told = json.loads(sandbox.run("-o", "json", "conflicts", draft_id).out)["conflicts"]
    conflicts = tuple((conflict["type"], conflict["path"]) for conflict in told)
    if conflicts:
        return None, conflicts
    assert sandbox.git("merge-base", "main", f"draft/{draft_id}") == sandbox.git("rev-parse", "main")
    return present(sandbox.library.view(ENTITY, draft=draft_id).document), ()


DOORS: dict[str, Door] = {
    "merge-json": by_merge_json,
    "library": by_rebase(lambda sandbox: sandbox.library.rebase()),
    "command": by_rebase(lambda sandbox: sandbox.run("rebase")),
    "pull": by_pull,
    "git": by_git_merge,
}


def check(sandbox: Sandbox, case: Case, door: Door, patch: pytest.MonkeyPatch, folder: Path) -> None:
    sandbox.write("gitdraft.yaml", CONFIGURATION)
    sandbox.git("rm", "-q", "-r", "categories", "properties")
    sandbox.write(FILE, with_id(case.base))
    sandbox.commit("packages")
    merged = None if case.merged is None else with_id(case.merged)
    document, conflicts = door(sandbox, case, patch, folder)
    assert conflicts == case.conflicts
    assert json.dumps(document) == json.dumps(merged)


@pytest.mark.sweep(5)
@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_one_answer_at_every_door(
    sandbox: Sandbox, case: Case, door: Door, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    check(sandbox, case, door, monkeypatch, tmp_path)


@pytest.mark.sweep(1)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_service_answers_alike(
    sandbox: Sandbox,
    serving: Callable[..., Any],
    case: Case,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def over_http(service_sandbox: Sandbox) -> None:
        answer = serving().of("maintainer").post("/api/v2/rebase", json={})
        assert answer.status_code == 200, (answer.text, service_sandbox.path)

    check(sandbox, case, by_rebase(over_http), monkeypatch, tmp_path)
