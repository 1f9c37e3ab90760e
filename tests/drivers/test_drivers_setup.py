"""`init` sets the drivers up, `doctor` says when they are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox import Sandbox

from gitdraft.git.drivers import drivers_status, uninstall_drivers
from gitdraft.git.repository import open_repository

PERSON = "categories/Person.json"
LINES = [
    "categories/*.json merge=gitdraft diff=gitdraft",
    "properties/*.json merge=gitdraft diff=gitdraft",
]


def finding(sandbox: Sandbox, check: str) -> dict[str, Any]:
    findings = sandbox.run("-o", "json", "doctor").json["findings"]
    return dict(next(finding for finding in findings if finding["check"] == check))


def advice(sandbox: Sandbox) -> dict[str, Any]:
    return finding(sandbox, "drivers")


def test_init_gives_entity_files_to_the_drivers_in_one_commit(sandbox: Sandbox) -> None:
    sandbox.write(".gitattributes", "*.png binary\n")
    before = sandbox.commit()
    answer = sandbox.run("-o", "json", "init").json
    assert (answer["written"], answer["attributes"], answer["drivers"]) == (False, True, True)
    lines = (sandbox.path / ".gitattributes").read_text().splitlines()
    assert (lines[0], lines[2:]) == ("*.png binary", LINES)
    assert sandbox.git("rev-list", f"{before}..main").count("\n") == 0
    assert sandbox.git("status", "--porcelain") == ""
    assert drivers_status(open_repository(sandbox.path)).missing == ()

    after = sandbox.git("rev-parse", "main")
    again = sandbox.run("-o", "json", "init").json
    assert (again["attributes"], again["drivers"]) == (False, False)
    assert sandbox.git("rev-parse", "main") == after


def test_a_fresh_clone_needs_its_configuration_alone(
    sandbox: Sandbox, tmp_path: Path, git: Callable[..., str]
) -> None:
    sandbox.run("init")
    git(tmp_path, "clone", "--quiet", str(sandbox.path), "clone")
    clone = type(sandbox)(tmp_path / "clone")
    assert "not configured in this clone" in advice(clone)["message"]
    before = clone.refs()
    assert "member by member" in clone.run("init").out
    assert clone.refs() == before


def test_a_patch_of_git_diff_applies_unless_pointers_are_asked_for(
    sandbox: Sandbox, git: Callable[..., str]
) -> None:
    sandbox.run("init")
    sandbox.write(PERSON, {**sandbox.read(PERSON), "label": "Human"})
    patch = sandbox.git("diff") + "\n"
    sandbox.git("checkout", "--", PERSON)
    (sandbox.path.parent / "x.patch").write_text(patch)
    sandbox.git("apply", "../x.patch")
    assert sandbox.read(PERSON)["label"] == "Human"
    assert "git diff shows a line a pointer" in sandbox.run("init", "--diff").out
    assert '+/label = "Human"' in sandbox.git("diff")
    sandbox.run("init")
    assert '+/label = "Human"' in sandbox.git("diff")  # what is set up stays
    diff = finding(sandbox, "diff")
    assert (diff["fine"], diff["hint"]) == (
        True,
        "gitdraft init --no-diff has git show the files as they are",
    )
    assert sandbox.git("config", "diff.gitdraft.cachetextconv").strip() == "true"
    sandbox.run("init", "--no-diff")
    assert sandbox.git("diff") + "\n" == patch
    assert "textconv" not in sandbox.git("config", "--list")
    assert sandbox.run("init", "--diff", "--no-drivers").code == 2


def test_init_without_drivers_leaves_git_as_it_is(sandbox: Sandbox) -> None:
    before = sandbox.refs()
    sandbox.run("init", "--no-drivers")
    assert sandbox.refs() == before
    assert len(drivers_status(open_repository(sandbox.path)).missing) > 0


def test_init_on_another_branch_than_canonical_commits_nothing_there(sandbox: Sandbox) -> None:
    sandbox.git("switch", "--quiet", "--create", "other")
    before = sandbox.refs()
    sandbox.run("init")
    assert sandbox.refs() == before


def test_a_linked_gitattributes_is_left_alone(sandbox: Sandbox) -> None:
    (sandbox.path / ".gitattributes").symlink_to("../elsewhere")
    sandbox.commit()
    before = sandbox.refs()
    assert sandbox.run("init").code == 0
    assert sandbox.refs() == before
    assert (sandbox.path / ".gitattributes").is_symlink()


def test_a_clone_that_no_attributes_ask_for_the_driver_is_no_contradiction(sandbox: Sandbox) -> None:
    assert (advice(sandbox)["fine"], advice(sandbox)["message"]) == (
        True,
        "not asked for by any .gitattributes, so git merges entities by lines",
    )


def test_doctor_advises_and_is_content(sandbox: Sandbox) -> None:
    assert (advice(sandbox)["fine"], advice(sandbox)["hint"]) == (True, "gitdraft init")
    sandbox.run("init")
    assert "hint" not in advice(sandbox)
    sandbox.git("rm", "--quiet", ".gitattributes")
    sandbox.commit()
    assert "lacks a type" in advice(sandbox)["message"]
    uninstall_drivers(open_repository(sandbox.path))
    assert "not asked for" in advice(sandbox)["message"]
