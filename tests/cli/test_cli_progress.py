"""Work of more than a second says on a terminal how far it has come, and leaves nothing of that behind."""

from __future__ import annotations

from sandbox import Sandbox
from terminal import ESCAPES, Terminal

from gitdraft.model.progress import Progress, listening


def row(number: int) -> bytes:
    return b'{"id": "p%d", "label": "P"}\n' % number


SLOW = """
import sys, time
from pathlib import Path
from gitdraft.cli.context import CommandContext
context = CommandContext(Path(), verbosity=int(sys.argv[1]))
progress = context.progress("reading entities")
for done in range(15):
    progress(done, 15)
    time.sleep(0.1)
progress(14, 15)
print("15 read")
"""


def test_it_is_shown_after_a_second_and_wiped(sandbox: Sandbox) -> None:
    terminal = Terminal(sandbox.path, "0", program=("-c", SLOW))
    assert terminal.wait() == 0
    assert "\rreading entities " in terminal.shown
    assert (
        "reading entities 1 of 15"
        not in terminal.shown.replace("\x1b[K", " ").split("reading entities 10")[0]
    )
    assert ESCAPES.sub("", terminal.shown.replace("\r\n", "")).split("\r")[-1] == "15 read"
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
