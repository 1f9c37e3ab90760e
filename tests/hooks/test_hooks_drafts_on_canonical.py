"""Every way in which a draft's branch gets onto canonical by plain git, with hooks, over a bare server, fetched and pulled."""

from __future__ import annotations

from pathlib import Path

import pytest
from hooks.conftest import call_git
from merging_by_git import PERSON, WAYS, answer, draft, merge_by_git
from sandbox import Sandbox, run_git

pytestmark = pytest.mark.long


@pytest.fixture
def hooked_x(hooked: Sandbox) -> Sandbox:
    """Draft x on Person besides the hooked repository's own draft, and canonical gone on since."""
    draft(hooked, "x", "category/Agent", "Doer")
    hooked.change(PERSON, rank=7)
    return hooked


def own_changes(sandbox: Sandbox) -> dict[str, list[str]]:
    """The entities that each open draft changes."""
    drafts = answer(sandbox, "list")["drafts"]
    return {d["id"]: [c["entity"] for c in answer(sandbox, "show", d["id"])["changes"]] for d in drafts}


def test_a_merge_commit_is_refused(hooked_x: Sandbox) -> None:
    said = call_git(hooked_x.path, "merge", "--no-ff", "--no-edit", "draft/x")
    assert said.code != 0
    assert "gitdraft adopt" in said.out


def test_the_commit_of_a_squash_is_refused(hooked_x: Sandbox) -> None:
    hooked_x.git("merge", "--quiet", "--squash", "draft/x")
    said = call_git(hooked_x.path, "commit", "--no-edit")
    assert said.code != 0
    assert "gitdraft adopt" in said.out


@pytest.mark.parametrize("way", WAYS)
def test_no_foreign_change_with_hooks(hooked_x: Sandbox, way: str) -> None:
    """The hooks follow canonical at once: no draft that they rebase carries x's change."""
    merge_by_git(hooked_x, way)
    draft(hooked_x, "y", "property/name", "Called")
    assert hooked_x.run("rebase", "--all").code == 0
    assert own_changes(hooked_x) == {
        "fix-person": ["category/Person"],
        "x": ["category/Agent"],
        "y": ["property/name"],
    }
    said = call_git(hooked_x.path, "commit", "--quiet", "--allow-empty", "-m", "Go on")
    assert said.code == 0, said.out  # what stands already refuses no step that adds nothing
    assert hooked_x.run("adopt", "x").code == 0
    assert own_changes(hooked_x) == {"fix-person": ["category/Person"], "y": ["property/name"]}


@pytest.mark.parametrize("way", WAYS)
def test_a_server_with_hooks_refuses_it(hooked_x: Sandbox, server: Sandbox, way: str) -> None:
    hooked_x.git("push", "--quiet", "--no-verify", "origin", "main")
    merge_by_git(hooked_x, way)
    said = call_git(hooked_x.path, "push", "origin", "main")
    assert said.code != 0
    assert "gitdraft adopt" in said.out
    said = call_git(hooked_x.path, "push", "--no-verify", "origin", "main")
    assert said.code != 0
    assert "gitdraft adopt" in said.out
    assert server.git("ls-tree", "main", ".gitdraft") == ""
    assert hooked_x.run("adopt").code == 0
    said = call_git(hooked_x.path, "push", "origin", "main")
    assert said.code == 0, said.out


@pytest.mark.parametrize("pull", ["git fetch", "git pull", "gitdraft pull"])
@pytest.mark.parametrize("way", WAYS)
def test_a_clone_that_takes_it_in_reads_nothing_of_it(
    sandbox: Sandbox, tmp_path: Path, way: str, pull: str
) -> None:
    """A server without hooks took it: a clone's drafts are its own, before and after."""
    draft(sandbox, "x", "category/Person", "Human")
    sandbox.change(PERSON, rank=7)
    server = tmp_path / "server.git"
    run_git(tmp_path, "clone", "--quiet", "--bare", str(sandbox.path), str(server))
    clone = Sandbox(tmp_path / "clone")
    run_git(tmp_path, "clone", "--quiet", str(server), str(clone.path))
    draft(clone, "old", "category/Agent", "Doer")
    merge_by_git(sandbox, way)
    sandbox.git("push", "--quiet", str(server), "main")
    if pull == "git fetch":
        clone.git("fetch", "--quiet")
        clone.git("merge", "--quiet", "--ff-only", "origin/main")
    elif pull == "git pull":
        clone.git("pull", "--quiet", "--ff-only")
    else:
        clone.run("pull")
    assert clone.git("rev-parse", "main") == sandbox.git("rev-parse", "main")
    draft(clone, "new", "property/name", "Called")
    assert clone.run("rebase", "--all").code == 0
    changes = own_changes(clone)
    assert (changes["old"], changes["new"]) == (["category/Agent"], ["property/name"])
    assert answer(clone, "status")["on_canonical"] == ["x"]
    assert clone.run("adopt").code == 0
    assert (clone.read(PERSON)["label"], clone.read(PERSON)["rank"]) == ("Human", 7)
    changes = own_changes(clone)
    assert (changes["old"], changes["new"]) == (["category/Agent"], ["property/name"])
