"""A step of canonical is refused for what it adds, never for what stood, and never for its own repair."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hooks.conftest import Said, call_git
from sandbox import CONFIGURATION, Sandbox, run_git

from gitdraft.git.locks import writers_lock
from gitdraft.git.repository import open_repository
from gitdraft.store.operation_log import DONE

pytestmark = pytest.mark.long

DATATYPE = "    datatype: /datatype\n"


def commit(sandbox: Sandbox, *options: str) -> Said:
    sandbox.git("add", "--all")
    return call_git(sandbox.path, "commit", "--quiet", "--message", "change", *options)


def configure(sandbox: Sandbox, text: str) -> None:
    sandbox.write("gitdraft.yaml", text)


def verdict_of_range(sandbox: Sandbox, commits: str = "HEAD~1..HEAD") -> tuple[int, set[str]]:
    answer = sandbox.run("-o", "json", "validate", commits)
    return answer.code, {violation["rule"] for violation in json.loads(answer.out)["violations"]}


def refused(sandbox: Sandbox, rule: str) -> None:
    """Refused by pre-commit, and with that bypassed by pre-push's and pre-receive's function, and by `validate`."""
    said = commit(sandbox)
    assert (said.code, rule in said.out) == (1, True), said.out
    assert commit(sandbox, "--no-verify").code == 0
    assert verdict_of_range(sandbox) == (1, {rule})


def test_a_changed_datatype_is_refused(hooked: Sandbox) -> None:
    configure(hooked, CONFIGURATION + DATATYPE)
    assert commit(hooked).code == 0
    hooked.write("properties/name.json", {**hooked.read("properties/name.json"), "datatype": "Page"})
    refused(hooked, "datatype/changed")


def test_a_removed_entity_is_refused_where_that_is_an_error(hooked: Sandbox) -> None:
    configure(hooked, CONFIGURATION + "rules: {entity/removed: error}\n")
    assert commit(hooked).code == 0
    (hooked.path / "properties/unused.json").unlink()
    refused(hooked, "entity/removed")


def test_a_rule_that_becomes_an_error_while_it_is_broken_is_refused(hooked: Sandbox) -> None:
    configure(hooked, CONFIGURATION + "rules: {reference/orphan: warning}\n")
    assert commit(hooked).code == 0
    configure(hooked, CONFIGURATION + "rules: {reference/orphan: error}\n")
    refused(hooked, "reference/orphan")


def test_what_stood_refuses_nothing_even_in_the_file_that_is_edited(hooked: Sandbox) -> None:
    hooked.write("categories/Agent.json", {"id": "Agent", "label": 5, "parents": ["Nobody"]})
    hooked.write("categories/-odd.json", "{}")
    assert commit(hooked, "--no-verify").code == 0

    hooked.write(
        "categories/Agent.json", {"id": "Agent", "label": 5, "parents": ["Person", "Nobody"], "rank": 1}
    )
    hooked.write("properties/name.json", {"id": "name", "label": "Name"})
    assert commit(hooked).code == 0
    hooked.write(
        "categories/Agent.json", {"id": "Agent", "label": 5, "rank": 1, "parents": ["Nobody", "Nobody2"]}
    )
    said = commit(hooked)
    assert (said.code, said.out.count("reference/missing")) == (1, 1)
    hooked.write("categories/Agent.json", {"id": "Agent", "label": 5, "rank": 1, "parents": ["Nobody"]})
    assert commit(hooked).code == 0
    assert verdict_of_range(hooked) == (0, set())


def test_a_gitdraft_yaml_that_cannot_be_read_is_mended(hooked: Sandbox) -> None:
    configure(hooked, "version: 1\nentities: 5\n")
    hooked.write("properties/name.json", {"id": "other"})
    assert commit(hooked, "--no-verify").code == 0
    configure(hooked, CONFIGURATION)

    assert commit(hooked).code == 0
    assert verdict_of_range(hooked)[0] == 0


def test_the_canonical_branch_is_renamed_in_one_commit_and_the_drafts_follow(hooked: Sandbox) -> None:
    hooked.git("branch", "--move", "main", "trunk")
    doctor = hooked.run("doctor").out
    assert "git branch -m trunk main" in doctor
    configure(hooked, CONFIGURATION.replace("canonical: main", "canonical: trunk"))

    assert commit(hooked).code == 0

    assert hooked.run("hooks", "status").code == 0
    hooked.write("categories/Person.json", {**hooked.read("categories/Person.json"), "rank": 3})
    assert commit(hooked).code == 0
    assert hooked.git("merge-base", "trunk", "draft/fix-person") == hooked.git("rev-parse", "trunk")


def test_another_branch_may_not_be_named_while_canonical_is_there(hooked: Sandbox) -> None:
    hooked.git("switch", "--quiet", "--create", "trunk")
    configure(hooked, CONFIGURATION.replace("canonical: main", "canonical: trunk"))
    said = commit(hooked)
    assert (said.code, "configuration/moved" in said.out) == (1, True)


def test_hooks_status_says_outdated_where_the_branch_was_renamed_behind_their_back(hooked: Sandbox) -> None:
    hooked.git("branch", "--move", "main", "trunk")
    configure(hooked, CONFIGURATION.replace("canonical: main", "canonical: trunk"))
    hooked.git("add", "--all")
    hooked.git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--message", "rename")
    answer = hooked.run("hooks", "status")
    assert (answer.code, "outdated" in answer.out) == (1, True)


@pytest.mark.parametrize("how", ["--no-ff", "--squash"])
def test_a_draft_that_plain_git_merges_is_refused(hooked: Sandbox, how: str) -> None:
    said = call_git(hooked.path, "merge", "--quiet", "--no-edit", how, "draft/fix-person")
    if how == "--squash":
        said = commit(hooked)
    assert (said.code, "draft/on-canonical" in said.out) == (1, True)


def test_the_folder_of_a_draft_on_canonical_is_told_and_taking_it_out_passes(hooked: Sandbox) -> None:
    hooked.git("-c", "core.hooksPath=/dev/null", "merge", "--quiet", "--no-edit", "draft/fix-person")
    answer = hooked.run("-o", "json", "validate", "--canonical")
    (violation,) = json.loads(answer.out)["violations"]
    assert (answer.code, violation["rule"], violation["severity"]) == (1, "draft/on-canonical", "error")
    assert violation["entity"].endswith(".gitdraft/")
    assert "violation" in hooked.run("doctor").out

    hooked.write("properties/name.json", {"id": "name", "label": "Full name", "datatype": "Text"})
    assert commit(hooked).code == 0  # it stood before
    shutil.rmtree(hooked.path / ".gitdraft")
    assert commit(hooked).code == 0


@pytest.mark.parametrize("path", ["properties/name.json", "README.md"])
def test_pre_commit_refuses_while_an_operation_is_pending(hooked: Sandbox, path: str) -> None:
    before = hooked.git("rev-parse", "refs/gitdraft/operations^")
    hooked.git("update-ref", DONE, before)
    hooked.write(path, {"id": "name", "label": "Full name", "datatype": "Text"})

    said = commit(hooked)

    assert (said.code, "is not finished" in said.out) == (1, True), said.out
    assert hooked.git("rev-parse", DONE) == before, "nothing was recovered"
    answer = hooked.run("-o", "json", "hooks", "run", "pre-commit")
    assert (answer.code, json.loads(answer.err or answer.out)["code"]) == (51, "operation-pending")
    assert hooked.run("rebase").code == 0
    assert commit(hooked).code == 0


def test_an_operation_that_a_living_process_is_at_stops_and_alarms_nobody(hooked: Sandbox) -> None:
    """What it does, git itself holds apart from a commit; were it killed, its lock would be free."""
    hooked.git("update-ref", DONE, hooked.git("rev-parse", "refs/gitdraft/operations^"))
    assert hooked.run("doctor").code == 1
    with writers_lock(open_repository(hooked.path)):
        answer = hooked.run("doctor")
        assert answer.code == 0, answer.out
        assert "interrupted" not in hooked.run("-o", "json", "status").json
        assert hooked.run("hooks", "run", "pre-commit").code == 0
    assert hooked.run("hooks", "run", "pre-commit").code == 51
    assert "interrupted" in hooked.run("-o", "json", "status").json


def test_pull_follows_the_remote_and_reports_what_it_breaks(hooked: Sandbox, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "--quiet", str(hooked.path), "clone")
    clone = Sandbox(tmp_path / "clone")
    hooked.write("properties/name.json", {"id": "other"})
    assert commit(hooked, "--no-verify").code == 0

    answer = clone.run("-o", "json", "pull")

    assert answer.code == 1
    assert [violation["rule"] for violation in json.loads(answer.out)["violations"]] == ["identity/mismatch"]
    assert clone.git("rev-parse", "main") == hooked.git("rev-parse", "main")
    again = clone.run("-o", "json", "pull")
    assert (again.code, json.loads(again.out)["violations"]) == (0, [])


def test_a_clone_of_a_drafts_branch_checks_against_the_remotes_canonical(
    hooked: Sandbox, tmp_path: Path
) -> None:
    run_git(tmp_path, "clone", "--quiet", "--branch", "draft/fix-person", str(hooked.path), "clone")
    clone = Sandbox(tmp_path / "clone")

    for target in ((), ("--canonical",), ("origin/main..HEAD",), ("HEAD~1..HEAD",)):
        answer = clone.run("-o", "json", "validate", *target)
        assert (answer.code, json.loads(answer.out)["checked"] > 0) == (0, True), (target, answer)
    assert "refs/remotes/origin/main: 4 entities" in clone.run("doctor").out
    nothing(clone, "origin/main..origin/main")

    clone.git("update-ref", "-d", "refs/remotes/origin/HEAD")
    clone.git("update-ref", "-d", "refs/remotes/origin/main")
    for target in ((), ("--canonical",), ("HEAD~1..HEAD",)):
        nothing(clone, *target)
    doctor = clone.run("doctor")
    assert (doctor.code, "nothing was checked" in doctor.out) == (1, True)


def test_a_runner_with_one_fetched_commit_checks_nothing_and_says_so(hooked: Sandbox, tmp_path: Path) -> None:
    run_git(tmp_path, "init", "--quiet", "runner")
    runner = Sandbox(tmp_path / "runner")
    runner.git("fetch", "--quiet", str(hooked.path), "draft/fix-person")
    runner.git("checkout", "--quiet", "--detach", "FETCH_HEAD")
    nothing(runner, "--canonical")
    nothing(runner, "HEAD~1..HEAD")
    nothing(runner, "HEAD..HEAD")


def test_a_range_that_ends_in_a_broken_draft_is_broken(hooked: Sandbox) -> None:
    hooked.run("set", "--draft", "fix-person", "category/Person", "/label", "5", "--json", "--allow-invalid")
    assert hooked.run("validate", "main..draft/fix-person").code == 1
    hooked.git("switch", "--quiet", "draft/fix-person")
    assert hooked.run("validate", "main..HEAD").code == 1
    nothing(hooked, "main..main")
    hooked.git("switch", "--quiet", "main")
    assert hooked.run("validate", "main..main").code == 0


def nothing(sandbox: Sandbox, *target: str) -> None:
    answer = sandbox.run("-o", "json", "validate", *target)
    error = json.loads(answer.err or answer.out)
    assert (answer.code, error["code"]) == (40, "nothing-checked"), (target, answer)
    assert error["context"]["looked_at"]
