"""git moves canonical, and the drafts follow: one line tells it, and git never fails for it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hooks.conftest import call_git
from sandbox import Sandbox

pytestmark = pytest.mark.long


def base(sandbox: Sandbox, draft: Any = "fix-person") -> Any:
    return sandbox.git("merge-base", "main", f"draft/{draft}")


def edit(sandbox: Sandbox, path: Any, **members: Any) -> None:
    sandbox.write(path, {**sandbox.read(path), **members})
    sandbox.git("add", "--all")


def test_a_commit_on_canonical_rebases_the_drafts_and_says_so_in_one_line(hooked: Sandbox) -> None:
    edit(hooked, "categories/Person.json", description="Somebody.")

    said = call_git(hooked.path, "commit", "--quiet", "--message", "move")

    assert (said.code, said.out) == (0, "gitdraft: 1 draft rebased\n")
    assert base(hooked) == hooked.git("rev-parse", "main")


def test_a_conflict_is_named_once_and_does_not_fail_the_commit(hooked: Sandbox) -> None:
    hooked.library.drafts.new("Other").set("category/Person", "/description", "Else.")
    edit(hooked, "categories/Person.json", label="Individual")

    said = call_git(hooked.path, "commit", "--quiet", "--message", "move")

    assert said.code == 0
    assert said.out == "gitdraft: 1 draft rebased, 1 in conflict: fix-person (category/Person /label)\n"
    edit(hooked, "categories/Agent.json", label="Actor")
    assert call_git(hooked.path, "commit", "--quiet", "--message", "elsewhere").out == ""


def test_nothing_is_said_where_no_draft_is_affected(hooked: Sandbox) -> None:
    edit(hooked, "categories/Agent.json", label="Actor")
    assert call_git(hooked.path, "commit", "--quiet", "--message", "move").out == ""
    assert hooked.library.store.rebased_tip() == hooked.git("rev-parse", "main")


def test_another_branch_does_not_start_gitdraft(hooked: Sandbox) -> None:
    hooked.git("switch", "--quiet", "--create", "feature")
    (hooked.path / "README").write_text("no entity\n")
    hooked.git("add", "README")
    before = hooked.refs()

    said = call_git(
        hooked.path, "commit", "--quiet", "--message", "work", PATH=path_with_false_gitdraft(hooked)
    )

    assert said.out == ""
    assert hooked.refs() == before | {"refs/heads/feature": hooked.git("rev-parse", "feature")}


def path_with_false_gitdraft(sandbox: Sandbox) -> Any:
    """A PATH whose gitdraft says that it was called."""
    folder = sandbox.path.parent / "false"
    folder.mkdir()
    (folder / "gitdraft").write_text("#!/bin/sh\necho called\nexit 1\n")
    (folder / "gitdraft").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_without_gitdraft_the_hooks_say_so_once_and_let_git_work(hooked: Sandbox) -> None:
    settings = hooked.path / ".git/gitdraft/hooks"
    lines = settings.read_text().splitlines(keepends=True)
    settings.write_text("".join([*lines[:2], "/nowhere/gitdraft\n", *lines[3:]]))
    tools = only_git(hooked.path.parent)
    said = []
    for number in range(2):
        edit(hooked, "categories/Person.json", rank=number)
        said.append(call_git(hooked.path, "commit", "--quiet", "--message", "move", PATH=tools))

    assert [answer.code for answer in said] == [0, 0]
    assert said[0].out.splitlines() == [
        "gitdraft: not found on the PATH, so its hooks do nothing (said once)"
    ]
    assert said[1].out == ""
    edit(hooked, "categories/Person.json", rank=9)
    assert call_git(hooked.path, "commit", "--quiet", "--message", "move").ours == [
        "gitdraft: 1 draft rebased"
    ]


def only_git(folder: Path) -> str:
    """A PATH with git and nothing else."""
    tools = folder / "tools"
    tools.mkdir()
    found = shutil.which("git")
    assert found is not None
    (tools / "git").symlink_to(found)
    return str(tools)


def test_a_draft_that_is_checked_out_stays_and_its_files_too(hooked: Sandbox) -> None:
    tree = hooked.path.parent / "beside"
    hooked.git("worktree", "add", "--quiet", str(tree), "draft/fix-person")
    before = hooked.git("rev-parse", "draft/fix-person")
    edit(hooked, "categories/Person.json", description="Somebody.")

    said = call_git(hooked.path, "commit", "--quiet", "--message", "move")

    assert said.out == "gitdraft: left because it is checked out: fix-person\n"
    assert hooked.git("rev-parse", "draft/fix-person") == before
    assert call_git(tree, "status", "--porcelain").out == ""


def test_a_damaged_repository_does_not_fail_the_commit(hooked: Sandbox) -> None:
    edit(hooked, "categories/Person.json", description="Somebody.")
    hooked.git("update-ref", "refs/heads/junk", "HEAD")
    hooked.git("symbolic-ref", "refs/gitdraft/operations", "refs/heads/junk")

    said = call_git(hooked.path, "commit", "--quiet", "--message", "move")

    assert said.code == 0
    assert said.ours == [
        "gitdraft: the drafts were not rebased: 'refs/gitdraft/operations' is a symbolic ref"
    ]


@pytest.mark.parametrize(
    ("hook", "code"), [("post-commit", 50), ("post-merge", 50), ("post-rewrite", 50), ("post-checkout", 0)]
)
def test_a_run_that_could_not_follow_says_so_and_fails_where_git_does_not_count_it(
    hooked: Sandbox, hook: Any, code: Any
) -> None:
    hooked.git("update-ref", "refs/heads/junk", "HEAD")
    hooked.git("symbolic-ref", "refs/gitdraft/operations", "refs/heads/junk")
    hooked.git("commit", "--quiet", "--allow-empty", "--message", "move")

    answer = hooked.run("hooks", "run", hook)

    assert answer.code == code
    assert (
        answer.err == "gitdraft: the drafts were not rebased: 'refs/gitdraft/operations' is a symbolic ref\n"
    )


def test_another_canonical_branch_is_followed_from_the_commit_that_says_so(hooked: Sandbox) -> None:
    text = (hooked.path / "gitdraft.yaml").read_text()
    hooked.write("gitdraft.yaml", text.replace("categories/{key}", "kinds/{key}"))
    hooked.git("mv", "categories", "kinds")
    hooked.write(
        "gitdraft.yaml", (hooked.path / "gitdraft.yaml").read_text().replace("categories/_", "kinds/_")
    )
    hooked.git("add", "--all")
    assert call_git(hooked.path, "commit", "--quiet", "--message", "kinds").code == 0

    assert "=kinds\n" in (hooked.path / ".git/gitdraft/hooks").read_text()
    edit(hooked, "kinds/Person.json", label=5)
    assert call_git(hooked.path, "commit", "--quiet", "--message", "bad").code == 1
