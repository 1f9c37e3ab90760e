"""`status`, `--version` and `--help` alone run without click, libgit2 and YAML, and say what they say with them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox import Sandbox
from terminal import on_terminal

import gitdraft.cli

LOADED = """
import sys
from gitdraft.cli.main import main
main(sys.argv[1:])
loaded = [name for name in ("click", "pygit2", "yaml", "dataclasses", "subprocess") if name in sys.modules]
print(*loaded, file=sys.stderr)
"""


FORMS = (["status"], ["status", "-o", "json"])


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gitdraft.cli.main", *arguments]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def loaded(folder: Path, *arguments: str) -> str:
    """Those of the libraries that the command loads, where git's configuration is in its usual files."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_CONFIG")}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.strip()


def conflict(sandbox: Sandbox) -> None:
    sandbox.run("new", "one")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.change("categories/Person.json", label="Canonical")
    sandbox.run("rebase")


def with_remote(sandbox: Sandbox) -> None:
    sandbox.run("new", "one")
    sandbox.git("clone", "--quiet", "--bare", str(sandbox.path), "hub.git")
    sandbox.git("remote", "add", "origin", str(sandbox.path / "hub.git"))
    sandbox.git("fetch", "--quiet")
    sandbox.run("push")
    sandbox.run("new", "two")


def merged(sandbox: Sandbox) -> None:
    for number in range(3):
        sandbox.run("new", f"draft {number}")
        sandbox.run("set", "category/Person", "/label", f"Human {number}")
        sandbox.run("submit")
        sandbox.run("merge")
    sandbox.git("gc", "--quiet")


def edited_by_git(sandbox: Sandbox) -> None:
    sandbox.run("new", "one")
    sandbox.git("checkout", "--quiet", "draft/one")
    (sandbox.path / "stray.txt").write_text("x")
    sandbox.git("add", ".")
    sandbox.git("commit", "--quiet", "-m", "stray")
    sandbox.git("checkout", "--quiet", "main")


def damaged(sandbox: Sandbox) -> None:
    (sandbox.path / ".git/packed-refs").write_text("garbage\n")


def not_set_up(sandbox: Sandbox) -> None:
    sandbox.git("rm", "--quiet", "gitdraft.yaml")
    sandbox.git("commit", "--quiet", "-m", "without")


STATES: dict[str, Callable[[Sandbox], object]] = {
    "nothing drafted": lambda sandbox: None,
    "a conflict": conflict,
    "a remote": with_remote,
    "merged drafts, packed": merged,
    "edited by git": edited_by_git,
    "damaged refs": damaged,
    "no gitdraft.yaml": not_set_up,
}


@pytest.mark.sweep(3)
@pytest.mark.parametrize("state", STATES)
def test_status_says_the_same_without_click(sandbox: Sandbox, state: str) -> None:
    STATES[state](sandbox)
    light, whole = run(sandbox.path, "status"), run(sandbox.path, "status", "-o", "text")
    assert (light.stdout, light.stderr, light.returncode) == (whole.stdout, whole.stderr, whole.returncode)


@pytest.mark.parametrize("no_color", ["", "1"])
def test_status_has_the_same_colours_without_click(sandbox: Sandbox, no_color: str) -> None:
    conflict(sandbox)
    light, whole = (
        on_terminal(sandbox.path, *words, NO_COLOR=no_color)[1].shown
        for words in (("status",), ("status", "-o", "text"))
    )
    assert light == whole
    assert ("\x1b[1m" in light) != bool(no_color)


def test_a_short_command_loads_nothing_that_takes_long(sandbox: Sandbox) -> None:
    conflict(sandbox)
    run(sandbox.path, "status")  # which learns what is new
    assert loaded(sandbox.path, "status") == ""
    assert loaded(sandbox.path, "--version") == ""
    assert loaded(sandbox.path, "--help") == ""
    for command in (["list"], ["ls", "category"], ["view", "category/Person"]):
        assert {"pygit2", "yaml"}.isdisjoint(loaded(sandbox.path, *command).split()), command


MOVES: dict[str, Callable[[Sandbox], object]] = {
    "a draft": lambda sandbox: sandbox.run("new", "Another"),
    "canonical": lambda sandbox: sandbox.change("categories/Agent.json", label="Actor"),
    "a draft's branch by plain git": lambda sandbox: sandbox.git("branch", "-D", "draft/one"),
    "HEAD": lambda sandbox: sandbox.git("switch", "--quiet", "--detach"),
    "the current draft": lambda sandbox: sandbox.run("switch", "one"),
    "a remote": lambda sandbox: sandbox.git("remote", "add", "origin", "https://me:secret@example.org/x.git"),
    "a gc": lambda sandbox: sandbox.git("gc", "--quiet"),
    "an object": lambda sandbox: next(
        file for file in (sandbox.path / ".git/objects").glob("??/*") if file.is_file()
    ).unlink(),
    "the user's settings": lambda sandbox: os.environ.update(GIT_CONFIG_GLOBAL=str(other(sandbox))),
}


