"""What holds for every command: global options on both sides of it, one style of errors, narrow terminals, the pager."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from sandbox import Sandbox
from terminal import on_terminal

from gitdraft.cli import text
from gitdraft.cli.commands import cli
from gitdraft.cli.text import columns_of


def every_command(
    command: click.Command = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from every_command(below, (*path, name))


def test_every_command_takes_the_global_options_and_no_other_of_their_names() -> None:
    for path, command in every_command():
        names = [name for param in command.params for name in param.opts]
        for name in ("-C", "-o", "--output", "-q", "--quiet", "-v", "--verbose", "--no-color"):
            assert names.count(name) == 1, (path, name)


def test_a_file_to_write_is_output_file_everywhere() -> None:
    for path, command in every_command():
        for param in command.params:
            if "-O" in param.opts or "--output-file" in param.opts:
                assert {"-O", "--output-file"} <= set(param.opts), path


def test_every_first_line_is_a_short_whole_sentence() -> None:
    for path, command in every_command():
        first, _, rest = (command.help or "").partition("\n")
        assert 0 < len(first) <= 60, (path, first)
        assert first.endswith("."), (path, first)
        assert not rest or rest.startswith("\n"), (path, first)


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_lists_of_commands_cut_no_sentence(sandbox: Sandbox, columns: int) -> None:
    for words in (["--help"], ["entity", "--help"], ["help"], ["redirect", "-h"]):
        code, terminal = on_terminal(sandbox.path, *words, columns=columns, GIT_PAGER="cat")
        assert code == 0
        lines = [line for line in terminal.lines() if line.startswith("  ")]
        lines = [line for line in lines if "gitdraft " not in line and "[ARGS]" not in line]
        assert lines
        assert "..." not in "".join(lines)
        assert columns == 40 or all(columns_of(line) <= columns for line in lines)


def test_global_options_stand_after_the_command_too(sandbox: Sandbox, tmp_path: Path) -> None:
    before = sandbox.run("-o", "json", "ls")
    assert sandbox.run("ls", "-o", "json").out == before.out
    assert sandbox.run("ls", "category", "--output=json").json["entities"]
    assert sandbox.run("-C", str(sandbox.path / "categories"), "ls").out == sandbox.run("ls").out
    outside = Sandbox(tmp_path)
    assert outside.run("ls", "-C", str(sandbox.path)).out == sandbox.run("ls").out
    assert outside.run("-C", str(sandbox.path.parent), "ls", "-C", sandbox.path.name).code == 0
    assert sandbox.run("revision", "-o", "json", "list", "category/Person").json["kind"]
    assert sandbox.run("revision", "list", "category/Person", "-o", "json").json["kind"]
    assert sandbox.run("new", "Fix", "-q").out == ""
    assert sandbox.run("set", "category/Person", "label=X", "-n", "-q").out == ""


def test_files_are_named_from_the_folder_of_the_option(sandbox: Sandbox, tmp_path: Path) -> None:
    outside = Sandbox(tmp_path)
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.write("p.json", [{"op": "replace", "path": "/label", "value": "Human"}])
    assert outside.run("-C", str(sandbox.path), "patch", "category/Person", "p.json").code == 0
    assert outside.run("-C", str(sandbox.path), "export", "entities", "-O", "out.jsonl").code == 0
    assert (sandbox.path / "out.jsonl").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ls", "--nope"], "no such option"),
        (["frobnicate"], "no such command"),
        (["entity", "frobnicate"], "no such command"),
        (["set"], "missing argument"),
        (["list", "--status", "odd"], "invalid value"),
        (["help", "odd"], "no such command"),
        (["set", "a", "/b", "c", "d"], "takes one VALUE"),
    ],
)
def test_wrong_usage_has_the_style_of_all_errors(sandbox: Sandbox, words: list[str], said: str) -> None:
    text = sandbox.run(*words)
    assert (text.code, text.out) == (2, "")
    assert text.err.startswith("error: ")
    assert said in text.err
    assert text.err.splitlines()[-1].startswith("hint: gitdraft")
    for call in (
        ["-o", "json", *words],
        [*words, "-o", "json"],
        [*words, "--output=jsonl"],
        [*words, "-ojson"],
    ):
        answer = sandbox.run(*call)
        document = json.loads(answer.err)
        assert (answer.code, answer.out, document["code"]) == (2, "", "wrong-usage")
        assert said in document["message"]
        assert set(document) == {"code", "message", "context", "hint"}


def test_broken_bytes_are_refused(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    for words in (
        [b"view", b"category/\xff"],
        [b"set", b"category/Person", b"/label", b"\xff"],
        [b"new", b"\xc3"],
    ):
        done = subprocess.run(
            [sys.executable.encode(), b"-m", b"gitdraft.cli.main", b"-o", b"json", *words],
            cwd=sandbox.path,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, json.loads(done.stderr)["code"]) == (20, "invalid-value")


@pytest.mark.sweep(1)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
@pytest.mark.parametrize("words", [["ls"], ["-o", "json", "ls"], ["export", "entities"], ["--help"]])
def test_a_full_disk_under_standard_output(sandbox: Sandbox, words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gitdraft.cli.main", *words],
            cwd=sandbox.path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 50, done.stderr
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_help_is_a_command(sandbox: Sandbox) -> None:
    assert sandbox.run("help", "redirect", "merge").out == sandbox.run("redirect", "merge", "--help").out
    assert sandbox.run("help").out == sandbox.run("--help").out
    assert sandbox.run("help", "set", "-o", "json").json["command"] == "gitdraft set"


@pytest.mark.long
def test_tables_fit_a_narrow_terminal(sandbox: Sandbox) -> None:
    title = "A title that is rather longer than what a phone shows in one line"
    sandbox.run("new", title, "--id", "a-draft-with-a-long-name")
    sandbox.run("set", "category/Person", "/label", "Human")
    for columns in (60, 36):
        for words in (
            ["list"],
            ["log"],
            ["blame", "category/Person"],
            ["operations"],
            ["revision", "list", "category/Person"],
        ):
            code, terminal = on_terminal(sandbox.path, *words, columns=columns, GIT_PAGER="cat")
            assert code == 0
            assert terminal.lines()
            assert all(columns_of(line) <= columns for line in terminal.lines()), (words, terminal.lines())
        assert "a-draft-with-a-long-name" in terminal.shown or words != ["list"]


def test_the_pager_is_gits(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.git("config", "core.pager", "sed 's/^/paged: /'")
    paged = on_terminal(sandbox.path, "diff", GIT_PAGER="", PAGER="", NO_COLOR="")[1]
    assert all(line.startswith("paged: ") for line in paged.lines())
    assert "\x1b[32m+" in paged.shown
    assert "\x1b[" not in on_terminal(sandbox.path, "diff", "--no-color", NO_COLOR="")[1].shown
    assert "paged" not in on_terminal(sandbox.path, "diff", GIT_PAGER="cat")[1].shown
    assert "paged" not in on_terminal(sandbox.path, "diff", "-q", GIT_PAGER="")[1].shown
    missing = on_terminal(sandbox.path, "diff", GIT_PAGER="no-such-pager")
    assert (missing[0], '"label": "Human"' in missing[1].shown) == (0, True)


def test_an_interrupted_command_says_so_in_one_style(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gitdraft.cli.context.CommandContext.answer", interrupt)
    assert sandbox.run("ls").err.strip() == "error: interrupted"
    answer = sandbox.run("ls", "-o", "json")
    assert (answer.code, answer.refusal["code"]) == (130, "interrupted")


def test_numbers_are_sorted_as_people_count(sandbox: Sandbox) -> None:
    for number in (1, 2, 10, 11):
        sandbox.write(f"properties/P{number}.json", {"id": f"P{number}"})
    sandbox.commit("Properties")
    names = [f"property/P{number}" for number in (1, 2, 10, 11)]
    assert [line for line in sandbox.run("ls", "property").out.splitlines() if "/P" in line] == names
    entities = sandbox.run("-o", "json", "ls", "property").json["entities"]
    assert [each["entity"] for each in entities if "/P" in each["entity"]] == names
    for number in (10, 2):
        sandbox.run("new", f"Step {number}")
        for name in names:
            sandbox.run("set", name, "/label", "x")
    assert [each["id"] for each in sandbox.run("-o", "json", "list").json["drafts"]] == ["step-2", "step-10"]
    assert [
        line.split()[0] for line in sandbox.run("ls", "-d", "step-2", "--changed").out.splitlines()
    ] == names
    assert [each["entity"] for each in sandbox.run("-o", "json", "diff").json["changes"]] == names


def test_rows_that_are_wrapped_as_a_whole_begin_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "terminal_width", lambda: 24)
    rows = [["*", "one", "a long title of it"], [" ", "two", "another title of it"]]
    assert text.columns(rows) == ["*  one", "    a long title of it", "   two", "    another title of it"]
