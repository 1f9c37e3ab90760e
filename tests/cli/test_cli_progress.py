"""Work of more than a second says on a terminal how far it has come, and leaves nothing of that behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from clones import Clone, clone_of, serve, start
from sandbox import Sandbox
from terminal import ESCAPES, Terminal

from gitdraft.git.commands import talk_git
from gitdraft.git.progress import git_progress, without_progress
from gitdraft.model.progress import Progress, listening


def row(number: int) -> bytes:
    return b'{"id": "p%d", "label": "P"}\n' % number


SLOW = """
import sys, time
from pathlib import Path
from gitdraft.cli.context import CommandContext
context = CommandContext(Path())
context.verbosity = int(sys.argv[1])
progress = context.progress("reading entities")
for done in range(15):
    progress(done, 15)
    time.sleep(0.1)
progress(14, 15)
print("15 read")
"""


@pytest.mark.parametrize("no_color", ["", "1"])
def test_it_is_shown_after_a_second_and_wiped(sandbox: Sandbox, no_color: str) -> None:
    terminal = Terminal(sandbox.path, "0", program=("-c", SLOW), env={"NO_COLOR": no_color})
    assert terminal.wait() == 0
    assert "\rreading entities " in terminal.shown
    assert (
        "reading entities 1 of 15"
        not in terminal.shown.replace("\x1b[K", " ").split("reading entities 10")[0]
    )
    assert terminal.shown.endswith("\r\x1b[K15 read\r\n")
    quiet = Terminal(sandbox.path, "-1", program=("-c", SLOW))
    assert quiet.wait() == 0
    assert quiet.shown == "15 read\r\n"


def test_none_of_it_goes_into_a_file(sandbox: Sandbox) -> None:
    answer = sandbox.run("import", "entities", "-", "--type", "property", stdin=row(1))
    assert answer.err == ""


def test_whoever_listens_hears_of_rebases_and_validations(sandbox: Sandbox) -> None:
    sandbox.run("new", "Fix", "--id", "fix")
    sandbox.run("set", "category/Person", "/label", "Human")
    sandbox.change("categories/Person.json", description="Somebody.")
    heard: list[str] = []

    def listener(doing: str) -> Progress:
        heard.append(doing)
        return lambda done, total: None

    with listening(listener):
        sandbox.library.rebase()
        sandbox.library.validate()
    sandbox.library.rebase()
    assert heard == ["rebasing drafts", "validating entities"]


SLOW_REMOTE = {
    "GIT_ALLOW_PROTOCOL": "ext:file",
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "remote.origin.uploadpack",
    "GIT_CONFIG_VALUE_0": "sleep 1.4; git-upload-pack",
    "GIT_CONFIG_KEY_1": "remote.origin.receivepack",
    "GIT_CONFIG_VALUE_1": "sleep 1.4; git-receive-pack",
}

SLOW_DOCTOR = """
import sys, time
from gitdraft.api import doctor
from gitdraft.cli.main import main
from gitdraft.store.operation_log import interrupted_entry
doctor.interrupted_entry = lambda git: time.sleep(1.2) or interrupted_entry(git)
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def clone(sandbox: Sandbox, tmp_path: Path) -> Clone:
    ann = clone_of(serve(sandbox, tmp_path), tmp_path, "Ann")
    start(ann)
    return ann


DOING = {
    ("pull",): "fetching from origin",
    ("push",): "pushing to origin",
    ("sync",): "fetching from origin",
    ("clone", "FROM", "copy"): "cloning",
    ("doctor",): "looking for what is wrong",
}


@pytest.mark.sweep(1)
@pytest.mark.parametrize("options", [(), ("-q",), ("-o", "json")], ids=str)
@pytest.mark.parametrize("command", DOING, ids=str)
def test_what_takes_over_a_second_shows_that_it_goes_on(
    clone: Clone, command: tuple[str, ...], options: tuple[str, ...]
) -> None:
    origin = clone.git("remote", "get-url", "origin")
    slow = f"ext::sh -c sleep% 1.4;% git-upload-pack% {origin}"
    words = [slow if word == "FROM" else word for word in command]
    program = ("-c", SLOW_DOCTOR) if command == ("doctor",) else ("-m", "gitdraft.cli.main")
    terminal = Terminal(clone.path, *words, *options, env=SLOW_REMOTE, program=program)
    assert terminal.wait() in (0, 1)
    assert (f"\r{DOING[command]}" in terminal.shown) == (not options)
    lines = [
        line.rpartition("\r")[2] for line in ESCAPES.sub("", terminal.shown.replace("\r\n", "\n")).split("\n")
    ]
    assert not [line for line in lines if line.startswith(DOING[command])]


def test_what_git_prints_of_its_progress_is_reported_and_is_no_message() -> None:
    heard: list[tuple[str, int, int]] = []

    def listener(doing: str) -> Progress:
        return lambda done, total: heard.append((doing, done, total))

    said = b"From x\nremote: Counting objects:  50% (1/2)\rremote: Counting objects: 100% (2/2), done.\n"
    with listening(listener), git_progress("fetching") as hear:
        assert hear is not None
        hear(said[:20])
        hear(said[20:])
        hear(b"")
    assert heard == [
        ("fetching: counting objects", 1, 2),
        ("fetching", 0, 0),
        ("fetching", 0, 1),
    ]
    assert without_progress(said.decode() + "fatal: no") == "From x\nfatal: no"
    with git_progress("fetching") as unheard:
        assert unheard is None


def test_the_steps_of_a_git_that_runs_are_reported(sandbox: Sandbox, tmp_path: Path) -> None:
    steps: set[str] = set()

    def listener(doing: str) -> Progress:
        return lambda done, total: steps.add(doing)

    words = ["clone", "--progress", "--no-local", str(sandbox.path), "copy"]
    with listening(listener), git_progress("cloning") as hear:
        assert hear is not None
        talk_git(tmp_path, words, hear, environment={"LC_ALL": "C"})
    assert "cloning: receiving objects" in steps


def test_git_goes_on_where_the_terminal_is_gone(sandbox: Sandbox, tmp_path: Path) -> None:
    def gone(piece: bytes) -> None:
        raise BrokenPipeError

    words = ["clone", "--progress", "--no-local", str(sandbox.path), "copy"]
    assert b"Receiving objects" in talk_git(tmp_path, words, gone).stderr
    assert (tmp_path / "copy").is_dir()
