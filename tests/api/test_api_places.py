"""Bare repositories, linked worktrees, odd folders, a checked-out draft, another repository in the environment."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sandbox import Sandbox, run_git

import gitdraft
from gitdraft.errors import RepositoryError


def test_a_bare_repository_does_everything_but_check_out(sandbox: Sandbox, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "--quiet", "--bare", str(sandbox.path), str(tmp_path / "bare.git"))
    bare = Sandbox(tmp_path / "bare.git")
    draft = bare.library.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    draft.submit()
    draft.merge()
    assert '"label": "Human"' in bare.git("show", "main:categories/Person.json")
    assert bare.run("checkout", "fix").code == 42
    bare.library.undo()
    assert '"label": "Person"' in bare.git("show", "main:categories/Person.json")
    bare.fsck()


def test_a_linked_worktree_has_its_own_current_draft(sandbox: Sandbox, tmp_path: Path) -> None:
    side = tmp_path / "side way, über"
    sandbox.git("worktree", "add", "--quiet", str(side), "-b", "side")
    linked = Sandbox(side)
    assert linked.run("new", "Over there").code == 0
    assert linked.run("set", "category/Person", "/label", "Human").code == 0
    assert "current    none" in sandbox.run("status").out
    assert "current    over-there" in linked.run("status").out
    assert linked.run("submit").code == 0
    assert linked.run("merge", "over-there").code == 0
    assert sandbox.read("categories/Person.json")["label"] == "Human", "main's worktree follows"
    assert linked.read("categories/Person.json")["label"] == "Person", "this one is on another branch"
    assert sandbox.git("status", "--porcelain") == ""


def test_a_checked_out_draft_follows_its_branch(sandbox: Sandbox) -> None:
    repo = sandbox.library
    repo.drafts.new("Fix").set("category/Person", "/label", "Human")
    sandbox.change("categories/Person.json", rank=1)
    sandbox.git("switch", "--quiet", "draft/fix")
    assert "current    fix" in sandbox.run("status").out
    assert sandbox.run("set", "category/Person", "/description", "Somebody.").code == 0
    assert sandbox.git("status", "--porcelain") == ""
    assert sandbox.read("categories/Person.json")["rank"] == 1


def test_a_checked_out_draft_with_local_changes_stays_and_the_others_move(sandbox: Sandbox) -> None:
    repo = sandbox.library
    repo.drafts.new("Fix").set("category/Person", "/label", "Human")
    repo.drafts.new("Other").set("category/Person", "/description", "Somebody.")
    sandbox.change("categories/Person.json", rank=1)
    sandbox.git("switch", "--quiet", "draft/fix")
    sandbox.write("categories/Person.json", "not committed\n")
    before = sandbox.refs()
    answer = sandbox.run("rebase")
    assert "draft/fix stayed: local changes" in answer.err
    assert sandbox.refs()["refs/heads/draft/fix"] == before["refs/heads/draft/fix"]
    assert sandbox.refs()["refs/heads/draft/other"] != before["refs/heads/draft/other"]
    assert (sandbox.path / "categories/Person.json").read_text() == "not committed\n"


def test_another_repository_in_the_environment_changes_nothing(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Sandbox(shutil.copytree(sandbox.path, tmp_path / "other", symlinks=True))
    before = other.refs()
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    draft = sandbox.library.drafts.new("Fix")
    draft.set("category/Person", "/label", "Human")
    draft.submit()
    draft.merge()
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_WORK_TREE")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert other.refs() == before
    assert sandbox.read("categories/Person.json")["label"] == "Human"


def put_elsewhere(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    """Moves the git directory away from its worktree; the environment that brings them together."""
    git_dir = shutil.move(sandbox.path / ".git", tmp_path / "elsewhere")
    return {"GIT_DIR": str(git_dir), "GIT_WORK_TREE": str(sandbox.path)}


@pytest.mark.parametrize("given", ["both", "relative", "git dir alone", "of a file"])
def test_git_dir_and_git_work_tree_count(sandbox: Sandbox, tmp_path: Path, given: str) -> None:
    place = put_elsewhere(sandbox, tmp_path)
    start = tmp_path
    if given == "relative":
        place = {"GIT_DIR": "elsewhere", "GIT_WORK_TREE": sandbox.path.name}
    if given in ("git dir alone", "of a file"):
        start = sandbox.path
        del place["GIT_WORK_TREE"]
    if given == "of a file":
        (tmp_path / "file").write_text(f"gitdir: {place['GIT_DIR']}\n")
        place = {"GIT_DIR": str(tmp_path / "file")}
    start_box = Sandbox(start)
    for command in (
        ["new", "Fix", "--id", "fix"],
        ["set", "category/Person", "/label", "Human"],
        ["checkout"],
        ["save"],
        ["checkout", "--canonical"],
        ["submit", "fix"],
        ["merge", "fix"],
        ["status"],
        ["doctor"],
        ["hooks", "install"],
    ):
        answer = start_box.run(*command, **place)
        assert answer.code == 0, (command, answer.err)
    assert sandbox.read("categories/Person.json")["label"] == "Human"
    assert start_box.run("-C", str(sandbox.path), "status").code == 50, "without it there is no repository"


def test_git_dir_counts_in_the_library_where_no_path_is_given(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in put_elsewhere(sandbox, tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    repository = gitdraft.open()
    repository.drafts.new("Fix").set("category/Person", "/label", "Human")
    assert repository.path == sandbox.path


def test_a_git_dir_that_is_none_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    answer = sandbox.run("-o", "json", "status", GIT_DIR=str(tmp_path / "no"))
    assert (answer.code, answer.refusal["code"]) == (50, "not-a-repository")
    assert sandbox.run("init", GIT_DIR=str(tmp_path / "no")).code == 50


def test_no_repository_is_looked_for_above_a_ceiling(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = sandbox.path / "categories"
    ceiling = {"GIT_CEILING_DIRECTORIES": f"/nowhere:{sandbox.path}"}
    assert Sandbox(below).run("status").code == 0
    answer = Sandbox(below).run("-o", "json", "status", **ceiling)
    assert (answer.code, answer.refusal["code"]) == (50, "not-a-repository")
    assert sandbox.run("status", **ceiling).code == 0, "the folder itself is no ceiling of its own"
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(sandbox.path))
    with pytest.raises(RepositoryError):
        gitdraft.open(below)


def test_a_branch_in_the_way_of_drafts_is_named(sandbox: Sandbox) -> None:
    sandbox.git("branch", "draft")
    with pytest.raises(RepositoryError) as refused:
        sandbox.library.drafts.new("Fix")
    assert refused.value.hint == "git branch -m draft draft-old"


def test_canonical_is_what_gitdraft_yaml_says(sandbox: Sandbox) -> None:
    sandbox.git("branch", "-m", "main", "agreed")
    configuration = (
        (sandbox.path / "gitdraft.yaml").read_text().replace("canonical: main", "canonical: agreed")
    )
    sandbox.write("gitdraft.yaml", configuration)
    tip = sandbox.commit("another name")
    repo = sandbox.library
    assert repo.store.canonical_tip() == tip
    repo.drafts.new("Fix").set("category/Person", "/label", "Human")
    assert sandbox.git("merge-base", "agreed", "draft/fix") == tip


def test_the_oldest_tips_outlive_gc(sandbox: Sandbox) -> None:
    repo = sandbox.library
    draft = repo.drafts.new("Fix")
    draft.set("category/Person", "/steps/1", "B")
    before = sandbox.refs()["refs/heads/draft/fix"]
    sandbox.change("categories/Person.json", steps=["z", "a", "b", "c"])
    repo.rebase()
    sandbox.git("reflog", "expire", "--expire=now", "--all")
    sandbox.git("gc", "--quiet", "--prune=now")
    repo.undo()
    assert sandbox.refs()["refs/heads/draft/fix"] == before
    sandbox.fsck()
