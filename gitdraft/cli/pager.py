"""The pager that git would use, as git uses it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

import click

NOT_FOUND = (126, 127)  # what a shell answers where there is no such program


def show_paged(lines: Iterable[str], folder: Path) -> None:
    """Prints the lines through git's pager ($GIT_PAGER, core.pager, $PAGER, less), which keeps what is short on the screen
    itself; without one, as they are."""
    text = "".join(f"{line}\n" for line in lines)
    command = pager_command(folder)
    if command in ("", "cat"):
        click.echo(text, nl=False)
        return
    environment = {"LESS": "FRX", "LV": "-c", **os.environ}
    ctx = click.get_current_context(silent=True)
    shown = click.unstyle(text) if ctx is not None and ctx.color is False else text
    with subprocess.Popen(["sh", "-c", command], stdin=subprocess.PIPE, env=environment) as pager:
        code = wait_for(pager, shown.encode())
    if code in NOT_FOUND:
        click.echo(text, nl=False)


def pager_command(folder: Path) -> str:
    """Returns the command line of git's pager; empty where there is none."""
    asked = subprocess.run(
        ["git", "var", "GIT_PAGER"], cwd=folder, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip()


def wait_for(running: subprocess.Popen[bytes], text: bytes | None = None) -> int:
    """Returns the exit code of a program that has the terminal, and reads the text: Ctrl-C is its own, as git has it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        running.communicate(text)
        return running.returncode
    finally:
        signal.signal(signal.SIGINT, before)