def other(sandbox: Sandbox) -> Path:
    file = sandbox.path.parent / "settings"
    file.write_text("[user]\n\tname = Somebody\n\temail = somebody@example.org\n")
    return file


@pytest.fixture
def settled(sandbox: Sandbox) -> Sandbox:
    """Two drafts that are judged, so that the answer is kept."""
    for name, label in (("one", "Human"), ("two", "Individual")):
        assert sandbox.run("new", name, "--id", name).code == 0
        assert sandbox.run("set", "category/Person", "/label", label).code == 0
    sandbox.run("rebase")
    for form in FORMS:
        assert sandbox.run(*form).code == 0
    return sandbox


@pytest.mark.parametrize("form", FORMS)
def test_the_answer_of_status_is_kept_as_long_as_nothing_moves(settled: Sandbox, form: list[str]) -> None:
    kept = settled.path / ".git/gitdraft" / f"status.{'json' if 'json' in form else 'text'}"
    answer = run(settled.path, *form).stdout
    assert answer == run(settled.path, *form, "-v").stdout
    code = "import sys; from gitdraft.cli.main import main; main(sys.argv[1:]); print(*sys.modules)"
    command = [sys.executable, "-c", code, *form]
    done = subprocess.run(command, cwd=settled.path, capture_output=True, text=True, check=True)
    assert {"pathlib", "typing", "sqlite3", "json", "hashlib"}.isdisjoint(done.stdout.split())
    kept.write_text(kept.read_text() + "kept")
    assert run(settled.path, *form).stdout == answer.removesuffix("\n") + "kept\n"


@pytest.mark.parametrize("move", MOVES)
def test_the_answer_is_made_again_where_anything_moved(
    settled: Sandbox, monkeypatch: pytest.MonkeyPatch, move: str
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.environ.get("GIT_CONFIG_GLOBAL", os.devnull))
    files = list((settled.path / ".git/gitdraft").glob("status.*"))
    assert len(files) == 2
    for file in files:
        file.write_text(file.read_text() + "kept")
    MOVES[move](settled)
    for form in FORMS:
        answer, whole = run(settled.path, *form), run(settled.path, *form, "-v")
        assert "kept" not in answer.stdout
        assert (answer.returncode, answer.stdout) == (whole.returncode, whole.stdout)


def test_what_is_kept_holds_no_settings_and_nothing_that_is_not_known(sandbox: Sandbox) -> None:
    sandbox.git("remote", "add", "origin", "https://me:secret@example.org/x.git")
    assert sandbox.run("status").code == 0
    assert "secret" not in (sandbox.path / ".git/gitdraft/status.text").read_text()
    assert sandbox.run("new", "One", "--id", "one").code == 0
    assert sandbox.run("set", "category/Person", "/label", "Human").code == 0
    sandbox.change("categories/Person.json", label="Individual")
    before = sandbox.run("status", "-o", "json").json
    assert "unknown" in before["counts"]
    assert sandbox.run("show", "one").code == 0
    assert sandbox.run("status", "-o", "json").json["counts"] == {"clean": 0, "conflict": 1}
    sandbox.git("update-ref", "refs/gitdraft/done", "refs/gitdraft/operations~")
    kept = sandbox.path / ".git/gitdraft/status.text"
    kept.unlink()
    assert sandbox.run("status").code == 0
    assert not kept.exists()  # whoever is at it may end, and no ref moves then


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").stdout == run(tmp_path, "--no-color", "--version").stdout


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_help_is_as_wide_as_the_terminal(tmp_path: Path, columns: str) -> None:
    light, whole = (run(tmp_path, *words, COLUMNS=columns).stdout for words in (["--help"], ["-q", "--help"]))
    assert light == whole


def test_what_gitdraft_yaml_says_is_kept_until_it_says_something_else(sandbox: Sandbox) -> None:
    kept = sandbox.path / ".git/gitdraft/configuration.json"
    assert run(sandbox.path, "status", "-v").returncode == 0
    first = kept.read_text()
    kept.write_text("garbage")
    assert run(sandbox.path, "status", "-v").returncode == 0
    assert kept.read_text() == first
    file = sandbox.path / "gitdraft.yaml"
    file.write_text(file.read_text().replace("drafts: draft/", "") + "\nlimits: {max_depth: 7}\n")
    sandbox.commit("another limit")
    assert run(sandbox.path, "status", "-v").returncode == 0
    assert json.loads(kept.read_text())["value"]["limits"] == {"max_depth": 7}
    file.write_text("version: 1\nentities: [\n")
    sandbox.commit("a mistake")
    assert run(sandbox.path, "status").returncode == run(sandbox.path, "status", "-q").returncode != 0


def test_the_known_help_lies_beside_the_commands() -> None:
    assert Path(gitdraft.cli.__file__).with_name("help.txt").is_file()
