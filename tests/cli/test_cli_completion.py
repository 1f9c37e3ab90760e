"""What the shells complete: the lines that their scripts are answered with, and the shells themselves, on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import sys
import termios
import time
from pathlib import Path

import pytest
from sandbox import Sandbox

GITDRAFT = Path(sys.executable).parent
SET_UP = {
    "bash": (["bash", "--norc", "-i"], 'eval "$(gitdraft completion bash)"'),
    "zsh": (["zsh", "-f", "-i"], 'autoload -U compinit; compinit -u -D; eval "$(gitdraft completion zsh)"'),
    "fish": (["fish", "--no-config", "-i"], "gitdraft completion fish | source"),
}
CODES = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|[=>]|\([B0]|\][^\x07]*\x07)|\r")
PATIENCE = 60  # seconds


def lines(sandbox: Sandbox, line: str, **environment: str) -> list[str]:
    answer = sandbox.run(COMP_WORDS=line, _GITDRAFT_COMPLETE="lines_complete", **environment)
    return answer.out.splitlines()


def test_suggestions_have_a_kind_and_a_description(sandbox: Sandbox) -> None:
    sandbox.run("new", "T", "--id", "t")
    assert lines(sandbox, "gitdraft set category/Person lab") == ['open\tlabel=\t"Person"']
    assert lines(sandbox, "gitdraft set category/Person /lab") == ['plain\t/label\t"Person"']
    assert lines(sandbox, "gitdraft set category/Person /par") == ['open\t/parents\t["Agent"]']
    assert lines(sandbox, "gitdraft switch ") == ["plain\tt"]


def test_bash_gets_what_it_takes_for_the_word(sandbox: Sandbox) -> None:
    sandbox.run("new", "T", "--id", "t")

    def completed(line: str, word: str, kind: str = "9") -> list[str]:
        return lines(sandbox, line, COMP_CWORD=word, COMP_TYPE=kind)

    assert completed("gitdraft set category/Person --draft=t", "t") == ["plain\tt"]
    assert completed("gitdraft set category/Person --draft=", "=") == ["plain\tt"]
    listed = completed("gitdraft set category/Person ", "", "63")
    assert 'open\tlabel=  ("Person")' in listed
    assert completed("gitdraft set category/Person lab", "lab", "63") == ["open\tlabel="]


def test_of_very_many_entities_the_next_part_is_suggested(sandbox: Sandbox) -> None:
    for number in range(210):
        sandbox.write(f"categories/C{number}.json", {"id": f"C{number}", "label": "x"})
    sandbox.git("add", "-A")
    sandbox.git("commit", "-qm", "many")
    assert "open\tcategory/" in lines(sandbox, "gitdraft view ")
    assert lines(sandbox, "gitdraft view category/C12") == [
        "plain\tcategory/C12",
        *(f"plain\tcategory/C{n}" for n in range(120, 130)),
    ]


@pytest.mark.long
@pytest.mark.parametrize("shell", SET_UP)
def test_a_shell_completes_what_is_typed(sandbox: Sandbox, tmp_path: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    sandbox.run("new", "T", "--id", "t")
    argv, set_up = SET_UP[shell]
    terminal = _Terminal(argv, sandbox.path, tmp_path)
    try:
        for keys, expected in (
            (set_up + "; echo read''y\r", "ready"),
            ("gitdraft set category/Per\t", "category/Person "),
            ("/\t\t" if shell == "bash" else "/\t", r'/?label +(-- )?\(?"Person"'),
            ("\x15gitdraft set category/Person /lab\t", "/label "),
            ("\x15gitdraft set category/Person la\t", "label="),
        ):
            shown = terminal.type(keys, expected)
            assert re.search(expected, shown), shown
    finally:
        terminal.close()


class _Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, argv: list[str], folder: Path, home: Path) -> None:
        environment = os.environ | {
            "PATH": f"{GITDRAFT}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "TERM": "xterm",
        }
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
            os.chdir(folder)
            os.execvpe(argv[0], argv, environment)

    def type(self, keys: str, expected: str) -> str:
        """Types the keys and returns what the shell then shows, as soon as that is what is expected, or when patience ends."""
        os.write(self.terminal, keys.encode())
        shown, end = "", time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.2)[0]:
                shown += os.read(self.terminal, 65536).decode(errors="replace")
            if re.search(expected, _screen(shown)):
                break
        return _screen(shown)

    def close(self) -> None:
        """Ends the shell."""
        os.close(self.terminal)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def _screen(shown: str) -> str:
    """Returns what a terminal shows of what was written to it, on one line."""
    text = ""
    for character in CODES.sub("", shown).replace("\a", ""):
        text = text[:-1] if character == "\b" else text + character
    return text
