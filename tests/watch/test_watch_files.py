"""`--worktree`: entity files are checked as they are saved, and nothing is written."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest
from sandbox import Sandbox
from watching import Watching, watching

from gitdraft.git.objects import ObjectBuffer
from gitdraft.model.watch_events import Checked
from gitdraft.watch.worktree_checks import Checker

pytestmark = pytest.mark.long

PERSON = "categories/Person.json"


def start_draft(sandbox: Sandbox) -> None:
    sandbox.library.drafts.new("Fix", draft_id="fix").set("category/Person", "/rank", 1)
    sandbox.run("switch", "fix")
    sandbox.run("checkout", "fix")


def saved(watcher: Watching, path: str, *, valid: bool) -> list[dict[str, object]]:
    problems: list[dict[str, object]] = watcher.wait_for("checked", file=path, valid=valid)["problems"]
    return problems


def test_a_problem_is_told_with_line_and_pointer_and_is_gone_when_mended(sandbox: Sandbox) -> None:
    start_draft(sandbox)
    with watching(sandbox.path, "--worktree") as watcher:
        before = sandbox.refs()
        sandbox.write(PERSON, {**sandbox.read(PERSON), "label": ""})
        (problem,) = saved(watcher, PERSON, valid=False)
        lines = (sandbox.path / PERSON).read_text().splitlines()
        assert '"label": ""' in lines[int(str(problem["line"])) - 1]
        assert (problem["path"], problem["rule"]) == ("/label", "schema/minLength")
        sandbox.write(PERSON, {**sandbox.read(PERSON), "label": "Human"})
        assert saved(watcher, PERSON, valid=True) == []
    assert sandbox.refs() == before
    assert sandbox.run("save").code == 0


def test_text_that_is_no_json_is_told_with_its_line(sandbox: Sandbox) -> None:
    start_draft(sandbox)
    with watching(sandbox.path, "--worktree") as watcher:
        sandbox.write(PERSON, '{\n  "id": "Person",\n  "label": oops\n}\n')
        (problem,) = saved(watcher, PERSON, valid=False)
    assert (problem["line"], problem["rule"], problem["message"]) == (3, "json/invalid", "expected a value")


def test_editors_that_write_by_rename_are_noticed(sandbox: Sandbox) -> None:
    start_draft(sandbox)
    with watching(sandbox.path, "--worktree") as watcher:
        new = sandbox.path / "categories/.Person.json.new"
        new.write_text(json.dumps({**sandbox.read(PERSON), "parents": ["Nobody"]}, indent=2))
        new.rename(sandbox.path / PERSON)
        (problem,) = saved(watcher, PERSON, valid=False)
    assert (problem["path"], problem["rule"]) == ("/parents/0", "reference/missing")


def test_files_are_checked_together_with_what_is_not_saved_yet(sandbox: Sandbox) -> None:
    start_draft(sandbox)
    with watching(sandbox.path, "--worktree") as watcher:
        sandbox.write("categories/Robot.json", {"id": "Robot", "label": "Robot", "parents": ["Machine"]})
        (problem,) = saved(watcher, "categories/Robot.json", valid=False)
        assert problem["message"] == "category/Machine does not exist"
        sandbox.write("categories/Machine.json", {"id": "Machine", "label": "Machine"})
        saved(watcher, "categories/Machine.json", valid=True)
        sandbox.write("categories/Robot.json", {"id": "Robot", "label": "A robot", "parents": ["Machine"]})
        saved(watcher, "categories/Robot.json", valid=True)


def test_a_removed_file_that_is_named_elsewhere_is_told(sandbox: Sandbox) -> None:
    start_draft(sandbox)
    with watching(sandbox.path, "--worktree") as watcher:
        (sandbox.path / "properties/name.json").unlink()
        (problem,) = saved(watcher, "properties/name.json", valid=False)
    assert "line" not in problem
    assert problem["message"] == "category/Person /properties/0 still names it"


def test_a_file_as_it_was_is_told_where_it_had_problems(sandbox: Sandbox) -> None:
    start_draft(sandbox)
    text = (sandbox.path / PERSON).read_text()
    with watching(sandbox.path, "--worktree") as watcher:
        sandbox.write(PERSON, "{")
        saved(watcher, PERSON, valid=False)
        sandbox.write(PERSON, text)
        saved(watcher, PERSON, valid=True)


def test_without_a_draft_files_are_held_against_canonical(sandbox: Sandbox) -> None:
    with watching(sandbox.path, "--worktree") as watcher:
        sandbox.write(PERSON, {**sandbox.read(PERSON), "id": "Human"})
        (problem,) = saved(watcher, PERSON, valid=False)
        assert (problem["path"], problem["rule"]) == ("/id", "identity/mismatch")
        sandbox.git("checkout", "--quiet", "--", ".")
        sandbox.git("switch", "--quiet", "--create", "feature")
        sandbox.write("properties/new.json", {"id": "news"})
        (problem,) = saved(watcher, "properties/new.json", valid=False)
        assert problem["rule"] == "identity/mismatch"


def test_what_is_no_entity_is_left_alone(sandbox: Sandbox) -> None:
    start_draft(sandbox)
    with watching(sandbox.path, "--worktree") as watcher:
        sandbox.write("categories/notes.txt", "nothing")
        sandbox.write("notes.json", "{")
        sandbox.write(PERSON, {**sandbox.read(PERSON), "rank": 2})
        assert watcher.line().startswith('{"event": "checked"')
        assert watcher.end() == 0
        assert not [line for line in watcher.rest if "notes" in line]


def test_a_link_is_not_followed(sandbox: Sandbox, tmp_path: Path) -> None:
    start_draft(sandbox)
    with watching(sandbox.path, "--worktree") as watcher:
        (sandbox.path / "categories/Linked.json").symlink_to(tmp_path / "elsewhere.json")
        assert watcher.wait_for("failed", doing="check")["code"] == "symlink"
        (sandbox.path / "categories/Linked.json").unlink()
        watcher.wait_for("recovered", doing="check")


def test_a_folder_that_comes_later_is_watched_too(sandbox: Sandbox) -> None:
    sandbox.git("rm", "-r", "--quiet", "properties")
    sandbox.write(PERSON, {"id": "Person", "label": "Person"})
    sandbox.commit("no properties")
    with watching(sandbox.path, "--worktree") as watcher:
        (sandbox.path / "properties").mkdir()
        tip = sandbox.change(PERSON, rank=3)
        watcher.wait_until(tip)
        sandbox.change(PERSON, rank=4)
        watcher.wait_for("rebased")
        sandbox.write("properties/late.json", {"id": "early"})
        saved(watcher, "properties/late.json", valid=False)


def test_a_mistake_in_the_configuration_ends_nothing(sandbox: Sandbox) -> None:
    good = (sandbox.path / "gitdraft.yaml").read_text()
    with watching(sandbox.path, "--worktree") as watcher:
        sandbox.write("gitdraft.yaml", "version: 7\n")
        sandbox.commit("a mistake")
        watcher.wait_for("failed", doing="rebase")
        sandbox.write(PERSON, "{")
        watcher.wait_for("failed", doing="check")
        sandbox.git("checkout", "--quiet", "--", PERSON)
        sandbox.write("gitdraft.yaml", good)
        watcher.wait_until(sandbox.commit("mended"))
        sandbox.write(PERSON, "{")
        saved(watcher, PERSON, valid=False)


def test_nothing_is_kept_of_what_was_checked(sandbox: Sandbox) -> None:
    start_draft(sandbox)
    repository, checker = sandbox.library, Checker()
    for number in range(20):
        sandbox.write(PERSON, {**sandbox.read(PERSON), "rank": number, "label": "" if number % 2 else "A"})
        assert [type(event) for event in checker.check(repository, [str(sandbox.path / PERSON)])] == [Checked]
    gc.collect()
    buffers = [thing for thing in gc.get_objects() if isinstance(thing, ObjectBuffer)]
    assert len([buffer for buffer in buffers if buffer.git is repository.store.git]) <= 1


def test_a_bare_repository_has_no_worktree_to_watch(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare"))
    answer = Sandbox(tmp_path / "bare").run("watch", "--worktree")
    assert (answer.code, "no worktree" in answer.err) == (42, True)
