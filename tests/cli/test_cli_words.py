"""What a command says to people who type it for the first time: what is so, and the way on."""

from __future__ import annotations

import json

import pytest
from sandbox import Sandbox
from terminal import Terminal


@pytest.fixture
def fix(sandbox: Sandbox) -> Sandbox:
    """A draft, the current one, that changes Person."""
    assert sandbox.run("new", "Fix the person", "--id", "fix").code == 0
    assert sandbox.run("set", "category/Person", "label=Human").code == 0
    return sandbox


@pytest.fixture
def in_conflict(fix: Sandbox) -> Sandbox:
    fix.change("categories/Person.json", label="Somebody")
    assert fix.run("rebase").code == 1
    return fix


def test_ls_changed_is_about_the_current_draft(fix: Sandbox) -> None:
    assert fix.run("ls", "--changed").out == "category/Person  modified\n"
    assert fix.run("-o", "json", "ls", "--changed").json["entities"][0]["entity"] == "category/Person"
    fix.run("withdraw", "fix")
    fix.library.worktree.switch(None)
    assert fix.run("ls", "--changed").code == 40


def test_ls_changed_lists_what_is_in_conflict(in_conflict: Sandbox) -> None:
    assert in_conflict.run("ls", "--changed").out == "category/Person  unchanged  conflict  /label\n"


def test_view_on_a_terminal_mentions_the_current_draft(fix: Sandbox) -> None:
    for entity, is_mentioned in (("category/Person", True), ("category/Agent", False)):
        terminal = Terminal(fix.path, "view", entity)
        assert terminal.wait() == 0
        assert ("fix changes it: gitdraft view category/Person --draft fix" in terminal.shown) is is_mentioned
    assert fix.run("view", "category/Person").err == ""


@pytest.mark.parametrize("command", ["rebase", "conflicts", "show"])
def test_what_is_in_conflict_fits_a_narrow_terminal(in_conflict: Sandbox, command: str) -> None:
    description = " ".join(f"word{number}" for number in range(80))
    in_conflict.change("categories/Agent.json", description=description)
    in_conflict.run(
        "set", "category/Agent", "description=" + description.replace("word3 ", "three "), "-d", "fix"
    )
    in_conflict.change("categories/Agent.json", description=description.replace("word3 ", "3 "))
    terminal = Terminal(in_conflict.path, command, columns=50, env={"NO_COLOR": "1"})
    assert terminal.wait() in (0, 1)
    lines = [line for line in terminal.shown.replace("\r\n", "\n").split("\n") if "gitdraft" not in line]
    assert [line for line in lines if len(line) > 50 or line != line.rstrip()] == []


@pytest.mark.parametrize("command", ["status", "list"])
def test_a_command_to_paste_stays_in_one_piece_on_a_narrow_terminal(sandbox: Sandbox, command: str) -> None:
    draft_id = "a-draft-with-an-id-as-long-as-the-titles-that-people-give-them"
    sandbox.library.drafts.new("Long", draft_id=draft_id).set("category/Person", "/label", "Human")
    sandbox.change("categories/Person.json", label="Somebody")
    sandbox.run("rebase")
    terminal = Terminal(sandbox.path, command, columns=60, env={"NO_COLOR": "1"})
    assert terminal.wait() == 0
    assert f"gitdraft conflicts {draft_id}\r\n" in terminal.shown


def test_a_redirect_says_where_to(fix: Sandbox) -> None:
    edited = fix.run("redirect", "property/unused", "property/name", "--reason", "twice")
    assert edited.out == "redirected property/unused to property/name in fix\n"
    assert "redirected  property/unused to property/name" in fix.run("show").out
    assert "property/unused to property/name  redirected" in fix.run("ls", "--changed").out
    assert "redirect property/unused to property/name\n--- a/properties/unused.json" in fix.run("diff").out
    shown = fix.run("-o", "json", "show").json["changes"]
    compared = fix.run("-o", "json", "diff").json["changes"]
    assert [change.get("redirects_to") for change in shown] == [None, "property/name"]
    assert [change.get("redirects_to") for change in compared] == [None, "property/name"]


