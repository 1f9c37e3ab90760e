"""git shows entity files by pointer, through the driver."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sandbox import Sandbox

from gitdraft.drivers.main import main
from gitdraft.git.drivers import install_drivers
from gitdraft.git.repository import open_repository

PERSON = "categories/Person.json"


@pytest.fixture(autouse=True)
def driven(sandbox: Sandbox) -> None:
    install_drivers(open_repository(sandbox.path), diff=True)
    sandbox.write(".gitattributes", "categories/*.json merge=gitdraft diff=gitdraft\n")
    sandbox.commit("Attributes")


def changed_lines(text: str) -> list[str]:
    return [
        line for line in text.splitlines() if line.startswith(("+", "-")) and line[:3] not in ("+++", "---")
    ]


def test_diff_and_log_show_pointers(sandbox: Sandbox) -> None:
    sandbox.change(PERSON, label="Human")
    assert changed_lines(sandbox.git("log", "-p", "-1")) == ['-/label = "Person"', '+/label = "Human"']
    sandbox.write(PERSON, {**sandbox.read(PERSON), "steps": ["new", "a", "b", "c"]})
    assert changed_lines(sandbox.git("diff")) == ['+/steps/- = "new"']


def test_a_file_that_was_only_formatted_anew_shows_no_change(sandbox: Sandbox) -> None:
    sandbox.write(PERSON, str(sandbox.read(PERSON)).replace("'", '"'))
    assert changed_lines(sandbox.git("diff")) == []


def test_what_is_no_json_is_shown_as_it_is(sandbox: Sandbox) -> None:
    sandbox.write(PERSON, "no JSON\n")
    assert "+no JSON" in changed_lines(sandbox.git("diff"))


def test_nothing_in_a_value_moves_the_cursor(sandbox: Sandbox) -> None:
    sandbox.write(PERSON, {"id": "Person", "label": "a\x1b[2J\x9b\u202eb\n", "x\ny": 1})
    shown = changed_lines(sandbox.git("diff"))
    assert '+/label = "a\\u001b[2J\\u009b\\u202eb\\n"' in shown
    assert "+/x\\ny = 1" in shown


def test_difftool_shows_the_lines_that_differ(sandbox: Sandbox) -> None:
    sandbox.change(PERSON, label="Human")
    shown = sandbox.git("difftool", "--no-prompt", "--tool=gitdraft", "HEAD~", "HEAD")
    assert shown.splitlines() == ['-/label = "Person"', '+/label = "Human"']


def test_wrong_arguments_are_answered_with_the_usage(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["merge"]) == 2
    assert "gitdraft-driver merge BASE OURS THEIRS" in capfd.readouterr().err
    assert (
        subprocess.run(
            [sys.executable, "-m", "gitdraft.drivers.main"], capture_output=True, check=False
        ).returncode
        == 2
    )
