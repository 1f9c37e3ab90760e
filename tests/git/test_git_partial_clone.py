"""A partial clone: what its remote has promised is fetched when it is read, as git does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox import Sandbox

RunGit = Callable[..., str]
PERSON = "categories/Person.json"


@pytest.fixture
def origin(sandbox: Sandbox) -> Sandbox:
    for number in range(3):
        sandbox.change(PERSON, label=f"Human {number}")
    sandbox.run("new", "A label", "--id", "a")
    sandbox.run("set", "category/Person", "/description", '"Somebody."')
    sandbox.git("config", "uploadpack.allowFilter", "true")
    sandbox.git("config", "uploadpack.allowAnySHA1InWant", "true")
    return sandbox


@pytest.fixture(params=["blob:none", "tree:0"])
def clone(origin: Sandbox, tmp_path: Path, git: RunGit, request: pytest.FixtureRequest) -> Sandbox:
    filters = (f"--filter={request.param}", "--no-checkout")
    git(tmp_path, "clone", "--quiet", *filters, f"file://{origin.path}", "partial")
    clone = type(origin)(tmp_path / "partial")
    clone.git("branch", "--quiet", "draft/a", "origin/draft/a")
    assert "?" in clone.git("rev-list", "--objects", "--all", "--missing=print")
    return clone


@pytest.mark.sweep(6)
@pytest.mark.parametrize(
    "command",
    [
        ("view", "category/Person"),
        ("validate", "--canonical"),
        ("validate", "a"),
        ("blame", "category/Person"),
        ("revision", "list", "category/Person"),
        ("revision", "show", "category/Person", "1"),
        ("audit",),
        ("diff", "a"),
        ("ls",),
        ("overlaps",),
        ("status",),
    ],
    ids=" ".join,
)
def test_what_is_read_is_what_a_whole_clone_has(
    origin: Sandbox, clone: Sandbox, command: tuple[str, ...]
) -> None:
    answer, whole = (side.run("-o", "json", *command) for side in (clone, origin))
    assert answer.code == whole.code, answer.err
    if command != ("status",):
        assert answer.json == whole.json


def test_it_is_worked_in_as_in_any_other(clone: Sandbox) -> None:
    assert clone.run("new", "Another", "--id", "b").code == 0
    assert clone.run("set", "category/Agent", "/label", '"Actor"').code == 0
    for command in (("submit", "b"), ("merge", "b"), ("rebase",), ("pull",)):
        answer = clone.run(*command)
        assert answer.code == 0, answer.err
    assert json.loads(clone.git("show", "main:categories/Agent.json"))["label"] == "Actor"


def test_many_objects_are_fetched_at_once(origin: Sandbox, tmp_path: Path, git: RunGit) -> None:
    for number in range(40):
        origin.write(f"categories/N{number}.json", {"id": f"N{number}", "label": "x", "description": "x"})
    origin.git("switch", "--quiet", "main")
    origin.commit()
    git(
        tmp_path,
        "clone",
        "--quiet",
        "--filter=blob:none",
        "--no-checkout",
        f"file://{origin.path}",
        "partial",
    )
    clone = type(origin)(tmp_path / "partial")
    packs = clone.path / ".git/objects/pack"
    before = len(list(packs.glob("*.pack")))
    assert clone.run("validate", "--canonical").code == origin.run("validate", "--canonical").code
    assert len(list(packs.glob("*.pack"))) - before <= 8


def test_the_extension_of_older_gits_is_known(clone: Sandbox) -> None:
    clone.git("config", "extensions.partialClone", "origin")
    clone.git("config", "--unset", "remote.origin.promisor")
    assert clone.run("view", "category/Person").code == 0


def test_without_the_remote_the_partial_clone_is_named(
    origin: Sandbox, clone: Sandbox, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.move(origin.path, moved)
    answer = clone.run("-o", "json", "view", "category/Person")
    error = json.loads(answer.err)
    assert (answer.code, error["code"]) == (50, "missing-object")
    assert "partial clone" in error["message"]
    assert error["hint"].startswith("git fetch --refetch --no-filter origin ")
    clone.git("remote", "set-url", "origin", f"file://{moved}")
    clone.git(*error["hint"].split(" fetches ")[0].split()[1:])
    shutil.move(moved, Path(f"{moved}-again"))
    assert clone.run("view", "category/Person").code == 0


def test_a_whole_clone_asks_no_remote(sandbox: Sandbox) -> None:
    oid = sandbox.git("rev-parse", f"main:{PERSON}")
    (sandbox.path / ".git/objects" / oid[:2] / oid[2:]).unlink()
    answer = sandbox.run("view", "category/Person")
    assert (answer.code, "partial" in answer.err) == (50, False)
