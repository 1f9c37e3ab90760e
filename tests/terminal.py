"""A terminal of its own for a command: what it shows on a screen of so many columns, and what somebody types there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")


class Terminal:
    """A command on a terminal; ``stdin`` may be something else than the terminal."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        columns: int = 80,
        stdin: IO[bytes] | int | None = None,
        env: Mapping[str, str] = MappingProxyType({}),
        program: tuple[str, ...] = ("-m", "gitdraft.cli.main"),
    ) -> None:
        self.keyboard, screen = pty.openpty()
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm", **env}
        for name in ("COLUMNS", "LINES", *(name for name, value in env.items() if not value)):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, *program, *arguments],
            cwd=folder,
            env=environment,
            stdin=screen if stdin is None else stdin,
            stdout=screen,
            stderr=screen,
            start_new_session=True,
        )
        os.close(screen)
        self.shown = ""

    def read(self, until: Callable[[str], bool] = lambda shown: False, seconds: float = 30) -> str:
        """All that was shown, when the command ends or ``until`` is true of it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until(self.shown):
            if not select.select([self.keyboard], [], [], 0.1)[0]:
                continue
            try:
                piece = os.read(self.keyboard, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            self.shown += piece.decode("utf-8", "replace")
        return self.shown

    def type(self, text: str) -> None:
        """Type on the keyboard."""
        os.write(self.keyboard, text.encode())

    def wait(self) -> int:
        """The exit code, when all has been read."""
        self.read()
        try:
            return self.process.wait(30)
        finally:
            os.close(self.keyboard)

    def lines(self) -> list[str]:
        """What was shown, line by line, without colours."""
        return ESCAPES.sub("", self.shown).replace("\r\n", "\n").splitlines()


def on_terminal(folder: Path, *arguments: str, columns: int = 80, **env: str) -> tuple[int, Terminal]:
    """A command that ends by itself: its exit code, and the terminal."""
    terminal = Terminal(folder, *arguments, columns=columns, env=env)
    return terminal.wait(), terminal