def test_long_values_in_conflict_are_not_cut_until_they_look_alike(sandbox: Sandbox) -> None:
    robot = {"id": "Robot", "label": "Robot", "description": "A machine. " * 20}
    text = json.dumps(robot | {"label": "Machine"})
    assert sandbox.run("new", "A robot", "--id", "robot").code == 0
    assert sandbox.run("create", "category/Robot", "-", stdin=text).code == 0
    sandbox.write("categories/Robot.json", robot)
    sandbox.commit()
    assert sandbox.run("rebase").code == 1
    assert sandbox.run("diff").out == (
        "conflict category/Robot (whole entity) (create/create)\n"
        "both sides of the conflicts: gitdraft conflicts robot\n"
    )
    shown = sandbox.run("conflicts").out
    assert "  draft, against canonical\n" in shown
    assert '    -  "label": "Robot",\n    +  "label": "Machine",\n' in shown
    assert shown.count("A machine.") == 20, "what both have stands once"
    assert shown.endswith(
        "gitdraft resolve robot category/Robot --take draft\n  or --take canonical, --value JSON\n"
    )


def test_short_values_in_conflict_stand_side_by_side(in_conflict: Sandbox) -> None:
    line = 'conflict category/Person /label (modify/modify): canonical "Somebody", draft "Human"\n'
    assert in_conflict.run("diff").out.startswith(line)


@pytest.mark.parametrize("pointer", [(), ("/label",)])
def test_a_conflict_of_the_current_draft_needs_no_draft(
    in_conflict: Sandbox, pointer: tuple[str, ...]
) -> None:
    answer = in_conflict.run("resolve", "category/Person", *pointer, "--take", "draft")
    assert answer.out == "resolved category/Person /label\nfix is on canonical's tip\n"


def test_a_draft_that_takes_no_edits_is_not_said_to(fix: Sandbox) -> None:
    assert fix.run("switch", "fix").out == "edits now go to fix\n"
    for command, status in (("submit", "submitted"), ("withdraw", "withdrawn")):
        assert fix.run(command, "fix").code == 0
        assert fix.run("switch", "fix").out == (
            f"fix is current now, but {status}: gitdraft reopen fix lets it be edited\n"
        )
    for command in ("reopen", "submit", "merge"):
        assert fix.run(command, "fix").code == 0
    assert fix.run("switch", "fix").out == "fix is current now, but merged\n"


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("view", "category/PERSON"), "'category/Person'"),
        (("view", "category/Pers"), "'category/Person'"),
        (("view", "category/Prson"), "'category/Person'"),
        (("show", "call-an-agent"), "'call-an-agent-an-actor'"),
        (("ls", "Category"), "'category'"),
    ],
)
def test_what_was_meant_is_guessed(sandbox: Sandbox, arguments: tuple[str, ...], meant: str) -> None:
    sandbox.run("new", "Call an agent an actor")
    assert f"hint: did you mean {meant}?" in sandbox.run(*arguments).err


def test_an_edit_of_one_place_speaks_of_no_operation(fix: Sandbox) -> None:
    answer = fix.run("unset", "category/Person", "/labels")
    assert answer.err == "error: '/labels' is not there\nhint: did you mean '/label'?\n"


def test_a_preview_says_what_it_would_have_done(fix: Sandbox) -> None:
    answer = fix.run("set", "category/Agent", "label=Actor", "-n")
    assert answer.out.startswith("would have modified category/Agent in fix\n")


def test_validate_without_a_draft_names_canonical(sandbox: Sandbox) -> None:
    answer = sandbox.run("validate")
    assert (answer.code, answer.err) == (
        40,
        "error: no draft is current\nhint: gitdraft validate --canonical, or gitdraft validate DRAFT\n",
    )


@pytest.mark.parametrize("command", [("search",), ("ls", "--where")])
def test_a_query_that_finds_nothing_says_how_a_value_is_asked_for(
    sandbox: Sandbox, command: tuple[str, ...]
) -> None:
    assert sandbox.run(*command, "nowhere").out == "no entity matches\n"
    assert sandbox.run(*command, "label=Agent").out == (
        "no entity matches\na member's value is asked for by /label=Agent\n"
    )
    assert sandbox.run(*command, "/label=Agent").out.startswith("category/Agent")


def test_an_empty_picture_says_so(fix: Sandbox) -> None:
    assert fix.run("graph", "redirects").out == "nothing to draw\n"
